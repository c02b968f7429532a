-- dataset.sql - questions about datasets.  ?1 of those that tell of stale partitions is what
-- stale_facts() gave.

-- A recorded input `i` of json_each() is an unpartitioned file.  "files" is not one: it stands for
-- everything that an ingest found in the landing place.
-- part: reads_file
i.type = 'object' AND i.value ->> '$.day' IS NULL AND i.value ->> '$.digest' <> ''
	AND i.value ->> '$.dataset' <> 'files'

-- part: inputs_of_p
json_each(CASE WHEN json_valid(p.inputs) THEN p.inputs END) i

-- How many partitions of a row of the tally are stale, for files as they are now.
-- part: stale_in_t
iif(EXISTS (SELECT 1 FROM json_each(t.files) f, json_each(?1, '$.files') now
		WHERE now.key = f.key AND now.value <> f.value), t.partitions, t.outdated)

-- Partitions that the active definitions would make otherwise, and all that is behind them: what a
-- list counts.  `<` and `>` are found by their index, `<>` is not.
-- part: otherwise
redefined AS MATERIALIZED (
	SELECT p.dataset, p.part
	FROM json_each(?1, '$.definitions') c CROSS JOIN v_partition p ON p.dataset = c.key
	WHERE p.definition < c.value
	UNION ALL
	SELECT p.dataset, p.part
	FROM json_each(?1, '$.definitions') c CROSS JOIN v_partition p ON p.dataset = c.key
	WHERE p.definition > c.value),
otherwise AS (
	SELECT dataset, part FROM redefined
	UNION
	SELECT e.dataset, e.part
	FROM otherwise o CROSS JOIN reader e ON e.input = o.dataset AND e.input_part = o.part),
-- How many of those nothing else makes stale.
more AS MATERIALIZED (
	SELECT o.dataset, count(*) AS n
	FROM otherwise o CROSS JOIN v_partition p ON p.dataset = o.dataset AND p.part = o.part
	WHERE p.outdated = 0 AND (p.files = '{}' OR NOT EXISTS (
		SELECT 1 FROM json_each(p.files) f, json_each(?1, '$.files') now
		WHERE now.key = f.key AND now.value <> f.value))
	GROUP BY o.dataset)

-- The same for a page of partitions, from each upwards: what it has read, what that has read.
-- part: causes
above AS (
	SELECT p.part, i.value ->> '$.dataset' AS dataset,
		CAST(i.value ->> '$.day' AS INTEGER) AS above_part
	FROM page p, {inputs_of_p} WHERE i.type = 'object' AND i.value ->> '$.day' IS NOT NULL
	UNION
	SELECT a.part, i.value ->> '$.dataset', CAST(i.value ->> '$.day' AS INTEGER)
	FROM above a CROSS JOIN v_partition p ON p.dataset = a.dataset AND p.part = a.above_part,
		{inputs_of_p}
	WHERE i.type = 'object' AND i.value ->> '$.day' IS NOT NULL),
behind AS MATERIALIZED (
	SELECT DISTINCT a.part, p.dataset AS cause, p.partition AS cause_partition
	FROM above a CROSS JOIN v_partition p ON p.dataset = a.dataset AND p.part = a.above_part
		CROSS JOIN json_each(?1, '$.definitions') c ON c.key = p.dataset
	WHERE p.definition <> c.value)

-- The rows of the tally, as what they stand for is compared in stale.c.
-- name: tally_rows
SELECT t.dataset, t.definition, t.made AS 'made:json', t.partitions, {stale_in_t} AS stale
FROM v_tally t ORDER BY t.dataset;

-- part: told_dataset
WITH RECURSIVE {otherwise}
SELECT t.dataset, sum(t.partitions) AS partitions, sum(t.rows) AS rows, sum(t.bytes) AS bytes,
	(SELECT partition FROM v_partition WHERE dataset = t.dataset ORDER BY part DESC LIMIT 1)
		AS latest_partition,
	max(t.published_at) AS latest_published_at, sum({stale_in_t})
		+ coalesce((SELECT n FROM more m WHERE m.dataset = t.dataset), 0) AS stale,
	(SELECT count(*) FROM redefined r WHERE r.dataset = t.dataset) AS stale_definition
