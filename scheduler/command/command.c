/* command.c - carrying out what a person asked for, once for each key. */
#include "scheduler/command/command.h"

#include "core/base/mem.h"
#include "scheduler/command/answer.h"
#include "scheduler/command/interval.h"
#include "scheduler/command/list.h"
#include "scheduler/command/needs.h"
#include "scheduler/rows/effects.h"
#include "scheduler/rows/reply.h"
#include "scheduler/state/session.h"

#include <string.h>

enum { KEY_BYTES_MAX = 64 };

static void
remember(struct engine *e, const struct command *c, const struct reply *reply)
{
	struct answer *a = mem_new(1, sizeof(*a));
	struct buf json;

	buf_init(&json, SIZE_MAX / 2);
	reply_write(reply, &json);
	a->key = mem_str(c->key);
	a->command = mem_str(command_def_of(c->kind)->name);
	a->reply = buf_give(&json);
	buf_release(&json);
	a->at_us = e->now_us;
	index_add_name(&e->answers, a, a->key);
	queue_add(&e->new_answers, a);
}

static void
adopt_key(struct engine *e, int64_t key)
{
	struct run *run = index_find_number(&e->runs, key);

	if (run)
		run_adopt(e, run);
}

/* A reply given again may be about runs that this session has to see through. */
static void
adopt_runs(struct engine *e, const struct reply *reply)
{
	adopt_key(e, reply->run);
	for (size_t i = 0; i < reply->n_plan; i++)
		if (reply->plan[i].verdict != PLAN_EXISTS && reply->plan[i].verdict != PLAN_FUTURE)
			adopt_key(e, reply->plan[i].run);
}

static void
answer_again(struct engine *e, const struct command *c, const struct command_row *a,
	     struct reply *reply)
{
	const struct command_def *def = command_def_of(c->kind);

	if (strcmp(a->command, def->name) != 0 || !reply_read(reply, a->reply, e->fx->arena)) {
		*reply = (struct reply){ 0 };
		reply_say(e, reply, REPLY_INVALID, "the key '%s' was used for another command",
			  c->key);
		return;
	}
	if (reply->code == REPLY_OK && def->makes_runs)
		adopt_runs(e, reply);
}

static void
decide(struct engine *e, const struct command *given, struct reply *reply)
{
	struct command c = *given;
	struct buf why;

	buf_init(&why, SIZE_MAX / 2);
	if (command_dates(e, &c, &why))
		command_def_of(c.kind)->decide(e, &c, reply);
	else
		reply_say(e, reply, REPLY_INVALID, "%s", why.data);
	buf_release(&why);
}

void
command_step(struct engine *e, const struct event *event)
{
	const struct command *c = event->command;
	size_t bytes = c->key ? strlen(c->key) : 0;
	struct reply reply = { .message = "" };
	struct command_row held;
	const struct command_row *a = NULL;
	struct action *action;

	if (!bytes || bytes > KEY_BYTES_MAX) {
		reply_say(e, &reply, REPLY_INVALID, "a command needs a key of 1 to %d bytes",
			  KEY_BYTES_MAX);
	} else {
		a = answer_of(e, c->key, event->answer, &held);
		if (a) {
			answer_again(e, c, a, &reply);
		} else {
			decide(e, c, &reply);
			/* planted (7): the key is forgotten */
			if (!c->dry_run && !BUG_IS(7))
				remember(e, c, &reply);
		}
	}
	action = effects_action(e->fx, ACTION_REPLY, 0);
	action->request = event->request;
	action->reply = reply;
}
