/* sample.c - `tidemill sample`: events and tenants to begin with. */
#include "cli/cmd/list.h"

#include "cli/term/parameter.h"
#include "core/time/grid.h"

static int
create_sample(struct cli *cli)
{
	const char *events = cli_value(cli, "events"), *days = cli_value(cli, "days");
	const char *from = cli_value(cli, "from-date");
	int64_t n_events = 1000000, n_days = 21,
		first_us = civil_us(&(struct civil){ .year = 2026, .month = 5, .day = 1 });
	struct err err = { 0 };

	if ((events && !cli_number("--events", events, 1, 1000000000, &n_events)) ||
	    (days && !cli_number("--days", days, 1, 3660, &n_days)) ||
	    (from && !cli_date("--from-date", from, &first_us)))
		return EXIT_USAGE;
	if (cli->programs->sample(cli->project_dir, n_events, (int)n_days,
				  grid_part(grid_days, first_us), &err))
		return cli_error(&err);
	say("made %lld events over %lld days in %s/landing and %s/reference", (long long)n_events,
	    (long long)n_days, cli->project_dir, cli->project_dir);
	return EXIT_OK;
}

static const struct option create_options[] = {
	OPTION("events", 0, "N", "how many events; default 1000000"),
	OPTION("days", 0, "N", "over how many days; default 21"),
	OPTION("from-date", 0, "DATE", "the first day; default 2026-05-01"),
	OPTIONS_END,
};

const struct cli_command cmd_sample_create = {
	.words = "sample create",
	.summary = "sample events and tenants, always the same, into the project directory",
	.options = create_options,
	.anywhere = true,
	.is_plain = true,
	.run = create_sample,
};
