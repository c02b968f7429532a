#!/bin/sh
# all.sh - everything that `make lint` asks; says what each found, fails if any did.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0
part() {
	name=$1
	shift
	if out=$("$@" 2>&1); then
		echo "lint: $name: ok"
	else
		echo "lint: $name:"
		echo "$out" | tail -n 60
		bad=1
	fi
}

sources=$(find core scheduler worker cli -name '*.c' | sort)
all=$(find core scheduler worker cli tests -name '*.[ch]' | sort)
flags="-std=c11 -I. -Ibuild/gen -D_GNU_SOURCE"

tidy() {
	# Two at a time: the machine that runs this has two cores.  One that crashed says so on its
	# standard error only.
	# shellcheck disable=SC2016,SC2086
	echo $sources | tr ' ' '\n' | xargs -P 2 -n 4 sh -c '
		said=$(clang-tidy --quiet "$@" -- -std=c11 -I. -Ibuild/gen -D_GNU_SOURCE 2>&1) && exit 0
		echo "clang-tidy ended with $? on $*: $said"
		exit 1' tidy
}

# shellcheck disable=SC2086
part format clang-format --dry-run -Werror $all
part includes sh tests/lint/includes.sh
part circles sh tests/lint/circles.sh "${BUILD:-build}"
part contracts sh tests/lint/contracts.sh
part kinds sh tests/lint/kinds.sh
part days sh tests/lint/days.sh
part names sh tests/lint/names.sh
part banned sh tests/lint/banned.sh
part rooms docs/rooms.sh check
part budgets sh tests/lint/budgets.sh
part codes sh tests/lint/codes.sh
# ctu*: what one file may pass to another is followed better by the analyzer of clang-tidy.
# shellcheck disable=SC2086
part cppcheck cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
	--suppress=missingIncludeSystem --suppress=ctunullpointer --suppress=ctuuninitvar -I. -Ibuild/gen -D_GNU_SOURCE -D__linux__ $sources
part clang-tidy tidy
exit $bad
