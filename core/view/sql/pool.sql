-- pool.sql - what pools have, who holds their slots, and how many tasks wait for them.

-- What the scheduler took last.
-- name: pool_limits
SELECT text AS 'text:json' FROM limits;

-- ?1: a dag.
-- name: pool_active
SELECT digest FROM v_dag WHERE dag = ?1;

-- +key: live attempts are few and have an index; by key all of history would be walked.
-- name: pool_live
SELECT dag, task, pool, slots, memory_bytes FROM v_attempt WHERE {is_live state}
ORDER BY +key;

-- name: pool_used
SELECT pool, sum(slots) AS used, sum(memory_bytes) AS memory_bytes
FROM v_attempt WHERE {is_live state} GROUP BY pool ORDER BY pool;

-- Ready and not paused: of runs under way alone, which are few.
-- name: pool_waiting
SELECT t.pool AS pool, count(*) AS waiting
FROM run r JOIN v_dag d ON d.dag = r.dag JOIN v_task t ON t.run = r.key
WHERE r.state = 'running' AND NOT d.paused AND t.state = 'scheduled'
GROUP BY t.pool ORDER BY t.pool;

-- name: pool_shared
SELECT count(*) AS tasks, sum(memory_bytes) AS memory_bytes
FROM v_attempt WHERE {is_live state};

-- ?1: how many, the oldest first.
-- name: pool_holders
SELECT pool, dag, run_id, task, try_number, slots, memory_bytes, created_at AS since,
	key AS attempt, logical_date, (SELECT dag_digest FROM v_run r WHERE r.key = run) AS dag_digest
FROM v_attempt WHERE {is_live state} ORDER BY +key LIMIT ?1;

-- ?1: a pool: the start behind which there are ?2.  Of as many as a scheduler remembers.
-- name: pool_starts
SELECT created_at FROM v_attempt
WHERE key > (SELECT max(key) FROM v_attempt) - 10000 AND pool = ?1
ORDER BY key DESC LIMIT 1 OFFSET ?2;
