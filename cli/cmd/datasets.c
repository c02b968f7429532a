/* datasets.c - `tidemill datasets`: list and show. */
#include "cli/cmd/list.h"

#include "core/view/dataset.h"
#include "core/view/open.h"
#include "cli/term/look.h"
#include "cli/term/out.h"
#include "cli/term/unknown.h"
#include "core/base/mem.h"
#include "core/time/grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTITIONS_SHOWN = 1000 };

static const struct out_column dataset_columns[] = {
	{ "dataset", "DATASET", OUT_TEXT, 0 },
	{ "partitions", "PARTITIONS", OUT_NUMBER, 2 },
	{ "rows", "ROWS", OUT_NUMBER, 3 },
	{ "bytes", "BYTES", OUT_NUMBER, 5 },
	{ "latest_partition", "LATEST", OUT_DAY, 0 },
	{ "latest_published_at", "PUBLISHED", OUT_TIME, 4 },
	{ "stale", "STALE", OUT_NUMBER, 1 },
};

static const struct out_column partition_columns[] = {
	{ "partition", "PARTITION", OUT_DAY, 0 },    { "version", "VERSION", OUT_NUMBER, 4 },
	{ "rows", "ROWS", OUT_NUMBER, 0 },           { "bytes", "BYTES", OUT_NUMBER, 6 },
	{ "run_id", "RUN_ID", OUT_TEXT, 5 },         { "published_at", "PUBLISHED", OUT_TIME, 3 },
	{ "partial", "PARTIAL", OUT_TEXT, 2 },       { "preliminary", "PRELIMINARY", OUT_TEXT, 2 },
	{ "stale", "STALE", OUT_TEXT, 1 },           { "checks_text", "CHECKS", OUT_TEXT, 0 },
	{ "stale_because", "BECAUSE", OUT_TEXT, 0 },
};

static int
list_datasets(struct cli *cli)
{
	struct view *view = NULL;
	json_t *rows = NULL;
	struct err err = { 0 };
	int code = look_state(cli, &view);

	if (!code && view && view_datasets(view, &rows, &err))
		code = cli_error(&err);
	if (!code) {
		rows = rows ? rows : json_array();
		out_list(cli, rows, dataset_columns, countof(dataset_columns),
			 "nothing is published yet");
	}
	json_decref(rows);
	view_close(view);
	return code;
}

/* "3 pass, 1 warn" beside the counts, for the table. */
static void
add_checks_text(json_t *rows)
{
	static const char *const kinds[] = { "pass", "warn", "fail" };
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const json_t *checks = json_object_get(row, "checks");
		char text[100] = "";
		int used = 0;

		for (size_t k = 0; k < countof(kinds); k++) {
			int64_t n = json_get_int(checks, kinds[k], 0);

			if (n)
				used += snprintf(text + used, sizeof(text) - (size_t)used,
						 "%s%lld %s", used ? ", " : "", (long long)n,
						 kinds[k]);
		}
		(void)json_object_set_new(row, "checks_text", json_string(text));
	}
}

/* Nothing of it is published: it is declared, or there is no such dataset. */
static int
say_none(const struct cli *cli, const char *name)
{
	struct project project = { 0 };
	const char **names = NULL, *writer = NULL;
	size_t n = 0, room = 0;
	struct buf near;
	int code = look_project(cli, &project);

	for (size_t i = 0; i < project.n_dags; i++) {
		const struct dag *dag = project.dags[i];

		for (size_t k = 0; k < dag->n_datasets; k++) {
			names = mem_grow(names, n, &room, sizeof(*names));
			names[n++] = dag->datasets[k].name;
			if (!strcmp(dag->datasets[k].name, name))
				writer = dag->id;
		}
	}
	buf_init(&near, SIZE_MAX);
	unknown_name(name, names, n, &near);
	if (!code && writer)
		code = cli_fail(EXIT_NO,
				"no partition of dataset '%s' was published yet; `tidemill dags "
				"trigger %s --wait` makes one",
				name, writer);
	else if (!code)
		code = cli_fail(EXIT_USAGE, "there is no dataset '%s'%s", name,
				*near.data ? near.data : "; `tidemill datasets list` lists them");
	buf_release(&near);
	free(names);
	project_release(&project);
	return code;
}

