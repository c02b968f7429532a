-- stale.sql - the unpartitioned files that live partitions have read.

-- ?1: a name.  Active definitions whose text has it, those that are there first.
-- name: definitions_with
SELECT digest FROM dag JOIN def USING (digest)
WHERE instr(text, ?1) ORDER BY present DESC, dag.dag;

-- The names under which live partitions recorded a file.
-- name: files_read
SELECT DISTINCT f.key AS dataset FROM v_tally t, json_each(t.files) f;

-- The same of one dataset, ?1.
-- name: files_read_by
SELECT DISTINCT f.key AS dataset FROM v_tally t, json_each(t.files) f WHERE t.dataset = ?1;
