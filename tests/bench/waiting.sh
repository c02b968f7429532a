#!/bin/bash
# waiting.sh - do tasks start later beside many that wait?  Ratios of one run.
#   tests/bench/waiting.sh BUILD [SENSORS] [TASKS]     default 10000 sensors, chains of 1000 tasks
# From the end of a task to the start of the next, p99, of a scheduler that does nothing else, of
# one beside sensors that are told (partitions), and beside some that look at a file every minute.
# They take turns, three times; the best of each counts.  Judges nothing.
set -eu
cd "$(dirname "$0")/../.."
build=$PWD/${1:-build}
sensors=${2:-10000}
tasks=${3:-1000}
work=$(mktemp -d "$build/waiting.XXXXXX")
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT

project() { # project NAME SENSOR: chains, and beside them tasks of that kind; "" leaves them out
	mkdir -p "$work/$1/dags"
	# Looks come evenly, so many a second that each comes once a minute.
	printf 'pools: {default: 2, sensors: {slots: 4, rate: %d/s}}\n' $((sensors / 60 + 1)) >"$work/$1/tidemill.yaml"
	awk -v n="$tasks" 'BEGIN {
		print "dag: chains\ntasks:"
		for (i = 0; i < n; i++)
			print "  t" i ": {operator: command, run: [/bin/true]" (i % 10 ? ", needs: t" (i - 1) : "") "}"
	}' >"$work/$1/dags/chains.yaml"
	[ -n "$2" ] || return 0
	printf 'dag: w\nschedule: {partition: day}\nstart_date: 2026-05-01\ndatasets: {d: {path: lake/d, format: csv, columns: {x: int64}}}\ntasks: {make: {operator: command, run: [/bin/true], output: d}}\n' \
		>"$work/$1/dags/w.yaml"
	awk -v n="$sensors" -v what="$2" 'BEGIN {
		print "dag: waits\nschedule: {partition: day}\nstart_date: 2026-05-01\ntasks:"
		for (i = 0; i < n; i++)
			print "  s" i ": {operator: sensor, " what "}"
	}' >"$work/$1/dags/waits.yaml"
}
ask() { sqlite3 -readonly "$work/$1/.tidemill/state.db" "$2"; }
until_is() { # until_is PROJECT QUERY VALUE
	for _ in $(seq 3000); do
		[ "$(ask "$1" "$2" 2>/dev/null)" != "$3" ] || return 0
		read -rt 0.1 <> <(:) || true
	done
	echo "never $3: $2" >&2
	exit 1
}
measure() { # measure PROJECT: p99 in us
	local id
	rm -rf "$work/$1/.tidemill"
	"$build/tidemill" -C "$work/$1" scheduler >>"$work/log" 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		[ ! -S "$work/$1/.tidemill/control.sock" ] || break
		read -rt 0.1 <> <(:) || true
	done
	if [ -e "$work/$1/dags/waits.yaml" ]; then
		"$build/tidemill" -C "$work/$1" dags trigger waits -l 2026-05-01 >>"$work/log" 2>&1
		until_is "$1" "SELECT count(*) FROM task WHERE first_us IS NOT NULL" "$sensors"
	fi
	"$build/tidemill" -C "$work/$1" dags trigger chains --wait >>"$work/log" 2>&1
	id=$(ask "$1" "SELECT key FROM run WHERE dag = 'chains'")
	ask "$1" "WITH gap AS (SELECT b.started_us - a.ended_us AS us FROM attempt a JOIN attempt b
			ON b.run = a.run AND b.task_index = a.task_index + 1
			WHERE a.run = $id AND b.task_index % 10 <> 0),
		ranked AS (SELECT us, row_number() OVER (ORDER BY us) AS i, count(*) OVER () AS n FROM gap)
		SELECT max(us) FILTER (WHERE i <= n * 0.99) FROM ranked" >>"$work/p99.$1"
	kill "$pid"
	wait "$pid" || true
	pid=
}
best() { sort -g "$work/p99.$1" | head -n 1; }

project quiet ""
project told "partition: d"
project looks "file: never, every: 1m"
for _ in 1 2 3; do
	for p in quiet told looks; do measure $p; done
done
echo "from task to task beside $sensors that wait, p99 of $((tasks * 9 / 10)) pairs:"
awk -v q="$(best quiet)" -v t="$(best told)" -v l="$(best looks)" 'BEGIN {
	printf "  quiet %.2f ms; told of partitions %.2f ms, ratio %.2f; looking every minute %.2f ms, ratio %.2f\n",
		q / 1000, t / 1000, t / q, l / 1000, l / q }'
