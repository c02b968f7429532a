-- load.sql - what the engine is given when it starts; columns are read by names (columns.inc).

-- Those that runs under way are pinned to, and the last good one of every dag.
-- name: load_defs
SELECT * FROM def WHERE digest IN
	(SELECT digest FROM run WHERE {is_open state} UNION SELECT digest FROM dag)
ORDER BY rowid;

-- name: load_dags
SELECT * FROM dag ORDER BY dag;

-- name: load_runs
SELECT * FROM run WHERE {is_open state} ORDER BY key;

-- Of those that have ended only that they are there.
-- name: load_past
SELECT key, dag, type, state, logical_us, early FROM run WHERE NOT {is_open state}
ORDER BY logical_us;

-- Index -1: a task that the run's definition has no longer, and its last try.
-- part: task_columns
run, task_index, map_index, task, state, tries, failures, losses, next_retry_us, since_us, waits,
	first_us, outputs, answered, looks, look_errors, look_attempt, waiting_us, give_up_us, answer,
	seen, item, list, list_items, kept, children
-- part: gone_columns
a.run, -1, -1, a.task, 'none', max(a.try_number), 0, 0, NULL, 0, '', NULL, NULL, NULL, 0, 0, NULL,
	NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
-- part: gone_only
NOT EXISTS (SELECT 1 FROM task t WHERE t.run = a.run AND t.task = a.task)
	GROUP BY a.run, a.task

-- name: load_tasks
SELECT {task_columns} FROM task WHERE run IN (SELECT key FROM run WHERE {is_open state})
UNION ALL
SELECT {gone_columns} FROM run r JOIN attempt a ON a.run = r.key
WHERE {is_open r.state} AND r.epoch > 1 AND {gone_only}
ORDER BY run, task_index, map_index;

-- name: load_groups
SELECT * FROM task_group WHERE run IN (SELECT key FROM run WHERE {is_open state})
ORDER BY run, group_index;

-- A run that has ended, for a command that is about it.  ?1: its key.
-- name: recall_run
SELECT * FROM run WHERE key = ?1;

-- name: recall_tasks
SELECT {task_columns} FROM task WHERE run = ?1
UNION ALL
SELECT {gone_columns} FROM attempt a WHERE a.run = ?1 AND {gone_only}
ORDER BY task_index, map_index;

-- ?1: the digest.
-- name: recall_def
SELECT * FROM def WHERE digest = ?1;

-- Live ones only: what ended is history that the engine does not need, and is not walked over: the
-- plus has the index of the live asked, not the order of all.
-- name: load_attempts
SELECT * FROM attempt WHERE {is_live state} ORDER BY +key;

-- What the rates of pools look at.
-- name: load_starts
SELECT key, pool, created_us FROM attempt
WHERE key > (SELECT coalesce(max(key), 0) FROM attempt) - 10000 ORDER BY key;

-- name: load_partitions
SELECT * FROM partition ORDER BY dataset, part;

-- name: load_dataset_events
SELECT * FROM dataset_event WHERE consumed IS NULL ORDER BY key;

-- name: load_backfills
SELECT * FROM backfill ORDER BY key;

-- name: load_clock
SELECT * FROM clock;

-- name: load_limits
SELECT * FROM limits;

-- Nobody sends a command again for ever: what is beyond the bound is forgotten.
-- ?1: how many answered commands are remembered.
-- name: forget_commands
DELETE FROM command
WHERE rowid <= (SELECT rowid FROM command ORDER BY rowid DESC LIMIT 1 OFFSET ?1);

-- What a key was answered.  ?1: the key.
-- name: recall_answer
SELECT * FROM command WHERE key = ?1;

-- The last number of each kind that was given out.
-- name: load_last
SELECT (SELECT max(key) FROM run), (SELECT max(key) FROM attempt),
	(SELECT max(key) FROM backfill), (SELECT max(seq) FROM event),
	(SELECT max(key) FROM dataset_event);
