-- why.sql - what `why` asks of a dag, its runs and attempts.

-- ?1: a dag.
-- name: why_dag
SELECT file, digest, present, paused, next_partition,
	coalesce(', for ' || paused_because, '') AS because FROM v_dag WHERE dag = ?1;

-- ?1: a dag.  The oldest run that has not ended, else the latest; NULL: there is none.
-- name: why_run
SELECT coalesce(
	(SELECT run_id FROM run WHERE dag = ?1 AND {is_open state}
		ORDER BY logical_us LIMIT 1),
	(SELECT run_id FROM run WHERE dag = ?1 ORDER BY logical_us DESC LIMIT 1));

-- The schedule is held because the wall clock jumped ahead; no row: it is not.
-- name: clock
SELECT jump_us, jumped_at, schedule_held_until FROM v_clock WHERE schedule_held_until IS NOT NULL;

-- Updates for runs of a dag that are not made (again) yet.  ?1: the dag, ?2: a logical date or NULL,
-- ?3: how many.  The first of those for a run has what that waits for.
-- name: why_updates
SELECT logical_date, count(*) AS updates, min(at) AS since, max(waits) AS "waits:gate"
FROM v_dataset_event
WHERE consumer = ?1 AND consumed_by IS NULL AND (?2 IS NULL OR logical_date = ?2)
GROUP BY logical_date ORDER BY logical_date LIMIT ?3;

-- ?1: how many, ?2: a pool.  Who has its slots.
-- name: why_holders
SELECT dag, run_id, task FROM v_attempt WHERE {is_live state} AND pool = ?2
ORDER BY +key LIMIT ?1;

-- A task that is ready and was held because the machine was short: then all that are ready wait.
-- name: why_shortage
SELECT t.waits AS "waits:gate"
FROM run r JOIN task t ON t.run = r.key
WHERE r.state = 'running' AND t.state = 'scheduled' AND t.waits LIKE '{"gate":"shortage"%' LIMIT 1;

-- ?1: the key of a run, ?2: a task.
-- name: why_attempt
SELECT try_number, state, started_at, ended_at, message
FROM v_attempt WHERE run = ?1 AND task = ?2 ORDER BY key DESC LIMIT 1;

-- ?1: the key of a run.  What tells which of its tasks have something to say.
-- name: why_states
SELECT task_index, state FROM task WHERE run = ?1 AND instr(task, '[') = 0 ORDER BY task_index;

-- ?1: the key of a run, ?2: some task_index as a JSON array, ?3: of them the one with this name,
-- which may be an instance; NULL: each that is none.
-- name: why_tasks
SELECT v.task, v.state, v.tries, v.failures, v.losses, v.next_retry_at, v.since,
	v.waits AS 'waits:gate', {instances v},
	(SELECT t.state = 'expanded' AND t.list_items > (SELECT count(*) FROM v_task i WHERE i.run = t.run
			AND i.task_index = t.task_index AND i.map_index >= 0 AND i.state <> 'removed')
		FROM v_task t WHERE v.map_index IS NOT NULL AND t.run = v.run
		AND t.task_index = v.task_index AND t.map_index IS NULL) AS 'grows:if'
FROM json_each(?2) p CROSS JOIN v_task v ON v.run = ?1 AND v.task_index = p.value
	AND CASE WHEN ?3 IS NULL THEN instr(v.task, '[') = 0 ELSE v.task = ?3 END
ORDER BY v.task_index;

-- How the instances of a task stand, the first that has not ended and the first that failed.  ?1: the key of a run, ?2:
-- the task.
-- name: why_instances
SELECT count(*), sum(i.state IN ('success', 'failed', 'upstream_failed', 'skipped', 'cancelled')),
	sum(i.state = 'failed'), (SELECT f.task FROM v_task f WHERE f.run = t.run
		AND f.task_index = t.task_index AND f.map_index >= 0
		AND f.state NOT IN ('success', 'failed', 'upstream_failed', 'skipped', 'cancelled',
			'removed')
		ORDER BY f.map_index LIMIT 1),
	(SELECT f.task FROM v_task f WHERE f.run = t.run AND f.task_index = t.task_index
		AND f.map_index >= 0 AND f.state = 'failed' ORDER BY f.map_index LIMIT 1),
	t.list_items, t.state = 'expanded'
FROM v_task t JOIN v_task i ON i.run = t.run AND i.task_index = t.task_index
WHERE t.run = ?1 AND t.task = ?2 AND i.map_index >= 0 AND i.state <> 'removed';

-- ?1: the key of a run, ?2: a task.
-- name: why_place
SELECT task_index FROM task WHERE run = ?1 AND task = ?2;

-- ?1: the key of a run.  Tasks that failed or did not run.
-- name: blame_states
SELECT task, state FROM task
WHERE run = ?1 AND state IN ('failed', 'cancelled', 'upstream_failed', 'skipped');
