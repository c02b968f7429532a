/* plan.c - how each part of an expression is asked of a batch. */
#include "worker/predicate/plan.h"

#include "core/expr/order.h"
#include "worker/predicate/says.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a part names ---- */

/* Add the columns that a part names to columns[]; each once. */
static void
add_columns(const struct plan *p, const struct expr_node *node, uint32_t *columns, size_t *n)
{
	bool known = node->kind != NODE_NAME || node->slot >= p->columns;

	for (size_t i = 0; i < *n && !known; i++)
		known = columns[i] == node->slot;
	if (!known)
		columns[(*n)++] = node->slot;
	for (uint32_t i = 0; i < node->n; i++)
		add_columns(p, node->args[i], columns, n);
}

/* How many names a part has, at most. */
static size_t
count_names(const struct expr_node *node)
{
	size_t n = node->kind == NODE_NAME;

	for (uint32_t i = 0; i < node->n; i++)
		n += count_names(node->args[i]);
	return n;
}

/* A column as it is, not as another type of number. */
static bool
is_column(const struct plan *p, const struct expr_node *node)
{
	return node->kind == NODE_NAME && node->slot < p->columns && !node->widen;
}

/* The value of a part that names no column; false: it names one, or has no value. */
static bool
constant(struct plan *p, const struct expr_node *node, struct expr_value *out)
{
	uint32_t *columns = arena_get(p->arena, (count_names(node) + 1) * sizeof(*columns));
	size_t n = 0;

	add_columns(p, node, columns, &n);
	return n == 0 && !expr_part_value(p->expr, node, p->row, p->arena, out, NULL);
}

/* ---- clauses ---- */

static struct clause *
new_clause(struct plan *p, enum clause_kind kind, const struct expr_node *node)
{
	struct clause *s = arena_get(p->arena, sizeof(*s));

	s->kind = kind;
	s->node = node;
	s->hit = PREDICATE_TRUE;
	s->miss = PREDICATE_FALSE;
	return s;
}

struct clause *
plan_rows(struct plan *p, const struct expr_node *node)
{
	struct clause *s = new_clause(p, CLAUSE_ROWS, node);
	uint32_t *columns = arena_get(p->arena, (count_names(node) + 1) * sizeof(*columns));

	add_columns(p, node, columns, &s->n_columns);
	s->columns = columns;
	s->one = s->n_columns == 1;
	s->column = s->one ? columns[0] : 0;
	return s;
}

static struct clause *
says(struct plan *p, const struct expr_node *node, enum predicate_says what)
{
	struct clause *s = new_clause(p, CLAUSE_SAYS, node);

	s->hit = (uint8_t)what;
	return s;
}

/* ---- ranges ---- */

static double
key_real(int64_t key)
{
	union {
		int64_t bits;
		double real;
	} u = { .bits = key < 0 ? key ^ INT64_MAX : key };

	return u.real;
}

/* Which is greater, what a column has where its key is this, or a constant? */
static int
order_of_key(const struct expr_node *column, int64_t key, const struct expr_node *other,
	     const struct expr_value *value)
{
	struct expr_value v = { 0 };

	if (column->type == EXPR_FLOAT64)
		v.real = key_real(key);
	else if (column->type == EXPR_BOOL)
		v.yes = key > 0;
	else
		v.whole = key;
	return expr_order(column, &v, other, value);
}

static int64_t
least_key(const struct expr_node *column)
{
	return column->type == EXPR_FLOAT64 ? real_key(-INFINITY) : INT64_MIN;
}

/*
 * The least key whose order beside the constant is more than `than`; false: none is.  Order does
 * not fall as keys rise, so that halving finds it for every pair of types that core/expr compares.
 */
static bool
first_key(const struct expr_node *column, const struct expr_node *other,
	  const struct expr_value *value, int than, int64_t *out)
{
	int64_t lo = least_key(column), hi = INT64_MAX;

	if (order_of_key(column, hi, other, value) <= than)
		return false;
	while (lo < hi) {
		int64_t middle = (int64_t)((uint64_t)lo + ((uint64_t)hi - (uint64_t)lo) / 2);

		if (order_of_key(column, middle, other, value) > than)
			hi = middle;
		else
			lo = middle + 1;
	}
	*out = lo;
	return true;
}

