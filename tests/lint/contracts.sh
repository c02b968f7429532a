#!/bin/sh
# contracts.sh - every prototype in a header, and every function pointer in a struct of one, has
# its contract: a comment that ends on the line directly above it.
#   tests/lint/contracts.sh [HEADER...]     default: all
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- $(find core scheduler worker cli -name '*.h' | sort)
awk '
FNR == 1 { comment = 0; depth = 0; ended = 0; start = 0; macro = 0 }
# Preprocessor lines, and the lines that continue them.
macro || /^#/ { macro = /\\$/; ended = 0; next }
comment { if (/\*\//) { comment = 0; ended = FNR } next }
/^[ \t]*\/\*/ { if (!/\*\//) comment = 1; else if (/\*\/[ \t]*$/) ended = FNR; next }
{
	code = $0
	gsub(/\/\*.*\*\//, "", code)
	sub(/\/\*.*/, "", code)
	if ($0 ~ /\/\*/ && $0 !~ /\*\//)
		comment = 1
	# A statement begins where none is open; what is open ends with ; or a brace.
	if (!start && code ~ /[^ \t]/) {
		start = FNR
		told = ended == FNR - 1
		text = ""
	}
	text = text " " code
	if (code ~ /[;{}][ \t]*$/) {
		if (depth == 0 && text ~ /\)( [A-Z_]+(\([0-9, ]*\))?)*;[ \t]*$/ && text !~ /^[ \t]*typedef|=/)
			check(text)
		else if (depth == 0 && text ~ /static inline/ && text ~ /\)[ \t]*\{/)
			check(text)
		else if (depth > 0 && !inlined && text ~ /\(\*[a-z_]+\)\(/)
			check(text)
		if (depth == 0)
			inlined = text ~ /static inline/
		start = 0
	}
	depth += gsub(/\{/, "{", code) - gsub(/\}/, "}", code)
}
function check(text) {
	total++
	if (told)
		return
	sub(/^[ \t]+/, "", text)
	print FILENAME ":" start ": no contract directly above: " substr(text, 1, 60)
	bad++
}
END {
	if (bad)
		print "contracts: " bad " of " total " prototypes have none"
	exit bad > 0
}' "$@"
