/* count.c - checks that count rows. */
#include "worker/check/internal.h"

#include "core/check/count.h"
#include "core/check/typed.h"

#include <assert.h>
#include <stdio.h>

static void
finish_row_count(const struct check_watch *t, const struct check_subject *subject,
		 const struct check_total *sum, struct check_result *r)
{
	const struct check_row_count *p = t->check->params;
	const char *key, *help;
	char why[TYPED_WHY_CHARS];
	struct typed_range range;
	bool too_few, too_many;

	(void)subject;
	/* The bounds were read as numbers, so that they are some. */
	if (!typed_range(COL_INT64, &p->rows, false, &range, &key, why, &help))
		assert(!"a bound that is no number");
	too_few = range.none || sum->rows < range.int_min;
	too_many = sum->rows > range.int_max;
	r->failed = too_few || too_many;
	if (too_few && !too_many)
		r->reason = sum->rows ? "low_volume" : "empty_partition";
	if (p->rows.min && p->rows.max)
		(void)snprintf(r->expected, sizeof(r->expected), ">= %lld, <= %lld",
			       (long long)range.int_min, (long long)range.int_max);
	else
		(void)snprintf(r->expected, sizeof(r->expected),
			       p->rows.min ? ">= %lld" : "<= %lld",
			       (long long)(p->rows.min ? range.int_min : range.int_max));
	r->observed = json_integer((json_int_t)sum->rows);
	(void)snprintf(r->message, sizeof(r->message), "%lld rows, expected %s",
		       (long long)sum->rows, r->expected);
}

const struct check_judge check_judge_row_count = { .finish = finish_row_count };