/* The keys of a column that compare so with a constant; NE is the caller's. */
static struct key_range
range_of(const struct expr_node *column, enum compare how, const struct expr_node *other,
	 const struct expr_value *value)
{
	static const struct key_range none = { 1, 0 };
	int64_t least = least_key(column), equal, above;
	bool any_equal = first_key(column, other, value, -1, &equal); /* or above */
	bool any_above = first_key(column, other, value, 0, &above);

	switch (how) {
	case COMPARE_LT:
		if (any_equal && equal == least)
			return none;
		return (struct key_range){ least, any_equal ? equal - 1 : INT64_MAX };
	case COMPARE_LE:
		if (any_above && above == least)
			return none;
		return (struct key_range){ least, any_above ? above - 1 : INT64_MAX };
	case COMPARE_GT:
		return any_above ? (struct key_range){ above, INT64_MAX } : none;
	case COMPARE_GE:
		return any_equal ? (struct key_range){ equal, INT64_MAX } : none;
	default:
		if (!any_equal || (any_above && above == equal))
			return none;
		return (struct key_range){ equal, any_above ? above - 1 : INT64_MAX };
	}
}

/* Is a column held against values by its key? */
static bool
has_keys(enum expr_type type)
{
	return type == EXPR_INT64 || type == EXPR_FLOAT64 || type == EXPR_BOOL ||
	       type == EXPR_DATE || type == EXPR_TIMESTAMP;
}

static int
compare_ranges(const void *a, const void *b)
{
	int64_t x = ((const struct key_range *)a)->lo, y = ((const struct key_range *)b)->lo;

	return (x > y) - (x < y);
}

static struct clause *
ranges_clause(struct plan *p, const struct expr_node *node, uint32_t column,
	      struct key_range *ranges, size_t n)
{
	struct clause *s = new_clause(p, CLAUSE_RANGES, node);

	qsort(ranges, n, sizeof(*ranges), compare_ranges);
	s->column = column;
	s->ranges = ranges;
	s->n = n;
	return s;
}

/* ---- texts ---- */

