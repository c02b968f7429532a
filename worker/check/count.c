/* count.c - checks that count rows. */
#include "worker/check/internal.h"

#include "core/check/count.h"

#include <stdio.h>

static void
finish_row_count(const struct check_watch *t, const struct check_subject *subject,
		 const struct check_total *sum, struct check_result *r)
{
	const struct check_row_count *p = t->check->params;
	const struct check_bounds *b = &p->rows;
	bool too_few = b->has_min && (double)sum->rows < b->min;
	bool too_many = b->has_max && (double)sum->rows > b->max;

	(void)subject;
	r->failed = too_few || too_many;
	if (too_few && !too_many)
		r->reason = sum->rows ? "low_volume" : "empty_partition";
	if (b->has_min && b->has_max)
		(void)snprintf(r->expected, sizeof(r->expected), ">= %.17g, <= %.17g", b->min,
			       b->max);
	else
		(void)snprintf(r->expected, sizeof(r->expected),
			       b->has_min ? ">= %.17g" : "<= %.17g", b->has_min ? b->min : b->max);
	r->observed = json_integer((json_int_t)sum->rows);
	(void)snprintf(r->message, sizeof(r->message), "%lld rows, expected %s",
		       (long long)sum->rows, r->expected);
}

const struct check_judge check_judge_row_count = { .finish = finish_row_count };
