/* backfill.c - `tidemill backfill`: runs for a range of dates. */
#include "cli/cmd/list.h"

#include "cli/term/client.h"
#include "cli/term/out.h"
#include "cli/term/parameter.h"

#include <string.h>

static const struct out_column plan_columns[] = {
	{ "logical_date", "LOGICAL_DATE", false },
	{ "verdict", "VERDICT", false },
	{ "notice", "NOTICE", false },
};

static void
set_flag(const struct cli *cli, json_t *request, const char *option, const char *field)
{
	if (cli_given(cli, option))
		(void)json_object_set_new(request, field, json_true());
}

/* EXIT_OK, or what was wrong was said. */
static int
fill(const struct cli *cli, json_t *request)
{
	const char *from = cli_value(cli, "from-date"), *to = cli_value(cli, "to-date");
	const char *behavior = cli_value(cli, "reprocess-behavior");
	const char *max = cli_value(cli, "max-active-runs");
	int64_t first, last, n;

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
	(void)json_object_set_new(request, "dag", json_string(cli->args[0]));
	(void)json_object_set_new(request, "from_date", json_string(from));
	(void)json_object_set_new(request, "to_date", json_string(to));
	if (behavior)
		(void)json_object_set_new(request, "reprocess", json_string(behavior));
	if (max && !cli_number("--max-active-runs", max, 1, 10000, &n))
		return EXIT_USAGE;
	if (max)
		(void)json_object_set_new(request, "max_active_runs", json_integer(n));
	set_flag(cli, request, "run-backwards", "run_backwards");
	set_flag(cli, request, "dry-run", "dry_run");
	return parameter_fill(cli, request);
}

static int
create_backfill(struct cli *cli)
{
	json_t *request = client_request(cli, "backfill"), *reply = NULL;
	int code;

	if (!request)
		return EXIT_NO;
	code = fill(cli, request);
	if (code) {
		json_decref(request);
		return code;
	}
	code = client_send(cli, request, cli_given(cli, "wait"), &reply);
	if (!cli->json && reply && cli_given(cli, "dry-run") && json_object_get(reply, "plan"))
		out_list(cli, json_object_get(reply, "plan"), plan_columns, countof(plan_columns),
			 "no dates");
	json_decref(reply);
	return code;
}

static const struct option create_options[] = {
	{ "from-date", 0, "DATE", "the first logical date" },
	{ "to-date", 0, "DATE", "the last one; both are inclusive" },
	{ "reprocess-behavior", 0, "WHAT",
	  "none (default): only missing runs; failed; completed: all" },
	{ "max-active-runs", 0, "N", "at most N runs at a time; default: the dag's" },
	{ "run-backwards", 0, NULL, "the newest date first" },
	OPTION_PARAM,
	{ "dry-run", 'n', NULL, "only show what would be done with each date" },
	OPTION_WAIT,
	OPTION_KEY,
	OPTIONS_END,
};

static const char create_details[] =
    "  tidemill backfill create sales --from-date 2026-05-01 --to-date 2026-05-21 --wait\n"
    "  tidemill backfill create sales --from-date 2026-05-01 --to-date 2026-05-21 --dry-run\n";

const struct cli_command cmd_backfill_create = {
	.words = "backfill create",
	.args = "DAG",
	.summary = "make runs for a range of dates, as one stored plan",
	.details = create_details,
	.args_min = 1,
	.args_max = 1,
	.options = create_options,
	.spawns = true,
	.run = create_backfill,
};
