#!/bin/bash
# run.sh - every fuzz target under libFuzzer with address and undefined sanitizers.
#   tests/fuzz/run.sh [SECONDS [TARGET...]]     default: 60 seconds each, all, two at a time
# New inputs go to build/fuzz/corpus, never into the repository; a crash leaves its input in
# build/fuzz/crash and its last words on the terminal, and the exit status is 1.
set -u
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
targets=${*:-$(cd tests/fuzz && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')}
build=build/fuzz
# Warnings are gcc's business: the same sources are built with -Werror there.
flags='-O1 -g -w -fno-omit-frame-pointer -fsanitize=fuzzer-no-link'
clang=${CLANG:-clang}

make -s -j2 CC="$clang" BUILD=$build SAN=address,undefined CFLAGS="$flags" $build/libtidemill.a || exit 1
for target in $targets; do
	make -s CC="$clang" BUILD=$build SAN=address,undefined CFLAGS="$flags" $build/fuzz/$target || exit 1
done

fuzz() { # fuzz TARGET: one target on one core
	local log=$build/$1.log
	mkdir -p $build/corpus/$1 $build/crash
	timeout $((seconds + 180)) $build/fuzz/$1 -max_total_time="$seconds" -timeout=60 -rss_limit_mb=3000 \
		-max_len=65536 -print_final_stats=1 -artifact_prefix=$build/crash/$1- \
		$build/corpus/$1 tests/fuzz/corpus/$1 >"$log" 2>&1
	local status=$?
	local runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	if [ $status -ne 0 ]; then
		echo "--- $1: exit status $status"
		grep -v '^#' "$log" | tail -n 40
		return 1
	fi
	echo "$1: ${runs:-0} inputs in $seconds s, nothing found"
}
export -f fuzz
export seconds build
printf '%s\n' $targets | xargs -P 2 -I{} bash -c 'fuzz {}'
