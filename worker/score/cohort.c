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
	free(c->rows);
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

static void
count(struct cohorts *c, size_t bucket, size_t plan, bool adopted)
{
	struct cohort *item = &c->items[bucket * c->params->n_plans + plan];

	item->total++;
	item->adopting += adopted;
}

/* The larger size stands for the tenant, a known one before none, then the plan named first. */
static bool
stands_before(const struct cohort_row *a, const struct cohort_row *b)
{
	if (a->sized != b->sized)
		return a->sized;
	if (a->sized && a->size != b->size)
		return a->size > b->size;
	return a->plan < b->plan;
}

/* One row of each tenant counts, which one is known when all are in. */
static void
add_tenant(struct cohorts *c, int64_t tenant, const struct cohort_row *row)
{
	size_t known = c->seen.count;
	uint32_t code = dict_code(&c->seen, (const char *)&tenant, sizeof(tenant));

	if (c->seen.count > known) {
		c->rows = mem_grow(c->rows, known, &c->rows_room, sizeof(*c->rows));
		c->rows[code] = *row;
	} else if (stands_before(row, &c->rows[code])) {
		c->rows[code] = *row;
	}
}

/* A tenant counts once in each pair that it has a row for. */
static void
add_pair(struct cohorts *c, int64_t tenant, size_t bucket, const struct cohort_row *row)
{
	size_t known = c->seen.count, pair = bucket * c->params->n_plans + row->plan;
	char key[sizeof(pair) + sizeof(tenant)];

	memcpy(key, &pair, sizeof(pair));
	memcpy(key + sizeof(pair), &tenant, sizeof(tenant));
	(void)dict_code(&c->seen, key, sizeof(key));
	if (c->seen.count > known)
		count(c, bucket, row->plan, row->adopted);
}

void
cohorts_add(struct cohorts *c, int64_t tenant, struct span plan, const int64_t *size, bool adopted)
{
	const struct op_adoption *p = c->params;
	struct cohort_row row = { .size = size ? *size : 0, .sized = size, .adopted = adopted };

	while (row.plan < p->n_plans && !span_is(plan, p->plans[row.plan]))
		row.plan++;
	if (row.plan == p->n_plans)
		return;
	if (p->tenant_grain == GRAIN_TENANT)
		add_tenant(c, tenant, &row);
	else
		add_pair(c, tenant, bucket_of(p, size), &row);
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
	size_t n_rows = params.tenant_grain == GRAIN_TENANT ? c->seen.count : 0;

	for (size_t i = 0; i < n_rows; i++)
		count(c, bucket_of(&params, c->rows[i].sized ? &c->rows[i].size : NULL),
		      c->rows[i].plan, c->rows[i].adopted);
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
