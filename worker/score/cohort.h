/*
 * cohort.h - tenants in size buckets and plans, and how many of them adopted.  Pure.
 *
 *   cohorts_init -> cohorts_add ... -> cohorts_rank -> cohorts_release
 *
 * docs/MATH.md 2, steps 3 to 6: a tenant counts once in each (bucket,
 * plan) it has a row for, or in that of one of its rows alone; a pair that has no tenant is absent
 * unless it is asked for.
 */
#ifndef WORKER_SCORE_COHORT_H
#define WORKER_SCORE_COHORT_H

#include "core/op/adoption.h"
#include "core/model/dag.h"
#include "worker/rows/dict.h"

struct cohort {
	size_t bucket; /* 0 .. n_buckets: by size; n_buckets + 1: unknown */
	size_t plan;   /* index in params->plans */
	int64_t total, adopting;
	int64_t pct_hundredths; /* 100 * adopting / total, two digits, half up; -1: no tenants */
	int64_t rank;           /* of the plan within its bucket, by pct, from 1 */
};

/* The row of a tenant that stands for it. */
struct cohort_row {
	size_t plan;
	int64_t size;
	bool sized, adopted;
};

struct cohorts {
	const struct op_adoption *params;
	struct cohort *items; /* sorted by bucket, rank, plan after cohorts_rank() */
	size_t count;
	struct dict seen; /* (bucket, plan, tenant); with tenant_grain: tenant the tenant alone */
	struct cohort_row *rows; /* with tenant_grain: tenant, by its code in seen */
	size_t rows_room;
};

/* No tenants yet; params are borrowed. */
void cohorts_init(struct cohorts *c, const struct op_adoption *params);

/* Free it. */
void cohorts_release(struct cohorts *c);

/* A tenant of a plan; `size` NULL: nobody knows.  Plans that were not asked for are left out. */
void cohorts_add(struct cohorts *c, int64_t tenant, struct span plan, const int64_t *size,
		 bool adopted);

/* Everything is in: percentages, ranks, order. */
void cohorts_rank(struct cohorts *c);

/* "11-50", "1000+", "unknown"; `room` bytes at out, at least 48. */
void cohort_label(const struct op_adoption *params, size_t bucket, char *out, size_t room);

#endif
