#!/bin/sh
# banned.sh - functions that have a safer twin, and words that do not belong.
set -eu
bad=0
if grep -rnE '\b(strcpy|strcat|sprintf|vsprintf|strtok|strncpy|atoi|atol|gmtime|localtime|mktemp|rand|srand|system|popen|alloca|sleep|usleep|gets)[[:space:]]*\(' \
	core scheduler worker cli --include='*.[ch]'; then
	echo "banned: use buf_*, snprintf, strtoll, core/time/civil.h, core/base/hash.h, poll"
	bad=1
fi
if grep -rnE '\b(XXX|FIXME)\b|\bTODO\b[^(]' core scheduler worker cli tests --include='*.[ch]'; then
	echo "banned: write TODO(what is missing): why it can wait"
	bad=1
fi
if grep -rnE 'clock_gettime|gettimeofday|\btime\(' core scheduler worker cli --include='*.c' | grep -v '^core/base/clock.c:'; then
	echo "banned: only core/base/clock.c asks what time it is"
	bad=1
fi
if grep -rnE '\bexit\(' core scheduler worker cli --include='*.c' | grep -vE '_exit\(|cli/main.c'; then
	echo "banned: exit() belongs to main"
	bad=1
fi
if grep -rnE 'fprintf\(stderr|fputs\(.*, stderr\)|perror\(' scheduler --include='*.c'; then
	echo "banned: what a program says goes through core/base/log.h, what a session says through progress.h"
	bad=1
fi
if grep -rnE '\bstderr\b[,)]' cli --include='*.c' | grep -v '^cli/term/say.c:'; then
	echo "banned: the command line speaks through cli/term/say.h"
	bad=1
fi
exit $bad
