/* look.c - opening what commands read: the state database and the DAG files. */
#include "cli/term/look.h"

#include "core/model/interval.h"
#include "cli/term/unknown.h"
#include "core/base/mem.h"
#include "core/time/civil.h"
#include "core/view/dag.h"
#include "core/view/history.h"
#include "core/view/known.h"
#include "core/view/open.h"
#include "core/view/run.h"

#include <stdlib.h>
#include <string.h>

enum { RUNS_NEAR = 1000 };

int
look_state(const struct cli *cli, struct view **out)
{
	struct err err = { 0 };
	enum err_code code = view_open(out, cli->project_dir, &err);

	if (code == ERR_NOT_FOUND) {
		*out = NULL;
		return EXIT_OK;
	}
	return code ? cli_error(&err) : EXIT_OK;
}

int
look_state_needed(const struct cli *cli, struct view **out)
{
	int code = look_state(cli, out);

	if (!code && !*out)
		return cli_fail(EXIT_NO,
				"nothing has run in %s yet: `tidemill dags list` shows what could",
				cli->project_dir);
	return code;
}

/* What is said of a name that is none of those in a member of the rows. */
static int
no_such(const char *what, const char *word, const json_t *rows, const char *member, const char *see)
{
	const char **names = mem_new(json_array_size(rows) + 1, sizeof(*names));
	const json_t *row;
	struct buf near;
	size_t i, n = 0;
	int code;

	json_array_foreach(rows, i, row)
	{
		names[n++] = json_get_text(row, member, "");
	}
	buf_init(&near, SIZE_MAX);
	unknown_name(word, names, n, &near);
	code = cli_fail(EXIT_USAGE, "%s '%s'%s%s", what, word, near.data,
			*near.data || !*see ? "" : see);
	buf_release(&near);
	free(names);
	return code;
}

/* Is there a DAG file of a dag that no scheduler has loaded yet? */
static bool
is_in_files(const struct cli *cli, const char *dag)
{
	struct project project = { 0 };
	struct diags diags;
	bool found = false;

	diags_init(&diags);
	if (!project_load(&project, cli->project_dir, &diags, NULL)) {
		for (size_t i = 0; i < project.n_dags; i++)
			found = found || !strcmp(project.dags[i]->id, dag);
		project_release(&project);
	}
	diags_release(&diags);
	return found;
}

int
look_known(const struct cli *cli, struct view *view, const char *dag, bool run)
{
	struct err err = { 0 };
	enum err_code code = known_dag(view, dag, &err);
	json_t *rows = NULL;
	int said;

	if (!code)
		return EXIT_OK;
	if (code != ERR_NOT_FOUND)
		return cli_error(&err);
	if (is_in_files(cli, dag))
		return !run
			   ? EXIT_OK
			   : cli_fail(
				 EXIT_NO,
				 "dag '%s' has not run yet: `tidemill dags trigger %s` makes a run",
				 dag, dag);
	if (view_dags(view, false, &rows, &err))
		return cli_error(&err);
	said = no_such("there is no dag", dag, rows, "dag", ": see `tidemill dags list`");
	json_decref(rows);
	return said;
}

/* What is said of a run that is not there: those worked on last are what was meant. */
static int
no_such_run(struct view *v, const char *dag, const char *run)
{
	const struct history_filter filter = { .dag = dag, .limit = RUNS_NEAR };
	char *what = mem_format("dag '%s' has no run", dag);
	char *see = mem_format("; `tidemill runs list -d %s` lists them", dag);
	struct err err = { 0 };
	json_t *rows = NULL;
	int code;

	if (view_history(v, &filter, &rows, NULL, &err))
		code = cli_error(&err);
	else
		code = no_such(what, run, rows, "run_id", see);
	json_decref(rows);
	free(what);
	free(see);
	return code;
}

