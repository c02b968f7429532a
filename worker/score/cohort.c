/* cohort.c - tenants in size buckets and plans, and how many of them adopted. */
#include "worker/score/cohort.h"

#include "core/base/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
cohorts_init(struct cohorts *c, const struct op_adoption *params)
{
	/* Every pair has an item from the start: edges, one bucket above them, one for unknown. */
	*c = (struct cohorts){ .params = params,
			       .count = (params->n_buckets + 2) * params->n_plans };
	c->items = mem_new(c->count, sizeof(*c->items));
	for (size_t i = 0; i < c->count; i++)
		c->items[i] = (struct cohort){ .bucket = i / params->n_plans,
					       .plan = i % params->n_plans };
	dict_init(&c->seen);
}

void
cohorts_release(struct cohorts *c)
{
	free(c->items);
	dict_release(&c->seen);
	*c = (struct cohorts){ 0 };
}

static size_t
bucket_of(const struct op_adoption *p, const int64_t *size)
{
	size_t bucket = 0;

	if (!size)
		return p->null_bucket_compat ? p->n_buckets : p->n_buckets + 1;
	while (bucket<p->n_buckets && * size> p->buckets[bucket])
		bucket++;
	return bucket;
}

void
cohorts_add(struct cohorts *c, int64_t tenant, struct span plan, const int64_t *size, bool adopted)
{
	const struct op_adoption *p = c->params;
	size_t at = 0, known = c->seen.count, pair;
	char key[sizeof(pair) + sizeof(tenant)];

	while (at < p->n_plans && !span_is(plan, p->plans[at]))
		at++;
	if (at == p->n_plans)
		return;
	pair = bucket_of(p, size) * p->n_plans + at;
	memcpy(key, &pair, sizeof(pair));
	memcpy(key + sizeof(pair), &tenant, sizeof(tenant));
	(void)dict_code(&c->seen, key, sizeof(key));
	if (c->seen.count == known)
		return;
	c->items[pair].total++;
	c->items[pair].adopting += adopted;
}

/* By bucket, then by percentage from the top, then by plan. */
static int
compare_cohorts(const void *a, const void *b, void *params)
{
	const struct cohort *left = a, *right = b;
	const struct op_adoption *p = params;

	if (left->bucket != right->bucket)
		return left->bucket < right->bucket ? -1 : 1;
	if (left->pct_hundredths != right->pct_hundredths)
		return left->pct_hundredths > right->pct_hundredths ? -1 : 1;
	return strcmp(p->plans[left->plan], p->plans[right->plan]);
}

/* Leave out the pairs without tenants, unless they are asked for; nobody asks for an empty unknown.
 */
static void
drop_empty(struct cohorts *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++) {
		bool unknown = c->items[i].bucket > c->params->n_buckets;

		if (c->items[i].total || (c->params->include_empty_buckets && !unknown))
			c->items[n++] = c->items[i];
	}
	c->count = n;
}

void
cohorts_rank(struct cohorts *c)
{
	struct op_adoption params = *c->params;

	drop_empty(c);
	for (size_t i = 0; i < c->count; i++) {
		struct cohort *item = &c->items[i];

		item->pct_hundredths = !item->total ? -1
						    : (20000 * item->adopting + item->total) /
							  (2 * item->total);
	}
	if (c->count)
		qsort_r(c->items, c->count, sizeof(*c->items), compare_cohorts, &params);
	for (size_t i = 0, first = 0; i < c->count; i++) {
		struct cohort *item = &c->items[i], *before = i ? item - 1 : NULL;
		bool same_bucket = before && before->bucket == item->bucket;
		bool tied = same_bucket && before->pct_hundredths == item->pct_hundredths;

		if (!same_bucket)
			first = i;
		if (!same_bucket)
			item->rank = 1;
		else if (params.rank == RANK_DENSE)
			item->rank = before->rank + !tied;
		else if (params.rank == RANK_RANK && tied)
			item->rank = before->rank;
		else
			item->rank = (int64_t)(i - first) + 1;
	}
}

void
cohort_label(const struct op_adoption *p, size_t bucket, char *out, size_t room)
{
	if (bucket > p->n_buckets)
		(void)snprintf(out, room, "unknown");
	else if (bucket == p->n_buckets)
		(void)snprintf(out, room, "%" PRId64 "+", p->buckets[bucket - 1]);
	else
		(void)snprintf(out, room, "%" PRId64 "-%" PRId64,
			       bucket ? p->buckets[bucket - 1] + 1 : 0, p->buckets[bucket]);
}
