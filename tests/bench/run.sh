#!/bin/bash
# run.sh - what an attempt costs, beside the least it can cost and beside ninja, in one run.
#   tests/bench/run.sh BUILD [N]      N no-op commands per graph, default 5000
#   BENCH_DIR=/dev/shm                the state is there: what commits cost beside a disk
# Prints seconds and ratios; judges nothing.
set -eu
cd "$(dirname "$0")/../.."
build=$PWD/${1:-build}
n=${2:-5000}
jobs=2
work=$(mktemp -d "${BENCH_DIR:-$build}/bench.XXXXXX")
shm=$(mktemp -d /dev/shm/tidemill-bench.XXXXXX)
trap 'rm -rf "$work" "$shm"' EXIT
cc -O2 -D_GNU_SOURCE -o "$work/bare" tests/bench/bare.c

chains() { # chains NAME: n tasks in chains of ten
	awk -v n="$n" 'BEGIN { for (i = 0; i < n; i++) print i, (i % 10 ? i - 1 : "-") }'
}
fan() { # one task, then all the rest after it, then one after them all
	awk -v n="$n" 'BEGIN { print 0, "-"; for (i = 1; i < n - 1; i++) print i, 0; print n - 1, "*" }'
}

project() { # project GRAPH: a project of its own, from lines "task upstream"
	mkdir -p "$work/$1/dags"
	printf 'pools: {default: %d}\n' $jobs >"$work/$1/tidemill.yaml"
	"$1" | awk -v name="$1" -v n="$n" '
		BEGIN { print "dag: " name; print "max_active_runs: 1"; print "tasks:" }
		{
			up = $2 == "-" ? "" : ", needs: [t" $2 "]"
			if ($2 == "*") { up = ", needs: ["; for (i = 1; i < n - 1; i++) up = up (i > 1 ? "," : "") "t" i; up = up "]" }
			print "  t" $1 ": {operator: command, run: [/bin/true]" up "}"
		}' >"$work/$1/dags/$1.yaml"
}
ninja_file() {
	"$1" | awk -v n="$n" '
		BEGIN { print "rule noop\n  command = /bin/true\n" }
		{
			up = $2 == "-" ? "" : " t" $2
			if ($2 == "*") { up = ""; for (i = 1; i < n - 1; i++) up = up " t" i }
			print "build t" $1 ": noop" up
		}' >"$work/$1.ninja"
}
seconds() { # seconds COMMAND...: wall clock, output to the log
	local from to
	from=$(date +%s.%N)
	"$@" >>"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }
	to=$(date +%s.%N)
	awk -v a="$from" -v b="$to" 'BEGIN { printf "%.3f", b - a }'
}
row() { # row WHAT SECONDS BASE
	awk -v w="$1" -v s="$2" -v b="$3" -v n="$n" 'BEGIN { printf "  %-44s %8.3f s  %6.0f tasks/s  %5.2f of the bare loop\n", w, s, n / s, b / s }'
}

echo "$n no-op commands, $jobs at a time ($(nproc) cores)"
shallow=$("$work/bare" "$n" $jobs "$shm" shallow)
deep=$("$work/bare" "$n" $jobs "$shm" deep)
row "bare loop: fork, exec, file operations" "$shallow" "$shallow"
row "bare loop with a keeper per command" "$deep" "$shallow"
for graph in chains fan; do
	project $graph
	ninja_file $graph
	ninja=$(cd "$work" && seconds ninja -j$jobs -f $graph.ninja)
	ours=$(seconds "$build/tidemill" -C "$work/$graph" dags trigger $graph --wait)
	row "ninja -j$jobs, $graph" "$ninja" "$shallow"
	row "tidemill, $graph, durable state" "$ours" "$shallow"
	awk -v o="$ours" -v k="$deep" -v j="$ninja" 'BEGIN { printf "  %-44s %8.2f of the loop with a keeper, %.2f of ninja\n", "", k / o, j / o }'
done
echo "upstream exit to downstream start, chains:"
sqlite3 -readonly "$work/chains/.tidemill/state.db" "
	WITH gap AS (SELECT b.started_us - a.ended_us AS us FROM attempt a JOIN attempt b
	             ON b.run = a.run AND b.task_index = a.task_index + 1 WHERE b.task_index % 10 <> 0),
	ranked AS (SELECT us, row_number() OVER (ORDER BY us) AS i, count(*) OVER () AS n FROM gap)
	SELECT printf('  p50 %.2f ms, p99 %.2f ms over %d pairs', max(us) FILTER (WHERE i <= n * 0.5) / 1000.0,
	              max(us) FILTER (WHERE i <= n * 0.99) / 1000.0, max(n)) FROM ranked"

echo "idle with 1,000 DAG files:"
mkdir -p "$work/idle/dags"
for i in $(seq 1000); do
	sed "s/^dag: .*/dag: d$i/; s|lake/|lake$i/|g; s|reference/|reference$i/|; s/events_raw/events_raw$i/g; s/\bevents\b/events$i/g; s/schema: events$i/schema: events/; s/engagement:/engagement$i:/; s/adoption:/adoption$i:/; s/output: engagement/output: engagement$i/; s/output: adoption/output: adoption$i/; s/needs: \[engagement, adoption\]/needs: [engagement$i, adoption$i]/; s/tenants:/tenants$i:/; s/dimension: tenants/dimension: tenants$i/" \
		dag_examples/feature_engagement.yaml >"$work/idle/dags/d$i.yaml"
done
"$build/tidemill" -C "$work/idle" scheduler 2>"$work/idle.log" &
pid=$!
for _ in $(seq 100); do
	grep -q 'scheduler: ' "$work/idle.log" && break
	read -rt 0.1 <> <(:) || true
done
head -n 1 "$work/idle.log"
awk '/^(VmRSS|RssAnon)/ { printf "  %s %.1f MiB\n", $1, $2 / 1024 }' "/proc/$pid/status"
kill $pid
wait $pid || true
