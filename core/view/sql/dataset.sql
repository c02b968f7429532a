-- dataset.sql - questions about datasets.  ?1 of those that tell of stale partitions is what
-- stale_files() gave.

-- A recorded input `i` of json_each() is an unpartitioned file.  "files" is not one: it stands for
-- everything that an ingest found in the landing place.
-- part: reads_file
i.type = 'object' AND i.value ->> '$.day' IS NULL AND i.value ->> '$.digest' <> ''
	AND i.value ->> '$.dataset' <> 'files'

-- part: inputs_of_p
json_each(CASE WHEN json_valid(p.inputs) THEN p.inputs END) i

-- The inputs of live partitions that are no longer as they were read: the public view knows nothing
-- of files.
-- part: outdated
outdated AS NOT MATERIALIZED (
	SELECT dataset, day, input_dataset AS input, input_partition FROM v_stale
	UNION ALL
	SELECT p.dataset, p.day, f.key, NULL
	FROM partition p, {inputs_of_p}, json_each(?1) f
	WHERE {reads_file} AND f.key = i.value ->> '$.dataset'
		AND f.value <> i.value ->> '$.digest')

-- name: datasets
WITH {outdated},
stale AS MATERIALIZED (SELECT DISTINCT dataset, day FROM outdated)
SELECT p.dataset, count(*) AS partitions, sum(rows) AS rows, sum(bytes) AS bytes,
	max(partition) AS latest_partition, max(published_at) AS latest_published_at,
	count(s.day) AS stale
FROM v_partition p LEFT JOIN stale s ON s.dataset = p.dataset AND s.day = p.day
GROUP BY p.dataset ORDER BY p.dataset;

-- ?1: a name.  Was a partition of it published?
-- name: know_dataset
SELECT 1 FROM partition WHERE dataset = ?1 LIMIT 1;

-- ?2: a dataset, ?3: a partition or NULL, ?4: how many.
-- name: dataset
WITH {outdated},
stale AS MATERIALIZED (
	SELECT day, json_group_array(json_object('dataset', input, 'partition', input_partition))
		AS inputs
	FROM (SELECT * FROM outdated WHERE dataset = ?2 ORDER BY day, input, input_partition DESC)
	GROUP BY day),
c AS MATERIALIZED (
	SELECT partition, count(*) FILTER (WHERE status = 'pass') AS pass,
		count(*) FILTER (WHERE status = 'warn') AS warn,
		count(*) FILTER (WHERE status IN ('fail', 'error')) AS fail
	FROM v_check WHERE latest AND dataset = ?2 GROUP BY partition)
SELECT p.dataset, p.partition, p.version, p.rows, p.bytes, p.digest, p.dag, p.run_id, p.attempt,
	p.published_at, p.partial AS 'partial:bool', s.day IS NOT NULL AS 'stale:bool',
	json_object('pass', coalesce(c.pass, 0), 'warn', coalesce(c.warn, 0),
		'fail', coalesce(c.fail, 0)) AS 'checks:json',
	coalesce(s.inputs, '[]') AS 'stale_inputs:json'
FROM v_partition p LEFT JOIN c ON c.partition = p.partition LEFT JOIN stale s ON s.day = p.day
WHERE p.dataset = ?2 AND (?3 IS NULL OR p.partition = ?3)
ORDER BY p.day DESC LIMIT ?4;

-- ?1: a dataset, ?2: a partition or NULL.
-- name: versions
SELECT dataset, partition, version, digest, rows, bytes, attempt, published_at,
	live AS 'live:bool', collected AS 'collected:bool'
FROM v_version WHERE dataset = ?1 AND (?2 IS NULL OR partition = ?2)
ORDER BY partition DESC, version DESC;

-- ?1: a dataset or NULL, ?2: a partition or NULL, ?3: an attempt or NULL: the newest of each task,
-- ?4: how many.
-- name: checks
SELECT dataset, partition, check_type AS 'check', name, status, severity, reason, observed,
	expected, message, dag, run_id, task, try_number, attempt, ended_at
FROM v_check
WHERE (?1 IS NULL OR dataset = ?1) AND (?2 IS NULL OR partition = ?2)
	AND CASE WHEN ?3 IS NULL THEN latest ELSE attempt = ?3 END
ORDER BY partition DESC, attempt LIMIT ?4;
