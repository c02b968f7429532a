/* why.c - `tidemill why`: every gate that holds a run or a task back. */
#include "cli/cmd/list.h"

#include "core/view/open.h"
#include "core/view/why.h"
#include "cli/term/aside.h"
#include "cli/term/parameter.h"
#include "cli/term/look.h"
#include "cli/term/out.h"

#include <stdio.h>

static const struct out_column gate_columns[] = {
	{ "gate", "GATE", OUT_TEXT, 2 },
	{ "task", "TASK", OUT_TEXT, 0 },
	{ "until", "UNTIL", OUT_TIME, 1 },
	{ "text", "WHY", OUT_TIME, 0 },
};

/* The run is not there, or the task is not in it: what lists those that are. */
static int
say_unknown(const struct cli *cli, struct view *view, const char *task, const struct err *err)
{
	json_t *run = NULL;
	struct err ignored = { 0 };
	bool is_task = task && !view_why(view, cli->args[0], NULL, cli_value(cli, "logical-date"),
					 &run, &ignored);

	json_decref(run);
	if (is_task && task[0] >= '0' && task[0] <= '9' && !cli_value(cli, "logical-date"))
		return cli_fail(
		    EXIT_USAGE,
		    "%s; a run is named by its date: `tidemill why %s --logical-date %s`", err->msg,
		    cli->args[0], task);
	return cli_fail(EXIT_USAGE, "%s; `tidemill %s list %s%s` lists them", err->msg,
			is_task ? "tasks" : "runs", is_task ? "" : "-d ", cli->args[0]);
}

static int
say_why(struct cli *cli)
{
	struct view *view = NULL;
	json_t *why = NULL;
	struct err err = { 0 };
	const char *task = cli->n_args > 1 ? cli->args[1] : NULL;
	int code = look_state_needed(cli, &view);

	if (code)
		return code;
	code = look_known(cli, view, cli->args[0], true);
	if (code) {
		view_close(view);
		return code;
	}
	if (view_why(view, cli->args[0], task, cli_value(cli, "logical-date"), &why, &err)) {
		code = err.code == ERR_NOT_FOUND ? say_unknown(cli, view, task, &err)
						 : cli_error(&err);
	} else if (cli->json) {
		out_object(cli, why);
	} else {
		(void)printf("%s %s: %s\n", json_get_text(why, "dag", ""),
			     json_get_text(why, "run_id", json_get_text(why, "logical_date", "")),
			     json_get_text(why, "state", "no run"));
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
	OPTION("logical-date", 'l', "DATE", "which run; default: the oldest that has not ended"),
	OPTIONS_END,
};

const struct cli_command cmd_why = {
	.words = "why",
	.args = "DAG [TASK]",
	.summary = "every gate that holds a run or a task back",
	.args_min = 1,
	.args_max = 2,
	.options = why_options,
	.run = say_why,
};
