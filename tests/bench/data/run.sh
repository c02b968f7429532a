#!/bin/bash
# run.sh - operators beside DuckDB and Polars: the same files, the same processors, one run.
#   tests/bench/data/run.sh PROGRAM NPM_DIR bench|backfill
# What can be chosen is said in bench.mjs and backfill.mjs.  Raw numbers go to build/bench/*.tsv, and
# those of all runs come as tables to standard output.  All data but that of the shape "cold" is in
# /dev/shm (about 4 GB, BIG=1: 14 GB), so that a disk's moods are not measured.  Judges nothing, but
# says where answers differ.
set -euo pipefail
program=$1
npm=$2
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$(dirname "$program")" && pwd)
work=$(mktemp -d /dev/shm/tidemill-bench.XXXXXX)
trap 'rm -rf "$work" "$build/bench/cold"' EXIT
"$here/../../interop/npm.sh" "$npm"
cp "$here"/*.mjs "$npm/"
cc -O2 -D_GNU_SOURCE -o "$work/measure" "$here/measure.c" -lpthread
node "$npm/$3.mjs" "$program" "$build" "$work" || { tail -n 30 "$work/log" >&2; exit 1; }
node "$npm/tables.mjs" "$build/bench"
