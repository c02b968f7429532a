/* client.c - asking the scheduler for something, wherever it runs. */
#include "cli/term/client.h"

#include "cli/term/follow.h"
#include "cli/term/out.h"
#include "cli/term/parameter.h"
#include "core/wire/message.h"

#include <string.h>
#include <unistd.h>

/* A daemon commits within milliseconds; this is for one that is stopped or swapped out. */
enum { REPLY_TIMEOUT_US = 60 * 1000 * 1000 };

int
client_request(const struct cli *cli, json_t **out)
{
	char token[TOKEN_CHARS + 1];
	const char *key = cli_value(cli, "idempotency-key");
	struct err err;
	json_t *request;
	int code;

	if (!key && random_token(token, &err))
		return cli_error(&err);
	request = json_pack("{s:i, s:s}", "proto", 1, "command", cli->command->asks);
	(void)json_object_set_new(request, "key", json_text_new(key ? key : token));
	code = parameter_fill(cli, request);
	if (code)
		json_decref(request);
	else
		*out = request;
	return code;
}

int
client_exit_code(const json_t *reply)
{
	static const struct {
		const char *code;
		enum exit_code exit;
	} codes[] = {
		{ "ok", EXIT_OK },
		{ "refused", EXIT_REFUSED },
		{ "not_found", EXIT_USAGE },
		{ "invalid", EXIT_USAGE },
	};
	const char *code = json_get_text(reply, "code", "");

	for (size_t i = 0; i < countof(codes); i++)
		if (!strcmp(codes[i].code, code))
			return codes[i].exit;
	return EXIT_NO;
}

/* Through the socket.  ERR_NOT_FOUND, ERR_BUSY: nobody listens. */
static enum err_code
ask_daemon(const struct cli *cli, const json_t *request, json_t **reply, struct err *err)
{
	int fd = -1;
	enum err_code code = control_connect(cli->project_dir, &fd, err);

	if (code)
		return code;
	code = control_call(fd, request, reply, REPLY_TIMEOUT_US, err);
	(void)close(fd);
	if (code) {
		err_wrap(err, "ask the scheduler (the answer is unknown; "
			      "the same --idempotency-key may be sent again)");
		return ERR_SYSTEM;
	}
	return ERR_NONE;
}

static void
print_reply(const struct cli *cli, const json_t *reply, bool queued)
{
	const char *message = json_get_text(reply, "message", "");
	bool ok = json_get_bool(reply, "ok", false);

	if (*message) {
		if (ok)
			say("%s", message);
		else
			say_warning("%s", message);
	}
	if (queued && ok)
		say("queued, no scheduler is running: start one with `tidemill scheduler`, "
		    "or add --wait");
	if (cli->json)
		out_json(reply);
}

/* Is there something that has to be carried out, once it is decided? */
static bool
makes_work(const struct cli *cli)
{
	return cli->command->spawns && !cli_given(cli, "dry-run");
}

/* Does a reply tell of runs that somebody has to carry out? */
static bool
has_runs(const json_t *reply)
{
	const json_t *item;
	size_t i;

	if (json_get_int(reply, "run", 0) || json_get_int(reply, "backfill", 0))
		return true;
	json_array_foreach(json_object_get(reply, "plan"), i, item)
	{
		if (!strcmp(json_get_text(item, "verdict", ""), "in_flight"))
			return true;
	}
	return false;
}

/* Nobody listens: do it here. */
static int
run_here(struct cli *cli, const json_t *request, bool wait, json_t **reply)
{
	struct err err = { 0 };
	bool failed = false;
	int code;

	if (cli->programs->session(cli->project_dir, request, wait, reply, &failed, &err))
		return err.code == ERR_BUSY ? cli_fail(EXIT_UNREACHABLE, "%s", err.msg)
					    : cli_error(&err);
	code = client_exit_code(*reply);
	/* What was waited for has ended: that it was queued once is no news. */
	if (!wait || code || !has_runs(*reply) || !makes_work(cli) || cli->json)
		print_reply(cli, *reply, !wait && makes_work(cli) && has_runs(*reply));
	if (json_get_bool(*reply, "interrupted", false))
		return EXIT_INTERRUPTED;
	return code ? code : failed ? EXIT_NO : EXIT_OK;
}

int
client_send(struct cli *cli, json_t *request, bool wait, json_t **reply)
{
	json_t *mine = NULL;
	struct err err = { 0 };
	int code;

	switch (ask_daemon(cli, request, &mine, &err)) {
	case ERR_NONE:
		print_reply(cli, mine, false);
		code = client_exit_code(mine);
		if (!code && wait && makes_work(cli))
			code = follow_reply(cli, request, mine);
		break;
	case ERR_NOT_FOUND:
	case ERR_BUSY:
		code = run_here(cli, request, wait, &mine);
		break;
	default:
		code = cli_fail(EXIT_UNREACHABLE, "%s", err.msg);
	}
	json_decref(request);
	if (reply)
		*reply = mine;
	else
		json_decref(mine);
	return code;
}

int
client_ask(struct cli *cli)
{
	json_t *request = NULL;
	int code = client_request(cli, &request);

	return code ? code : client_send(cli, request, cli_given(cli, "wait"), NULL);
}
