/*
 * rollup.h - the exact merge of sorted daily rollups: what each (tenant, feature) had in a window.
 *
 *   rollup_open -> rollup_merge -> rollup_counts, rollup_record -> rollup_close
 *
 * A rollup has the rows of schema_rollup, sorted by tenant, by the bytes of the feature and
 * by user, null first.  One cursor per day walks along: the rows of one group are next
 * to each other in each day, so a user is counted once however many days it was there
 * (docs/MATH.md 3).  That needs rows of one day in each partition; where somebody put rows of
 * another one, a census of the same rows gives the answer.  Memory: what the readers of all days
 * take, and the groups.
 */
#ifndef WORKER_SCORE_ROLLUP_H
#define WORKER_SCORE_ROLLUP_H

#include "worker/score/engagement.h"
#include "worker/attempt/intake.h"

/* More days are not merged: each has a file open in every lane, and about so much memory. */
enum { ROLLUP_DAYS_MAX = 32, ROLLUP_CURSOR_BYTES = 8 << 20 };

struct rollup;

struct rollup_options {
	struct op_ctx *ctx;
	const char *dataset;
	struct day_window window;
	const char *const *event_types; /* rows of others do not count */
	size_t n_event_types;           /* 0: any */
	int lanes;                      /* tenants are split between them */
	size_t answer_bytes;            /* what groups and their features may take */
	int64_t limit_bytes;            /* `memory:` of the task, for messages */
};

/* Open the inputs of the dataset.  Options are borrowed. */
enum err_code rollup_open(struct rollup **out, const struct rollup_options *options,
			  struct err *err) MUST_CHECK;

/* Close the inputs and free r; NULL is fine. */
void rollup_close(struct rollup *r);

/*
 * Merge all days.  out->features is borrowed from r.  *mixed: a partition holds rows of another
 * day, so the days cannot be merged and *out is as it was.  ERR_INPUT: a file is not sorted, or
 * has a row without tenant or feature, or counts that cannot be.  ERR_LIMIT: more groups than fit.
 */
enum err_code rollup_merge(struct rollup *r, struct score_table *out, bool *mixed,
			   struct err *err) MUST_CHECK;

/* Rows that were read, and those of other event types among them. */
struct rollup_counts {
	int64_t read, filtered;
};

/* After rollup_merge(). */
struct rollup_counts rollup_counts(const struct rollup *r);

/* As intake_record(), for all days. */
void rollup_record(const struct rollup *r, struct manifest *m);

#endif
