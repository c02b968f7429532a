/* notice.c - what several pages say before anything else: what is wrong, how to begin. */
#include "scheduler/page/notice.h"

#include "core/view/keeper.h"
#include "scheduler/page/health.h"
#include "scheduler/page/html.h"
#include "scheduler/page/table.h"

/* "dags/sales.yaml:4:17" for each row. */
static void
add_places(json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_t *where = json_sprintf("%s:%lld:%lld", json_get_text(row, "file", "?"),
					     (long long)json_get_int(row, "line", 0),
					     (long long)json_get_int(row, "column", 0));

		(void)json_object_set_new(row, "where", where ? where : json_null());
	}
}

void
notice_problems(struct exchange *x)
{
	static const struct page_column columns[] = {
		{ "where", "File:line:column", CELL_TEXT },
		{ "level", "Level", CELL_STATE },
		{ "message", "What is wrong", CELL_TEXT },
		{ "help", "Help", CELL_TEXT },
	};
	json_t *rows = NULL;
	struct err err;

	/* The rest of the page is worth more than an error about errors. */
	if (health_import_errors(x->project_dir, &rows, &err)) {
		html_lit(&x->body, "<p class=\"bad\">");
		html_text(&x->body, err.msg);
		html_lit(&x->body, "</p>\n");
		return;
	}
	if (json_array_size(rows)) {
		add_places(rows);
		html_lit(&x->body,
			 "<h2 id=\"import-errors\">Problems in DAG files</h2>"
			 "<p>A file with an error is not used; where there is a last good "
			 "definition, that one stays active. <code>tidemill "
			 "validate</code> shows the lines.</p>");
		TABLE(x, rows, columns, "");
	}
	json_decref(rows);
}

void
notice_nobody(struct exchange *x)
{
	if (!x->view || health_scheduler(x->project_dir))
		return;
	html_lit(&x->body,
		 "<p class=\"notice\" role=\"status\">No scheduler is running: nothing starts, and "
		 "what is not over stays as it was left. Start one with <code>tidemill "
		 "scheduler</code>.</p>\n");
}

void
notice_clock(struct exchange *x)
{
	json_t *clock = NULL;

	if (!x->view || view_clock(x->view, &clock, NULL))
		return;
	if (json_is_object(clock)) {
		html_lit(&x->body, "<p class=\"bad\">");
		html_text(&x->body, json_get_text(clock, "text", ""));
		html_lit(&x->body, "</p>\n");
	}
	json_decref(clock);
}

void
notice_nothing_yet(struct exchange *x)
{
	html_lit(&x->body,
		 "<h2>Nothing has run here yet</h2><p>This page fills itself once there is "
		 "something to show. In the project directory:</p><dl class=\"commands\">"
		 "<dt><code>tidemill validate</code></dt><dd>reads the files in "
		 "<code>dags/</code> and says what is wrong with them</dd>"
		 "<dt><code>tidemill scheduler</code></dt><dd>runs what is due, until it is "
		 "stopped</dd><dt><code>tidemill backfill create DAG --from-date 2026-05-01 "
		 "--to-date 2026-05-21 --wait</code></dt><dd>runs a range of days</dd></dl>\n");
}
