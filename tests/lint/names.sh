#!/bin/sh
# names.sh - a test is named by the behaviour it asks for; docs have lines of at most 100 columns.
#   unit tests: a sentence in lower case, at least three words, no test_ in front
#   end to end: no `!` in front of a command, which fails no test: `not` of tests/fixture/project.bash
set -eu
cd "$(dirname "$0")/../.."
bad=0
names=$(find tests -name '*.c' | sort | xargs grep -nohE 'cmocka_unit_test[a-z_]*\(\s*[a-zA-Z0-9_]+' --with-filename | sed 's/cmocka_unit_test[a-z_]*(\s*//')
for name in $names; do
	case ${name##*:} in
	test_*) echo "$name: a name without test_ in front, please: what does it do?" && bad=1 ;;
	*_*_*) ;;
	*) echo "$name: at least three words: what happens when?" && bad=1 ;;
	esac
done
if grep -nE '^[[:space:]]+! ' tests/e2e/*.bats tests/crash/*.bats | grep -v '||'; then
	echo "a \`!\` that fails no test: write \`not\`"
	bad=1
fi
for page in README.md CHANGES.md $(git ls-files -co --exclude-standard '*.md'); do
	awk -v page="$page" '
		{ line = $0; gsub(/[\200-\277]/, "", line); n = length(line) }
		# A table row, a link and a block of code end where they end.
		/^```/ { code = !code }
		n > 100 && !code && !/^(\||    )/ && !/https?:/ { print page ":" FNR ": " n " columns, the limit is 100"; bad = 1 }
		END { exit bad }' "$page" || bad=1
done
exit $bad
