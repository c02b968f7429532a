#!/bin/sh
# budgets.sh - lengths that are checked: functions 70 lines, .c files 800, headers 300, lines 100.
set -eu
bad=0
files=$(find core scheduler worker cli tests -name '*.[ch]' | sort)
for file in $files; do
	awk -v file="$file" '
		BEGIN { limit = file ~ /\.h$/ ? 300 : 800; if (file ~ /^tests\//) limit = 1500 }
		length($0) > 100 { gsub(/\t/, "        "); if (length($0) > 108) { print file ":" FNR ": line longer than 100"; bad = 1 } }
		/^[a-z_].*\)$/ || /^[a-z_][a-z_0-9]*\(.*,$/ { name = $0; head = FNR }
		/^\{$/ { open = FNR }
		/^\}$/ && open {
			n = FNR - open + 1
			if (n > 70 && !quiet) { print file ":" open ": function of " n " lines: " name; bad = 1 }
			open = 0; quiet = 0
		}
		/NOLINT\(readability-function-size\)/ { quiet = 1 }
		END { if (FNR > limit) { print file ": " FNR " lines, the limit is " limit; bad = 1 }; exit bad }
	' "$file" || bad=1
done
for file in $(find core scheduler worker cli -name '*.h' | sort); do
	head -3 "$file" | grep -q "$(basename "$file") - " || { echo "$file: does not begin with its name and one sentence"; bad=1; }
done
for file in $(find core scheduler worker cli tests -name '*.c' | sort); do
	head -3 "$file" | grep -q "$(basename "$file") - " || { echo "$file: does not begin with its name and one sentence"; bad=1; }
done
exit $bad
