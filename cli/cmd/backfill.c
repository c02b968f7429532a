/* backfill.c - `tidemill backfill`: runs for a range of dates. */
#include "cli/cmd/cmd.h"

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

int
cmd_backfill_create(struct cli *cli)
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
