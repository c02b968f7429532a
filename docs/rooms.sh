#!/bin/sh
# rooms.sh - the table of files in each room's README.md, from their first sentences.
#   docs/rooms.sh [ROOM...]   writes the tables anew (a README gets one where it has a line "| file | is |")
#   docs/rooms.sh check       fails where a table is not what the files say
set -eu
cd "$(dirname "$0")/.."
mode=write
[ "${1:-}" != check ] || { mode=check && shift; }
[ $# -gt 0 ] || set -- $(find core scheduler worker cli -name README.md -exec dirname {} \; | sort)

# The first sentence of a file, without its name.
says() {
	awk -v name="$(basename "$1")" '
		{ line = $0; sub(/^\/\*+ ?/, "", line); sub(/^ \* ?/, "", line); sub(/ *\*\/$/, "", line) }
		!text && index(line, name " - ") == 1 { text = substr(line, length(name) + 4); if ($0 ~ /\*\/$/ || text ~ /\.$/) exit; next }
		text { if (line == "" || line == "/") exit; text = text " " line; if (text ~ /\.$/ || $0 ~ /\*\/$/) exit }
		END { sub(/\. .*/, ".", text); sub(/\.$/, "", text); gsub(/\|/, "\\|", text); print text }' "$1"
}
# The files of a room, those that its table has already in the table's order: it tells a story.
files() {
	[ ! -e "$1/README.md" ] || sed -n 's/^| `\([a-z_0-9]*\)\(\.[a-z]*\)*` |.*/\1/p' "$1/README.md" >"$new.order"
	for file in "$1"/*.c "$1"/*.h "$1"/*.inc; do
		[ -e "$file" ] || continue
		case $file in *.h) [ ! -e "${file%.h}.c" ] || continue ;; esac
		name=$(basename "$file")
		place=$(grep -nx "${name%.*}" "$new.order" | head -n 1 | cut -d: -f1)
		printf '%05d %s\n' "${place:-99999}" "$file"
	done | sort | cut -d' ' -f2
}
table() {
	echo "| file | is |"
	echo "|---|---|"
	for file in $(files "$1"); do
		echo "| \`$(basename "$file")\` | $(says "$file") |"
	done
}
bad=0
new=$(mktemp)
trap 'rm -f "$new" "$new.table" "$new.order"' EXIT
for room; do
	page=$room/README.md
	table "$room" >"$new.table"
	awk -v table="$new.table" '
		/^\| file \| is \|/ { while ((getline line < table) > 0) print line; skip = 1; next }
		skip && /^\|/ { next }
		{ skip = 0; print }' "$page" >"$new"
	if [ $mode = write ]; then
		cmp -s "$new" "$page" || cat "$new" >"$page"
	elif ! diff -u "$page" "$new" >&2; then
		echo "$page: its table of files is old: run docs/rooms.sh" >&2
		bad=1
	fi
done
exit $bad
