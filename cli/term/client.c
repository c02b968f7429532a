/* client.c - asking the scheduler for something, wherever it runs. */
#include "cli/term/client.h"

#include "cli/term/ending.h"
#include "cli/term/follow.h"
#include "cli/term/out.h"
#include "cli/term/parameter.h"
#include "core/base/clock.h"
#include "core/wire/message.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	/* A daemon commits within milliseconds; this is for one that is stopped or swapped out. */
	REPLY_TIMEOUT_US = 60 * 1000 * 1000,
	/* Who holds the state either ends soon or listens soon. */
	LOCK_WAIT_US = 30 * 1000 * 1000,
	LOCK_SAY_US = 1000 * 1000,
	LOCK_LOOK_NS = 50 * 1000 * 1000,
};

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

/*
 * Through the socket.  ERR_NOT_FOUND, ERR_BUSY: nobody listens, or whoever did has ended before it
 * answered: the request may be sent again, its key sees to it that nothing is done twice.
 */
static enum err_code
ask_daemon(const struct cli *cli, const json_t *request, json_t **reply, struct err *err)
{
	int fd = -1;
	enum err_code code = control_connect(cli->project_dir, &fd, err);

	if (code)
		return code;
	code = control_call(fd, request, reply, REPLY_TIMEOUT_US, err);
	(void)close(fd);
	if (code && code != ERR_BUSY) {
		err_wrap(err, "ask the scheduler (the answer is unknown; "
			      "the same --idempotency-key may be sent again)");
		return ERR_SYSTEM;
	}
	return code;
}

/* The sentence of a reply, and with -o json the whole of it. */
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

/* What was waited for is over, or was left: how it ended, for a person or in the reply. */
static void
print_ending(const struct cli *cli, const json_t *request, json_t *reply, bool left)
{
	json_t *ending = ending_read(cli, request, reply);

	if (cli->json) {
		(void)json_object_set_new(reply, "outcome", ending ? ending : json_null());
		out_json(reply);
		return;
	}
	if (ending && !left)
		ending_say(request, ending);
	json_decref(ending);
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

/* Answered by somebody else: say so, and stay with the runs. */
static int
take_answer(struct cli *cli, const json_t *request, bool wait, json_t *reply, bool *left)
{
	int code = client_exit_code(reply);

	*left = false;
	if (code || !wait || !makes_work(cli)) {
		print_reply(cli, reply, false);
		return code;
	}
	say("%s", json_get_text(reply, "message", ""));
	code = follow_reply(cli, request, reply, left);
	if (!*left)
		print_ending(cli, request, reply, code != EXIT_OK && code != EXIT_NO);
	return code;
}

/* It was done here. */
static int
tell_done(struct cli *cli, const json_t *request, bool wait, bool failed, json_t *reply)
{
	int code = client_exit_code(reply);

	/* What was waited for has ended: that it was queued once is no news. */
	if (wait && !code && has_runs(reply) && makes_work(cli))
		print_ending(cli, request, reply, json_get_bool(reply, "interrupted", false));
	else
		print_reply(cli, reply, !wait && makes_work(cli) && has_runs(reply));
	if (json_get_bool(reply, "interrupted", false))
		return EXIT_INTERRUPTED;
	return code ? code : failed ? EXIT_NO : EXIT_OK;
}

/* Somebody holds the state and does not listen.  False: for so long that nobody waits longer. */
static bool
wait_for_holder(int64_t since_us, bool *said, const struct err *busy)
{
	const struct timespec pause = { .tv_nsec = LOCK_LOOK_NS };
	int64_t waited_us = clock_boot_us() - since_us;

	if (waited_us >= LOCK_SAY_US && !*said) {
		say("waiting for the state: %s", busy->msg);
		*said = true;
	}
	(void)nanosleep(&pause, NULL);
	return waited_us < LOCK_WAIT_US;
}

/*
 * Whoever listens is asked; where nobody does it is done here, under the state lock.  Between the
 * two lie moments in which somebody holds the lock and does not listen, yet or any more: a
 * scheduler that starts, a short command.
 */
int
client_send(struct cli *cli, json_t *request, bool wait, json_t **reply)
{
	int64_t since_us = clock_boot_us();
	bool said = false, failed = false, left = false;
	json_t *mine = NULL;
	struct err err = { 0 };
	enum err_code code;
	int exit;

	do {
		code = ask_daemon(cli, request, &mine, &err);
		if (code != ERR_NOT_FOUND && code != ERR_BUSY) {
			exit = code ? cli_fail(EXIT_UNREACHABLE, "%s", err.msg)
				    : take_answer(cli, request, wait, mine, &left);
			if (!left)
				goto out;
			/* Whoever comes next takes the runs up: we, or who is asked again. */
			say("the command that kept the runs has ended: they are taken up");
			json_decref(mine);
			mine = NULL;
			since_us = clock_boot_us();
			code = ERR_BUSY;
			continue;
		}
		code = cli->programs->session(cli->project_dir, request, wait, &mine, &failed,
					      &err);
	} while (code == ERR_BUSY && wait_for_holder(since_us, &said, &err));
	if (code == ERR_BUSY)
		exit = cli_fail(EXIT_UNREACHABLE, "%s, and did not let go within %d s", err.msg,
				LOCK_WAIT_US / (int)SECOND_US);
	else
		exit = code ? cli_error(&err) : tell_done(cli, request, wait, failed, mine);
out:
	json_decref(request);
	if (reply)
		*reply = mine;
	else
		json_decref(mine);
	return exit;
}

int
client_ask(struct cli *cli)
{
	json_t *request = NULL;
	int code = client_request(cli, &request);

	return code ? code : client_send(cli, request, cli_given(cli, "wait"), NULL);
}
