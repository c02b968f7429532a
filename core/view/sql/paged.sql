-- paged.sql - lists a page at a time.  What grows with history is cut by the key of the row that a
-- page begins behind, never by counting rows from the start.

-- ?5: the key of a run: what stands before it, the newest logical date first.  NULL: the newest.
-- part: before_run
(r.logical_us, r.key) < (coalesce((SELECT logical_us FROM run WHERE key = ?5), 9223372036854775807),
	coalesce(?5, 9223372036854775807))
-- ?6: what stands behind it, the oldest first; NULL or no such run: the oldest.
-- part: after_run
(r.logical_us, r.key) > (
	coalesce((SELECT logical_us FROM run WHERE key = ?6), -9223372036854775807), coalesce(?6, 0))
-- part: run_order_up
ORDER BY r.logical_us, r.key

-- ?1: a dag or NULL, ?2: a state or NULL, ?4: how many.  A text for each way in.
-- name: page_runs
SELECT {run_columns} {run_from} WHERE {before_run} {run_order} LIMIT ?4;
-- name: page_runs_up
SELECT {run_columns} {run_from} WHERE {after_run} {run_order_up} LIMIT ?4;
-- name: page_runs_of_dag
SELECT {run_columns} {run_from} WHERE r.dag = ?1 AND {before_run} {run_order} LIMIT ?4;
-- name: page_runs_of_dag_up
SELECT {run_columns} {run_from} WHERE r.dag = ?1 AND {after_run} {run_order_up} LIMIT ?4;
-- name: page_runs_in_state
SELECT {run_columns} {run_from} WHERE r.state = ?2 AND {before_run} {run_order} LIMIT ?4;
-- name: page_runs_in_state_up
SELECT {run_columns} {run_from} WHERE r.state = ?2 AND {after_run} {run_order_up} LIMIT ?4;
-- name: page_runs_of_dag_in_state
SELECT {run_columns} {run_from} WHERE r.dag = ?1 AND r.state = ?2 AND {before_run}
{run_order} LIMIT ?4;
-- name: page_runs_of_dag_in_state_up
SELECT {run_columns} {run_from} WHERE r.dag = ?1 AND r.state = ?2 AND {after_run}
{run_order_up} LIMIT ?4;

-- ?1: keys of runs, ?2: names of tasks, both as JSON arrays.
-- name: page_cells
SELECT k.key AS row, n.key AS cell, t.state, t.tries
FROM json_each(?1) k CROSS JOIN json_each(?2) n
	CROSS JOIN task t ON t.run = k.value AND t.task = n.value
ORDER BY k.key, n.key;

-- What went wrong first, then what is under way, then what waits, then what is done.
-- part: by_urgency
CASE $ WHEN 'failed' THEN 0 WHEN 'lost' THEN 0 WHEN 'upstream_failed' THEN 1
	WHEN 'up_for_retry' THEN 2 WHEN 'running' THEN 3 WHEN 'starting' THEN 3 WHEN 'publishing' THEN 3
	WHEN 'killing' THEN 3 WHEN 'queued' THEN 4 WHEN 'scheduled' THEN 5 WHEN 'up_for_reschedule' THEN 5 WHEN 'none' THEN 6
	WHEN 'expanded' THEN 3 WHEN 'cancelled' THEN 7 ELSE 8 END

-- Tasks in the order of the file, instances of each in theirs: load, load[0] .. load[10].
-- part: task_order
$.task_index, coalesce($.map_index, -1)

-- How many instances of a task are in each state; NULL: it has none.
-- part: instances
(SELECT json_group_object(state, n) FROM (SELECT i.state, count(*) AS n FROM v_task i
	WHERE i.run = $.run AND i.task_index = $.task_index AND i.map_index >= 0
		AND $.map_index IS NULL AND i.state <> 'removed' GROUP BY i.state) HAVING count(*)) AS 'instances:if_json'

-- ?1: the key of a run, ?2: a state or NULL, ?3: how many, ?4: how many are left out before.
-- Instances are told of where a state is asked for, else their tasks with how many stand how.
-- name: page_tasks
SELECT v.task, v.state, v.tries, v.failures, v.losses, v.next_retry_at, v.since,
	v.waits AS 'waits:gate', v.map_index AS 'index:if', {instances v}, v.list_items AS 'list_items:if'
FROM (SELECT task FROM task WHERE run = ?1
		AND CASE WHEN ?2 IS NULL THEN instr(task, '[') = 0 ELSE state = ?2 END
	ORDER BY {by_urgency state}, task_index, map_index LIMIT ?3 OFFSET ?4) p
	CROSS JOIN v_task v ON v.run = ?1 AND v.task = p.task
