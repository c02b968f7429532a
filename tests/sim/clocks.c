/*
 * clocks.c - the two clocks of the world: they are set, they sleep, they start anew with a boot.
 *
 * Virtual time is what passes, asleep or awake.  The clock of a boot counts it from when the
 * machine was started; the wall clock is ahead of it by whatever people made of it.
 */
#include "tests/sim/sim.h"

#include <stdio.h>

/* Less is not told to the engine (scheduler/loop/later.h). */
#define TOLD_US SECOND_US

int64_t
sim_wall(const struct sim *s)
{
	return s->mono_us + s->offset_us;
}

int64_t
sim_ahead(const struct sim *s)
{
	return s->offset_us + s->booted_us;
}

static void
look_soon(struct sim *s)
{
	if (s->turn && !s->crashed)
		sim_send(s, MAIL_CLOCK, 0, 0, sim_between(s, 0, SECOND_US / 2), true);
}

void
clocks_set(struct sim *s, int64_t by_us)
{
	if (!by_us)
		return;
	/* What was decided by the clock of before is committed before. */
	if (s->turn && !sim_dead(s))
		sim_finish(s, true);
	if (s->failed)
		return;
	sim_note(s, "clock", by_us / SECOND_US, s->turn != NULL, 0, NULL);
	s->offset_us += by_us;
	s->clock_was_set = true;
	s->seen[SEEN_AHEAD] += by_us > MINUTE_US;
	s->seen[SEEN_BACKWARDS] += by_us < -MINUTE_US;
	s->seen[SEEN_YEAR] += by_us > 300 * DAY_US || by_us < -300 * DAY_US;
	s->seen[SEEN_STEPPED] += by_us <= MINUTE_US && by_us >= -MINUTE_US;
	look_soon(s);
}

/*
 * Nothing runs while a machine sleeps, people too: what would have come while it did comes as much
 * later, and everything that was to end by the clocks has ended when it wakes up.
 */
void
clocks_sleep(struct sim *s, int64_t for_us)
{
	sim_note(s, "sleep", for_us / SECOND_US, 0, 0, NULL);
	for (size_t i = 0; i < s->n_mails; i++)
		s->mails[i].at_us += for_us;
	s->mono_us += for_us;
	s->slept_us += for_us;
	s->seen[SEEN_ASLEEP] += for_us >= 7 * DAY_US;
	look_soon(s);
}

void
clocks_reboot(struct sim *s)
{
	s->booted_us = s->mono_us;
	s->boot++;
}

void
clocks_start(struct sim *s)
{
	s->told_boot = -1;
	oracle_clock_start(s);
}

static void
look(struct sim *s)
{
	int64_t ahead_us = sim_ahead(s), moved_us = ahead_us - s->told_us;
	struct event event = { .kind = EVENT_CLOCK, .offset_us = ahead_us };
	char boot[32];

	if (sim_dead(s) || (s->told_boot == s->boot && moved_us < TOLD_US && moved_us > -TOLD_US))
		return;
	s->told_boot = s->boot;
	s->told_us = ahead_us;
	(void)snprintf(boot, sizeof(boot), "boot-%d", s->boot);
	event.boot = boot;
	sim_note(s, "look", s->boot, sim_wall(s) / SECOND_US, 0, NULL);
	oracle_clock_look(s);
	turn_event(s->turn, &event, sim_wall(s));
	/* A recovery commits it with what it finds. */
	if (!s->recovering)
		sim_finish(s, true);
}

void
clocks_look(struct sim *s)
{
	look(s);
	if (!sim_dead(s))
		oracle_clock_pass(s);
}

bool
sim_event(struct sim *s, const struct event *event)
{
	clocks_look(s);
	if (sim_dead(s))
		return false;
	turn_event(s->turn, event, sim_wall(s));
	return true;
}
