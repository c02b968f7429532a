#!/bin/sh
# circles.sh - files that need each other in a loop, from includes and from calls; there are none.
#   tests/lint/circles.sh [BUILD]     BUILD holds objects of today (make all does)
# A file needs another when it includes it; a .c also needs the .c beside a header that it includes,
# and the .c whose function its object calls.  One kind of arrow is left out: data that a table
# names, for a list and its rows know each other.
# A .c without a header of its own holds rows: what it gives away is data alone.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
{
	find core scheduler worker cli -name '*.[ch]' | sort | sed 's/^/file /'
	find core scheduler worker cli -name '*.[ch]' | sort | xargs grep -E '^#include "(core|scheduler|worker|cli)/' |
		sed -E 's/^([^:]+):#include "([^"]+)".*/include \1 \2/'
	for source in $(find core scheduler worker cli -name '*.c' | sort); do
		nm --format=posix "$build/obj/${source%.c}.o" | sed "s|^|symbol $source |"
	done
} | awk '
$1 == "file" { there[$2] = 1 }
$1 == "include" {
	edge($2, $3, "includes")
	twin = $3
	sub(/\.h$/, ".c", twin)
	if ($2 ~ /\.c$/ && twin != $2 && twin in there)
		edge($2, twin, "includes the header of")
}
# A name that several files define is static to each of them: nm marks those in lower case.
$1 == "symbol" && $4 ~ /^[TDRBV]$/ { home[$3] = $2; kind[$3] = $4 }
$1 == "symbol" && $4 ~ /^[TDRB]$/ { gives[$2] = gives[$2] $4 }
$1 == "symbol" && $4 == "U" { n++; user[n] = $2; used[n] = $3 }
function edge(from, to, why) {
	if (!((from, to) in have)) {
		have[from, to] = why
		out[from] = out[from] " " to
		node[from] = node[to] = 1
	}
}
# Strongly connected files, as Tarjan finds them; recursion is as deep as the longest path.
function visit(v,    list, count, i, w) {
	low[v] = number[v] = ++clock
	stack[++top] = v
	waiting[v] = 1
	count = split(out[v], list, " ")
	for (i = 1; i <= count; i++) {
		w = list[i]
		if (!(w in number)) {
			visit(w)
			if (low[w] < low[v])
				low[v] = low[w]
		} else if (waiting[w] && number[w] < low[v])
			low[v] = number[w]
	}
	if (low[v] == number[v])
		close_circle(v)
}
function close_circle(v,    w, size, i, j, members) {
	do {
		w = stack[top--]
		waiting[w] = 0
		members[++size] = w
	} while (w != v)
	if (size == 1)
		return
	bad = 1
	print "circle of " size " files:"
	for (i = 1; i <= size; i++)
		for (j = 1; j <= size; j++)
			if ((members[i], members[j]) in have)
				print "  " members[i] " " have[members[i], members[j]] " " members[j]
}
END {
	for (i = 1; i <= n; i++) {
		to = home[used[i]]
		if (to == "" || to == user[i])
			continue
		if (kind[used[i]] ~ /[DR]/)
			continue
		edge(user[i], to, "uses " used[i] " of")
	}
	for (v in node)
		if (!(v in number))
			visit(v)
	for (v in there) {
		twin = v
		sub(/\.c$/, ".h", twin)
		if (v ~ /\.c$/ && v != "cli/main.c" && !(twin in there) && gives[v] !~ /^[DR]+$/) {
			print v ": has no header of its own, and gives away functions"
			bad = 1
		}
	}
	exit bad
}'
