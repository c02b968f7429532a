#!/bin/bash
# run.sh - operators beside DuckDB and Polars: the same files, the same processors, one run.
#   tests/bench/data/run.sh PROGRAM NPM_DIR
# ROWS=1250000 rows a day, 8 days; RUNS=3, the best counts; BIG=1 adds ten times the rows under memory: 1 GiB.
# Everything is in /dev/shm (about 2 GB, BIG=1: 14 GB), so that a disk's moods are not measured. Judges nothing.
set -euo pipefail
program=$1
npm=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
export RUNS=${RUNS:-3}
rows=${ROWS:-1250000}
work=$(mktemp -d /dev/shm/tidemill-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
"$root/tests/interop/npm.sh" "$npm"
cp "$here"/*.mjs "$npm/"
cc -O2 -D_GNU_SOURCE -o "$work/measure" "$here/measure.c"
mkdir "$work/data"
node "$npm/make.mjs" "$work/data" "$rows"
bytes() { stat -Lc %s "$1"; }

cpus() { [ "$1" = 1 ] && echo 0 || echo 0,1; }
ours() { # ours THREADS DAG/TASK DAY [PROJECT]: "seconds KiB faults"
	taskset -c "$(cpus "$1")" "$work/measure" "$RUNS" "$program" -C "${4:-$work/project}" tasks test "${2%/*}" "${2#*/}" "$3" 2>>"$work/log"
}
peer() { # peer WHO THREADS TASK [DATA]: "seconds KiB"
	local out
	out=$(taskset -c "$(cpus "$2")" "$work/measure" 1 sh -c "node '$npm/peers.mjs' $1 $3 $2 '${4:-$work/data}' >'$work/seconds'" 2>>"$work/log") || { echo "- -"; return; }
	out=${out#* }
	echo "$(cat "$work/seconds") ${out% *}"
}
reading() { # reading LABEL TIMES: seconds that one thread needs to read so much and do nothing with it
	awk -v label="$1" -v times="$2" 'index($0, "  " label) == 1 { for (i = 2; i <= NF; i++) if ($i == "s") print $(i - 1) * times }' "$work/floor"
}
row() { # row WHAT THREADS READING_S OURS_S OURS_KIB OURS_FAULTS DUCKDB_S DUCKDB_KIB POLARS_S POLARS_KIB
	awk -v w="$1" -v t="$2" -v f="$3" -v o="$4" -v om="$5" -v of="$6" -v d="$7" -v dm="$8" -v p="$9" -v pm="${10}" 'function ratio(a, b) { return a == "-" || !(b > 0) ? "      -" : sprintf("%6.1fx", a / b) }
		function mib(k) { return k == "-" ? "     -" : sprintf("%6.0f", k / 1024) }
		BEGIN { printf "  %-34s %d  %7.3f %s %7d %7s %s %7s %s   %s %s %s\n", w, t, o, ratio(o, f / t), of, d, ratio(d, o), p, ratio(p, o), mib(om), mib(dm), mib(pm) }'
}
compare() { # compare WHAT OUR_TASK DAY PEER_TASK READING_S
	local t o d p
	for t in 1 2; do
		o=$(ours $t "$2" "$3")
		d=$(peer duckdb $t "$4")
		p=$(peer polars $t "$4")
		# shellcheck disable=SC2086
		row "$1" $t "$5" $o $d $p
	done
}

"$here/dags.sh" "$work/data" "$work/project"
taskset -c 0 "$root/build/bench/floor" "$work/data" >"$work/floor" 2>>"$work/log" || true
echo "$((rows * 8)) events in 8 daily Parquet files ($(($(cat "$work"/data/event_date=*.parquet | wc -c) / 1000000)) MB, DuckDB, snappy), $(nproc) processors, best of $RUNS"
echo "  seconds and MiB at the peak; ours is the whole program from start to end, theirs the query alone;"
echo "  reading: ours as so many times what reading alone needs, by one thread, or shared by two"
echo "                                     threads ours reading  faults  DuckDB   ratio  Polars   ratio     MiB: ours DuckDB Polars"
compare "engagement, 7 days, with dedup" files/engagement 2026-05-08 engagement "$(reading "decode the columns of engagement" 7)"
# Seven days of rollups, published, for the merge.
"$program" -C "$work/project" backfill create lake --from-date 2026-05-01 --to-date 2026-05-08 --wait >>"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; exit 1; }
compare "engagement, 7 days, from rollups" lake/merge 2026-05-08 engagement 0
compare "dedup of one day, all columns" lake/dedup 2026-05-02 dedup "$(reading "decode all columns" 1)"
compare "JSON Lines to Parquet ($(($(bytes "$work/data/day.jsonl") / 1000000)) MB)" files/jsonl 2026-05-01 jsonl "$(reading "parse JSON Lines" 1)"
compare "CSV to Parquet ($(($(bytes "$work/data/day.csv") / 1000000)) MB)" files/csv 2026-05-01 csv "$(reading "parse CSV" 1)"
echo "what the machine allows, one thread:"
cat "$work/floor"
if [ "${BIG:-0}" = 1 ]; then
	echo "ten times the rows ($((rows * 80)) events), memory: 1 GiB:"
	rm -rf "$work/project/lake/unique" "$work/project/lake/rollup" "$work/project/lake/.tidemill-lake"
	mkdir "$work/big"
	node "$npm/make.mjs" "$work/big" $((rows * 10))
	rm -f "$work/big/day.jsonl" "$work/big/day.csv"
	"$here/dags.sh" "$work/big" "$work/bigproject"
	for memory in 1GiB 16GiB; do
		sed -i '/memory:/d; s/^    window: 7d$/&\n    memory: '$memory'/' "$work"/*project/dags/files.yaml
		for t in 1 2; do
			small=$(ours $t files/engagement 2026-05-08)
			large=$(ours $t files/engagement 2026-05-08 "$work/bigproject")
			awk -v m=$memory -v t=$t -v s="$small" -v l="$large" 'BEGIN { split(s, a, " "); split(l, b, " ")
				printf "  engagement with dedup, memory: %-6s %d  %8.3f s, %.1f times the time of a tenth of the rows, peak %.0f MiB\n", m, t, b[1], b[1] / a[1], b[2] / 1024 }'
		done
	done
	d=$(RUNS=1 DUCKDB_MEMORY=12GB peer duckdb 2 engagement "$work/big")
	echo "  DuckDB, 2 threads, 12 GB, may spill: $d (seconds, KiB)"
fi
