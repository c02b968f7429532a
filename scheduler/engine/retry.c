/* retry.c - whether a task whose attempt ended badly is tried again, and when. */
#include "scheduler/engine/retry.h"

#include "core/time/civil.h"
#include "scheduler/ready/previous.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/slot.h"
#include "scheduler/life/task.h"
#include "scheduler/state/todo.h"

#include <assert.h>
#include <stdio.h>

enum { SPAN_ROOM = 64 };

/* The delay before retry n of a task. */
static int64_t
user_delay(const struct run_task *t, int n)
{
	char seed[2 * NAME_MAX_BYTES + RUN_ID_CHARS + 32];
	char label[INSTANCE_LABEL_ROOM];
	/* By the label: instances that failed together are not tried again together. */
	int bytes = snprintf(seed, sizeof(seed), "%s/%s/%s/%d", t->run->dag->id, t->run->run_id,
			     task_label(t, label), n);

	assert(bytes > 0 && bytes < (int)sizeof(seed));
	return retry_delay(&task_of(t)->retry, n, seed);
}

int64_t
retry_wait_max(const struct run_task *t)
{
	int64_t user_us = t->failures ? user_delay(t, t->failures) : 0;
	int64_t infra_us = t->losses ? retry_infra_delay(t->losses) : 0;

	if (t->state == TASK_UP_FOR_RESCHEDULE)
		return task_of(t)->wait.every_us;
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

	/* A look in the middle of a wait is no start. */
	if (t->wait || !is_over_budget(t, e->now_us))
		return false;
	say_over_budget(t, span, &gate);
	task_end_at(e, t, TEV_EXPIRE, &gate);
	return true;
}

/* The group is not to be tried again for this end of a task, which is its last. */
static void
judge_for_group(struct engine *e, struct run_task *t, const struct end *end)
{
	struct run_group *g = group_of(t);
	const struct retry *r = g ? &group_def(g)->retry : NULL;

	if (!g || g->refused || task_of(t)->on_fail != ON_FAIL_FAIL ||
	    (!ends_have(&r->never, end) && (!r->on.given || ends_have(&r->on, end))))
		return;
	g->refused = true;
	group_set_gate(e, g, &(struct gate){ .kind = GATE_RETRY_REFUSED });
	mark_group(e, g);
}

/* It has failed for good, by an attempt that ended so. */
static void
fail(struct engine *e, struct run_task *t, const struct end *end, const char *why)
{
	judge_for_group(e, t, end);
	task_apply(e, t, t->children ? TEV_CHILD_FAILED : TEV_FAIL, why);
}

