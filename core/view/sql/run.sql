-- run.sql - questions about runs, their tasks and attempts.

-- Is it the state of a run that has not ended, of an attempt that lives?  In the words of the indexes
-- of the database.
-- part: is_open
($ = 'running' OR $ = 'queued' OR $ = 'up_for_retry')
-- part: is_live
($ = 'starting' OR $ = 'running' OR $ = 'killing' OR $ = 'publishing')

-- What a run waits for: as it is told, or what its first task does while nothing of it runs.
-- part: run_waits
CASE WHEN v.waits <> '' OR v.state <> 'running' OR EXISTS (SELECT 1 FROM task
		WHERE run = r.key AND state IN ('queued', 'running'))
	THEN v.waits
	ELSE (SELECT waits FROM task WHERE run = r.key AND waits <> '' AND state IN
		('none', 'scheduled', 'up_for_retry', 'up_for_reschedule')
		ORDER BY task_index LIMIT 1) END

-- Found and ordered by the keys of `run`, told by the public view.  ?7: not NULL leaves out what is
-- counted of the tasks of each.
-- part: run_begin
v.key, v.dag, v.run_id, v.type, v.state, v.epoch, v.logical_date, v.data_interval_start,
	v.data_interval_end, v.created_at, v.started_at, v.ended_at,
-- part: run_end
v.backfill, v.params AS 'params:json', v.dag_digest, v.early AS 'early:bool', v.timeout_at,
	v.next_retry_at, v.retries, v.timed_out AS 'timed_out:bool',
	CASE WHEN ?7 IS NULL THEN (SELECT json_group_object(state, n) FROM (
		SELECT state, count(*) AS n FROM task WHERE run = r.key GROUP BY state))
		END AS 'tasks:json',
	(SELECT paused FROM dag WHERE dag = r.dag) AS dag_paused
-- part: run_columns
{run_begin} {run_waits} AS 'waits:gate', {run_end}
-- part: run_from
FROM run r JOIN v_run v ON v.key = r.key
-- part: run_order
ORDER BY r.logical_us DESC, r.key DESC

-- ?1: a dag, ?2: a state, ?3: a backfill, each may be NULL; ?4: how many.  Each of these texts has
-- an index of its own, so that few runs are found without walking over many.
-- name: runs_of_backfill
SELECT {run_columns} {run_from}
WHERE (?1 IS NULL OR r.dag = ?1) AND (?2 IS NULL OR r.state = ?2) AND r.backfill = ?3
{run_order} LIMIT ?4;

-- The same where ?3 is NULL.
-- name: runs_of_dag_in_state
SELECT {run_columns} {run_from} WHERE r.dag = ?1 AND r.state = ?2 AND ?3 IS NULL
{run_order} LIMIT ?4;

-- name: runs_in_state
SELECT {run_columns} {run_from} WHERE ?1 IS NULL AND r.state = ?2 AND ?3 IS NULL
{run_order} LIMIT ?4;

-- name: runs_of_dag
SELECT {run_columns} {run_from} WHERE r.dag = ?1 AND ?2 IS NULL AND ?3 IS NULL
{run_order} LIMIT ?4;

-- name: runs
SELECT {run_columns} {run_from} WHERE ?1 IS NULL AND ?2 IS NULL AND ?3 IS NULL
{run_order} LIMIT ?4;

-- ?1: a dag, ?2: a run id, or any text that says a logical date, ?3; both NULL: the latest.
-- name: run
SELECT {run_begin} v.waits AS 'waits:gate', {run_end}, v.triggered_by AS 'triggered_by:json'
{run_from}
WHERE r.key = CASE WHEN ?2 IS NULL
	THEN (SELECT key FROM run WHERE dag = ?1 ORDER BY logical_us DESC LIMIT 1)
	ELSE coalesce((SELECT key FROM run WHERE dag = ?1 AND run_id = ?2),
		(SELECT key FROM run WHERE dag = ?1 AND logical_us = ?3)) END;

-- ?1: a dag, ?2: how many.
-- name: grid
SELECT {run_columns},
	(SELECT json_group_array(json_object('task', task, 'state', state, 'tries', tries))
		FROM (SELECT task, state, tries FROM task WHERE run = r.key AND instr(task, '[') = 0
			ORDER BY task_index))
		AS 'cells:json'
{run_from} WHERE r.dag = ?1 {run_order} LIMIT ?2;

-- ?1: the key of a run.
-- name: tasks
SELECT task, state, tries, failures, losses, next_retry_at, since, waits AS 'waits:gate',
	outputs AS 'outputs:json', answered AS 'answered:if_json', nullif(looks, 0) AS 'looks:if',
	map_index AS 'index:if', item AS 'item:if_json', kept AS 'kept:if_json'
FROM v_task WHERE run = ?1 AND state <> 'removed' ORDER BY task_index, map_index;

-- ?1: the key of a run.
-- name: tasks_dag
SELECT d.dag, d.paused FROM run r JOIN dag d ON d.dag = r.dag WHERE r.key = ?1;

-- ?1: the key of a run.  Its groups with retries of which something was begun.
-- name: run_groups
SELECT task_group AS 'group', try, tries_most AS tries, next_retry_at, waits AS 'waits:gate'
FROM v_group WHERE run = ?1 ORDER BY group_index;

-- ?1: the key of a run.  Runs of other dags that its tasks wait for, or have waited for.
-- name: run_children
SELECT t.task, c.dag, c.run_id, c.state, c.logical_date, c.started_at, c.ended_at
FROM v_task t, json_each(t.children) j JOIN v_run c ON c.key = j.value ->> '$[0]'
WHERE t.run = ?1 ORDER BY t.task_index, j.key LIMIT ?2;

-- ?1: the key of a run.  Whose task made it or opened its epoch.
-- name: run_parent
SELECT p.dag, p.run_id, c.parent_task AS task
FROM v_run c JOIN run p ON p.key = c.parent WHERE c.key = ?1;

-- part: attempt
SELECT key, run, dag, run_id, logical_date, task, epoch, try_number, state, outcome, exit_code,
	signal, created_at, started_at, ended_at, message, result AS 'result:json',
	inputs AS 'inputs:json', pool, slots, memory_bytes, cpu_seconds, peak_bytes, read_bytes,
	written_bytes, limits AS 'limits:json', outputs AS 'outputs:json', nullif(look, 0) AS 'look:if',
	CASE WHEN look > 0 THEN coalesce(waiting_since, created_at) END AS 'waiting_since:if',
	map_index AS 'index:if', artifacts AS 'artifacts:if_json'
FROM v_attempt

-- ?1: the key of a run, ?2: a task or NULL.
-- name: attempts
{attempt} WHERE run = ?1 AND (?2 IS NULL OR task = ?2) ORDER BY key;

-- ?1: a key.
-- name: attempt
{attempt} WHERE key = ?1;

-- name: backfills
SELECT key, dag, from_date, to_date, reprocess, max_active_runs, created_at, runs
FROM v_backfill ORDER BY key DESC;
