#!/bin/sh
# bugs.sh - build the simulator with each planted bug; it has to find every one of them, and
# tests/sim/README.md to tell of it.
#
# usage: tests/sim/bugs.sh [n...]      from the root of the repository
set -u
missed=0
planted=$(grep -rhoE 'BUG_IS\([0-9]+\)' core scheduler worker | grep -oE '[0-9]+' | sort -nu)
for n in ${*:-$planted}; do
	if ! grep -q "^| $n | " tests/sim/README.md; then
		echo "bug $n: tests/sim/README.md does not tell of it" >&2
		missed=$((missed + 1))
	fi
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
