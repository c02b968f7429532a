/* backfill.c - `tidemill backfill`: runs for a range of dates. */
#include "cli/cmd/list.h"

#include "cli/term/client.h"
#include "cli/term/out.h"
#include "cli/term/parameter.h"

#include <string.h>
#include <unistd.h>

enum { ROWS_MANY = 40 };

static const struct out_column plan_columns[] = {
	{ "logical_date", "LOGICAL_DATE", OUT_DAY, 0 },
	{ "verdict", "VERDICT", OUT_TEXT, 0 },
	{ "state", "STATE", OUT_TEXT, 0 },
	{ "notice", "NOTICE", OUT_TEXT, 0 },
};

/* What two options together make wrong, and what the scheduler has other words for. */
static int
check(const struct cli *cli)
{
	const char *from = cli_value(cli, "from-date"), *to = cli_value(cli, "to-date");
	const char *behavior = cli_value(cli, "reprocess-behavior");
	int64_t first, last;

	if (!from || !to)
		return cli_fail(EXIT_USAGE, "backfill create needs %s: the %s date, inclusive",
				!from && !to ? "--from-date and --to-date"
				: from       ? "--to-date too"
					     : "--from-date too",
				!from && !to ? "first and the last"
				: from       ? "last"
					     : "first");
	if (!cli_date("--from-date", from, &first) || !cli_date("--to-date", to, &last))
		return EXIT_USAGE;
	if (first > last)
		return cli_fail(EXIT_USAGE, "--from-date %s is after --to-date %s", from, to);
	if (behavior && strcmp(behavior, "none") != 0 && strcmp(behavior, "failed") != 0 &&
	    strcmp(behavior, "completed") != 0)
		return cli_fail(EXIT_USAGE,
				"--reprocess-behavior '%s' is not none, failed or completed",
				behavior);
	return EXIT_OK;
}

/* Do two dates differ in nothing that the table shows but in the date? */
static bool
is_told_alike(const json_t *a, const json_t *b)
{
	for (size_t i = 1; i < countof(plan_columns); i++)
		if (strcmp(json_get_text(a, plan_columns[i].key, ""),
			   json_get_text(b, plan_columns[i].key, "")) != 0)
			return false;
	return true;
}

/* "FIRST to LAST" for dates behind each other that are told alike; the caller's. */
static json_t *
as_ranges(const json_t *plan)
{
	json_t *rows = json_array(), *last = NULL;
	const char *first = "";
	const json_t *item;
	size_t i;

	json_array_foreach(plan, i, item)
	{
		const char *date = json_get_text(item, "logical_date", "");

		if (last && is_told_alike(last, item)) {
			(void)json_object_set_new(last, "logical_date",
						  json_sprintf("%s to %s", first, date));
			continue;
		}
		last = json_copy((json_t *)(uintptr_t)item);
		first = date;
		(void)json_array_append_new(rows, last);
	}
	return rows;
}

/* Every date behind a pipe; on a terminal, where they are many, what is told alike in one row. */
static void
print_plan(const struct cli *cli, const json_t *plan)
{
	bool many = isatty(STDOUT_FILENO) && json_array_size(plan) > ROWS_MANY;
	json_t *rows = many ? as_ranges(plan) : json_incref((json_t *)(uintptr_t)plan);

	out_list(cli, rows, plan_columns, countof(plan_columns), "no dates");
	json_decref(rows);
}

static int
create_backfill(struct cli *cli)
{
	json_t *request = NULL, *reply = NULL;
	int code = check(cli);

	if (!code)
		code = client_request(cli, &request);
	if (code)
		return code;
	code = client_send(cli, request, cli_given(cli, "wait"), &reply);
	if (!cli->json && reply && cli_given(cli, "dry-run") && json_object_get(reply, "plan"))
		print_plan(cli, json_object_get(reply, "plan"));
	json_decref(reply);
	return code;
}

static const struct option create_options[] = {
	OPTION_ASKS("from-date", 0, "DATE", "the first logical date", "from_date", VALUE_DATE),
	OPTION_ASKS("to-date", 0, "DATE", "the last one; both are inclusive", "to_date",
		    VALUE_DATE),
	OPTION_ASKS("reprocess-behavior", 0, "WHAT",
		    "none (default): only missing runs; failed; completed: all", "reprocess",
		    VALUE_TEXT),
	OPTION_ASKS("max-active-runs", 0, "N", "at most N runs at a time; default: the dag's",
		    "max_active_runs", VALUE_COUNT),
	OPTION_ASKS("run-backwards", 0, NULL, "the newest date first", "run_backwards", VALUE_TEXT),
	OPTION_ASKS("early", 0, NULL, "also the interval that has begun and not ended", "early",
		    VALUE_TEXT),
	OPTION_PARAM,
	OPTION_ASKS("dry-run", 'n', NULL, "only show what would be done with each date", "dry_run",
		    VALUE_TEXT),
	OPTION_WAIT,
	OPTION_KEY,
	OPTIONS_END,
};

static const char create_details[] =
    "  tidemill backfill create sales --from-date 2026-05-01 --to-date 2026-05-21 -w\n"
    "  tidemill backfill create sales --from-date 2026-05-01 --to-date 2026-05-21 -n\n";

const struct cli_command cmd_backfill_create = {
	.words = "backfill create",
	.args = "DAG",
	.summary = "make runs for a range of dates, as one stored plan",
	.details = create_details,
	.args_min = 1,
	.args_max = 1,
	.options = create_options,
	.spawns = true,
	.asks = "backfill",
	.run = create_backfill,
};
