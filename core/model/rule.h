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
#define TRIGGER_RULES(X)                                                  \
	X(RULE_ALL_SUCCESS, all_success)                                  \
	X(RULE_ALL_DONE, all_done)                                        \
	X(RULE_ALL_FAILED, all_failed)                                    \
	X(RULE_ONE_SUCCESS, one_success)                                  \
	X(RULE_ONE_FAILED, one_failed)                                    \
	X(RULE_ONE_DONE, one_done)                                        \
	X(RULE_NONE_FAILED, none_failed)                                  \
	X(RULE_NONE_FAILED_MIN_ONE_SUCCESS, none_failed_min_one_success)  \
	X(RULE_NONE_SKIPPED, none_skipped)                                \
	X(RULE_ALL_SKIPPED, all_skipped)                                  \
	X(RULE_ALL_DONE_MIN_ONE_SUCCESS, all_done_min_one_success)        \
	X(RULE_ALWAYS, always)                                            \
	X(RULE_ALL_DONE_SETUP_SUCCESS, all_done_setup_success)
/* clang-format on */

#define X(id, name) id,
enum trigger_rule { TRIGGER_RULES(X) TRIGGER_RULE_COUNT };
#undef X

/* What becomes of a task whose upstreams stand so. */
enum verdict { VERDICT_WAIT, VERDICT_RUN, VERDICT_SKIP, VERDICT_UPSTREAM_FAILED };

/* How the upstreams of a task stand: its setups are a condition of their own. */
struct upstreams {
	struct tally tasks, setups;
};

/* The name of a rule in a DAG file; static. */
const char *trigger_rule_name(enum trigger_rule rule);

/* The rule with a name, or -1. */
int trigger_rule_of(const char *name);

/* May a DAG file name it?  That of teardowns is theirs, and nobody else's. */
bool trigger_rule_is_chosen(enum trigger_rule rule);

/*
 * What a trigger rule says of a task's upstreams.  Order-independent: it decides
 * only when no way the pending ones end could change the answer, and failure
 * dominates skip.  Setups have to succeed whatever the rule is, and are not
 * counted by it.  A cancelled upstream counts as failed; one that failed and is
 * forgiven (on_fail) counts as success for rules that ask that nothing failed,
 * and as the failure that it is for the others.  No upstreams: RUN.
 * docs/DAG-FILE.md has the rules in words.
 */
enum verdict rule_verdict(enum trigger_rule rule, const struct upstreams *up);

#endif
