/*
 * rule.h - trigger rules: what the ends of a task's upstreams mean for it.
 *
 * A rule is a row: its name in a DAG file, and a predicate over how the
 * upstreams stand, counted.  To add one: a row in TRIGGER_RULES, a predicate of
 * that name in rule.c, its lines in the truth table of test_rule.c, and what the
 * simulator's oracle says of it.  Names are part of the on-disk format.
 */
#ifndef CORE_MODEL_RULE_H
#define CORE_MODEL_RULE_H

#include "core/model/state.h"

/* clang-format off */
#define TRIGGER_RULES(X)                  \
	X(RULE_ALL_SUCCESS, all_success)  \
	X(RULE_ALL_DONE,    all_done)
/* clang-format on */

#define X(id, name) id,
enum trigger_rule { TRIGGER_RULES(X) TRIGGER_RULE_COUNT };
#undef X

/* What becomes of a task whose upstreams stand so. */
enum verdict { VERDICT_WAIT, VERDICT_RUN, VERDICT_SKIP, VERDICT_UPSTREAM_FAILED };

/* The name of a rule in a DAG file; static. */
const char *trigger_rule_name(enum trigger_rule rule);

/* The rule with a name, or -1. */
int trigger_rule_of(const char *name);

/*
 * What a trigger rule says of its upstreams.  Order-independent: it decides
 * against running only when no way the pending ones end could change the
 * answer, and failure dominates skip.  A cancelled upstream counts as failed; one
 * that failed and is forgiven (on_fail) counts as success for all_success, and as
 * the failure that it is for a rule that waits for failures.
 * No upstreams: RUN.  docs/DAG-FILE.md has the rules in words.
 */
enum verdict rule_verdict(enum trigger_rule rule, const struct tally *upstreams);

#endif
