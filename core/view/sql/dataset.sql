-- dataset.sql - questions about datasets.  ?1 of those that tell of stale partitions is what
-- stale_files() gave.

-- A recorded input `i` of json_each() is an unpartitioned file.  "files" is not one: it stands for
-- everything that an ingest found in the landing place.
-- part: reads_file
i.type = 'object' AND i.value ->> '$.day' IS NULL AND i.value ->> '$.digest' <> ''
	AND i.value ->> '$.dataset' <> 'files'

-- part: inputs_of_p
json_each(CASE WHEN json_valid(p.inputs) THEN p.inputs END) i

-- The inputs of live partitions that are no longer as they were read: v_stale knows nothing of files.
-- part: outdated
outdated AS NOT MATERIALIZED (
	SELECT dataset, part, input_dataset AS input, input_partition FROM v_stale
	UNION ALL
	SELECT p.dataset, p.part, f.key, NULL
	FROM v_partition p, {inputs_of_p}, json_each(?1) f
	WHERE {reads_file} AND f.key = i.value ->> '$.dataset'
		AND f.value <> i.value ->> '$.digest')

-- name: datasets
WITH {outdated},
stale AS MATERIALIZED (SELECT DISTINCT dataset, part FROM outdated)
SELECT p.dataset, count(*) AS partitions, sum(rows) AS rows, sum(bytes) AS bytes,
	max(partition) AS latest_partition, max(published_at) AS latest_published_at,
	count(s.part) AS stale
FROM v_partition p LEFT JOIN stale s ON s.dataset = p.dataset AND s.part = p.part
GROUP BY p.dataset ORDER BY p.dataset;

-- ?1: a name.  Was a partition of it published?
-- name: know_dataset
SELECT 1 FROM v_partition WHERE dataset = ?1 LIMIT 1;

-- ?2: a dataset, ?3: a partition or NULL, ?4: how many.  What is told of a partition beside its row
-- is looked up for those in the answer only.
-- name: dataset
WITH {outdated},
page AS MATERIALIZED (
	SELECT * FROM v_partition WHERE dataset = ?2 AND (?3 IS NULL OR partition = ?3)
	ORDER BY part DESC LIMIT ?4),
told AS (
	SELECT p.*,
		(SELECT json_group_array(json_object('dataset', input, 'partition', input_partition))
			FROM (SELECT input, input_partition FROM outdated o
				WHERE o.dataset = ?2 AND o.part = p.part
				ORDER BY input, input_partition DESC)) AS stale_inputs,
		(SELECT json_object('pass', count(*) FILTER (WHERE status = 'pass'),
				'warn', count(*) FILTER (WHERE status = 'warn'),
				'fail', count(*) FILTER (WHERE status IN ('fail', 'error')))
			FROM v_check k
			WHERE k.dataset = ?2 AND k.partition = p.partition AND k.latest) AS checks
	FROM page p)
SELECT dataset, partition, version, rows, bytes, digest, dag, run_id, attempt, published_at,
	partial AS 'partial:bool', stale_inputs <> '[]' AS 'stale:bool', checks AS 'checks:json',
	stale_inputs AS 'stale_inputs:json'
FROM told ORDER BY part DESC;

-- ?1: a dataset, ?2: a partition or NULL.
-- name: versions
SELECT dataset, partition, version, digest, rows, bytes, attempt, published_at,
	live AS 'live:bool', collected AS 'collected:bool'
FROM v_version WHERE dataset = ?1 AND (?2 IS NULL OR partition = ?2)
ORDER BY partition DESC, version DESC;

-- part: check_columns
dataset, partition, check_type AS 'check', name, status, severity, reason, observed, expected,
	message, dag, run_id, task, try_number, attempt, ended_at

-- The newest attempt of each task.  ?1: a dataset, ?2: a partition or NULL, ?3: how many.  With a text
-- of its own the checks of a dataset are found by their index, the latest partition first.
-- name: checks_of_dataset
SELECT {check_columns} FROM v_check
WHERE dataset = ?1 AND (?2 IS NULL OR partition = ?2) AND latest
ORDER BY partition DESC, attempt LIMIT ?3;

-- The same of all datasets; ?1 is NULL.
-- name: checks
SELECT {check_columns} FROM v_check
WHERE ?1 IS NULL AND (?2 IS NULL OR partition = ?2) AND latest
ORDER BY partition DESC, attempt LIMIT ?3;

-- ?1: a dataset or NULL, ?2: a partition or NULL, ?3: how many, ?4: an attempt.
-- name: checks_of_attempt
SELECT {check_columns} FROM v_check
WHERE attempt = ?4 AND (?1 IS NULL OR dataset = ?1) AND (?2 IS NULL OR partition = ?2)
ORDER BY partition DESC, attempt LIMIT ?3;
