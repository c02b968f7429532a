#!/bin/bash
# engine.sh - does the scheduler itself slow down with size and age?  Ratios of one run.
#   tests/bench/engine.sh BUILD [ROUNDS]     ROUNDS of each, default 3; the best of them counts
# Processor time of engine and database; workers end as they begin (engine.c).  Judges nothing.
set -eu
cd "$(dirname "$0")/../.."
build=$PWD/${1:-build}
rounds=${2:-3}
work=$(mktemp -d /dev/shm/tidemill-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT

dag() { # dag TASKS: chains of ten, one run
	awk -v n="$1" 'BEGIN {
		print "dag: big\nschedule: \"@daily\"\nstart_date: 2026-05-01\ncatchup: all\ntasks:"
		for (i = 0; i < n; i++)
			print "  t" i ": {operator: command, run: [/bin/true]" (i % 10 ? ", needs: [t" (i - 1) "]" : "") "}"
	}'
}
field() { # field NAME: of lines "name value name value"
	awk -v f="$1" '{ for (i = 1; i < NF; i++) if ($i == f) print $(i + 1) }' | sort -g | head -n 1
}
fresh() { # fresh: an empty project directory
	mktemp -d "$work/project.XXXXXX"
}

dag 1000 >"$work/1000.yaml"
dag 100000 >"$work/100000.yaml"
"$build/bench/engine" parse "$work/100000.yaml" "$rounds" >"$work/parse"
echo "a DAG file of 100,000 tasks ($(wc -c <"$work/100000.yaml" | awk '{ printf "%.1f", $1 / 1e6 }') MB):"
echo "  read in $(field parse_s <"$work/parse") s"
for _ in $(seq "$rounds"); do
	for n in 1000 100000; do
		dir=$(fresh)
		"$build/bench/engine" dispatch "$work/$n.yaml" "$dir" >>"$work/dispatch.$n"
		rm -rf "$dir"
	done
done
awk -v a="$(field task_us <"$work/dispatch.1000")" -v b="$(field task_us <"$work/dispatch.100000")" 'BEGIN {
	printf "  a task of 1,000 costs %.0f us, one of 100,000 %.0f us: ratio %.2f\n", a, b, b / a }'

expanded() { # expanded TASKS: chains of ten, each of 1,000 instances, one run
	awk -v n="$1" 'BEGIN {
		print "dag: big\nschedule: \"@daily\"\nstart_date: 2026-05-01\ncatchup: all\ntasks:"
		for (i = 0; i < 1000; i++)
			list = list (i ? ", " : "") i
		for (i = 0; i < n; i++)
			print "  t" i ": {operator: command, run: [/bin/true, \"{{ item }}\"], expand: [" list "]" (i % 10 ? ", needs: [t" (i - 1) "]" : "") "}"
	}'
}
two_levels() { # one task of 100 x 1,000 instances
	awk 'BEGIN {
		for (i = 0; i < 1000; i++) {
			list = list (i ? ", " : "") i
			if (i == 99)
				first = list
		}
		print "dag: big\nschedule: \"@daily\"\nstart_date: 2026-05-01\ncatchup: all\ntasks:"
		print "  t: {operator: command, run: [/bin/true, \"{{ item }}\"], expand: {a: [" first "], b: [" list "]}}"
	}'
}
echo "100 tasks, each expanded over 1,000 items; one expanded over 100 x 1,000:"
expanded 100 >"$work/expanded.yaml"
two_levels >"$work/levels.yaml"
for _ in $(seq "$rounds"); do
	for file in expanded levels; do
		dir=$(fresh)
		"$build/bench/engine" dispatch "$work/$file.yaml" "$dir" >>"$work/dispatch.$file"
		rm -rf "$dir"
	done
done
awk -v a="$(field task_us <"$work/dispatch.100000")" -v b="$(field task_us <"$work/dispatch.expanded")" \
	-v c="$(field task_us <"$work/dispatch.levels")" 'BEGIN {
	printf "  an instance costs %.0f us, of two levels %.0f us: ratios to a task of 100,000 %.2f, %.2f\n", b, c, b / a, c / a }'
for _ in $(seq "$rounds"); do
	for file in levels 100000; do
		dir=$(fresh)
		"$build/bench/engine" make "$work/$file.yaml" "$dir" >>"$work/make.$file"
		rm -rf "$dir"
	done
done
echo "  100,000 instances are made and looked at in $(field make_ms <"$work/make.levels") ms, no turn over $(field slowest_turn_ms <"$work/make.levels") ms"
echo "  a run of 100,000 tasks in $(field make_ms <"$work/make.100000") ms, no turn over $(field slowest_turn_ms <"$work/make.100000") ms"

echo "50,000 runs due at one instant, of 50 DAGs:"
for _ in $(seq "$rounds"); do
	dir=$(fresh)
	"$build/bench/engine" due "$dir" 50 1000 >>"$work/due"
	rm -rf "$dir"
done
grep '^runs' "$work/due" >"$work/made"
echo "  made and begun in $(field seconds <"$work/made") s, no turn over $(field slowest_turn_ms <"$work/made") ms"

echo "1,000,000 task rows of the past:"
sed 's/^max_active_runs.*/&\ncatchup: all/' >"$work/old.yaml" <<'Y'
dag: old
schedule: "0 3 * * *"
start_date: 2026-05-01
max_active_runs: 1
tasks:
Y
for i in 0 1 2 3 4 5 6 7 8 9; do
	echo "  t$i: {operator: command, run: [\"true\"]}" >>"$work/old.yaml"
done
for runs in 1 100000; do
	tests/bench/past.sh "$build/tidemill" "$work/past.$runs" $runs >/dev/null
done
for _ in $(seq "$rounds"); do
	for runs in 1 100000; do
		rm -rf "$work/copy"
		cp -r "$work/past.$runs" "$work/copy"
		"$build/bench/engine" past "$work/copy" "$work/old.yaml" 40 >>"$work/next.$runs"
	done
done
awk -v a="$(field run_ms <"$work/next.1")" -v b="$(field run_ms <"$work/next.100000")" 'BEGIN {
	printf "  the next run of ten tasks costs %.2f ms without them, %.2f ms with them: ratio %.2f\n", a, b, b / a }'

echo "10,000 sensors that look every minute, in vain:"
for _ in $(seq "$rounds"); do
	dir=$(fresh)
	"$build/bench/engine" looks "$dir" 10000 5 >>"$work/looks"
	rm -rf "$dir"
done
echo "  a look costs $(field look_us <"$work/looks") us, all of them $(field of_a_core_percent <"$work/looks") % of a core"
