/*
 * result.h - what a check says in the end, as JSON.
 *
 * The keys of a result, their types and what they mean: docs/CHECKS.md 5.  It
 * goes into manifests and the database as it is, so keys are added, never
 * renamed; every one of the table is always there.
 */
#ifndef WORKER_CHECK_RESULT_H
#define WORKER_CHECK_RESULT_H

#include "worker/check/internal.h"

/*
 * The values of a failing row for people to look at: what was checked, and where
 * it came from.  A new reference; its number is added at the end.
 */
json_t *result_sample(const struct check_watch *t, const struct check_subject *subject,
		      const struct batch *b, uint32_t row);

/* `finish` of the kinds that tell rows that fail from others. */
void result_of_rows(const struct check_watch *t, const struct check_subject *subject,
		    const struct check_total *sum, struct check_result *r);

/*
 * Append the result of a check.  Returns true when it failed with error severity; *message
 * (appended) then says so.
 */
bool result_add(const struct checks *c, const struct check_watch *t, json_t *results,
		struct buf *message);

#endif
