/* approve.c - `tidemill tasks approve` and `tasks reject`: the answer to a task that asks. */
#include "cli/cmd/list.h"

#include "cli/term/client.h"
#include "cli/term/parameter.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

/* Who is at the terminal, as the machine knows them. */
static void
name_user(json_t *request)
{
	const struct passwd *user = getpwuid(geteuid());
	char number[32];

	(void)snprintf(number, sizeof(number), "user %ld", (long)geteuid());
	(void)json_object_set_new(request, "by", json_text_new(user ? user->pw_name : number));
}

static int
answer(struct cli *cli)
{
	json_t *request = NULL;
	int code = client_request(cli, &request);

	if (code)
		return code;
	if (!cli_given(cli, "by"))
		name_user(request);
	return client_send(cli, request, false, NULL);
}

/* clang-format off */
#define OPTION_BY \
	OPTION_ASKS("by", 0, "NAME", "who answers; default: the user who types", "by", VALUE_TEXT)
/* clang-format on */

static const struct option approve_options[] = {
	OPTION_ASKS("answer", 'a', "OPTION", "one of its options; default: the first that says yes",
		    "answer", VALUE_TEXT),
	OPTION_ASKS("param", 'p', "NAME=VALUE",
		    "a value that it asks for; may be given several times", "params", VALUE_PAIRS),
	OPTION_BY,
	OPTION_KEY,
	OPTIONS_END,
};

const struct cli_command cmd_tasks_approve = {
	.words = "tasks approve",
	.args = "DAG TASK RUN",
	.summary = "answer a task that waits for a person: RUN is a run id or a logical date",
	.details = "  tidemill tasks approve board publish 2026-05-03 -p limit=20\n",
	.args_min = 3,
	.args_max = 3,
	.options = approve_options,
	.asks = "approve",
	.run = answer,
};

static const struct option reject_options[] = {
	OPTION_BY,
	OPTION_KEY,
	OPTIONS_END,
};

const struct cli_command cmd_tasks_reject = {
	.words = "tasks reject",
	.args = "DAG TASK RUN",
	.summary = "say no to a task that waits for a person",
	.args_min = 3,
	.args_max = 3,
	.options = reject_options,
	.asks = "reject",
	.run = answer,
};
