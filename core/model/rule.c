/* rule.c - trigger rules: what the ends of a task's upstreams mean for it. */
#include "core/model/rule.h"

#include <assert.h>
#include <string.h>

/* What failed and is not forgiven. */
static uint32_t
bad(const struct tally *up)
{
	return up->failed + up->upstream_failed + up->cancelled;
}

/* Whatever ended otherwise than skipped. */
static uint32_t
not_skipped(const struct tally *up)
{
	return up->success + up->forgiven + bad(up);
}

/* What stands when all have ended and the rule does not accept: failure dominates skip. */
static enum verdict
refuse(const struct tally *up)
{
	return bad(up) + up->forgiven ? VERDICT_UPSTREAM_FAILED : VERDICT_SKIP;
}

/* One failure that is not forgiven decides; a skip does not while a failure may still come and
 * dominate it. */
static enum verdict
all_success(const struct upstreams *all)
{
	const struct tally *up = &all->tasks;

	if (bad(up))
		return VERDICT_UPSTREAM_FAILED;
	if (up->pending)
		return VERDICT_WAIT;
	return up->skipped ? VERDICT_SKIP : VERDICT_RUN;
}

/* Whatever became of them. */
static enum verdict
all_done(const struct upstreams *all)
{
	return all->tasks.pending ? VERDICT_WAIT : VERDICT_RUN;
}

/* One that went well, or was skipped, is enough for there to be nothing to do. */
static enum verdict
all_failed(const struct upstreams *all)
{
	const struct tally *up = &all->tasks;

	if (up->success + up->skipped)
		return VERDICT_SKIP;
	return up->pending ? VERDICT_WAIT : VERDICT_RUN;
}

/* A failure that is forgiven is no success that somebody could build on. */
static enum verdict
one_success(const struct upstreams *all)
{
	const struct tally *up = &all->tasks;

	if (up->success)
		return VERDICT_RUN;
	return up->pending ? VERDICT_WAIT : refuse(up);
}

static enum verdict
one_failed(const struct upstreams *all)
{
	const struct tally *up = &all->tasks;

	if (bad(up) + up->forgiven)
		return VERDICT_RUN;
	return up->pending ? VERDICT_WAIT : VERDICT_SKIP;
}

/* Done is what was tried: a task that never ran, for a failure or a skip before it, was not. */
static enum verdict
one_done(const struct upstreams *all)
{
	const struct tally *up = &all->tasks;

	if (up->success + up->failed + up->cancelled + up->forgiven)
		return VERDICT_RUN;
	return up->pending ? VERDICT_WAIT : VERDICT_SKIP;
}

static enum verdict
none_failed(const struct upstreams *all)
{
	const struct tally *up = &all->tasks;

	if (bad(up))
		return VERDICT_UPSTREAM_FAILED;
	return up->pending ? VERDICT_WAIT : VERDICT_RUN;
}

static enum verdict
none_failed_min_one_success(const struct upstreams *all)
{
	const struct tally *up = &all->tasks;

	if (bad(up))
		return VERDICT_UPSTREAM_FAILED;
	if (up->pending)
		return VERDICT_WAIT;
	return up->success + up->forgiven ? VERDICT_RUN : VERDICT_SKIP;
}

static enum verdict
none_skipped(const struct upstreams *all)
{
	if (all->tasks.skipped)
		return VERDICT_SKIP;
	return all->tasks.pending ? VERDICT_WAIT : VERDICT_RUN;
}

static enum verdict
all_skipped(const struct upstreams *all)
{
	if (not_skipped(&all->tasks))
		return VERDICT_SKIP;
	return all->tasks.pending ? VERDICT_WAIT : VERDICT_RUN;
}

/* A skip decides whatever else happens, also beside a failure. */
static enum verdict
all_done_min_one_success(const struct upstreams *all)
{
	const struct tally *up = &all->tasks;

	if (up->skipped)
		return VERDICT_SKIP;
	if (up->pending)
		return VERDICT_WAIT;
	return up->success ? VERDICT_RUN : VERDICT_UPSTREAM_FAILED;
}

static enum verdict
always(const struct upstreams *all)
{
	(void)all;
	return VERDICT_RUN;
}

/* Of a teardown: when all have ended there is something to clean up if a setup went well. */
static enum verdict
all_done_setup_success(const struct upstreams *all)
{
	const struct tally *setups = &all->setups;

	if (all->tasks.pending + setups->pending)
		return VERDICT_WAIT;
	if (setups->success + setups->forgiven)
		return VERDICT_RUN;
	return bad(setups) ? VERDICT_UPSTREAM_FAILED : VERDICT_SKIP;
}

static const struct rule {
	const char *name;
	enum verdict (*verdict)(const struct upstreams *up);
} rules[] = {
#define X(id, name) { #name, name },
	TRIGGER_RULES(X)
#undef X
};

const char *
trigger_rule_name(enum trigger_rule rule)
{
	assert(rule < TRIGGER_RULE_COUNT);
	return rules[rule].name;
}

int
trigger_rule_of(const char *name)
{
	for (size_t i = 0; i < countof(rules); i++)
		if (!strcmp(rules[i].name, name))
			return (int)i;
	return -1;
}

bool
trigger_rule_is_chosen(enum trigger_rule rule)
{
	return rule != RULE_ALL_DONE_SETUP_SUCCESS;
}

static uint32_t
count(const struct tally *up)
{
	return not_skipped(up) + up->skipped + up->pending;
}

/* Work on what was not set up would fail, or do harm: no rule starts it. */
static enum verdict
setups_verdict(const struct tally *setups)
{
	return all_success(&(struct upstreams){ .tasks = *setups });
}

enum verdict
rule_verdict(enum trigger_rule rule, const struct upstreams *up)
{
	enum verdict of_setups;

	assert(rule < TRIGGER_RULE_COUNT);
	if (rule == RULE_ALL_DONE_SETUP_SUCCESS)
		return all_done_setup_success(up);
	of_setups = setups_verdict(&up->setups);
	if (of_setups != VERDICT_RUN)
		return of_setups;
	return count(&up->tasks) ? rules[rule].verdict(up) : VERDICT_RUN;
}
