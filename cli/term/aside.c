/* aside.c - what is said of rows that were read and not published. */
#include "cli/term/aside.h"

#include "core/time/civil.h"
#include "cli/term/say.h"

#include <stdio.h>

enum { LINES_MAX = 10 };

void
aside_print(const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		(void)printf("%s: %s\n", json_get_text(row, "task", ""),
			     json_get_text(row, "text", ""));
	}
}

void
aside_say(const char *dag, const json_t *runs)
{
	const json_t *run, *row;
	size_t i, k, lines = 0;

	json_array_foreach(runs, i, run)
	{
		json_array_foreach(json_object_get(run, "set_aside"), k, row)
		{
			const char *date = json_get_text(run, "logical_date", "");
			const char *task = json_get_text(row, "task", "");

			if (++lines <= LINES_MAX)
				say("%.*s %s: %s", DATE_CHARS, date, task,
				    json_get_text(row, "text", ""));
			if (lines == 1 && json_get_text(row, "dataset", NULL))
				say("  which and why: tidemill tasks logs %s %s %.*s", dag, task,
				    DATE_CHARS, date);
		}
	}
	if (lines > LINES_MAX)
		say("and %zu more tasks set rows aside; `tidemill runs show DAG RUN` tells of each",
		    lines - LINES_MAX);
}
