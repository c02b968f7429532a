#!/bin/sh
# bugs.sh - build the simulator with each planted bug; it has to find every one of them.
#
# usage: tests/sim/bugs.sh [n...]      from the root of the repository
set -u
missed=0
for n in ${*:-1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 39 40}; do
	build=build/bug-$n
	if ! make -s BUG="$n" BUILD="$build" CFLAGS=-O1 "$build/sim"; then
		echo "bug $n: does not build" >&2
		exit 1
	fi
	"$build/sim" >"$build/told" 2>&1
	found=$(grep -a -m 1 '^VIOLATION' "$build/told")
	if [ -n "$found" ]; then
		place=$(sed -n 's/^again: build.sim \(.*\) --trace.*/\1/p' "$build/told" | head -n 1)
		echo "bug $n: found in $place: ${found#VIOLATION of }"
	else
		echo "bug $n: NOT FOUND" >&2
		missed=$((missed + 1))
	fi
done
[ "$missed" -eq 0 ]
