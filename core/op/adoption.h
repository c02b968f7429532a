/*
 * adoption.h - what operator score, method adoption, is asked to do.
 */
#ifndef CORE_OP_ADOPTION_H
#define CORE_OP_ADOPTION_H

#include "core/base/exact.h"
#include "core/op/from.h"

enum rank_kind { RANK_RANK, RANK_DENSE, RANK_ROW_NUMBER };

/* In how many cohorts a tenant with several rows counts. */
enum tenant_grain { GRAIN_TENANT_PLAN, GRAIN_TENANT };

/* docs/MATH.md 2. */
struct op_adoption {
	struct op_from from;
	template_text feature;
	const char *event_type; /* default "feature_used"; "*": any */
	int64_t min_users;      /* default 5 */
	struct share min_share; /* of active_users; not given: not asked */
	const char *const *plans;
	size_t n_plans;
	const int64_t
	    *buckets; /* ascending upper edges, inclusive; one more bucket above the last */
	size_t n_buckets;
	bool include_empty_buckets;
	bool null_bucket_compat; /* a null size falls into the last bucket; else "unknown" */
	enum rank_kind rank;
	enum tenant_grain tenant_grain;
	const char *dimension; /* dataset name */
};

/* The columns of what it writes. */
extern const struct schema schema_adoption;

#endif
