/* interval.c - what a command says of an interval that has not ended. */
#include "scheduler/command/interval.h"

#include "core/base/buf.h"
#include "core/model/interval.h"
#include "scheduler/command/answer.h"

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
