/* interval.c - what a command says of an interval that has not ended. */
#include "scheduler/command/interval.h"

#include "core/base/buf.h"
#include "core/model/interval.h"
#include "scheduler/command/answer.h"

bool
command_dates(const struct engine *e, struct command *c, struct buf *why)
{
	const struct dag_state *d = c->dag ? dag_state_find(e, c->dag) : NULL;
	const struct dag *dag = d && d->active ? d->active->dag : NULL;

	if (!dag)
		return true; /* said elsewhere */
	return (!c->logical_text ||
		interval_read(dag, c->logical_text, INTERVAL_ONE, &c->logical_us, why)) &&
	       (!c->from_text ||
		interval_read(dag, c->from_text, INTERVAL_FIRST, &c->from_us, why)) &&
	       (!c->to_text || interval_read(dag, c->to_text, INTERVAL_LAST, &c->to_us, why));
}

bool
command_interval(struct engine *e, const struct dag *dag, int64_t logical_us, bool early,
		 struct reply *reply)
{
	struct buf why;
	bool may;

	buf_init(&why, SIZE_MAX / 2);
	may = interval_may_run(dag, logical_us, e->now_us, early, &why);
	if (!may)
		reply_say(e, reply, REPLY_REFUSED, "%s", why.data);
	buf_release(&why);
	return may;
}

const char *
reply_early(struct engine *e, const struct run *run)
{
	const char *text = "";
	struct buf b;

	if (!run->early)
		return text;
	buf_init(&b, SIZE_MAX / 2);
	buf_text(&b, "; it is early, what it publishes is preliminary: ");
	interval_say_early(run->dag->active->dag, run->logical_us, &b);
	text = arena_str(e->fx->arena, b.data);
	buf_release(&b);
	return text;
}
