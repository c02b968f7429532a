#!/bin/sh
# kinds.sh - general code asks no kind by name: a new operator or check is one file and one row.
set -eu
cd "$(dirname "$0")/../.."
bad=0
only() { # only PREFIX ROOMS: constants of this prefix stand in these rooms alone
	if grep -rnE "\\b$1_[A-Z]" core scheduler worker cli --include='*.[ch]' --include='*.inc' | grep -vE "^($2)/"; then
		echo "kinds: $1_... stands outside $2: ask a flag or a function of the row"
		bad=1
	fi
}
only OP 'core/op|worker/op'
only CHECK 'core/check|worker/check'
exit $bad
