/* expression.c - the check that asks an expression of every row. */
#include "core/check/expression.h"

#include "core/base/mem.h"
#include "core/parts/where.h"
#include "worker/check/result.h"
#include "worker/predicate/predicate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The expression and `where`, read, and what each lane asks them with. */
struct expressions {
	struct where_read expr, where;
	struct predicate *
	    *asked; /* two for each lane: where, which may be NULL, and the expression */
	int n_lanes;
	bool *named; /* by column of the dataset */
};

static enum err_code
read_one(const struct check_watch *t, const struct check_subject *subject, const char *text,
	 const char *key, struct where_read *out, struct err *err)
{
	const struct expr_columns columns = expr_columns_of_check(subject->schema);
	struct expr_mistake bad;
	enum err_code code = ERR_NONE;

	if (text)
		code = where_read(out, text, &columns, subject->grid.zone, &bad, err);
	if (code)
		err_wrap(err, "check %s: '%s'", t->name, key);
	return code;
}

static enum err_code
open_expression(struct check_watch *t, const struct check_subject *subject, struct err *err)
{
	const struct check_expression *p = t->check->params;
	struct expressions *own = mem_new(1, sizeof(*own));
	size_t columns = subject->schema->count;
	enum err_code code;

	t->own = own;
	own->n_lanes = subject->lanes ? subject->lanes : 1;
	own->asked = mem_new((size_t)own->n_lanes, 2 * sizeof(struct predicate *));
	own->named = mem_new(columns, sizeof(*own->named));
	code = read_one(t, subject, p->expr, "expr", &own->expr, err);
	if (!code)
		code = read_one(t, subject, p->where, "where", &own->where, err);
	for (int i = 0; i < own->n_lanes && !code; i++) {
		struct predicate **asked = own->asked + 2 * (size_t)i;

		if (p->where)
			asked[0] = predicate_new(own->where.expr, columns, NULL, 0);
		asked[1] = predicate_new(own->expr.expr, columns, NULL, 0);
	}
	for (size_t i = 0; i < 2 && !code; i++)
		if (own->asked[i])
			predicate_want(own->asked[i], own->named);
	return code;
}

static void
close_expression(struct check_watch *t)
{
	struct expressions *own = t->own;

	if (!own)
		return;
	for (size_t i = 0; i < 2 * (size_t)own->n_lanes; i++)
		predicate_free(own->asked[i]);
	where_release(&own->expr);
	where_release(&own->where);
	free(own->asked);
	free(own->named);
	free(own);
}

static const bool *
named_columns(const struct check_watch *t)
{
	return ((const struct expressions *)t->own)->named;
}

/* What is said of rows, as findings; one for which there is no value is not true. */
static void
ask(struct predicate *p, const struct batch *b, const uint32_t *rows, size_t n,
    const uint8_t findings[3], uint8_t *out)
{
	const uint8_t *says = NULL;
	bool all = !predicate_ask_rows(p, b, rows, n, &says, NULL, NULL);

	for (size_t i = 0; i < n; i++) {
		uint32_t at = rows ? rows[i] : (uint32_t)i;
		bool known = all || !predicate_ask_rows(p, b, &at, 1, &says, NULL, NULL);

		out[i] = findings[known ? says[at] : PREDICATE_FALSE];
	}
}

static bool
judge_expression(const struct check_watch *t, struct sight *seen, const struct batch *b,
		 const uint32_t *rows, size_t n, uint8_t *out)
{
	static const uint8_t looked_at[] = { [PREDICATE_FALSE] = IS_FILTERED,
					     [PREDICATE_NULL] = IS_FILTERED,
					     [PREDICATE_TRUE] = PASSES };
	static const uint8_t findings[] = {
		[PREDICATE_FALSE] = FAILS, [PREDICATE_NULL] = IS_MISSING, [PREDICATE_TRUE] = PASSES
	};
	const struct expressions *own = t->own;
	struct predicate *const *asked = own->asked + 2 * (seen - t->sights);
	uint32_t *some, *places;
	uint8_t *said;
	size_t k = 0;

	if (!asked[0]) {
		ask(asked[1], b, rows, n, findings, out);
		return true;
	}
	ask(asked[0], b, rows, n, looked_at, out);
	some = mem_new(n, sizeof(*some));
	places = mem_new(n, sizeof(*places));
	said = mem_new(n, sizeof(*said));
	for (size_t i = 0; i < n; i++) {
		if (out[i] == IS_FILTERED)
			continue;
		places[k] = (uint32_t)i;
		some[k++] = rows ? rows[i] : (uint32_t)i;
	}
	ask(asked[1], b, some, k, findings, said);
	for (size_t i = 0; i < k; i++)
		out[places[i]] = said[i];
	free(some);
	free(places);
	free(said);
	return true;
}

/* With `mostly` so many rows have to pass, exactly. */
static void
finish_expression(const struct check_watch *t, const struct check_subject *subject,
		  const struct check_total *sum, struct check_result *r)
{
	const struct check_expression *p = t->check->params;
	int64_t judged = sum->rows - sum->missing - sum->filtered;
	char share[SHARE_CHARS];

	result_of_rows(t, subject, sum, r);
	if (p->where)
		r->extra = json_pack("{s:I}", "filtered_rows", (json_int_t)sum->filtered);
	if (!p->mostly.of)
		return;
	share_format(p->mostly, share);
	(void)snprintf(r->expected, sizeof(r->expected), ">= %s of rows", share);
	if (share_compare(judged - sum->failed, p->mostly, judged) >= 0)
		r->failed = false;
}

const struct check_judge check_judge_expression = {
	.fails = "are not so",
	.open = open_expression,
	.close = close_expression,
	.named = named_columns,
	.judge = judge_expression,
	.finish = finish_expression,
};
