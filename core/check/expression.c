/* expression.c - the keys of the check that asks an expression of every row. */
#include "core/check/expression.h"

#include "core/check/check.h"

#include <string.h>

enum { TITLE_BYTES = 60 };

#define AT(field) offsetof(struct check_expression, field)

/* clang-format off */
static const struct key expression_keys[] = {
	{ "expr", WANT_TEXT, .required = true, .at = AT(expr) },
	{ "where", WANT_TEXT, .at = AT(where) },
	{ "mostly", WANT_SHARE, .at = AT(mostly) },
};
/* clang-format on */

static void
end_expression(struct yreader *r, const struct ynode *at, void *params)
{
	const struct check_expression *p = params;
	const struct ynode *mostly = ynode_get(at->value, "mostly");

	if (mostly && !mostly->broken && p->mostly.of && p->mostly.parts == 0)
		ykeys_say(r, mostly, E0715, "say how many rows have to be true, such as 99%",
			  "with 'mostly: %s' this check never fails", mostly->text);
}

static size_t
conditions(const void *params, struct check_condition out[CONDITIONS_MAX])
{
	const struct check_expression *p = params;
	size_t n = 0;

	out[n++] = (struct check_condition){ "expr", p->expr };
	if (p->where)
		out[n++] = (struct check_condition){ "where", p->where };
	return n;
}

static void
say(const void *params, struct buf *out)
{
	const struct check_expression *p = params;

	buf_format(out, " expr %zu:%s", strlen(p->expr), p->expr);
	if (p->where)
		buf_format(out, " where %zu:%s", strlen(p->where), p->where);
}

/* The expression, cut between characters. */
static void
title(const void *params, struct buf *out)
{
	const char *expr = ((const struct check_expression *)params)->expr;
	size_t n = strlen(expr);

	if (n <= TITLE_BYTES) {
		buf_text(out, expr);
		return;
	}
	for (n = TITLE_BYTES; n > 0 && ((unsigned char)expr[n] & 0xc0) == 0x80;)
		n--;
	buf_add(out, expr, n);
	buf_text(out, "...");
}

const struct check_kind check_kind_expression = {
	.say = say,
	.title = title,
	.name = "expression",
	.id = CHECK_EXPRESSION,
	.shape = SHAPE_ROW,
	.columns = COLUMNS_NONE,
	.may_quarantine = true,
	.conditions = conditions,
	.params_bytes = sizeof(struct check_expression),
	.end = end_expression,
	.keys = expression_keys,
	.n_keys = countof(expression_keys),
};
