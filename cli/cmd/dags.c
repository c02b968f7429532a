/* dags.c - `tidemill dags`: list, show, trigger, pause, unpause. */
#include "cli/cmd/list.h"

#include "core/view/dag.h"
#include "core/view/keeper.h"
#include "core/view/known.h"
#include "core/view/open.h"
#include "cli/term/client.h"
#include "cli/term/look.h"
#include "cli/term/out.h"
#include "cli/term/parameter.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/op/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct out_column dag_columns[] = {
	{ "dag", "DAG", OUT_TEXT, 0 },
	{ "schedule", "SCHEDULE", OUT_TEXT, 3 },
	{ "paused", "PAUSED", OUT_TEXT, 2 },
	{ "active_runs", "ACTIVE", OUT_NUMBER, 4 },
	{ "last_logical_date", "LAST_RUN", OUT_DAY, 1 },
	{ "last_state", "STATE", OUT_TEXT, 0 },
	{ "next_partition", "NEXT_PARTITION", OUT_DAY, 5 },
	{ "file_state", "FILE", OUT_TEXT, 1 },
};

static const struct out_column task_columns[] = {
	{ "task", "TASK", OUT_TEXT, 0 },      { "operator", "OPERATOR", OUT_TEXT, 3 },
	{ "reads", "READS", OUT_TEXT, 2 },    { "output", "WRITES", OUT_TEXT, 1 },
	{ "upstream", "AFTER", OUT_TEXT, 0 },
};

/* What the files say of a dag, before anything ran. */
static json_t *
dag_row(const struct dag *dag)
{
	return json_pack("{s:s, s:s, s:s?, s:b, s:b, s:i, s:n, s:n, s:n, s:s}", "dag", dag->id,
			 "file", dag->file, "schedule", dag->schedule_text, "paused", 0, "present",
			 1, "active_runs", 0, "last_logical_date", "last_state", "next_partition",
			 "file_state", "right");
}

/* A dag that a scheduler knows, and whose file is not right now: is it there at all? */
static const char *
state_of_file(const struct cli *cli, const char *file)
{
	char *path = mem_format("%s/%s", cli->project_dir, file);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there ? "broken" : "removed";
}

/* The files with mistakes of dags that no scheduler has loaded: their names are those of the files.
 */
static void
add_broken(json_t *rows, const struct diags *diags)
{
	json_t *by_file = json_object(), *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		(void)json_object_set(by_file, json_get_text(row, "file", ""), row);
	}
	for (i = 0; i < diags->count; i++) {
		const struct diag *d = &diags->items[i];
		const char *name = strrchr(d->file, '/'), *dot;

		if (d->level != DIAG_ERROR || !name || strncmp(d->file, "dags/", 5) != 0 ||
		    json_object_get(by_file, d->file))
			continue;
		dot = strrchr(++name, '.');
		row = json_pack("{s:s%, s:s, s:n, s:b, s:b, s:i, s:n, s:n, s:n, s:s}", "dag", name,
				dot ? (size_t)(dot - name) : strlen(name), "file", d->file,
				"schedule", "paused", 0, "present", 0, "active_runs", 0,
				"last_logical_date", "last_state", "next_partition", "file_state",
				"broken");
		if (!row)
			continue;
		(void)json_object_set(by_file, d->file, row);
		(void)json_array_append_new(rows, row);
	}
	json_decref(by_file);
}

/* Put what the database knows over what the files say; a dag without a file is a row of its own. */
static void
merge(const struct cli *cli, json_t *rows, const json_t *known)
{
	json_t *by_name = json_object(), *row, *mine;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		(void)json_object_set(by_name, json_get_text(row, "dag", ""), row);
	}
	json_array_foreach(known, i, row)
	{
		mine = json_object_get(by_name, json_get_text(row, "dag", ""));
		if (mine) {
			(void)json_object_update(mine, row);
			continue;
		}
		(void)json_object_set_new(
		    row, "file_state",
		    json_string(state_of_file(cli, json_get_text(row, "file", ""))));
		(void)json_array_append(rows, row);
	}
	json_decref(by_name);
}

