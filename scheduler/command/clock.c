/* clock.c - the wall clock was set ahead, and it is right. */
#include "scheduler/command/def.h"

#include "scheduler/command/answer.h"
#include "scheduler/state/woken.h"

static void
accept_clock(struct engine *e, const struct command *c, struct reply *reply)
{
	struct clock_row *clock = &e->clocks.row;

	(void)c;
	if (clock->held_until_us) {
		clock->held_until_us = 0;
		e->clocks.changed = true;
		woken_look_all(e);
		reply_say(e, reply, REPLY_OK, "the clock is right: the schedule goes on");
	} else {
		reply_say(e, reply, REPLY_OK,
			  "nothing waits for that: the schedule follows the clock");
	}
}

const struct command_def command_accept_clock = {
	.kind = COMMAND_ACCEPT_CLOCK,
	.name = "accept_clock",
	.summary = "let the schedule go on after the wall clock jumped ahead",
	.replies = "",
	.decide = accept_clock,
};
