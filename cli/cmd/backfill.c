/* backfill.c - `tidemill backfill`: runs for a range of dates. */
#include "cli/cmd/list.h"

#include "cli/term/client.h"
#include "cli/term/out.h"
#include "cli/term/parameter.h"

#include <string.h>

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
		return cli_fail(EXIT_USAGE, "backfill create needs --from-date and --to-date");
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
		out_list(cli, json_object_get(reply, "plan"), plan_columns, countof(plan_columns),
			 "no dates");
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
	OPTION_ASKS("early", 0, NULL, "also the day that has begun and not ended", "early",
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
