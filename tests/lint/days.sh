#!/bin/sh
# days.sh - arithmetic on days stands in core/time: a partition is a number on a grid (grid.h).
#
# Elsewhere a partition is made, cut and named by grid_*() alone.  A length of time
# (`7.0 * DAY_US`, a limit of a setting) is no partition.  Dates that are values, of
# columns or of templates, are none either: the files that read, write and invent them
# stand below.
set -u
cd "$(dirname "$0")/../.." || exit 1
values='^(core/model/output\.c|worker/rows/value\.c|worker/format/spelling\.c|worker/parquet/read/[a-z_]*\.c|worker/look/sample\.c|core/text/template\.c|core/expr/(parse|type)\.c):'
days='\b(civil_day|civil_day_of|civil_date|civil_weekday|date_format|date_parse)\('
lengths='\bDAY_US\b'
length='([ =(,][0-9.]+|INT64_C\([0-9]+\)( \* [A-Z_]+_MAX)?) \* DAY_US|us [<\/] DAY_US|= DAY_US,|now_us - DAY_US|define DAY_US'
bad=$(
	git ls-files -co --exclude-standard 'core/*.[ch]' 'scheduler/*.[ch]' 'worker/*.[ch]' 'cli/*.[ch]' |
		grep -v '^core/time/' | xargs grep -nE "$days|$lengths" /dev/null |
		grep -vE "$values" | grep -vE ":[0-9]+:.*$length"
)
[ -z "$bad" ] || {
	echo "arithmetic on days outside core/time: use core/time/grid.h"
	echo "$bad"
	exit 1
}