/* The rows begin with those of the project's dags. */
static void
add_names(const struct project *project, const json_t *rows)
{
	for (size_t i = 0; i < project->n_dags; i++)
		known_names(project->dags[i], json_array_get(rows, i));
}

/* In a table what is right needs no word, and parts are told by their names. */
static void
dress_dags(json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (!strcmp(json_get_text(row, "file_state", ""), "right"))
			(void)json_object_set_new(row, "file_state", json_string(""));
		known_show_names(row);
	}
}

/* Rows say what was committed last: what is under way is so only while somebody keeps it. */
static void
say_who_keeps(const struct cli *cli, const struct view *view, const json_t *rows)
{
	const json_t *row;
	int64_t active = 0;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		active += json_get_int(row, "active_runs", 0);
	}
	if (!cli->json && view && active && !keeper_there(view))
		say("%lld run%s not ended, and no scheduler is running: start one with `tidemill "
		    "scheduler`",
		    (long long)active, active == 1 ? " has" : "s have");
}

static int
list_dags(struct cli *cli)
{
	struct project project = { 0 };
	struct view *view = NULL;
	json_t *rows = json_array(), *known = NULL;
	struct err err = { 0 };
	struct diags diags;
	int code;

	diags_init(&diags);
	code = look_files(cli, &project, &diags);
	if (!code)
		code = look_state(cli, &view);
	if (code)
		goto out;
	for (size_t i = 0; i < project.n_dags; i++)
		(void)json_array_append_new(rows, dag_row(project.dags[i]));
	if (view && view_dags(view, false, &known, &err)) {
		code = cli_error(&err);
		goto out;
	}
	merge(cli, rows, known);
	add_broken(rows, &diags);
	add_names(&project, rows);
	if (!cli->json)
		dress_dags(rows);
	out_list(cli, rows, dag_columns, countof(dag_columns), "there is no DAG file in dags/ yet");
	say_who_keeps(cli, view, rows);
out:
	json_decref(known);
	json_decref(rows);
	view_close(view);
	project_release(&project);
	diags_release(&diags);
	return code;
}

static json_t *
upstream_names(const struct dag *dag, const struct task *task, bool shown)
{
	json_t *names = json_array();

	/* Behind all that are not: that is no edge. */
	if (task->on_exit && shown)
		(void)json_array_append_new(names, json_string("(on_exit)"));
	for (size_t i = 0; i < task->n_upstream; i++)
		(void)json_array_append_new(names, json_string(dag->tasks[task->upstream[i]].id));
	return names;
}

/* "events 7d", "tenants": what a task reads, and over how many days. */
static json_t *
input_names(const struct dag *dag, const struct task *task)
{
	json_t *names = json_array();

	for (size_t i = 0; i < task->n_inputs; i++) {
		const struct input *input = &task->inputs[i];
		char text[NAME_MAX_BYTES + WINDOW_TEXT_CHARS + 2], window[WINDOW_TEXT_CHARS + 1];

		input_window_text(&input->window, dag->grid, window);
		if (input_is_window(input))
			(void)snprintf(text, sizeof(text), "%s %s", input->dataset, window);
		else
			(void)snprintf(text, sizeof(text), "%s", input->dataset);
		(void)json_array_append_new(names, json_string(text));
	}
	return names;
}

/* A list as it is, or as one text for a table; takes it over. */
static json_t *
listed(json_t *names, bool joined)
{
	struct buf text;
	json_t *name, *out;
	size_t i;

	if (!joined)
		return names;
	buf_init(&text, 1 << 20);
	json_array_foreach(names, i, name)
	{
		buf_format(&text, "%s%s", i ? ", " : "", json_string_value(name));
	}
	out = json_string(text.data);
	buf_release(&text);
	json_decref(names);
	return out;
}

static json_t *
written_names(const struct dag *dag, const struct task *task)
{
	json_t *names = json_array();

	for (size_t i = 0; i < task_n_writes(task); i++)
		(void)json_array_append_new(names, json_string(dag_written(dag, task, i)->name));
	return names;
}

