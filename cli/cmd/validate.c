/* validate.c - `tidemill validate`: every mistake in DAG files, at once. */
#include "cli/cmd/list.h"

#include "cli/term/out.h"
#include "core/base/json.h"
#include "core/project/home.h"
#include "core/project/project.h"

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

static void
print_json(const struct diags *diags)
{
	json_t *list = json_array();

	for (size_t i = 0; i < diags->count; i++)
		(void)json_array_append_new(list, diag_json(&diags->items[i]));
	out_json(list);
	json_decref(list);
}

static void
print_text(const struct diags *diags)
{
	struct buf text;

	buf_init(&text, 64 << 20);
	diags_render(diags, isatty(STDERR_FILENO) && !getenv("NO_COLOR"), &text);
	say_text(text.data);
	buf_release(&text);
}

static enum err_code
check(struct cli *cli, struct diags *diags, size_t *n_dags, struct err *err)
{
	struct project project = { 0 };
	char *home = NULL;
	enum err_code code;

	if (cli->n_args) {
		*n_dags = (size_t)cli->n_args;
		return project_check_files(cli->args, (size_t)cli->n_args, diags, err);
	}
	code = home_find(cli_value(cli, "directory"), &home, err);
	free(home);
	if (code)
		return code;
	code = project_load(&project, cli->project_dir, diags, err);
	*n_dags = project.n_dags;
	project_release(&project);
	return code;
}

static int
validate(struct cli *cli)
{
	struct diags diags;
	struct err err = { 0 };
	size_t n_dags = 0;
	int code = EXIT_OK;

	diags_init(&diags);
	if (check(cli, &diags, &n_dags, &err)) {
		code = cli_error(&err);
		goto out;
	}
	diags_sort(&diags);
	if (cli->json)
		print_json(&diags);
	else
		print_text(&diags);
	if (diags.errors)
		code = EXIT_NO;
	if (!cli->json && !diags.errors && !n_dags)
		say("no DAG files in %s/dags", cli->project_dir);
	else if (!cli->json)
		say("%zu %s, %zu %s, %zu %s", n_dags,
		    cli->n_args   ? n_dags == 1 ? "file checked" : "files checked"
		    : n_dags == 1 ? "dag is right"
				  : "dags are right",
		    diags.errors, diags.errors == 1 ? "error" : "errors", diags.warnings,
		    diags.warnings == 1 ? "warning" : "warnings");
out:
	diags_release(&diags);
	return code;
}

const struct cli_command cmd_validate = {
	.words = "validate",
	.args = "[PATH]...",
	.summary = "check DAG files; without PATH those of the project",
	.args_max = CLI_ARGS_MAX,
	.anywhere = true,
	.takes_bytes = true,
	.run = validate,
};