/* TASK and RUN are easily typed the other way round. */
static bool
is_swapped(const struct cli *cli, const char *run)
{
	int64_t us;

	return cli->n_args == 3 && !interval_is_text(run, &us) &&
	       interval_is_text(cli->args[1], &us);
}

int
look_run(const struct cli *cli, struct view *view, const char *dag, const char *run, json_t **out)
{
	struct err err = { 0 };
	int code = look_known(cli, view, dag, true);

	if (code)
		return code;
	if (!view_run(view, dag, run, out, &err))
		return EXIT_OK;
	if (err.code == ERR_NOT_FOUND && run && is_swapped(cli, run))
		return cli_fail(EXIT_USAGE, "%s; the run comes last: `tidemill %s %s %s %s`",
				err.msg, cli->command->words, dag, run, cli->args[1]);
	return err.code == ERR_NOT_FOUND && run ? no_such_run(view, dag, run) : cli_error(&err);
}

/* The task's object, a new reference; NULL: the run has it in no epoch. */
static json_t *
find_task(const json_t *tasks, const json_t *attempts, const char *id)
{
	const json_t *last = json_array_get(attempts, json_array_size(attempts) - 1);
	json_t *task;
	size_t i;

	json_array_foreach(tasks, i, task)
	{
		if (!strcmp(json_get_text(task, "task", ""), id))
			return json_incref(task);
	}
	if (!last)
		return NULL;
	return json_pack("{s:s, s:s, s:I}", "task", id, "state", "removed", "tries",
			 (json_int_t)json_get_int(last, "try_number", 0));
}

int
look_task(const struct cli *cli, struct view **view, json_t **run, json_t **attempts, json_t **task)
{
	struct err err = { 0 };
	json_t *tasks = NULL;
	int64_t key;
	int code = look_state_needed(cli, view);

	if (code)
		return code;
	if (view_begin(*view, &err))
		return cli_error(&err);
	code = look_run(cli, *view, cli->args[0], cli->args[2], run);
	if (code)
		return code;
	key = json_get_int(*run, "key", 0);
	if (view_attempts(*view, key, cli->args[1], attempts, &err) ||
	    view_tasks(*view, key, &tasks, &err))
		return cli_error(&err);
	view_end(*view);
	*task = find_task(tasks, *attempts, cli->args[1]);
	if (!*task) {
		char *see = mem_format("; `tidemill runs show %s %s` lists them", cli->args[0],
				       cli->args[2]);
		char *what = mem_format("run %s of '%s' has no task", cli->args[2], cli->args[0]);

		code = no_such(what, cli->args[1], tasks, "task", see);
		free(what);
		free(see);
	}
	json_decref(tasks);
	return code;
}

int
look_files(const struct cli *cli, struct project *out, struct diags *diags)
{
	struct err err = { 0 };

	if (project_load(out, cli->project_dir, diags, &err))
		return cli_error(&err);
	if (diags->errors)
		say_warning("DAG files have %zu %s; `tidemill validate` shows them", diags->errors,
			    diags->errors == 1 ? "mistake" : "mistakes");
	return EXIT_OK;
}

int
look_project(const struct cli *cli, struct project *out)
{
	struct diags diags;
	int code;

	diags_init(&diags);
	code = look_files(cli, out, &diags);
	diags_release(&diags);
	return code;
}

const struct dag *
look_dag(const struct project *p, const char *id)
{
	const char **names = mem_new(p->n_dags, sizeof(*names));
	const struct dag *found = NULL;

	for (size_t i = 0; i < p->n_dags; i++) {
		names[i] = p->dags[i]->id;
		if (!strcmp(names[i], id))
			found = p->dags[i];
	}
	if (!found) {
		const char *near = diag_nearest(id, names, p->n_dags);

		(void)cli_fail(EXIT_USAGE, "there is no dag '%s'%s%s%s", id,
			       near ? "; did you mean '" : "", near ? near : "",
			       near ? "'?" : " in dags/");
	}
	free(names);
	return found;
}
