/* rule.c - trigger rules: what the ends of a task's upstreams mean for it. */
#include "core/model/rule.h"

#include <assert.h>
#include <string.h>

/* One failure that is not forgiven decides; a skip does not while a failure may still come and
 * dominate it. */
static enum verdict
all_success(const struct tally *up)
{
	if (up->failed + up->upstream_failed + up->cancelled)
		return VERDICT_UPSTREAM_FAILED;
	if (up->pending)
		return VERDICT_WAIT;
	return up->skipped ? VERDICT_SKIP : VERDICT_RUN;
}

/* Whatever became of them. */
static enum verdict
all_done(const struct tally *up)
{
	return up->pending ? VERDICT_WAIT : VERDICT_RUN;
}

static const struct rule {
	const char *name;
	enum verdict (*verdict)(const struct tally *up);
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

enum verdict
rule_verdict(enum trigger_rule rule, const struct tally *upstreams)
{
	assert(rule < TRIGGER_RULE_COUNT);
	return rules[rule].verdict(upstreams);
}
