/*
 * query.h - the query of an address: each name once, only those that the row takes, as text.
 *
 * What is not understood is refused, not passed over: a filter that was misspelt
 * would show everything as if it fitted.  The caller shows every parameter.  Pure.
 */
#ifndef SCHEDULER_WEB_QUERY_H
#define SCHEDULER_WEB_QUERY_H

#include "scheduler/web/route.h"

enum { QUERY_PARAMS_MAX = 16 };

struct query {
	const char *names[QUERY_PARAMS_MAX]; /* seen so far, borrowed */
	size_t n;
	struct err err; /* the first thing that is wrong */
};

/*
 * One parameter, decoded; value NULL: it came without '='.  `name` ends in a
 * NUL and lives as long as q; value_bytes tells whether the value has one inside.
 */
void query_show(struct query *q, const struct route *route, const char *name, const char *value,
		size_t value_bytes);

#endif