/* In a table all that it writes stands in one column; else `output` is the first of `writes`. */
static void
put_written(json_t *row, const struct dag *dag, const struct task *task, bool joined)
{
	json_t *names = written_names(dag, task), *first = json_array_get(names, 0);

	if (joined && first) {
		(void)json_object_set_new(row, "output", listed(names, true));
		return;
	}
	(void)json_object_set_new(row, "output", first ? json_incref(first) : json_null());
	(void)json_object_set_new(row, "writes", names);
}

static json_t *
task_rows(const struct dag *dag, bool joined)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < dag->n_tasks; i++) {
		const struct task *task = &dag->tasks[dag->order[i]];
		json_t *row = json_pack(
		    "{s:s, s:s, s:s, s:o, s:o, s:b}", "task", task->id, "operator", task->op->label,
		    "trigger_rule", trigger_rule_name(task->rule), "upstream",
		    listed(upstream_names(dag, task, joined), joined), "reads",
		    listed(input_names(dag, task), joined), "on_exit", (int)task->on_exit);

		put_written(row, dag, task, joined);
		(void)json_array_append_new(rows, row);
	}
	return rows;
}

/* How the dag stands, and what becomes of its schedule when a scheduler loads the file as it is. */
static void
add_known(struct cli *cli, const struct dag *dag, json_t *object)
{
	static const char *const stands[] = {
		"paused",     "paused_because", "active_runs", "last_run_id", "last_logical_date",
		"last_state", "next_partition",
	};
	struct view *view = NULL;
	struct err err = { 0 };
	json_t *known = NULL;
	char *text = NULL;

	if (!look_state(cli, &view) && view &&
	    (view_dag(view, dag->id, clock_wall_us(), &known, &err) ||
	     view_dag_edit(view, dag, clock_wall_us(), &text, &err)))
		(void)cli_error(&err);
	/* What it is says the file; a scheduler may have seen none of it yet. */
	for (size_t i = 0; known && i < countof(stands); i++)
		(void)json_object_set(object, stands[i], json_object_get(known, stands[i]));
	json_decref(known);
	known_names(dag, object);
	(void)json_object_set_new(object, "edit", text ? json_text_new(text) : json_null());
	free(text);
	view_close(view);
}

static void
print_dag(struct cli *cli, const struct dag *dag)
{
	json_t *object = dag_row(dag);

	view_timing(object, dag, clock_wall_us());
	add_known(cli, dag, object);
	if (!cli->json) {
		view_timing_words(object);
		known_show_names(object);
	}
	(void)json_object_set_new(object, "description", json_string(dag->description));
	(void)json_object_set_new(object, "owner", json_string(dag->owner));
	(void)json_object_set_new(object, "max_active_runs", json_integer(dag->max_active_runs));
	(void)json_object_set_new(object, "tasks", task_rows(dag, !cli->json));
	out_object(cli, object);
	if (!cli->json) {
		(void)putchar('\n');
		out_list(cli, json_object_get(object, "tasks"), task_columns, countof(task_columns),
			 "");
	}
	json_decref(object);
}

/* Add a name to a list that has it at most once. */
static void
add_once(json_t *names, const char *name)
{
	const json_t *other;
	size_t i;

	json_array_foreach(names, i, other)
	{
		if (!strcmp(json_string_value(other), name))
			return;
	}
	(void)json_array_append_new(names, json_string(name));
}

/* A group as one line: what comes before all of it, and what its tasks write. */
static json_t *
group_row(const struct dag *dag, int32_t at)
{
	const struct task_group *g = &dag->groups[at];
	json_t *before = json_array(), *outputs = json_array();
	char tasks[32];

	for (uint32_t i = g->first; i < g->first + g->count; i++) {
		const struct task *task = &dag->tasks[i];

		for (size_t k = 0; k < task->n_upstream; k++) {
			int32_t other = dag_outer_group(dag, task->upstream[k]);

			if (other != at)
				add_once(before, other < 0 ? dag->tasks[task->upstream[k]].id
							   : dag->groups[other].id);
		}
		for (size_t k = 0; k < task_n_writes(task); k++)
			add_once(outputs, dag_written(dag, task, k)->name);
	}
	(void)snprintf(tasks, sizeof(tasks), "%u task%s", g->count, g->count == 1 ? "" : "s");
	return json_pack("{s:s, s:s, s:o, s:o}", "task", g->id, "operator", tasks, "upstream",
			 listed(before, true), "output", listed(outputs, true));
}

