/* shortage.c - the machine is short of what a start needs: dispatch is closed and tried again. */
#include "scheduler/engine/shortage.h"

#include "core/time/civil.h"

#include <assert.h>

#define FIRST_US SECOND_US
#define LAST_US MINUTE_US

void
shortage_met(struct engine *e, int64_t attempt, int error)
{
	struct shortage *s = &e->shortage;

	assert(error);
	if (s->error && attempt != s->probe)
		return; /* it was sent before dispatch was closed and tells nothing new */
	s->step_us = s->error ? s->step_us * 2 : FIRST_US;
	if (s->step_us > LAST_US)
		s->step_us = LAST_US;
	s->error = error;
	s->until_us = e->now_us + s->step_us;
	s->probe = 0;
}

void
shortage_passed(struct engine *e, int64_t attempt)
{
	if (e->shortage.error && attempt == e->shortage.probe)
		e->shortage = (struct shortage){ 0 };
}

void
shortage_untold(struct engine *e, int64_t attempt)
{
	if (attempt == e->shortage.probe)
		e->shortage.probe = 0;
}

bool
shortage_closed(const struct engine *e)
{
	const struct shortage *s = &e->shortage;

	return s->error && (s->probe || e->now_us < s->until_us);
}

void
shortage_move(struct engine *e, int64_t delta_us)
{
	if (e->shortage.error)
		e->shortage.until_us += delta_us;
}

void
shortage_clamp(struct engine *e)
{
	struct shortage *s = &e->shortage;

	if (s->error && s->until_us - e->now_us > s->step_us)
		s->until_us = e->now_us;
}

bool
shortage_probe(struct engine *e, int64_t attempt)
{
	if (!e->shortage.error)
		return false;
	e->shortage.probe = attempt;
	return true;
}

int64_t
shortage_wake(const struct engine *e)
{
	return shortage_closed(e) && !e->shortage.probe && e->ledger.n_ready ? e->shortage.until_us
									     : INT64_MAX;
}
