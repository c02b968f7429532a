/* retry.c - whether a task whose attempt ended badly is tried again, and when. */
#include "scheduler/engine/retry.h"

#include "core/time/civil.h"
#include "scheduler/engine/previous.h"
#include "scheduler/state/slot.h"
#include "scheduler/state/task.h"
#include "scheduler/state/todo.h"

#include <assert.h>
#include <stdio.h>

enum { SPAN_ROOM = 64 };

/* The delay before retry n of a task. */
static int64_t
user_delay(const struct run_task *t, int n)
{
	char seed[2 * NAME_MAX_BYTES + RUN_ID_CHARS + 32];
	int bytes = snprintf(seed, sizeof(seed), "%s/%s/%s/%d", t->run->dag->id, t->run->run_id,
			     task_of(t)->id, n);

	assert(bytes > 0 && bytes < (int)sizeof(seed));
	return retry_delay(&task_of(t)->retry, n, seed);
}

int64_t
retry_wait_max(const struct run_task *t)
{
	int64_t user_us = t->failures ? user_delay(t, t->failures) : 0;
	int64_t infra_us = t->losses ? retry_infra_delay(t->losses) : 0;

	return user_us > infra_us ? user_us : infra_us;
}

/* Would a try at that time come after the end of its budget? */
static bool
is_over_budget(const struct run_task *t, int64_t at_us)
{
	int64_t budget_us = task_of(t)->retry.budget_us;

	if (BUG_IS(25)) /* planted: twice as long as it says */
		budget_us *= 2;
	return budget_us && t->failures + t->losses > 0 && at_us - t->first_us > budget_us;
}

static void
say_over_budget(const struct run_task *t, char span[SPAN_ROOM], struct gate *out)
{
	duration_format(task_of(t)->retry.budget_us, span, SPAN_ROOM);
	*out = (struct gate){ .kind = GATE_RETRY_BUDGET, .span = span };
}

bool
retry_is_late(struct engine *e, struct run_task *t)
{
	char span[SPAN_ROOM];
	struct gate gate;

	if (!is_over_budget(t, e->now_us))
		return false;
	say_over_budget(t, span, &gate);
	task_end_at(e, t, TEV_EXPIRE, &gate);
	return true;
}

/* Another try comes, unless it would be too late; `gate` tells which of how many. */
static void
retry(struct engine *e, struct run_task *t, int64_t delay_us, const struct gate *gate,
      const char *why)
{
	char span[SPAN_ROOM];
	struct gate late;

	if (is_over_budget(t, e->now_us + delay_us)) {
		task_apply(e, t, TEV_FAIL, why);
		say_over_budget(t, span, &late);
		task_set_gate(e, t, &late);
		return;
	}
	task_apply(e, t, TEV_RETRY, why);
	task_set_gate(e, t, gate);
	t->due_us = e->now_us + delay_us;
	if (!e->config.session || t->run->session)
		heap_push(&e->timers, &t->item);
}

/* It did nothing, for want of something that the machine will have again: as if never tried. */
static void
task_held(struct engine *e, struct run_task *t, const char *why)
{
	/* Its time has not begun either. */
	if (t->failures + t->losses == 0)
		t->first_us = 0;
	task_apply(e, t, TEV_HOLD, why);
	task_set_gate(e, t, &(struct gate){ .kind = GATE_SHORTAGE, .error = e->shortage.error });
	previous_ask_again(e, t);
}

/* It could be tried again as often, but a list of its task says no. */
static bool
is_refused(const struct retry *r, const struct end *end)
{
	enum account account = end_account(end);

	return account == ACCOUNT_SYSTEM || (account == ACCOUNT_USER && r->retries > 0);
}

static void
user_failed(struct engine *e, struct run_task *t, const char *why)
{
	const struct retry *r = &task_of(t)->retry;
	int most = r->retries + (BUG_IS(4) ? 1 : 0); /* planted: one retry too many */

	if (++t->failures <= most)
		retry(
		    e, t, user_delay(t, t->failures),
		    &(struct gate){ .kind = GATE_RETRY, .retry = t->failures, .most = r->retries },
		    why);
	else
		task_apply(e, t, TEV_FAIL, why);
}

static void
machine_failed(struct engine *e, struct run_task *t, const char *why)
{
	int most = task_of(t)->retry.infra_retries;

	if (++t->losses <= most)
		retry(e, t, retry_infra_delay(t->losses),
		      &(struct gate){ .kind = GATE_INFRA_RETRY, .retry = t->losses, .most = most },
		      why);
	else
		task_apply(e, t, TEV_FAIL, why);
}

void
task_failed(struct engine *e, struct run_task *t, const struct end *end, const char *why)
{
	const struct retry *r = &task_of(t)->retry;

	switch (retry_account(r, end)) {
	case ACCOUNT_HELD:
		task_held(e, t, why);
		break;
	case ACCOUNT_USER:
		user_failed(e, t, why);
		break;
	case ACCOUNT_NONE: /* ended on request, but not on ours: somebody stopped the machine */
	case ACCOUNT_SYSTEM:
		machine_failed(e, t, why);
		break;
	case ACCOUNT_NEVER:
	case ACCOUNT_ASKED:
		task_apply(e, t, TEV_FAIL, why);
		if (is_refused(r, end))
			task_set_gate(e, t, &(struct gate){ .kind = GATE_RETRY_REFUSED });
		break;
	}
}

void
timers_fire(struct engine *e)
{
	struct run_task *t;

	while ((t = (struct run_task *)heap_first(&e->timers)) && t->due_us <= e->now_us) {
		heap_remove(&e->timers, &t->item);
		if (t->state != TASK_UP_FOR_RETRY) {
			task_look(e, t);
			continue;
		}
		if (retry_is_late(e, t))
			continue;
		task_apply(e, t, TEV_DUE, "");
		task_set_gate(e, t, NULL);
		previous_ask_again(e, t);
	}
}
