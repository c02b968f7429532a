-- dag.sql - questions about dags.  A column "x:bool" or "x:json" of an answer: core/view/answer.h.

-- ?1: a name.  The digest of its definition, if a scheduler has loaded such a dag.
-- name: know_dag
SELECT digest FROM v_dag WHERE dag = ?1;

-- ?1: a digest.
-- name: definition
SELECT file, text FROM def WHERE digest = ?1;

-- ?1: a name.  Where its schedule stands.
-- name: dag_cursor
SELECT digest, cursor_us, live_since_us, paused FROM dag WHERE dag = ?1;

-- ?1: a digest.
-- name: definition_bytes
SELECT length(CAST(text AS BLOB)) FROM def WHERE digest = ?1;

-- part: dag
SELECT d.dag, d.file, d.digest AS dag_digest, d.paused AS 'paused:bool',
	d.present AS 'present:bool', d.paused_because,
	(SELECT count(*) FROM run a WHERE a.dag = d.dag AND {is_open a.state})
		AS active_runs,
	l.run_id AS last_run_id, l.state AS last_state, l.logical_date AS last_logical_date,
	d.next_partition
FROM v_dag d LEFT JOIN v_run l
	ON l.key = (SELECT key FROM run WHERE dag = d.dag ORDER BY logical_us DESC LIMIT 1)

-- name: dags
{dag} ORDER BY d.dag;

-- ?1: a name.
-- name: dag
{dag} WHERE d.dag = ?1;
