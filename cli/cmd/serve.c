/* serve.c - the commands that stay: scheduler, web, standalone; and the sample maker. */
#include "cli/cmd/cmd.h"

#include "core/time/civil.h"

#include <stdio.h>

static const char default_listen[] = "127.0.0.1:8080";

static const char *
listen_address(const struct cli *cli)
{
	const char *given = cli_value(cli, "listen");

	return given ? given : default_listen;
}

int
cmd_scheduler(struct cli *cli)
{
	return cli->programs->scheduler(cli->project_dir);
}

int
cmd_web(struct cli *cli)
{
	return cli->programs->web(cli->project_dir, listen_address(cli));
}

int
cmd_standalone(struct cli *cli)
{
	return cli->programs->standalone(cli->project_dir, listen_address(cli));
}

int
cmd_sample(struct cli *cli)
{
	const char *events = cli_value(cli, "events"), *days = cli_value(cli, "days");
	const char *from = cli_value(cli, "from-date");
	int64_t n_events = 1000000, n_days = 21, first_us = civil_day(2026, 5, 1) * DAY_US;
	struct err err = { 0 };

	if ((events && !cli_number("--events", events, 1, 1000000000, &n_events)) ||
	    (days && !cli_number("--days", days, 1, 3660, &n_days)) ||
	    (from && !cli_date("--from-date", from, &first_us)))
		return EXIT_USAGE;
	if (cli->programs->sample(cli->project_dir, n_events, (int)n_days, civil_day_of(first_us),
				  &err))
		return cli_error(&err);
	(void)fprintf(stderr, "made %lld events over %lld days in %s/landing and %s/reference\n",
		      (long long)n_events, (long long)n_days, cli->project_dir, cli->project_dir);
	return EXIT_OK;
}
