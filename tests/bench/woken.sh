#!/bin/bash
# woken.sh - how soon does a publish start who waits for it?  Ratios of one run.
#   tests/bench/woken.sh BUILD [HOURS]     HOURS published, one after the other, default 300
# From the instant of a publish to the start of a task of the run that it wakes, beside the next
# task of the run that published: both start in one turn, with a slot free for each, so that no
# queue is measured.  On a disk and in memory, and beside it what such a commit costs alone: 80 KiB
# appended and synced, the mean of as many.  Judges nothing.
set -eu
cd "$(dirname "$0")/../.."
build=$PWD/${1:-build}
hours=${2:-300}
work=$(mktemp -d "$build/woken.XXXXXX")
shm=$(mktemp -d /dev/shm/tidemill-bench.XXXXXX)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work" "$shm"' EXIT

project() { # project DIR
	mkdir -p "$1/dags"
	echo 'pools: {default: 3}' >"$1/tidemill.yaml"
	# The rest of a run lasts until its reader has ended, so that nothing else begins meanwhile.
	cat >"$1/dags/hours.yaml" <<'YAML'
dag: hours
schedule: {partition: hour}
max_active_runs: 1
datasets: {h: {path: lake/h, format: csv, columns: {n: int64}}}
tasks:
  write: {operator: command, shell: "printf 'n\\n1\\n' >$TIDEMILL_OUTPUT/h.csv", output: h}
  next: {operator: command, needs: write, run: [/bin/sleep, "0.04"]}
YAML
	cat >"$1/dags/after.yaml" <<'YAML'
dag: after
start_date: 2026-05-01
schedule: {datasets: [h], partition: hour}
tasks: {read: {operator: command, run: [/bin/true]}}
YAML
}
gaps() { # gaps DIR: the p50 and p99 of both, in us
	sqlite3 -readonly -separator ' ' "$1/.tidemill/state.db" "
		WITH gap AS (
			SELECT 'woken' AS what, a.started_us - e.at_us AS us
				FROM dataset_event e JOIN attempt a ON a.run = e.consumed
			UNION ALL SELECT 'next', b.started_us - a.ended_us
				FROM attempt a JOIN attempt b ON b.run = a.run AND b.task_index = a.task_index + 1),
		ranked AS (SELECT what, us, row_number() OVER (PARTITION BY what ORDER BY us) AS i,
			count(*) OVER (PARTITION BY what) AS n FROM gap)
		SELECT max(us) FILTER (WHERE what = 'woken' AND i <= n * 0.5),
			max(us) FILTER (WHERE what = 'woken' AND i <= n * 0.99),
			max(us) FILTER (WHERE what = 'next' AND i <= n * 0.5),
			max(us) FILTER (WHERE what = 'next' AND i <= n * 0.99) FROM ranked"
}
synced() { # synced DIR: ms
	local from to
	from=$(date +%s%N)
	dd if=/dev/zero of="$1/floor" bs=80k count="$hours" oflag=dsync 2>/dev/null
	to=$(date +%s%N)
	rm "$1/floor"
	awk -v us=$(((to - from) / 1000)) -v n="$hours" 'BEGIN { printf "%.2f", us / n / 1000 }'
}
measure() { # measure NAME DIR
	local last
	last=$(date -u -d "2026-05-01 UTC + $((hours - 1)) hours" +%Y-%m-%dT%H)
	project "$2"
	"$build/tidemill" -C "$2" scheduler >>"$work/log" 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		[ ! -S "$2/.tidemill/control.sock" ] || break
		read -rt 0.1 <> <(:) || true
	done
	"$build/tidemill" -C "$2" backfill create hours --from-date 2026-05-01T00 --to-date "$last" --wait \
		>>"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }
	kill "$pid"
	wait "$pid" || true
	pid=
	gaps "$2" | awk -v what="$1" -v floor="$(synced "$2")" '{
		printf "  %-10s woken p50 %.2f ms, p99 %.2f; next task of the run p50 %.2f, p99 %.2f; ratios %.2f, %.2f\n",
			what, $1 / 1000, $2 / 1000, $3 / 1000, $4 / 1000, $1 / $3, $2 / $4
		printf "  %-10s a commit of that size alone %.2f ms\n", "", floor }'
}

echo "from a publish to the start of a run that it wakes, $hours times:"
measure "on a disk" "$work/project"
measure "in memory" "$shm/project"
