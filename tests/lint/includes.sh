#!/bin/sh
# includes.sh - the rooms and arrows of tests/lint/rooms.tsv, held against every include.
#   a room that is not in the table, and a row without a room
#   an include that the table does not allow; a header that is private to another room
#   a pure room that touches the world; a header of a library outside its owner
#   a tag with two meanings, a room without README.md or with over 16 modules
set -eu
cd "$(dirname "$0")/../.."
find core scheduler worker cli -name '*.[ch]' | sort | xargs awk '
BEGIN {
	FS = "\t"
	while ((getline line < "tests/lint/rooms.tsv") > 0) {
		if (line ~ /^#/ || line == "")
			continue
		split(line, part, "\t")
		if (part[1] ~ /^</)
			owner[part[1]] = " " part[2] " "
		else {
			room[part[1]] = 1
			may[part[1]] = " " part[2] " "
			pure[part[1]] = part[3] == "pure"
		}
	}
	# Rooms of rows may hold more files than others.
	rows["core/op"] = rows["worker/op"] = rows["core/check"] = rows["worker/check"] = 1
	rows["scheduler/command"] = rows["cli/cmd"] = rows["worker/format"] = 1
	rows["scheduler/executor"] = 1
	world = "^<(unistd|fcntl|time|dirent|poll|signal|sys/(stat|types|wait|mman|socket|time|file)|uv)\\.h>$"
	worldly = "^core/base/(clock|db|log|dyn)\\.h$"
}
function dir(path) { sub(/\/[^\/]*$/, "", path); return path }
function base(path) { sub(/.*\//, "", path); return path }
function say(text) { print text; bad = 1 }
FNR == 1 {
	here = dir(FILENAME)
	if (!(here in room))
		say(FILENAME ": no room " here " in tests/lint/rooms.tsv")
	seen[here] = 1
	if (FILENAME ~ /\.c$/)
		modules[here]++
	comment = 0
}
/^#include "/ {
	split($0, q, "\"")
	to = q[2]
	there = dir(to)
	at = FILENAME ":" FNR ": "
	if (!(there in room))
		say(at "\"" to "\": an include names the whole path from the root")
	else if (there != here) {
		top = there
		sub(/\/.*/, "", top)
		if (!index(may[here], " " there " ") && !index(may[here], " " top " "))
			say(at here " may not use " there)
		if (to ~ /(internal|_part)\.h$/)
			say(at to " is private to " there)
		if (top == "core" && here ~ /^worker/ && to ~ /^core\/(base\/db\.h|view\/)/)
			say(at "a worker never opens the state database")
	}
	if (pure[here] && to ~ worldly)
		say(at "a pure room may not touch the world: " to)
}
/^#include </ {
	header = $0
	sub(/^#include /, "", header)
	sub(/>.*/, ">", header)
	if (pure[here] && header ~ world)
		say(FILENAME ":" FNR ": a pure room may not touch the world: " header)
	if (header in owner) {
		n = split(owner[header], o, " ")
		ok = 0
		for (i = 1; i <= n; i++)
			if (o[i] != "" && (o[i] == FILENAME || (o[i] ~ /\/$/ && index(FILENAME, o[i]) == 1)))
				ok = 1
		if (!ok)
			say(FILENAME ":" FNR ": " header " belongs to" owner[header])
	}
}
/^(struct|union|enum) [a-z_0-9]+ \{/ {
	split($0, w, " ")
	tag = w[2]
	if (tag in tagged && tagged[tag] != FILENAME)
		say(FILENAME ":" FNR ": the tag " tag " has another meaning in " tagged[tag])
	tagged[tag] = FILENAME
}
END {
	for (r in room)
		if (!(r in seen))
			say("tests/lint/rooms.tsv: no files in " r)
	for (r in modules) {
		if (modules[r] > 16 && !(r in rows))
			say(r ": " modules[r] " modules in one room, the limit is 16")
		if (r != "cli" && (getline line < (r "/README.md")) < 0)
			say(r ": has no README.md")
	}
	exit bad
}'
