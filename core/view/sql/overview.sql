-- overview.sql - the state of everything, in numbers and short lists.

-- ?1: what stale_facts() gave.
-- name: overview
WITH RECURSIVE {otherwise}
SELECT (SELECT json_object('running', count(*) FILTER (WHERE state = 'running'),
		'queued', count(*) FILTER (WHERE state = 'queued'))
		FROM run WHERE {is_open state}) AS 'runs:json',
	(SELECT json_object('total', count(*), 'paused', coalesce(sum(paused), 0),
		'absent', coalesce(sum(NOT present), 0)) FROM v_dag) AS 'dags:json',
	(SELECT json_object('total', count(DISTINCT t.dataset),
		'stale_partitions', coalesce(sum({stale_in_t}), 0)
			+ coalesce((SELECT sum(n) FROM more), 0)) FROM v_tally t) AS 'datasets:json',
	(SELECT iif(value IN ('unchecked', 'damaged'), value, 'whole') FROM meta
		WHERE name = 'clean') AS database;

-- +key: live attempts are few and have an index; by key all of history would be walked.
-- name: overview_running
SELECT dag, run_id, logical_date, task, try_number, key AS attempt, state, started_at,
	(SELECT dag_digest FROM v_run r WHERE r.key = run) AS dag_digest
FROM v_attempt WHERE {is_live state} ORDER BY +key LIMIT 100;

-- ?1: ended after.
-- name: overview_failed
SELECT v.dag, v.run_id, v.logical_date, v.state, v.ended_at, v.key, v.dag_digest
FROM run r JOIN v_run v ON v.key = r.key
WHERE r.state = 'failed' AND r.ended_us > ?1
ORDER BY r.ended_us DESC LIMIT 100;

-- ?1: ended after.
-- name: overview_failed_total
SELECT count(*) FROM run WHERE state = 'failed' AND ended_us > ?1;

-- name: overview_next
SELECT dag, next_partition, digest AS dag_digest FROM v_dag
WHERE present AND NOT paused AND next_partition IS NOT NULL
ORDER BY next_partition, dag LIMIT 100;
