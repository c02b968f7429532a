/* unique.c - checks that look at all rows by key; by_key.c brings the keys together. */
#include "worker/check/result.h"

static void
finish_unique(const struct check_watch *t, const struct check_subject *subject,
	      const struct check_total *sum, struct check_result *r)
{
	result_of_rows(t, subject, sum, r);
	r->extra = json_pack("{s:I}", "duplicated_keys", (json_int_t)t->verdict.repeated);
}

const struct check_judge check_judge_unique = {
	.fails = "repeat a key",
	.finish = finish_unique,
};
