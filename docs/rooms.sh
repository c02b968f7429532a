#!/bin/sh
# rooms.sh - the list of source files for docs/ARCHITECTURE.md, from their first sentences.
#   docs/rooms.sh          rewrites the list between "## Rooms" and "## Arrows"
#   docs/rooms.sh check    fails when the list is not what the files say
set -eu
cd "$(dirname "$0")/.."
rooms() {
	for dir in core scheduler worker worker/parquet cli; do
		case $dir in
		core) echo "**core/** - shared by at least two of the others; no process of its own." ;;
		scheduler) echo "**scheduler/** - decides, records, dispatches, publishes, shows." ;;
		worker) echo "**worker/** - shim, sandbox, operators, file formats." ;;
		worker/parquet) echo "**worker/parquet/** - the Parquet format, reader and writer; knows rows, not operators." ;;
		cli) echo "**cli/** - a person's hands." ;;
		esac
		echo
		echo "| file | is |"
		echo "|---|---|"
		for file in "$dir"/*.c; do
			awk -v name="$(basename "$file")" '
				{ line = $0; sub(/^\/\*+ ?/, "", line); sub(/^ \* ?/, "", line); sub(/ *\*\/$/, "", line) }
				!text && index(line, name " - ") == 1 { text = substr(line, length(name) + 4); if ($0 ~ /\*\/$/ || text ~ /\.$/) exit; next }
				text { if (line == "" || line == "/") exit; text = text " " line; if (text ~ /\.$/ || $0 ~ /\*\/$/) exit }
				END { sub(/\. .*/, ".", text); sub(/\.$/, "", text); gsub(/\|/, "\\|", text); printf "| `%s` | %s |\n", name, text }
			' "$file"
		done
		echo
	done
}
page=docs/ARCHITECTURE.md
new=$(mktemp)
trap 'rm -f "$new"' EXIT
{
	sed -n '1,/^worker\/op.h`, `scheduler\/publish.h\|^`worker\/op.h`, `scheduler\/publish.h/p' $page
	echo
	rooms
	sed -n '/^## Arrows/,$p' $page
} >"$new"
if [ "${1:-}" = check ]; then
	diff -u $page "$new" >&2 || { echo "docs/ARCHITECTURE.md: its list of files is old: run docs/rooms.sh" >&2; exit 1; }
else
	cat "$new" >$page
fi
