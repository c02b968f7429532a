-- stale.sql - the unpartitioned files that live partitions have read.

-- ?1: a name.  Active definitions whose text has it, those that are there first.
-- name: definitions_with
SELECT digest FROM dag JOIN def USING (digest)
WHERE instr(text, ?1) ORDER BY present DESC, dag.dag;

-- The names under which partitions recorded a file.
-- name: files_read
SELECT DISTINCT i.value ->> '$.dataset' AS dataset FROM v_partition p, {inputs_of_p}
WHERE {reads_file};

-- The same of one dataset, ?1, whose partitions are found by their key.
-- name: files_read_by
SELECT DISTINCT i.value ->> '$.dataset' AS dataset FROM v_partition p, {inputs_of_p}
WHERE p.dataset = ?1 AND {reads_file};
