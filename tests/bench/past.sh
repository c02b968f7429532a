#!/bin/bash
# past.sh - a project with a long past: RUNS ended runs of ten tasks, made by SQL in moments.
#   tests/bench/past.sh TIDEMILL DIR [RUNS=100000]
# DIR gets a dag `old` and its state; a hundred thousand runs are a million task rows.
# Every attempt has two checks, two datasets have a partition a run, each task two events.
set -eu
tidemill=$1
dir=$2
runs=${3:-100000}
mkdir -p "$dir/dags"
{
	echo 'dag: old'
	echo 'schedule: "0 3 * * *"'
	echo 'start_date: 2026-05-01'
	echo 'max_active_runs: 1'
	echo 'tasks:'
	for i in 0 1 2 3 4 5 6 7 8 9; do
		echo "  t$i: {operator: command, run: [\"true\"]}"
	done
} >"$dir/dags/old.yaml"
"$tidemill" -C "$dir" dags trigger old --logical-date 2026-05-01 --wait >/dev/null
sqlite3 "$dir/.tidemill/state.db" <<SQL
PRAGMA synchronous = OFF;
BEGIN;
CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $runs)
	SELECT i, i + (SELECT max(key) FROM run) AS key, 1000000000000 + i * 60000000 AS us FROM n;
CREATE TEMP TABLE t AS SELECT task_index, task FROM task;
CREATE TEMP TABLE last AS SELECT (SELECT max(key) FROM attempt) AS attempt, (SELECT max(seq) FROM event) AS seq;
INSERT INTO run (key, dag, run_id, type, state, epoch, logical_us, start_us, end_us, digest, created_us,
	started_us, ended_us, params, waits)
	SELECT n.key, 'old', 'manual__' || n.i, 'manual', 'success', 1, us, us, us, digest, us, us, us + 5, '{}', ''
	FROM n, (SELECT digest FROM dag WHERE dag = 'old');
INSERT INTO task (run, task_index, task, state, tries, failures, losses, since_us, waits)
	SELECT n.key, task_index, task, 'success', 1, 0, 0, us, '' FROM n, t ORDER BY n.key, task_index;
INSERT INTO attempt (key, run, task_index, task, epoch, try_number, state, cancel, token, outcome, exit_code,
	signal, created_us, started_us, ended_us, message, result, inputs)
	SELECT last.attempt + (n.i - 1) * 10 + task_index + 1, n.key, task_index, task, 1, 1, 'success', 0,
		'0123456789abcdef0123456789abcdef', 'ok', 0, 0, us, us, us + 5, '',
		'{"outcome":"ok","checks":[{"check":"row_count","name":"row_count","dataset":"d' || task_index
		|| '","partition":"event_date=' || date(i * 86400, 'unixepoch') || '","status":"pass"},'
		|| '{"check":"unique","name":"unique(id)","dataset":"d' || task_index || '","partition":"event_date='
		|| date(i * 86400, 'unixepoch') || '","status":"pass"}]}', '[]'
	FROM n, t, last ORDER BY n.i, task_index;
INSERT INTO check_result (attempt, seq, dataset, partition, unit, zone, part, kind, name, status)
	SELECT last.attempt + (n.i - 1) * 10 + task_index + 1, s, 'd' || task_index, date(i * 86400, 'unixepoch'),
		'day', 'UTC', i, 'row_count', 'row_count', 'pass'
	FROM n, t, last, (SELECT 0 AS s UNION SELECT 1) ORDER BY n.i, task_index, s;
INSERT INTO partition (dataset, part, version, digest, rows, bytes, partial, run, attempt, epoch, published_us, inputs)
	SELECT 'd' || task_index, i, 1, '0123456789abcdef', 1, 1, 0, key, 1, 1, us,
		'[{"dataset":"d0","day":' || i || ',"version":1,"digest":"0123456789abcdef"}]'
	FROM n, t WHERE task_index < 2 ORDER BY task_index, i;
INSERT INTO version (dataset, part, version, digest, rows, bytes, attempt, published_us)
	SELECT dataset, part, version, digest, rows, bytes, attempt, published_us FROM partition;
INSERT INTO event (seq, at_us, kind, run, task_index, attempt, epoch, from_state, to_state, detail)
	SELECT last.seq + (n.i - 1) * 20 + task_index * 2 + s + 1, us, 'task', n.key, task_index, 1, 1, 'none',
		'success', ''
	FROM n, t, last, (SELECT 0 AS s UNION SELECT 1) ORDER BY n.i, task_index, s;
COMMIT;
SQL
