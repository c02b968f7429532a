#!/bin/bash
# memory.sh - what a long past costs: a scheduler starts on a database of runs that have ended.
#   tests/bench/memory.sh BUILD [RUNS]      RUNS of ten tasks each, default 100000; all but ten ended
# Prints the seconds until the scheduler answers and its resident memory; judges nothing.
set -eu
cd "$(dirname "$0")/../.."
build=$PWD/${1:-build}
runs=${2:-100000}
work=$(mktemp -d "$build/memory.XXXXXX")
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT
tm() { "$build/tidemill" -C "$work" "$@"; }

# Ten dags of ten tasks; the first task of each writes a partition.
mkdir "$work/dags"
for d in 0 1 2 3 4 5 6 7 8 9; do
	{
		printf 'dag: d%d\nschedule: "0 3 * * *"\nstart_date: 2026-01-01\n' $d
		printf 'datasets: {o%d: {path: lake/o%d, format: csv, columns: {n: int64}}}\n' $d $d
		printf 'tasks:\n  t0: {operator: command, run: [/bin/true], output: o%d}\n' $d
		for t in 1 2 3 4 5 6 7 8 9; do
			printf '  t%d: {operator: command, run: [/bin/true], needs: [t%d]}\n' $t $((t - 1))
		done
	} >"$work/dags/d$d.yaml"
done
tm validate >/dev/null 2>&1

start() { # prints the seconds until the scheduler answers; its process is $pid
	local from
	: >"$work/log"
	from=$(date +%s.%N)
	"$build/tidemill" -C "$work" scheduler >>"$work/log" 2>&1 &
	pid=$!
	until grep -q 'runs unfinished' "$work/log"; do
		kill -0 "$pid" || { cat "$work/log"; exit 1; }
		sleep 0.005
	done
	seconds=$(awk -v a="$from" -v b="$(date +%s.%N)" 'BEGIN { printf "%.2f", b - a }')
}
stop() {
	kill -INT "$pid"
	wait "$pid" || true
	pid=
}
tell() { # tell WHAT
	printf '%-34s %7s s until it answers, %6.1f MiB resident\n' "$1" "$seconds" \
		"$(awk '/^VmRSS/ { print $2 / 1024 }' "/proc/$pid/status")"
}

start
tell "no past"
for d in 0 1 2 3 4 5 6 7 8 9; do tm dags pause d$d >/dev/null 2>&1; done
stop
# Run k is of dag k % 10 and of the day k / 10, from 1 January 1999 on.
sqlite3 "$work/.tidemill/state.db" "
PRAGMA foreign_keys = off;
BEGIN;
DELETE FROM task; DELETE FROM attempt; DELETE FROM run;
CREATE TEMP TABLE n AS WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < $runs)
	SELECT k, 'd' || (k % 10) AS dag, 10592 + k / 10 AS day, k > $runs - 10 AS open FROM n;
INSERT INTO run SELECT k, n.dag, 'scheduled__' || date(day * 86400, 'unixepoch'), 'scheduled',
	iif(open, 'queued', 'success'), 1, day * 86400000000, day * 86400000000,
	(day + 1) * 86400000000, digest, NULL, (day + 1) * 86400000000,
	iif(open, NULL, (day + 1) * 86400000000), iif(open, NULL, (day + 1) * 86400000000), '{}', ''
	FROM n JOIN dag USING (dag);
WITH t(i) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))
INSERT INTO task SELECT k, i, 't' || i, iif(open, 'none', 'success'), NOT open, 0, 0, NULL,
	(day + 1) * 86400000000, '' FROM n, t;
INSERT INTO partition (dataset, part, version, digest, rows, bytes, partial, run, attempt, epoch,
	published_us, inputs) SELECT 'o' || (k % 10), day, 1, printf('%032x', k), 1, 1, 0, k, k, 1,
	(day + 1) * 86400000000, '[]' FROM n WHERE NOT open;
COMMIT;"
start
tell "$runs runs, $((runs * 10)) task rows"
stop