ORDER BY {by_urgency v.state}, {task_order v};

-- ?1: the key of a run, ?2: those behind this task, NULL: from the first; ?3: how many.
-- name: page_tasks_after
SELECT v.task, v.state, v.tries, v.failures, v.losses, v.next_retry_at, v.since,
	v.waits AS 'waits:gate', v.map_index AS 'index:if', v.item AS 'item:if_json'
FROM (SELECT t.task FROM task t WHERE t.run = ?1 AND t.state <> 'removed'
	AND t.task_index >= coalesce((SELECT task_index FROM task WHERE run = ?1 AND task = ?2), 0)
	AND (?2 IS NULL OR ({task_order t}) > (SELECT {task_order a} FROM task a
		WHERE a.run = ?1 AND a.task = ?2))
	ORDER BY {task_order t} LIMIT ?3) p
	CROSS JOIN v_task v ON v.run = ?1 AND v.task = p.task
ORDER BY {task_order v};

-- ?1: the key of a run, ?2: rows of tasks as a JSON array.
-- name: page_attempts_of
SELECT a.* FROM (SELECT k.key FROM json_each(?2) t
	CROSS JOIN attempt k ON k.run = ?1 AND k.task = t.value ->> '$.task') p
	CROSS JOIN ({attempt}) a ON a.key = p.key
ORDER BY a.key;

-- ?1: the key of a run, ?2: a task.
-- name: page_task
SELECT v.task, v.state, v.tries, v.failures, v.losses, v.next_retry_at, v.since,
	v.waits AS 'waits:gate', v.map_index AS 'index:if', v.item AS 'item:if_json', {instances v}
FROM v_task v WHERE v.run = ?1 AND v.task = ?2;

-- ?1: the key of a run, ?2: a task, ?3: a state or NULL, ?4: how many, ?5: how many are left out
-- before.  Its instances, and the newest attempt of each.
-- name: page_instances
SELECT v.task, v.state, v.tries, v.failures, v.losses, v.next_retry_at, v.since,
	v.waits AS 'waits:gate', v.map_index AS 'index:if', v.item AS 'item:if_json',
	(SELECT max(a.key) FROM attempt a WHERE a.run = ?1 AND a.task = v.task) AS 'attempt:if'
FROM (SELECT task, state, map_index FROM task WHERE run = ?1
		AND task_index = (SELECT task_index FROM task WHERE run = ?1 AND task = ?2)
		AND map_index >= 0 AND state <> 'removed' AND instr(?2, '[') = 0
		AND (?3 IS NULL OR state = ?3)
	ORDER BY {by_urgency state}, map_index LIMIT ?4 OFFSET ?5) p
	CROSS JOIN v_task v ON v.run = ?1 AND v.task = p.task
ORDER BY {by_urgency p.state}, p.map_index;

-- ?1: the key of a run, ?2: how many.  Those that failed first, the newest of each kind first.
-- name: page_attempts
SELECT a.* FROM (SELECT key FROM attempt WHERE run = ?1
	ORDER BY {by_urgency state}, key DESC LIMIT ?2) p
	CROSS JOIN ({attempt}) a ON a.key = p.key
ORDER BY {by_urgency a.state}, a.key DESC;

-- ?1: keys of runs as a JSON array, ?2: of each so many tasks that failed.
-- name: page_culprits
SELECT (SELECT json_group_array(task) FROM (SELECT task FROM task
	WHERE run = k.value AND state = 'failed' AND instr(task, '[') = 0 ORDER BY task_index LIMIT ?2)) AS 'culprits:json'
FROM json_each(?1) k ORDER BY k.key;

-- ?1: after this name, ?2: before this name, ?3: a part of the name, ?4: how many; NULL: any.
-- ?5: present, ?6: paused, 0 or 1 or NULL.
-- part: dag_filter
(?3 IS NULL OR instr(lower(d.dag), lower(?3))) AND (?5 IS NULL OR d.present = ?5)
	AND (?6 IS NULL OR d.paused = ?6)
-- name: page_dags
{dag} WHERE d.dag > coalesce(?1, '') AND {dag_filter} ORDER BY d.dag LIMIT ?4;
-- name: page_dags_back
{dag} WHERE d.dag < ?2 AND {dag_filter} ORDER BY d.dag DESC LIMIT ?4;

-- ?1: what an address calls a dataset.  Is it known at all?
-- name: know_checked
SELECT 1 FROM check_result WHERE dataset = ?1
UNION ALL SELECT 1 FROM partition WHERE dataset = ?1 LIMIT 1;
