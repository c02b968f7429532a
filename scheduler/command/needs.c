/* needs.c - which runs that have ended a command is about, so that their rows are at hand. */
#include "scheduler/command/needs.h"

#include "core/base/buf.h"
#include "core/model/interval.h"
#include "scheduler/command/interval.h"
#include "scheduler/rows/reply.h"
#include "scheduler/state/past.h"

/* What a session sees through again: runs that the same command made when it was asked before. */
static void
want_answered(struct wanted *w, const struct dag_state *d, const char *reply_text)
{
	struct arena *arena = arena_new();
	struct reply reply;

	if (reply_read(&reply, reply_text, arena)) {
		if (reply.run)
			past_want(w, past_find(d, reply.logical_us));
		for (size_t i = 0; i < reply.n_plan; i++)
			past_want(w, past_find(d, reply.plan[i].logical_us));
	}
	arena_free(arena);
}

/* Runs of the range that are done again. */
static void
want_range(struct wanted *w, const struct dag_state *d, const struct command *c)
{
	const struct past_run *run = past_from(d, c->from_us), *end = past_end(d);

	if (c->dry_run)
		return;
	for (; run && run < end && run->logical_us <= c->to_us; run++)
		if (run->early || c->reprocess == REPROCESS_COMPLETED ||
		    (c->reprocess == REPROCESS_FAILED && run->state != RUN_SUCCESS))
			past_want(w, run);
}

const struct command_row *
answer_of(const struct engine *e, const char *key, const struct command_row *committed,
	  struct command_row *held)
{
	const struct answer *a = index_find_name(&e->answers, key);

	if (!a)
		return committed;
	*held = (struct command_row){ a->key, a->command, a->reply, a->at_us };
	return held;
}

void
command_needs(const struct engine *e, const struct command *given, const struct command_row *answer,
	      int64_t now_us, struct wanted *w)
{
	struct command dated = *given;
	const struct command *c = &dated;
	const struct dag_state *d = c->dag ? dag_state_find(e, c->dag) : NULL;
	struct command_row held;
	const struct command_row *a = c->key ? answer_of(e, c->key, answer, &held) : NULL;
	struct buf why;

	buf_init(&why, SIZE_MAX / 2);
	(void)command_dates(e, &dated, &why);
	buf_release(&why);
	if (d && a && e->config.session)
		want_answered(w, d, a->reply);
	else if (d && !a && c->kind == COMMAND_BACKFILL)
		want_range(w, d, c);
	else if (d && !a && c->run_id)
		past_want(w, past_named(d, c->run_id));
	else if (d && !a && c->has_logical)
		past_want(w, past_find(d, c->logical_us));
	else if (d && !a)
		past_want(w, past_find(d, interval_last(d->active->dag, now_us)));
}