static int
compare_texts(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

bool
clause_has_text(const struct clause *s, struct span text)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		int order = span_compare(s->texts[middle], text);

		if (order == 0)
			return true;
		if (order < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	return false;
}

static struct clause *
texts_clause(struct plan *p, const struct expr_node *node, uint32_t column, struct span *texts,
	     size_t n)
{
	struct clause *s = new_clause(p, CLAUSE_TEXTS, node);

	qsort(texts, n, sizeof(*texts), compare_texts);
	s->column = column;
	s->texts = texts;
	s->n = n;
	return s;
}

/* ---- kinds of parts ---- */

/* The comparison with its sides changed. */
static enum compare
turned(enum compare how)
{
	switch (how) {
	case COMPARE_LT:
		return COMPARE_GT;
	case COMPARE_LE:
		return COMPARE_GE;
	case COMPARE_GT:
		return COMPARE_LT;
	case COMPARE_GE:
		return COMPARE_LE;
	default:
		return how;
	}
}

/* A column that compares with a constant; NULL: it is asked row by row. */
static struct clause *
compare_clause(struct plan *p, const struct expr_node *node)
{
	const struct expr_node *column = node->args[0], *other = node->args[1];
	enum compare how = node->compare;
	struct expr_value value;
	struct clause *s = NULL;

	if (!is_column(p, column)) {
		column = node->args[1];
		other = node->args[0];
		how = turned(how);
	}
	if (!is_column(p, column) || !constant(p, other, &value))
		return NULL;
	if (value.null)
		return says(p, node, PREDICATE_NULL);
	if (has_keys(column->type)) {
		struct key_range *range = arena_get(p->arena, sizeof(*range));

		*range = range_of(column, how, other, &value);
		s = ranges_clause(p, node, column->slot, range, 1);
	} else if (column->type == EXPR_TEXT && (how == COMPARE_EQ || how == COMPARE_NE)) {
		struct span *text = arena_get(p->arena, sizeof(*text));

		*text = (struct span){ value.text.data, value.text.bytes };
		s = texts_clause(p, node, column->slot, text, 1);
	}
	if (s && how == COMPARE_NE) {
		s->hit = PREDICATE_FALSE;
		s->miss = PREDICATE_TRUE;
	}
	return s;
}

/* A column among constants; NULL: it is asked row by row. */
static struct clause *
in_clause(struct plan *p, const struct expr_node *node)
{
	const struct expr_node *column = node->args[0];
	struct key_range *ranges = arena_get(p->arena, node->n * sizeof(*ranges));
	struct span *texts = arena_get(p->arena, node->n * sizeof(*texts));
	bool keys = has_keys(column->type), null = false;
	struct expr_value value;
	struct clause *s;
	size_t n = 0;

	if (!is_column(p, column) || (!keys && column->type != EXPR_TEXT))
		return NULL;
	for (uint32_t i = 1; i < node->n; i++) {
		if (!constant(p, node->args[i], &value))
			return NULL;
		null |= value.null;
		if (value.null)
			continue;
		if (keys)
			ranges[n] = range_of(column, COMPARE_EQ, node->args[i], &value);
		else
			texts[n] = (struct span){ value.text.data, value.text.bytes };
		n += !keys || ranges[n].lo <= ranges[n].hi;
	}
	s = keys ? ranges_clause(p, node, column->slot, ranges, n)
		 : texts_clause(p, node, column->slot, texts, n);
	s->miss = null ? PREDICATE_NULL : PREDICATE_FALSE;
	return s;
}

/* A column between constants; NULL: it is asked row by row. */
static struct clause *
between_clause(struct plan *p, const struct expr_node *node)
{
	const struct expr_node *column = node->args[0];
	struct key_range *range = arena_get(p->arena, sizeof(*range)), to;
	struct expr_value lo, hi;

	if (!is_column(p, column) || !has_keys(column->type) || !constant(p, node->args[1], &lo) ||
	    !constant(p, node->args[2], &hi) || lo.null || hi.null)
		return NULL;
	*range = range_of(column, COMPARE_GE, node->args[1], &lo);
	to = range_of(column, COMPARE_LE, node->args[2], &hi);
	if (range->lo <= range->hi && to.lo <= to.hi)
		range->hi = to.hi;
	else
		*range = to.lo <= to.hi ? *range : to;
	return ranges_clause(p, node, column->slot, range, 1);
}

static struct clause *
joined_clause(struct plan *p, const struct expr_node *node, uint32_t depth)
{
	bool not = node->kind == NODE_NOT;
	struct clause *s = new_clause(p,
				      node->kind == NODE_AND  ? CLAUSE_AND
				      : node->kind == NODE_OR ? CLAUSE_OR
							      : CLAUSE_NOT,
				      node);

	s->depth = depth;
	s->n_parts = node->n;
	s->parts = arena_get(p->arena, node->n * sizeof(struct clause *));
	if (!not &&depth + 1 > p->depth)
		p->depth = depth + 1;
	for (uint32_t i = 0; i < node->n; i++)
		s->parts[i] = plan_clause(p, node->args[i], depth + !not );
	return s;
}

/* A column of bools, as a condition. */
static struct clause *
bool_clause(struct plan *p, const struct expr_node *node)
{
	struct key_range *range = arena_get(p->arena, sizeof(*range));

	*range = (struct key_range){ 1, INT64_MAX };
	return ranges_clause(p, node, node->slot, range, 1);
}

struct clause *
plan_clause(struct plan *p, const struct expr_node *node, uint32_t depth)
{
	struct expr_value value;
	struct clause *s = NULL;

	if (constant(p, node, &value))
		return says(p, node,
			    value.null  ? PREDICATE_NULL
			    : value.yes ? PREDICATE_TRUE
					: PREDICATE_FALSE);
	switch (node->kind) {
	case NODE_AND:
	case NODE_OR:
	case NODE_NOT:
		return joined_clause(p, node, depth);
	case NODE_NAME:
		if (is_column(p, node))
			s = bool_clause(p, node);
		break;
	case NODE_COMPARE:
		s = compare_clause(p, node);
		break;
	case NODE_IN:
		s = in_clause(p, node);
		break;
	case NODE_BETWEEN:
		s = between_clause(p, node);
		break;
	case NODE_IS_NULL:
		if (is_column(p, node->args[0])) {
			s = new_clause(p, CLAUSE_NULL, node);
			s->column = node->args[0]->slot;
		}
		break;
	default:
		break;
	}
	return s ? s : plan_rows(p, node);
}