/* Another try comes, unless it would be too late; `gate` tells which of how many. */
static void
retry(struct engine *e, struct run_task *t, int64_t delay_us, const struct gate *gate,
      const struct end *end, const char *why)
{
	char span[SPAN_ROOM];
	struct gate late;

	if (is_over_budget(t, e->now_us + delay_us)) {
		fail(e, t, end, why);
		say_over_budget(t, span, &late);
		task_set_gate(e, t, &late);
		return;
	}
	task_apply(e, t, t->children ? TEV_CHILD_RETRY : TEV_RETRY, why);
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
	if (t->failures + t->losses == 0 && !t->wait && !task_of(t)->wait.told)
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
user_failed(struct engine *e, struct run_task *t, const struct end *end, const char *why)
{
	const struct retry *r = &task_of(t)->retry;
	int most = r->retries + (BUG_IS(4) ? 1 : 0); /* planted: one retry too many */

	if (++t->failures <= most)
		retry(
		    e, t, user_delay(t, t->failures),
		    &(struct gate){ .kind = GATE_RETRY, .retry = t->failures, .most = r->retries },
		    end, why);
	else
		fail(e, t, end, why);
}

static void
machine_failed(struct engine *e, struct run_task *t, const struct end *end, const char *why)
{
	int most = task_of(t)->retry.infra_retries;

	if (++t->losses <= most)
		retry(e, t, retry_infra_delay(t->losses),
		      &(struct gate){ .kind = GATE_INFRA_RETRY, .retry = t->losses, .most = most },
		      end, why);
	else
		fail(e, t, end, why);
}

/* ---- looks at the world ---- */

/* Its timeout is over, and the last look has not found it: it is not tried again. */
static void
wait_is_over(struct engine *e, struct run_task *t, const struct end *end, const char *answer)
{
	const struct task_wait *def = &task_of(t)->wait;
	char span[SPAN_ROOM];

	if (!def->skip)
		judge_for_group(e, t, end);
	duration_format(def->timeout_us, span, sizeof(span));
	task_end_at(e, t, def->skip ? TEV_SKIPPED : TEV_FAIL,
		    &(struct gate){ .kind = GATE_WAIT_TIMEOUT, .span = span, .text = answer });
}

/* It is looked at again, at due_us. */
static void
look_again(struct engine *e, struct run_task *t, int64_t due_us, bool told)
{
	const struct wait *w = t->wait;

	if (told)
		task_answered(e, t);
	t->due_us = due_us;
	task_set_gate(e, t,
		      &(struct gate){ .kind = w->errors ? GATE_LOOK_FAILED : GATE_NOT_YET,
				      .retry = w->errors,
				      .most = WAIT_ERRORS_MAX,
				      .used = w->looks,
				      .text = w->answer,
				      .until_us = t->first_us + task_of(t)->wait.timeout_us });
	if (!e->config.session || t->run->session)
		heap_push(&e->timers, &t->item);
}

/* A look has not found what it looks for; true: that is all there is to it. */
static bool
looked(struct engine *e, const struct attempt *a, const struct end *end)
{
	struct run_task *t = a->task;
	const struct look_end look = { .attempt = a->row.key,
				       .created_us = a->row.created_us,
				       .failed = end->outcome != OUTCOME_NOT_YET,
				       .answer = *a->row.message ? a->row.message
								 : outcome_name(end->outcome),
				       .seen = a->seen,
				       .again_us = a->again_us };
	struct wait *w = t->wait ? t->wait : wait_new();
	bool first = !t->wait, told;
	enum wait_verdict verdict;
	int64_t due_us;

	verdict = wait_take(w, &task_of(t)->wait, &look, t->first_us, e->now_us, &due_us, &told);
	if (verdict == WAIT_ON) {
		task_apply(e, t, TEV_NOT_YET, w->answer);
		t->wait = w;
		look_again(e, t, due_us, told && !first);
		return true;
	}
	if (verdict == WAIT_OVER)
		wait_is_over(e, t, end, look.answer);
	if (first) /* it has ended before it was a wait */
		wait_free(w);
	return verdict == WAIT_OVER;
}

/* Does the end of an attempt belong to a wait that it does not end? */
static bool
is_look(const struct run_task *t, const struct end *end, enum account account)
{
	const struct task_wait *wait = &task_of(t)->wait;

	if (!wait->alone) /* what it made of what it found is an end like others */
		return wait->every_us && end->outcome == OUTCOME_NOT_YET;
	return wait->every_us && account != ACCOUNT_HELD && account != ACCOUNT_NEVER &&
	       account != ACCOUNT_ASKED;
}

void
task_failed(struct engine *e, const struct attempt *a, const struct end *end)
{
	struct run_task *t = a->task;
	const struct retry *r = &task_of(t)->retry;
	const char *why = a->row.message;
	enum account account = retry_account(r, end);

	if (is_look(t, end, account)) {
		if (looked(e, a, end))
			return;
		account = ACCOUNT_USER;
	}
	switch (account) {
	case ACCOUNT_HELD:
		task_held(e, t, why);
		break;
	case ACCOUNT_USER:
		user_failed(e, t, end, why);
		break;
	case ACCOUNT_NONE: /* ended on request, but not on ours: somebody stopped the machine */
	case ACCOUNT_SYSTEM:
		machine_failed(e, t, end, why);
		break;
	case ACCOUNT_NEVER:
	case ACCOUNT_ASKED:
		fail(e, t, end, why);
		if (is_refused(r, end))
			task_set_gate(e, t, &(struct gate){ .kind = GATE_RETRY_REFUSED });
		break;
	}
}

void
children_failed(struct engine *e, struct run_task *t, enum run_state state, const struct gate *why)
{
	bool cancelled = state == RUN_CANCELLED;
	const struct end end = { .outcome = cancelled ? OUTCOME_CANCELLED : OUTCOME_ERROR };
	struct buf sentence;

	buf_init(&sentence, SIZE_MAX / 2);
	gate_say(why, &sentence);
	/* Somebody wanted it so. */
	if (cancelled)
		fail(e, t, &end, sentence.data);
	else
		user_failed(e, t, &end, sentence.data);
	buf_release(&sentence);
	if (!t->waits)
		task_set_gate(e, t, why);
}

/* ---- groups ---- */

int64_t
group_retry_delay(const struct run_group *g)
{
	char seed[2 * NAME_MAX_BYTES + RUN_ID_CHARS + 40];
	int bytes = snprintf(seed, sizeof(seed), "%s/%s/group %s/%d", g->run->dag->id,
			     g->run->run_id, group_def(g)->id, g->retries);

	assert(bytes > 0 && bytes < (int)sizeof(seed));
	return retry_delay(&group_def(g)->retry, g->retries, seed);
}

/* Did a task of it fail by itself, and was none cancelled?  Who only followed a failure outside
 * would do so again. */
static bool
group_has_failed(const struct run_group *g)
{
	const struct task_group *def = group_def(g);
	bool failed = false;

	for (uint32_t i = def->first; i < def->first + def->count; i++) {
		const struct run_task *t = &g->run->tasks[i];

		if (t->state == TASK_CANCELLED)
			return false;
		failed |= t->state == TASK_FAILED && task_of(t)->on_fail == ON_FAIL_FAIL;
	}
	return failed;
}

static bool
group_is_late(struct engine *e, struct run_group *g, int64_t at_us)
{
	int64_t budget_us = group_def(g)->retry.budget_us;
	char span[SPAN_ROOM];

	if (!budget_us || !g->first_us || at_us - g->first_us <= budget_us)
		return false;
	duration_format(budget_us, span, sizeof(span));
	group_set_gate(e, g, &(struct gate){ .kind = GATE_RETRY_BUDGET, .span = span });
	return true;
}

void
group_rest(struct engine *e, struct run_group *g)
{
	const struct retry *r = &group_def(g)->retry;

	g->queued = false;
	if (!g->open || g->unfinished || g->due_us)
		return;
	if (g->refused || g->run->timed_out || g->retries >= r->retries || !group_has_failed(g)) {
		group_release(e, g);
		return;
	}
	g->retries++;
	if (group_is_late(e, g, e->now_us + group_retry_delay(g))) {
		g->retries--;
		group_release(e, g);
		return;
	}
	group_wait(e, g, e->now_us + group_retry_delay(g));
	group_set_gate(e, g,
		       &(struct gate){ .kind = GATE_GROUP_RETRY,
				       .group = group_def(g)->id,
				       .retry = g->retries,
				       .most = r->retries });
}

/* Retries of groups whose delay is over. */
static void
groups_fire(struct engine *e)
{
	char why[NAME_MAX_BYTES + 64];
	struct run_group *g;

	while ((g = (struct run_group *)heap_first(&e->regroups)) && g->due_us <= e->now_us) {
		group_wake(e, g);
		if (group_is_late(e, g, e->now_us)) {
			group_release(e, g);
			continue;
		}
		(void)snprintf(why, sizeof(why), "retry %d of %d of group %s", g->retries,
			       group_def(g)->retry.retries, group_def(g)->id);
		group_reopen(e, g, why);
	}
}

void
timers_fire(struct engine *e)
{
	struct run_task *t;

	groups_fire(e);

	while ((t = (struct run_task *)heap_first(&e->timers)) && t->due_us <= e->now_us) {
		heap_remove(&e->timers, &t->item);
		if (!task_is_timed((enum task_state)t->state)) {
			task_look(e, t);
			continue;
		}
		if (retry_is_late(e, t))
			continue;
		task_apply(e, t, t->children ? TEV_AGAIN : TEV_DUE, "");
		task_set_gate(e, t, NULL);
		if (t->state == TASK_NONE) {
			task_look(e, t);
			continue;
		}
		previous_ask_again(e, t);
	}
}
