/*
 * engagement.h - from what was counted of each (tenant, feature) to its score.  Pure but for
 * the outlet.
 *
 * docs/MATH.md 1: distinct users, events and days with any, each divided by
 * its maximum, weighted and added.  The maxima used are written beside the
 * score, because without them nobody can compute it again.
 */
#ifndef WORKER_SCORE_ENGAGEMENT_H
#define WORKER_SCORE_ENGAGEMENT_H

#include "core/op/engagement.h"
#include "worker/attempt/outlet.h"
#include "worker/keys/window.h"

/* What was counted of one tenant and feature. */
struct score_group {
	int64_t tenant;
	int64_t users, interactions;
	uint32_t feature; /* code in score_table.features */
	uint32_t days;    /* with any event */
};

/* All of them, each pair once, in any order. */
struct score_table {
	const struct dict *features; /* borrowed */
	struct score_group *groups;
	size_t count, room;
};

/* Free the groups; fine on a zeroed one. */
void score_table_release(struct score_table *t);

/* One more group, zeroed but for these; borrowed until the next call. */
struct score_group *score_table_add(struct score_table *t, int64_t tenant, uint32_t feature);

/* Sort the groups by tenant and the bytes of the feature, and write a row for each. */
enum err_code engagement_write(struct score_table *t, const struct op_engagement *params,
			       const struct day_window *window, struct outlet *o,
			       struct err *err) MUST_CHECK;

#endif