/* Rows in the order of the tasks, those of a group as one in the place of its first. */
static json_t *
fold_rows(const struct dag *dag, json_t *rows)
{
	bool *told = mem_new(dag->n_groups, sizeof(*told));
	json_t *out = json_array();

	for (size_t i = 0; i < dag->n_tasks; i++) {
		int32_t group = dag_outer_group(dag, dag->order[i]);

		if (group < 0)
			(void)json_array_append(out, json_array_get(rows, i));
		else if (!told[group])
			(void)json_array_append_new(out, group_row(dag, group));
		if (group >= 0)
			told[group] = true;
	}
	free(told);
	json_decref(rows);
	return out;
}

static void
print_tasks(struct cli *cli, const struct dag *dag)
{
	json_t *rows = task_rows(dag, !cli->json);
	bool folded = dag->n_groups && !cli->json && !cli_given(cli, "all");

	if (folded)
		rows = fold_rows(dag, rows);
	out_list(cli, rows, task_columns, countof(task_columns), "no tasks");
	json_decref(rows);
	if (folded) {
		(void)fflush(stdout);
		say("groups are one line each: --all shows their tasks");
	}
}

/* Find the dag that args[0] names in the DAG files and print it by `print`. */
static int
with_dag(struct cli *cli, void (*print)(struct cli *cli, const struct dag *dag))
{
	struct project project = { 0 };
	int code = look_project(cli, &project);
	const struct dag *dag = code ? NULL : look_dag(&project, cli->args[0]);

	if (dag)
		print(cli, dag);
	else if (!code)
		code = EXIT_USAGE;
	project_release(&project);
	return code;
}

static int
show_dag(struct cli *cli)
{
	return with_dag(cli, print_dag);
}

static int
list_tasks(struct cli *cli)
{
	return with_dag(cli, print_tasks);
}

const struct cli_command cmd_dags_list = {
	.words = "dags list",
	.summary = "the dags, and how their last runs ended",
	.run = list_dags,
};

const struct cli_command cmd_dags_show = {
	.words = "dags show",
	.args = "DAG",
	.summary = "the tasks of a dag, what each waits for, and its datasets",
	.args_min = 1,
	.args_max = 1,
	.run = show_dag,
};

static const struct option tasks_options[] = {
	OPTION("all", 'a', NULL, "each task of a group on a line of its own"),
	OPTIONS_END,
};

const struct cli_command cmd_tasks_list = {
	.words = "tasks list",
	.args = "DAG",
	.options = tasks_options,
	.summary = "the tasks of a dag in topological order",
	.args_min = 1,
	.args_max = 1,
	.run = list_tasks,
};

static const struct option trigger_options[] = {
	OPTION_ASKS("logical-date", 'l', "DATE", "the partition; default: the last complete one",
		    "logical_date", VALUE_DATE),
	OPTION_ASKS("early", 0, NULL,
		    "also before the interval has ended: it runs again when it is due", "early",
		    VALUE_TEXT),
	OPTION_PARAM,
	OPTION_WAIT,
	OPTION_KEY,
	OPTIONS_END,
};

const struct cli_command cmd_dags_trigger = {
	.words = "dags trigger",
	.args = "DAG",
	.summary = "make one run now",
	.details = "  tidemill dags trigger sales --logical-date 2026-05-01 --wait\n",
	.args_min = 1,
	.args_max = 1,
	.options = trigger_options,
	.spawns = true,
	.asks = "trigger",
	.run = client_ask,
};

static const struct option key_options[] = {
	OPTION_KEY,
	OPTIONS_END,
};

const struct cli_command cmd_dags_pause = {
	.words = "dags pause",
	.args = "DAG",
	.summary = "make no runs and start no tasks of a dag; what runs goes on",
	.args_min = 1,
	.args_max = 1,
	.options = key_options,
	.asks = "pause",
	.run = client_ask,
};

const struct cli_command cmd_dags_unpause = {
	.words = "dags unpause",
	.args = "DAG",
	.summary = "let a paused dag go on",
	.args_min = 1,
	.args_max = 1,
	.options = key_options,
	.asks = "unpause",
	.run = client_ask,
};
