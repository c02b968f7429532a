-- history.sql - runs by when they were worked on.

-- When a run was worked on last: its epoch began, or it was made and waits.  As the index has it.
-- part: worked
coalesce(r.started_us, r.created_us)
-- part: history_fits
(?1 IS NULL OR r.dag = ?1) AND (?2 IS NULL OR r.state = ?2)
	AND (?3 IS NULL OR {worked} >= ?3)

-- ?1: a dag, ?2: a state, ?3: since, each may be NULL; ?4: how many.  What is common is met soon on
-- the way back through the index.  What is rare has an index of its own: its keys are sorted, and
-- only what is shown is read.
-- name: history
SELECT {run_columns} {run_from} WHERE {history_fits}
ORDER BY {worked} DESC, r.key DESC LIMIT ?4;

-- part: history_of
SELECT {run_columns} FROM (SELECT r.key FROM run r WHERE $ AND {history_fits}
	ORDER BY +{worked} DESC, r.key DESC LIMIT ?4) k
CROSS JOIN run r ON r.key = k.key CROSS JOIN v_run v ON v.key = k.key
ORDER BY {worked} DESC, r.key DESC

-- name: history_of_dag
{history_of r.dag = ?1};

-- name: history_in_state
{history_of r.state = ?2};

-- name: history_by_date
SELECT {run_columns} {run_from} WHERE {history_fits} {run_order} LIMIT ?4;

-- name: history_count
SELECT count(*) FROM run r WHERE {history_fits};

-- name: history_count_all
SELECT count(*) FROM run;

-- ?1: the key of a run.  The last attempt of each task that had one.
-- name: last_attempts
SELECT key, task, try_number, epoch, state, outcome, exit_code, started_at, ended_at, message,
	memory_bytes, cpu_seconds, peak_bytes, read_bytes, written_bytes, limits AS 'limits:json',
	nullif(look, 0) AS 'look:if'
FROM v_attempt
WHERE run = ?1 AND key IN (SELECT max(key) FROM attempt WHERE run = ?1 GROUP BY task) ORDER BY key;
