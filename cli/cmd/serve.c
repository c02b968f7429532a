/* serve.c - the commands that stay: scheduler, web, standalone. */
#include "cli/cmd/list.h"

#include "cli/term/client.h"
#include "cli/term/parameter.h"

static const char default_listen[] = "127.0.0.1:8080";

static const char *
listen_address(const struct cli *cli)
{
	const char *given = cli_value(cli, "listen");

	return given ? given : default_listen;
}

static int
run_scheduler(struct cli *cli)
{
	return cli->programs->scheduler(cli->project_dir);
}

static int
run_web(struct cli *cli)
{
	return cli->programs->web(cli->project_dir, listen_address(cli));
}

static int
run_standalone(struct cli *cli)
{
	return cli->programs->standalone(cli->project_dir, listen_address(cli));
}

static const char log_details[] =
    "What it logs goes to standard error.  $TIDEMILL_LOG chooses the form, text or json, and how\n"
    "much: error, warn, info or debug.  A comma goes between two words: TIDEMILL_LOG=json,debug\n";

static const struct option key_options[] = {
	OPTION_KEY,
	OPTIONS_END,
};

const struct cli_command cmd_scheduler = {
	.words = "scheduler",
	.summary = "run the scheduler in the foreground",
	.details = log_details,
	.is_plain = true,
	.spawns = true,
	.run = run_scheduler,
};

const struct cli_command cmd_accept_clock = {
	.words = "scheduler accept-clock",
	.summary = "the wall clock jumped ahead and is right: let the schedule go on",
	.options = key_options,
	.asks = "accept_clock",
	.run = client_ask,
};

static const struct option listen_options[] = {
	OPTION("listen", 0, "ADDRESS", "default 127.0.0.1:8080; port 0 takes any free one"),
	OPTIONS_END,
};

const struct cli_command cmd_standalone = {
	.words = "standalone",
	.summary = "the scheduler and the status page together",
	.details = log_details,
	.options = listen_options,
	.is_plain = true,
	.spawns = true,
	.run = run_standalone,
};

const struct cli_command cmd_web = {
	.words = "web",
	.summary = "the status page",
	.details = log_details,
	.options = listen_options,
	.is_plain = true,
	.run = run_web,
};
