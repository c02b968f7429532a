/* aside.c - what is said of rows that were read and not published. */
#include "cli/term/aside.h"

#include "core/time/civil.h"
#include "core/view/aside.h"
#include "cli/term/say.h"

#include <stdio.h>
#include <string.h>

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

/* The lines of one run, as far as there is room. */
static void
say_run(struct view *view, const json_t *run, size_t *lines)
{
	int64_t key = json_get_int(run, "run", 0);
	const char *date = json_get_text(run, "logical_date", "");
	json_t *rows = NULL;
	const json_t *row;
	size_t i;

	if (!key || view_aside(view, key, NULL, LINES_MAX, &rows, NULL))
		return;
	json_array_foreach(rows, i, row)
	{
		if (++*lines <= LINES_MAX)
			say("%.*s %s: %s", DATE_CHARS, date, json_get_text(row, "task", ""),
			    json_get_text(row, "text", ""));
	}
	json_decref(rows);
}

void
aside_say(const struct cli *cli, const json_t *reply)
{
	struct view *view = NULL;
	const json_t *run;
	size_t i, lines = 0;

	if (view_open(&view, cli->project_dir, NULL))
		return;
	say_run(view, reply, &lines);
	json_array_foreach(json_object_get(reply, "plan"), i, run)
	{
		say_run(view, run, &lines);
	}
	if (lines > LINES_MAX)
		say("and %zu more tasks set rows aside; `tidemill runs show DAG RUN` tells of each",
		    lines - LINES_MAX);
	view_close(view);
}
