-- dataset.sql - questions about datasets.  ?1 of those that tell of stale partitions is what
-- stale_files() gave.

-- A recorded input `i` of json_each() is an unpartitioned file.  "files" is not one: it stands for
-- everything that an ingest found in the landing place.
-- part: reads_file
i.type = 'object' AND i.value ->> '$.day' IS NULL AND i.value ->> '$.digest' <> ''
	AND i.value ->> '$.dataset' <> 'files'

-- part: inputs_of_p
json_each(CASE WHEN json_valid(p.inputs) THEN p.inputs END) i

-- The inputs of live partitions that are no longer as they were read; v_stale knows nothing of
-- files.
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
-- is looked up for those of the answer only.
-- name: dataset
WITH page AS MATERIALIZED (
	SELECT dataset, partition, version, rows, bytes, digest, dag, run_id, attempt, published_at,
		partial, inputs, part
	FROM v_partition WHERE dataset = ?2 AND (?3 IS NULL OR partition = ?3)
	ORDER BY part DESC LIMIT ?4),
outdated AS (
	SELECT p.part, s.input_dataset AS input, s.input_partition
	FROM page p CROSS JOIN v_stale s ON s.dataset = ?2 AND s.part = p.part
	UNION ALL
	SELECT p.part, f.key, NULL
	FROM page p, {inputs_of_p}, json_each(?1) f
	WHERE {reads_file} AND f.key = i.value ->> '$.dataset'
		AND f.value <> i.value ->> '$.digest'),
stale AS MATERIALIZED (
	SELECT part, json_group_array(json_object('dataset', input, 'partition', input_partition))
		AS inputs
	FROM (SELECT * FROM outdated ORDER BY part, input, input_partition DESC)
	GROUP BY part),
c AS MATERIALIZED (
	SELECT p.part, count(*) FILTER (WHERE k.status = 'pass') AS pass,
		count(*) FILTER (WHERE k.status = 'warn') AS warn,
		count(*) FILTER (WHERE k.status IN ('fail', 'error')) AS fail
	FROM page p CROSS JOIN v_check k ON k.dataset = ?2 AND k.partition = p.partition
	WHERE k.latest GROUP BY p.part)
SELECT p.dataset, p.partition, p.version, p.rows, p.bytes, p.digest, p.dag, p.run_id, p.attempt,
	p.published_at, p.partial AS 'partial:bool', s.part IS NOT NULL AS 'stale:bool',
	json_object('pass', coalesce(c.pass, 0), 'warn', coalesce(c.warn, 0),
		'fail', coalesce(c.fail, 0)) AS 'checks:json',
	coalesce(s.inputs, '[]') AS 'stale_inputs:json'
FROM page p LEFT JOIN c ON c.part = p.part LEFT JOIN stale s ON s.part = p.part
ORDER BY p.part DESC;

-- ?1: a dataset, ?2: a partition or NULL.
-- name: versions
SELECT dataset, partition, version, digest, rows, bytes, attempt, published_at,
	live AS 'live:bool', collected AS 'collected:bool'
FROM v_version WHERE dataset = ?1 AND (?2 IS NULL OR partition = ?2)
ORDER BY partition DESC, version DESC;

-- part: check_columns
dataset, partition, check_type AS 'check', name, status, severity, reason, observed, expected,
	message, dag, run_id, task, try_number, attempt, ended_at

-- Of the newest attempt of each task.  ?1: a dataset, ?2: a partition, ?3: how many.  Each of these
-- has a text of its own, so that checks are found by their index, the latest partition first.
-- name: checks_of_partition
SELECT {check_columns} FROM v_check WHERE dataset = ?1 AND partition = ?2 AND latest
ORDER BY partition DESC, attempt LIMIT ?3;

-- The same of all partitions; ?2 is NULL.
-- name: checks_of_dataset
SELECT {check_columns} FROM v_check WHERE dataset = ?1 AND ?2 IS NULL AND latest
ORDER BY partition DESC, attempt LIMIT ?3;

-- The same of all datasets; ?1 is NULL, ?2: a partition or NULL.
-- name: checks
SELECT {check_columns} FROM v_check
WHERE ?1 IS NULL AND (?2 IS NULL OR partition = ?2) AND latest
ORDER BY partition DESC, attempt LIMIT ?3;

-- ?1: a dataset or NULL, ?2: a partition or NULL, ?3: how many, ?4: an attempt.
-- name: checks_of_attempt
SELECT {check_columns} FROM v_check
WHERE attempt = ?4 AND (?1 IS NULL OR dataset = ?1) AND (?2 IS NULL OR partition = ?2)
ORDER BY partition DESC, attempt LIMIT ?3;