/* The last column says why; without a stale partition it would be empty. */
static bool
any_stale(const json_t *rows)
{
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (json_get_bool(json_array_get(rows, i), "stale", false))
			return true;
	return false;
}

static const struct out_column column_columns[] = {
	{ "column", "COLUMN", OUT_TEXT, 0 },     { "type", "TYPE", OUT_TEXT, 0 },
	{ "nullable", "NULLABLE", OUT_TEXT, 2 }, { "was", "WAS", OUT_TEXT, 1 },
	{ "until", "UNTIL", OUT_TEXT, 1 },       { "description", "DESCRIPTION", OUT_TEXT, 0 },
};

static json_t *
column_row(const struct column *c, const struct column_note *note)
{
	json_t *row = json_object();
	char until[GRID_TEXT_CHARS + 1] = "";

	if (note && note->deprecated_after != INT64_MAX)
		grid_text(grid_days, note->deprecated_after, until);
	(void)json_object_set_new(row, "column", json_text_new(c->name));
	(void)json_object_set_new(row, "type", json_string(col_type_name(c->type)));
	(void)json_object_set_new(row, "nullable",
				  json_string(note && note->required ? "no" : "yes"));
	(void)json_object_set_new(row, "was", json_text_new(note && note->was ? note->was : ""));
	(void)json_object_set_new(row, "until", json_string(until));
	(void)json_object_set_new(
	    row, "description", json_text_new(note && note->description ? note->description : ""));
	return row;
}

/* The columns, where their declaration says more of them than their types. */
static void
show_columns(const struct cli *cli, const char *name)
{
	const struct dataset *dataset = NULL;
	struct project project = { 0 };
	const struct dag *dag = NULL;
	json_t *rows = json_array();

	if (!look_project(cli, &project) &&
	    catalog_find(project.dags, project.n_dags, name, &dag, &dataset) &&
	    dataset->notes.count) {
		for (size_t i = 0; i < dataset->schema.count; i++) {
			const struct column *c = &dataset->schema.columns[i];

			(void)json_array_append_new(
			    rows, column_row(c, column_note_of(&dataset->notes, c->name)));
		}
		(void)putchar('\n');
		out_list(cli, rows, column_columns, countof(column_columns), "");
	}
	json_decref(rows);
	project_release(&project);
}

static int
show_dataset(struct cli *cli)
{
	struct view *view = NULL;
	json_t *rows = NULL;
	const char *given = cli_value(cli, "limit");
	int64_t limit = PARTITIONS_SHOWN;
	struct err err = { 0 };
	int code;

	if (given && !cli_number("--limit", given, 1, VIEW_ROWS_MAX, &limit))
		return EXIT_USAGE;
	code = look_state_needed(cli, &view);
	if (code)
		return code;
	if (view_dataset(view, cli->args[0], NULL, (int)limit, &rows, &err)) {
		code = err.code == ERR_NOT_FOUND ? say_none(cli, cli->args[0]) : cli_error(&err);
	} else {
		if (!cli->json)
			add_checks_text(rows);
		out_list(cli, rows, partition_columns,
			 countof(partition_columns) - (any_stale(rows) ? 0 : 1),
			 "no partition is published yet");
		if (!cli->json)
			show_columns(cli, cli->args[0]);
		(void)fflush(stdout);
		if (!given && json_array_size(rows) == PARTITIONS_SHOWN)
			say("the latest %d partitions: --limit N shows more", PARTITIONS_SHOWN);
	}
	json_decref(rows);
	view_close(view);
	return code;
}

const struct cli_command cmd_datasets_list = {
	.words = "datasets list",
	.summary = "the datasets and how far they reach",
	.run = list_datasets,
};

static const struct option show_options[] = {
	OPTION("limit", 0, "N", "at most N, the latest; default 1000"),
	OPTIONS_END,
};

const struct cli_command cmd_datasets_show = {
	.words = "datasets show",
	.args = "DATASET",
	.summary = "the partitions of a dataset: rows, version, stale, checks; its columns",
	.options = show_options,
	.args_min = 1,
	.args_max = 1,
	.run = show_dataset,
};
