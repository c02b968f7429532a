#!/bin/bash
# count.sh - instructions of eleven small runs, beside those of the last release.
#   tests/bench/count.sh BUILD           prints both; names what grew by over 3 %
#   tests/bench/count.sh BUILD --write   what it counts becomes the release's: count.tsv
# Counted by callgrind, which a busy machine does not disturb; libraries count too, so that other
# versions of them show.  Judges nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$PWD/${1:-build}/tidemill
release=tests/bench/count.tsv
work=$(mktemp -d "$PWD/${1:-build}/count.XXXXXX")
trap 'rm -rf "$work"' EXIT
day=2026-05-08

more() { # more N: a DAG file of operators that the example has not; N tells it from its likes
	sed "s/@/$1/g" <<-'YAML'
		dag: more@
		schedule: "0 0 * * *"
		start_date: 2026-05-01
		datasets:
		  csv@: {path: landing/csv@, format: csv, schema: events}
		  typed@: {path: lake/typed@, format: parquet, schema: events}
		  rollup@: {path: lake/rollup@, format: parquet}
		  merged@: {path: lake/merged@, format: parquet}
		tasks:
		  to_csv: {operator: dedup, input: events, key: [event_id], output: csv@}
		  from_csv:
		    operator: ingest
		    needs: to_csv
		    from: {path: "landing/csv@/event_date={{ ds }}/part-*.csv", format: csv}
		    event_time: timestamp
		    output: typed@
		  rollup: {operator: rollup, input: events, output: rollup@}
		  merge: {operator: score, method: engagement, input: rollup@, window: 7d, output: merged@}
	YAML
}
project() { # a week of sample events, published by every task
	mkdir -p "$work/dags" "$work/many/dags"
	sed '/^  notify:/,$d' dag_examples/feature_engagement.yaml >"$work/dags/feature_engagement.yaml"
	more "" >"$work/dags/more.yaml"
	"$program" -C "$work" sample create --events 40000 --days 8
	for dag in feature_engagement more; do
		"$program" -C "$work" backfill create $dag --from-date 2026-05-01 --to-date $day --wait
	done
	cp "$work"/dags/feature_engagement.yaml "$work/many/dags/"
	for i in $(seq 200); do more "$i" >"$work/many/dags/more$i.yaml"; done
}
# What a worker has of the process that it was forked from is dumped before it begins (calls.PID.1),
# and left out: that process counts it, too.
count() { # count NAME ARG...: instructions of the program and of its workers
	local name=$1
	shift
	rm -f "$work"/calls.*
	valgrind -q --tool=callgrind --trace-children=yes --dump-before=worker_main \
		--callgrind-out-file="$work/calls.%p" "$program" "$@" >>"$work/log" 2>&1 ||
		{ tail -n 20 "$work/log" >&2; exit 1; }
	rm -f "$work"/calls.*.*
	awk -v name="$name" '/^totals:/ { n += $2 } END { printf "%s\t%.0f\n", name, n }' "$work"/calls.*
}
test_task() { # test_task DAG TASK
	count "$2" -C "$work" tasks test "$1" "$2" $day
}
all() {
	count version --version
	count "validate 200 files" -C "$work/many" validate
	count "dags list" -C "$work/many" dags list
	for task in ingest dedup gate engagement adoption; do test_task feature_engagement $task; done
	for task in from_csv rollup merge; do test_task more $task; done
}

project >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }
all >"$work/now"
[ "${2:-}" != --write ] || cp "$work/now" $release
echo "millions of instructions (callgrind), and beside the last release:"
awk -F'\t' 'NR == FNR { was[$1] = $2; next }
	!($1 in was) { printf "  %-20s %9.1f\n", $1, $2 / 1e6; next }
	{ ratio = $2 / was[$1]; printf "  %-20s %9.1f %9.1f  %.3f%s\n", $1, $2 / 1e6, was[$1] / 1e6, ratio, (ratio > 1.03 ? "  GREW" : "") }' \
	$release "$work/now"
