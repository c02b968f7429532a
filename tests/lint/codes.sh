#!/bin/sh
# codes.sh - every code of a diagnostic is reported somewhere; that every report has one, the compiler asks.
set -eu
cd "$(dirname "$0")/../.."
bad=0
say() {
	echo "$1"
	bad=1
}

used=$(grep -rhoE '\bE0[0-9]{3}\b' core --include='*.c' | sort -u)
for id in $(sed -n 's/^CODE(\(E[0-9]*\),.*/\1/p' core/text/codes.inc); do
	case "$used" in *"$id"*) ;; *) say "core/text/codes.inc: $id is reported nowhere" ;; esac
done
exit $bad
