/*
 * oracle_graph.c - what the graph of a dag says of a task, naively.
 *
 * A verdict is what every way in which the pending upstreams may end agrees on:
 * all of them are tried.  Written from docs/STATE.md 5.1, not from the rules.
 */
#include "tests/sim/sim.h"

#include <assert.h>

/* ---- trigger rules ---- */

/* Nothing is pending. */
static enum verdict
final_verdict(enum trigger_rule rule, const struct tally *t)
{
	bool failed = t->failed + t->cancelled > 0, unforgiven = failed || t->upstream_failed > 0;
	bool forgiven = t->forgiven > 0, success = t->success > 0, skipped = t->skipped > 0;
	enum verdict none = unforgiven || forgiven ? VERDICT_UPSTREAM_FAILED : VERDICT_SKIP;

	switch (rule) {
	case RULE_ALL_SUCCESS:
		return unforgiven ? VERDICT_UPSTREAM_FAILED : skipped ? VERDICT_SKIP : VERDICT_RUN;
	case RULE_ALL_DONE:
	case RULE_ALWAYS:
		return VERDICT_RUN;
	case RULE_ALL_FAILED:
		return success || skipped ? VERDICT_SKIP : VERDICT_RUN;
	case RULE_ONE_SUCCESS:
		return success ? VERDICT_RUN : none;
	case RULE_ONE_FAILED:
		return unforgiven || forgiven ? VERDICT_RUN : VERDICT_SKIP;
	case RULE_ONE_DONE:
		return success || failed || forgiven ? VERDICT_RUN : VERDICT_SKIP;
	case RULE_NONE_FAILED:
		return unforgiven ? VERDICT_UPSTREAM_FAILED : VERDICT_RUN;
	case RULE_NONE_FAILED_MIN_ONE_SUCCESS:
		if (unforgiven)
			return VERDICT_UPSTREAM_FAILED;
		return success || forgiven ? VERDICT_RUN : VERDICT_SKIP;
	case RULE_NONE_SKIPPED:
		return skipped ? VERDICT_SKIP : VERDICT_RUN;
	case RULE_ALL_SKIPPED:
		return success || unforgiven || forgiven ? VERDICT_SKIP : VERDICT_RUN;
	case RULE_ALL_DONE_MIN_ONE_SUCCESS:
		if (skipped)
			return VERDICT_SKIP;
		return success ? VERDICT_RUN : VERDICT_UPSTREAM_FAILED;
	case RULE_ALL_DONE_SETUP_SUCCESS:
	case TRIGGER_RULE_COUNT:
		break;
	}
	assert(!"a trigger rule that the oracle does not know");
	return VERDICT_WAIT;
}

/* The n-th way in which an upstream can end, or NULL. */
static uint32_t *
end_of(struct tally *t, int n)
{
	uint32_t *const ends[] = { &t->success, &t->failed,    &t->upstream_failed,
				   &t->skipped, &t->cancelled, &t->forgiven };

	return n < (int)countof(ends) ? ends[n] : NULL;
}

/* What all completions from `way` on agree on; WAIT: they differ.  At most as deep as pending. */
static enum verdict
agreed(enum trigger_rule rule, struct tally t, int way) // NOLINT(misc-no-recursion)
{
	enum verdict all = VERDICT_WAIT;

	if (!t.pending)
		return final_verdict(rule, &t);
	t.pending--;
	for (; end_of(&t, way); way++) {
		enum verdict one;

		++*end_of(&t, way);
		one = agreed(rule, t, way);
		--*end_of(&t, way);
		if (one == VERDICT_WAIT || (all != VERDICT_WAIT && one != all))
			return VERDICT_WAIT;
		all = one;
	}
	return all;
}

/* These start as soon as they may; the others only when nothing of theirs is pending. */
static bool
starts_early(enum trigger_rule rule)
{
	return rule == RULE_ONE_SUCCESS || rule == RULE_ONE_FAILED || rule == RULE_ONE_DONE ||
	       rule == RULE_ALWAYS;
}

static uint32_t
size(const struct tally *t)
{
	return t->success + t->failed + t->upstream_failed + t->skipped + t->cancelled +
	       t->pending + t->forgiven;
}

static enum verdict
judge(enum trigger_rule rule, const struct tally *t)
{
	enum verdict v = size(t) ? agreed(rule, *t, 0) : VERDICT_RUN;

	return v == VERDICT_RUN && t->pending && !starts_early(rule) ? VERDICT_WAIT : v;
}

enum verdict
oracle_rule(enum trigger_rule rule, const struct upstreams *up)
{
	const struct tally *s = &up->setups;
	enum verdict v;

	if (rule == RULE_ALL_DONE_SETUP_SUCCESS) {
		if (up->tasks.pending || s->pending)
			return VERDICT_WAIT;
		if (s->success || s->forgiven)
			return VERDICT_RUN;
		return s->skipped == size(s) ? VERDICT_SKIP : VERDICT_UPSTREAM_FAILED;
	}
	v = judge(RULE_ALL_SUCCESS, s);
	return v == VERDICT_RUN ? judge(rule, &up->tasks) : v;
}

enum verdict
oracle_upstreams(const struct run_rec *run, const struct task *task)
{
	struct upstreams up = { 0 };

	for (size_t i = 0; i < task->n_upstream; i++) {
		const struct task *before = &run->dag->tasks[task->upstream[i]];

		oracle_count(before->setup ? &up.setups : &up.tasks, before,
			     run->tasks[task->upstream[i]].state);
	}
	return oracle_rule(task->rule, &up);
}