FROM v_tally t

-- ?2: after this name, or before it; ?3: how many.
-- name: datasets
{told_dataset} WHERE t.dataset > coalesce(?2, '') GROUP BY t.dataset ORDER BY t.dataset LIMIT ?3;
-- name: datasets_back
{told_dataset} WHERE t.dataset < ?2 GROUP BY t.dataset ORDER BY t.dataset DESC LIMIT ?3;

-- ?1: a name.  Was a partition of it published, and on which grid?
-- name: know_dataset
SELECT unit FROM v_partition WHERE dataset = ?1 LIMIT 1;

-- part: page_columns
dataset, partition, version, rows, bytes, digest, dag, run_id, attempt, published_at, partial,
	preliminary, preliminary_reason, inputs, part, definition
-- What is told of a partition `p` beside its row is looked up for those of the answer only.
-- part: checks_of_p
(SELECT json_object('pass', count(*) FILTER (WHERE k.status = 'pass'),
		'warn', count(*) FILTER (WHERE k.status = 'warn'),
		'fail', count(*) FILTER (WHERE k.status IN ('fail', 'error')))
	FROM v_check k WHERE k.dataset = ?2 AND k.partition = p.partition AND k.latest)
-- v_stale knows nothing of files.  What was read without a digest was missing then.
-- part: stale_inputs_of_p
(SELECT json_group_array(json(CASE WHEN cause IS NULL
		THEN json_object('dataset', input, 'partition', input_partition)
		ELSE json_object('dataset', input, 'partition', input_partition, 'cause', cause) END))
	FROM (
	SELECT s.input_dataset AS input, s.input_partition,
		CASE WHEN coalesce(s.read_digest, '') = '' THEN 'completed' END AS cause FROM v_stale s
		WHERE s.dataset = ?2 AND s.part = p.part
	UNION ALL
	SELECT b.cause, b.cause_partition, 'definition' FROM behind b
		WHERE b.part = p.part
	UNION ALL
	SELECT f.key, NULL, NULL FROM {inputs_of_p}, json_each(?1, '$.files') f
		WHERE {reads_file} AND f.key = i.value ->> '$.dataset'
			AND f.value <> i.value ->> '$.digest'
	ORDER BY 1, 2 DESC))
-- part: told_page
SELECT dataset, partition, version, rows, bytes, digest, dag, run_id, attempt, published_at,
	partial AS 'partial:bool', preliminary AS 'preliminary:bool', preliminary_reason,
	own OR stale_inputs <> '[]' AS 'stale:bool',
	CASE WHEN own THEN 'stale_definition' WHEN stale_inputs <> '[]' THEN 'stale_input' END
		AS stale_reason, definition,
	checks AS 'checks:json', stale_inputs AS 'stale_inputs:json'
FROM (SELECT p.*, {checks_of_p} AS checks, {stale_inputs_of_p} AS stale_inputs,
	EXISTS (SELECT 1 FROM json_each(?1, '$.definitions') c
		WHERE c.key = p.dataset AND c.value <> p.definition) AS own
	FROM page p)

-- ?2: a dataset, ?3: a partition or NULL, ?4: how many, ?5: those before this part, NULL: the
-- latest.
-- name: dataset
WITH RECURSIVE page AS MATERIALIZED (SELECT {page_columns} FROM v_partition
	WHERE dataset = ?2 AND (?3 IS NULL OR partition = ?3)
		AND part < coalesce(?5, 9223372036854775807)
	ORDER BY part DESC LIMIT ?4),
{causes}
{told_page} ORDER BY part DESC;

-- The same, those that follow on part ?5; NULL: the earliest.
-- name: dataset_up
WITH RECURSIVE page AS MATERIALIZED (SELECT {page_columns} FROM v_partition
	WHERE dataset = ?2 AND ?3 IS NULL AND part > coalesce(?5, -9223372036854775807)
	ORDER BY part LIMIT ?4),
{causes}
{told_page} ORDER BY part DESC;

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
