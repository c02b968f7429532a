/* why.c - `tidemill why`: every gate that holds a run or a task back. */
#include "cli/cmd/list.h"

#include "core/model/interval.h"
#include "core/view/open.h"
#include "core/view/run.h"
#include "core/view/why.h"
#include "cli/term/aside.h"
#include "cli/term/parameter.h"
#include "cli/term/look.h"
#include "cli/term/out.h"

#include <stdio.h>
#include <string.h>

static const struct out_column gate_columns[] = {
	{ "gate", "GATE", OUT_TEXT, 2 },
	{ "task", "TASK", OUT_TEXT, 0 },
	{ "until", "UNTIL", OUT_TIME, 1 },
	{ "text", "WHY", OUT_TIME, 0 },
};

/* The run that is meant, as it was typed; NULL: none was named.  Else what is wrong was said. */
static int
read_run(const struct cli *cli, const char **run)
{
	const char *said[] = { cli->n_args > 2 ? cli->args[2] : NULL, cli_value(cli, "run-id"),
			       cli_value(cli, "logical-date") };

	*run = NULL;
	for (size_t i = 0; i < countof(said); i++) {
		if (said[i] && *run)
			return cli_fail(EXIT_USAGE, "name one run: '%s' or '%s'", *run, said[i]);
		*run = said[i] ? said[i] : *run;
	}
	return EXIT_OK;
}

/* A date without a run is answered by why; any other word that names none is not. */
static int
find_run(const struct cli *cli, struct view *view, const char *run)
{
	json_t *found = NULL;
	int64_t us;
	int code;

	if (!run || interval_is_text(run, &us))
		return look_known(cli, view, cli->args[0], true);
	code = look_run(cli, view, cli->args[0], run, &found);
	json_decref(found);
	return code;
}

/* The task is not in the run, or there is no run at all: what lists those that are. */
static int
say_unknown(const struct cli *cli, struct view *view, const char *run, const struct err *err)
{
	const char *dag = cli->args[0], *task = cli->n_args > 1 ? cli->args[1] : NULL;
	struct err ignored = { 0 };
	json_t *found = NULL;
	bool is_run = task && !run && !view_run(view, dag, task, &found, &ignored);

	json_decref(found);
	if (is_run)
		return cli_fail(EXIT_USAGE, "%s; a run is named by `tidemill why %s --run-id %s`",
				err->msg, dag, task);
	if (task && !run && task[0] >= '0' && task[0] <= '9')
		return cli_fail(EXIT_USAGE,
				"%s; a run is named by its date: `tidemill why %s --logical-date "
				"%s`",
				err->msg, dag, task);
	return cli_fail(EXIT_USAGE, "%s; `tidemill %s list %s%s` lists them", err->msg,
			task ? "tasks" : "runs", task ? "" : "-d ", dag);
}

/* The run, with its partition where its id does not end with that name. */
static void
print_head(const json_t *why)
{
	const char *run = json_get_text(why, "run_id", json_get_text(why, "logical_date", ""));
	const char *part = json_get_text(why, "partition", ""), *date = strstr(run, "__");
	bool is_told = !*part || (date && !strcmp(date + 2, part));

	(void)printf("%s%s%s%s%s%s: %s\n", json_get_text(why, "dag", ""), *run ? " " : "", run,
		     is_told ? "" : " (", is_told ? "" : part, is_told ? "" : ")",
		     json_get_text(why, "state", "no run"));
}

static int
say_why(struct cli *cli)
{
	struct view *view = NULL;
	json_t *why = NULL;
	struct err err = { 0 };
	const char *task = cli->n_args > 1 ? cli->args[1] : NULL;
	const char *run;
	int code = read_run(cli, &run);

	if (!code)
		code = look_state_needed(cli, &view);
	if (code)
		return code;
	code = find_run(cli, view, run);
	if (code) {
		view_close(view);
		return code;
	}
	if (view_why(view, cli->args[0], task, run, &why, &err)) {
		code = err.code == ERR_NOT_FOUND ? say_unknown(cli, view, run, &err)
						 : cli_error(&err);
	} else if (cli->json) {
		out_object(cli, why);
	} else {
		print_head(why);
		out_list(cli, json_object_get(why, "gates"), gate_columns, countof(gate_columns),
			 "nothing holds it back");
		aside_print(json_object_get(why, "set_aside"));
		if (json_array_size(json_object_get(why, "gates")) >= WHY_GATES_MAX)
			say("the first %d of them: `tidemill why %s TASK` tells of one task",
			    WHY_GATES_MAX, cli->args[0]);
	}
	json_decref(why);
	view_close(view);
	return code;
}

static const struct option why_options[] = {
	OPTION("run-id", 'r', "RUN",
	       "which run: a run id or a logical date; default: the oldest that has not ended"),
	OPTION("logical-date", 'l', "DATE", "the same, also of one that was not made yet"),
	OPTIONS_END,
};

const struct cli_command cmd_why = {
	.words = "why",
	.args = "DAG [TASK [RUN]]",
	.summary = "every gate that holds a run or a task back",
	.args_min = 1,
	.args_max = 3,
	.options = why_options,
	.run = say_why,
};
