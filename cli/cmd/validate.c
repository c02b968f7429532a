/* validate.c - `tidemill validate`: every mistake in DAG files, at once. */
#include "cli/cmd/list.h"

#include "cli/term/look.h"
#include "cli/term/out.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/project/home.h"
#include "core/view/dag.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Names and lines of files need not be UTF-8, which JSON has to be: see json_text_new(). */
static json_t *
diag_json(const struct diag *d)
{
	return json_pack("{s:s, s:s, s:o, s:I, s:I, s:I, s:o, s:o, s:o}", "level",
			 d->level == DIAG_ERROR ? "error" : "warning", "code", d->code, "file",
			 json_text_new(d->file), "line", (json_int_t)d->line, "column",
			 (json_int_t)d->column, "width", (json_int_t)d->width, "message",
			 json_text_new(d->message), "help", json_text_new(d->help), "source",
			 json_text_new(d->source));
}

/* What is being checked. */
struct checked {
	struct diags diags;
	struct project project; /* the dags that are right */
	size_t n_dags;
	json_t *timings; /* a row for each of them */
};

static const struct out_column timing_columns[] = {
	{ "dag", "DAG", OUT_TEXT, 0 },
	{ "partition", "PARTITION", OUT_TEXT, 0 },
	{ "timezone", "TIMEZONE", OUT_TEXT, 2 },
	{ "first", "FIRST", OUT_DAY, 1 },
	{ "next_fire", "NEXT_FIRE", OUT_TEXT, 0 },
	{ "delay", "DELAY", OUT_TEXT, 3 },
};

/* What was implied, and what a scheduler that knows another definition will make of it. */
static int
add_timings(const struct cli *cli, struct checked *c)
{
	int64_t now_us = clock_wall_us();
	struct view *view = NULL;
	struct err err = { 0 };
	int code = cli->n_args ? EXIT_OK : look_state(cli, &view);

	for (size_t i = 0; !code && i < c->project.n_dags; i++) {
		const struct dag *dag = c->project.dags[i];
		json_t *row = json_object();
		char *edit = NULL;

		(void)json_object_set_new(row, "level", json_string("info"));
		(void)json_object_set_new(row, "file", json_text_new(dag->file));
		(void)json_object_set_new(row, "dag", json_text_new(dag->id));
		view_timing(row, dag, now_us);
		if (view && view_dag_edit(view, dag, now_us, &edit, &err))
			code = cli_error(&err);
		(void)json_object_set_new(row, "edit", edit ? json_text_new(edit) : json_null());
		(void)json_array_append_new(c->timings, row);
		free(edit);
	}
	view_close(view);
	return code;
}

static void
print_json(const struct checked *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->diags.count; i++)
		(void)json_array_append_new(list, diag_json(&c->diags.items[i]));
	(void)json_array_extend(list, c->timings);
	out_json(list);
	json_decref(list);
}

static void
print_timings(const struct cli *cli, json_t *rows)
{
	bool delays = false;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		view_timing_words(row);
		if (json_is_string(json_object_get(row, "woken_by")))
			(void)json_object_set(row, "next_fire", json_object_get(row, "woken_by"));
		delays |= !json_is_null(json_object_get(row, "delay"));
	}
	if (json_array_size(rows))
		out_list(cli, rows, timing_columns, countof(timing_columns) - !delays, "");
	(void)fflush(stdout);
	json_array_foreach(rows, i, row)
	{
		if (json_is_string(json_object_get(row, "edit")))
			say("dag '%s': %s", json_get_text(row, "dag", ""),
			    json_get_text(row, "edit", ""));
	}
}

static void
print_text(const struct diags *diags)
{
	struct buf text;

	buf_init(&text, 64 << 20);
	diags_render(diags, isatty(STDERR_FILENO) && !getenv("NO_COLOR"), say_columns(), &text);
	say_text(text.data);
	buf_release(&text);
}

static enum err_code
check(struct cli *cli, struct checked *c, struct err *err)
{
	char *home = NULL;
	enum err_code code;

	if (cli->n_args) {
		c->n_dags = (size_t)cli->n_args;
		return project_check_files(cli->project_dir ? cli->project_dir : ".", cli->args,
					   c->n_dags, &c->project, &c->diags, err);
	}
	code = home_find(cli_value(cli, "directory"), &home, err);
	free(home);
	if (code)
		return code;
	code = project_load(&c->project, cli->project_dir, &c->diags, err);
	c->n_dags = c->project.n_dags;
	return code;
}

static void
say_count(const struct cli *cli, const struct checked *c)
{
	const struct diags *diags = &c->diags;

	if (!diags->errors && !c->n_dags)
		say("no DAG files in %s/dags", cli->project_dir);
	else
		say("%zu %s, %zu %s, %zu %s", c->n_dags,
		    cli->n_args      ? c->n_dags == 1 ? "file checked" : "files checked"
		    : c->n_dags == 1 ? "dag is right"
				     : "dags are right",
		    diags->errors, diags->errors == 1 ? "error" : "errors", diags->warnings,
		    diags->warnings == 1 ? "warning" : "warnings");
}

static int
validate(struct cli *cli)
{
	struct checked c = { .timings = json_array() };
	struct err err = { 0 };
	int code = EXIT_OK;

	diags_init(&c.diags);
	if (check(cli, &c, &err))
		code = cli_error(&err);
	else
		code = add_timings(cli, &c);
	if (code)
		goto out;
	diags_sort(&c.diags);
	if (cli->json) {
		print_json(&c);
	} else {
		print_text(&c.diags);
		print_timings(cli, c.timings);
		say_count(cli, &c);
	}
	if (c.diags.errors)
		code = EXIT_NO;
out:
	json_decref(c.timings);
	project_release(&c.project);
	diags_release(&c.diags);
	return code;
}

const struct cli_command cmd_validate = {
	.words = "validate",
	.args = "[PATH]...",
	.summary = "check DAG files, and say when they run; without PATH those of the project",
	.args_max = CLI_ARGS_MAX,
	.anywhere = true,
	.takes_bytes = true,
	.run = validate,
};
