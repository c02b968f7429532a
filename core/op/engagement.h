/*
 * engagement.h - what operator score, method engagement, is asked to do.
 */
#ifndef CORE_OP_ENGAGEMENT_H
#define CORE_OP_ENGAGEMENT_H

#include "core/op/from.h"

enum normalize_over { NORMALIZE_GLOBAL, NORMALIZE_TENANT, NORMALIZE_FEATURE, NORMALIZE_FIXED };

/* docs/MATH.md 1; formula: code is the default preset. */
struct op_engagement {
	struct op_from from;
	bool formula_text; /* formula: text */
	bool users_raw;    /* users_term: raw */
	double weight_users, weight_interactions, weight_days;
	enum normalize_over over;
	double max_users, max_interactions; /* for NORMALIZE_FIXED */
	int days_denominator;               /* 0: min(window_days, 7) */
	bool cap_components;
	const char *const *event_types; /* NULL: any */
	size_t n_event_types;
	int round_digits; /* -1: none */
};

/* The columns of what it writes. */
extern const struct schema schema_engagement;

#endif
