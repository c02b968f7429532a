-- stale.sql - what live partitions were made of, as it is now.

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

-- The active definitions, that which wrote dataset ?1 (NULL: none) first; ?2: how many.
-- name: writers
SELECT digest FROM dag WHERE present
ORDER BY dag = (SELECT dag FROM v_partition WHERE dataset = ?1 AND definition IS NOT NULL
	ORDER BY part DESC LIMIT 1) DESC, dag LIMIT ?2;

-- ?1: a digest that a partition recorded.
-- name: recorded_definition
SELECT text FROM definition WHERE digest = ?1;
