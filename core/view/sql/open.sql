-- open.sql - an older database, read as one of today.
--
-- A reader cannot migrate.  It lays views of its own over the public ones of the file, which give
-- what later schemas added.  old_N is run on a file of schema N.

-- What schema 3 added.
-- part: run_early
0 AS early
-- part: partition_final
0 AS preliminary, NULL AS preliminary_reason, NULL AS definition, 0 AS outdated, '{}' AS files
-- What schema 4 added.
-- part: run_once
NULL AS timeout_at, NULL AS next_retry_at, 0 AS retries, 0 AS timed_out,
NULL AS parent, NULL AS parent_task, NULL AS triggered_by
-- part: task_first
NULL AS first_started_at, 'default' AS pool, NULL AS outputs, 0 AS looks, NULL AS waiting_since,
NULL AS timeout_at, NULL AS answer, NULL AS answered, NULL AS map_index, NULL AS item,
NULL AS kept, NULL AS children
-- part: attempt_used
'default' AS pool, 1 AS slots, NULL AS memory_bytes, NULL AS cpu_seconds, NULL AS peak_bytes,
NULL AS read_bytes, NULL AS written_bytes, NULL AS limits, NULL AS outputs, 0 AS look, NULL AS waiting_since,
NULL AS map_index, NULL AS artifacts

-- part: views_before_four
CREATE TEMP VIEW v_dag AS SELECT *, NULL AS paused_because FROM main.v_dag;
CREATE TEMP VIEW v_attempt AS SELECT *, {attempt_used} FROM main.v_attempt;
CREATE TEMP VIEW v_task AS SELECT *, {task_first} FROM main.v_task;
CREATE TEMP TABLE limits (key INTEGER, text TEXT, since_us INTEGER);
CREATE TEMP VIEW v_pool AS SELECT NULL AS pool, NULL AS slots, NULL AS rate, NULL AS rate_seconds,
	NULL AS share, NULL AS description, NULL AS since WHERE 0;
CREATE TEMP VIEW v_dataset_event AS SELECT NULL AS key, NULL AS consumer, NULL AS logical_date,
	NULL AS dataset, NULL AS partition, NULL AS version, NULL AS digest, NULL AS dag,
	NULL AS run_id, NULL AS at, NULL AS consumed_by, NULL AS waits WHERE 0;
CREATE TEMP VIEW v_group AS SELECT NULL AS run, NULL AS dag, NULL AS run_id, NULL AS logical_date,
	NULL AS group_index, NULL AS task_group, NULL AS try, NULL AS tries_most,
	NULL AS next_retry_at, NULL AS first_started_at, NULL AS waits WHERE 0;

-- part: backfill_forwards
0 AS backwards
-- part: tally_of_rows
CREATE TEMP VIEW v_tally AS SELECT dataset, files, count(*) AS partitions, sum(rows) AS rows,
	sum(bytes) AS bytes, sum(outdated) AS outdated, max(published_at) AS published_at,
	'' AS definition, '{}' AS made
FROM (SELECT p.dataset, p.rows, p.bytes, p.published_at,
	EXISTS (SELECT 1 FROM v_stale s WHERE s.dataset = p.dataset AND s.part = p.part) AS outdated,
	(SELECT json_group_object(i.value ->> '$.dataset', i.value ->> '$.digest')
		FROM {inputs_of_p} WHERE {reads_file}) AS files
	FROM v_partition p)
GROUP BY dataset, files;
-- part: views_before_three
CREATE TEMP TABLE definition (digest TEXT, text TEXT);
CREATE TEMP TABLE reader (input TEXT, input_part INTEGER, dataset TEXT, part INTEGER);
CREATE TEMP VIEW v_run AS SELECT *, {run_early}, {run_once} FROM main.v_run;
{views_before_four}
CREATE TEMP VIEW v_backfill AS SELECT *, {backfill_forwards} FROM main.v_backfill;
CREATE TEMP VIEW v_clock AS
SELECT NULL AS jump_us, NULL AS jumped_at, NULL AS schedule_held_until;

-- name: old_1
PRAGMA query_only = OFF;
{views_before_three}
CREATE TEMP VIEW v_partition AS
SELECT *, 'day' AS unit, 'UTC' AS zone, day AS part, {partition_final} FROM main.v_partition;
CREATE TEMP VIEW v_version AS
SELECT *, 'day' AS unit, 'UTC' AS zone, CAST(strftime('%s', partition) AS INTEGER) / 86400 AS part
FROM main.v_version;
CREATE TEMP VIEW v_stale AS
SELECT *, 'day' AS unit, 'UTC' AS zone, day AS part FROM main.v_stale;
CREATE TEMP VIEW v_check AS
SELECT *, NULL AS unit, NULL AS zone, NULL AS part FROM main.v_check;
{tally_of_rows}
PRAGMA query_only = ON;

-- name: old_2
PRAGMA query_only = OFF;
{views_before_three}
CREATE TEMP VIEW v_partition AS SELECT *, {partition_final} FROM main.v_partition;
{tally_of_rows}
PRAGMA query_only = ON;

-- name: old_3
PRAGMA query_only = OFF;
{views_before_four}
CREATE TEMP VIEW v_run AS SELECT *, {run_once} FROM main.v_run;
PRAGMA query_only = ON;
