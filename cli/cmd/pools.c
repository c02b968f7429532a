/* pools.c - `tidemill pools`: list and show. */
#include "cli/cmd/list.h"

#include "cli/term/look.h"
#include "cli/term/out.h"
#include "core/view/pool.h"
#include "core/base/size.h"

#include <stdio.h>

static const struct out_column pool_columns[] = {
	{ "pool", "POOL", OUT_TEXT, 0 },          { "slots", "SLOTS", OUT_NUMBER, 0 },
	{ "used", "USED", OUT_NUMBER, 0 },        { "waiting", "WAITING", OUT_NUMBER, 0 },
	{ "rate", "RATE", OUT_TEXT, 2 },          { "memory", "MEMORY", OUT_NUMBER, 3 },
	{ "share_text", "SHARE", OUT_NUMBER, 4 }, { "held", "HELD_BY", OUT_TEXT, 0 },
};

static const struct out_column holder_columns[] = {
	{ "dag", "DAG", OUT_TEXT, 0 },       { "run_id", "RUN_ID", OUT_TEXT, 2 },
	{ "task", "TASK", OUT_TEXT, 0 },     { "try_number", "TRY", OUT_NUMBER, 3 },
	{ "slots", "SLOTS", OUT_NUMBER, 0 }, { "memory", "MEMORY", OUT_NUMBER, 1 },
	{ "since", "SINCE", OUT_TIME, 1 },
};

enum { HOLDERS_SHOWN = 3 };

/* "64 MiB" beside the bytes, for the table; nothing where nothing was asked for. */
static void
add_memory(json_t *row)
{
	int64_t bytes = json_get_int(row, "memory_bytes", 0);

	if (bytes)
		(void)json_object_set_new(row, "memory", json_string(SIZE_TEXT(bytes)));
}

/* "sales.load, sales.clean and 4 more" for the table. */
static void
add_words(json_t *row)
{
	const json_t *holders = json_object_get(row, "holders");
	size_t n = json_array_size(holders);
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	for (size_t i = 0; i < n && i < HOLDERS_SHOWN; i++) {
		const json_t *one = json_array_get(holders, i);

		buf_format(&text, "%s%s.%s", i ? ", " : "", json_get_text(one, "dag", ""),
			   json_get_text(one, "task", ""));
	}
	if (n > HOLDERS_SHOWN)
		buf_format(&text, " and %zu more", n - HOLDERS_SHOWN);
	(void)json_object_set_new(row, "held", json_text_new(text.data));
	(void)json_object_set_new(row, "share_text",
				  json_sprintf("%d%%", (int)json_get_int(row, "share", 0)));
	add_memory(row);
	buf_release(&text);
}

/* What all pools share, and whether anybody decides. */
static void
say_rest(const json_t *rows, const json_t *shared)
{
	const json_t *tasks = json_object_get(shared, "tasks");
	const json_t *memory = json_object_get(shared, "memory");
	int64_t tasks_max = json_get_int(tasks, "total", 0);
	int64_t memory_max = json_get_int(memory, "total", 0);
	int64_t memory_used = json_get_int(memory, "used", 0);

	(void)fflush(stdout);
	if (tasks_max)
		say("tasks that run, of max_active_tasks: %lld of %lld",
		    (long long)json_get_int(tasks, "used", 0), (long long)tasks_max);
	if (memory_used && memory_max)
		say("memory of tasks that run: %s of %s", SIZE_TEXT(memory_used),
		    SIZE_TEXT(memory_max));
	if (!json_get_bool(json_array_get(rows, 0), "decided", false))
		say("nobody starts tasks now: these are the limits of tidemill.yaml; start "
		    "`tidemill scheduler`");
}

static int
list_pools(struct cli *cli)
{
	struct view *view = NULL;
	json_t *rows = NULL, *shared = NULL, *row;
	struct err err = { 0 };
	int code = look_state(cli, &view);
	size_t i;

	if (code)
		return code;
	if (view_pools(view, cli->project_dir, NULL, &rows, &err) ||
	    view_shared_limits(view, cli->project_dir, &shared, &err)) {
		code = cli_error(&err);
	} else {
		json_array_foreach(rows, i, row)
		{
			if (!cli->json)
				add_words(row);
		}
		out_list(cli, rows, pool_columns, countof(pool_columns), "");
		say_rest(rows, shared);
	}
	json_decref(shared);
	json_decref(rows);
	view_close(view);
	return code;
}

static void
print_pool(const struct cli *cli, json_t *row)
{
	json_t *holders = json_object_get(row, "holders"), *one;
	size_t i;

	if (cli->json) {
		out_json(row);
		return;
	}
	json_array_foreach(holders, i, one)
	{
		add_memory(one);
	}
	add_memory(row);
	out_object(cli, row);
	if (json_array_size(holders)) {
		(void)putchar('\n');
		out_list(cli, holders, holder_columns, countof(holder_columns), "");
	}
}

static int
show_pool(struct cli *cli)
{
	struct view *view = NULL;
	json_t *rows = NULL, *shared = NULL;
	struct err err = { 0 };
	int code = look_state(cli, &view);

	if (code)
		return code;
	if (view_pools(view, cli->project_dir, cli->args[0], &rows, &err) ||
	    view_shared_limits(view, cli->project_dir, &shared, &err)) {
		code = err.code == ERR_NOT_FOUND ? cli_fail(EXIT_USAGE, "%s", err.msg)
						 : cli_error(&err);
	} else {
		print_pool(cli, json_array_get(rows, 0));
		say_rest(rows, shared);
	}
	json_decref(shared);
	json_decref(rows);
	view_close(view);
	return code;
}

const struct cli_command cmd_pools_list = {
	.words = "pools list",
	.summary = "the pools: slots, who holds them, how many tasks wait",
	.details = "Slots and rates are those that starts are decided by now; without a scheduler\n"
		   "those of tidemill.yaml.  WAITING counts tasks that are ready.\n",
	.run = list_pools,
};

const struct cli_command cmd_pools_show = {
	.words = "pools show",
	.args = "POOL",
	.summary = "one pool, and every task that holds slots of it",
	.args_min = 1,
	.args_max = 1,
	.run = show_pool,
};
