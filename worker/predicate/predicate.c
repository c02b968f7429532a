/* predicate.c - an expression over columns, asked of a batch at a time. */
#include "worker/predicate/predicate.h"

#include "worker/predicate/ask.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What an entry of a dictionary came to. */
struct entry {
	bool asked;
	struct expr_value value;
};

struct predicate {
	struct plan plan;
	struct clause *root;  /* of a condition; NULL: it is none */
	struct clause *whole; /* row by row */
	struct desk desk;
	uint8_t *says;
	uint32_t *rows;
	size_t room; /* of says, rows, and of the column that is computed */
	/* What is computed. */
	struct col made, given; /* given: a column of the batch, as it is */
	void *values;
	struct arena *texts;
	struct entry *entries;
	size_t entries_room;
};

struct predicate *
predicate_new(const struct expr *e, size_t columns, const struct expr_value *constants,
	      size_t n_constants)
{
	struct predicate *p = mem_new(1, sizeof(*p));
	struct plan *plan = &p->plan;
	enum expr_type type = expr_type(e);

	plan->arena = arena_new();
	plan->expr = e;
	plan->columns = columns;
	plan->row = arena_get(plan->arena, (columns + n_constants + 1) * sizeof(*plan->row));
	if (n_constants)
		memcpy(plan->row + columns, constants, n_constants * sizeof(*constants));
	if (type == EXPR_BOOL || type == EXPR_NULL)
		p->root = plan_clause(plan, e->root, 0);
	p->whole = plan_rows(plan, e->root);
	return p;
}

void
predicate_free(struct predicate *p)
{
	if (!p)
		return;
	desk_release(&p->desk, &p->plan);
	arena_free(p->plan.arena);
	arena_free(p->texts);
	free(p->says);
	free(p->rows);
	free(p->made.valid);
	free(p->values);
	free(p->entries);
	free(p);
}

void
predicate_want(const struct predicate *p, bool *wanted)
{
	for (size_t i = 0; i < p->whole->n_columns; i++)
		wanted[p->whole->columns[i]] = true;
}

/* Get ready for a batch. */
static void
begin(struct predicate *p, const struct batch *b)
{
	for (size_t i = 0; i < p->whole->n_columns; i++)
		assert(p->whole->columns[i] < b->schema->count &&
		       b->cols[p->whole->columns[i]].wanted);
	desk_set(&p->desk, &p->plan, b);
	if (b->rows <= p->room && p->says)
		return;
	p->room = b->rows;
	p->says = mem_resize(p->says, p->room, sizeof(*p->says));
	p->rows = mem_resize(p->rows, p->room, sizeof(*p->rows));
	p->made.valid = mem_resize(p->made.valid, p->room, sizeof(*p->made.valid));
	p->values = mem_resize(p->values, p->room, sizeof(struct span));
}

/* A row has no value: find the first one, in the order of rows, and what it is about. */
static enum err_code
first_fault(struct predicate *p, struct picked rows, size_t *bad, struct err *err)
{
	struct arena *scratch = NULL;
	struct expr_value value;
	enum err_code code = ERR_NONE;
	size_t at = 0;

	for (size_t k = 0; k < rows.n && !code; k++) {
		at = rows.at ? rows.at[k] : k;
		arena_free(scratch);
		scratch = arena_new();
		code = clause_value(&p->desk, p->whole, at, scratch, &value, err);
	}
	arena_free(scratch);
	assert(code);
	if (bad)
		*bad = at;
	return code;
}

enum err_code
predicate_ask_rows(struct predicate *p, const struct batch *b, const uint32_t *rows, size_t n,
		   const uint8_t **says, size_t *bad, struct err *err)
{
	const struct picked picked = { rows, n };

	assert(p->root);
	begin(p, b);
	if (clause_ask(&p->desk, p->root, picked, p->says))
		return first_fault(p, picked, bad, err);
	*says = p->says;
	return ERR_NONE;
}

enum err_code
predicate_ask(struct predicate *p, const struct batch *b, const uint8_t **says, size_t *bad,
	      struct err *err)
{
	return predicate_ask_rows(p, b, NULL, b->rows, says, bad, err);
}

enum err_code
predicate_select(struct predicate *p, const struct batch *b, const uint32_t **rows, size_t *n,
		 size_t *bad, struct err *err)
{
	const uint8_t *says = NULL;
	enum err_code code = predicate_ask(p, b, &says, bad, err);
	size_t found = 0;

	if (code)
		return code;
	for (size_t i = 0; i < b->rows; i++) {
		p->rows[found] = (uint32_t)i;
		found += p->says[i] == PREDICATE_TRUE;
	}
	*rows = p->rows;
	*n = found;
	return ERR_NONE;
}

/* ---- values ---- */

int
predicate_column_type(const struct expr *e)
{
	switch (expr_type(e)) {
	case EXPR_BOOL:
		return COL_BOOL;
	case EXPR_INT64:
		return COL_INT64;
	case EXPR_FLOAT64:
		return COL_FLOAT64;
	case EXPR_TEXT:
		return COL_STRING;
	case EXPR_DATE:
		return COL_DATE;
	case EXPR_TIMESTAMP:
		return COL_TIMESTAMP;
	case EXPR_JSON:
		return COL_JSON;
	default:
		return -1;
	}
}

/* Put a value at a row of the column that is computed. */
static void
put(struct col *c, size_t at, const struct expr_value *v)
{
	c->valid[at] = !v->null;
	if (v->null)
		return;
	if (col_is_text(c->type))
		c->texts[at] = (struct span){ v->text.data, v->text.bytes };
	else if (c->type == COL_FLOAT64)
		c->reals[at] = v->real;
	else
		c->ints[at] = c->type == COL_BOOL ? v->yes : v->whole;
}

/* What is about one column with a dictionary is computed once for each entry that occurs. */
static enum err_code
compute_entries(struct predicate *p, const struct batch *b, const struct col *from)
{
	size_t count = from->dict->count;
	enum err_code code = ERR_NONE;

	if (count + 1 > p->entries_room) {
		p->entries_room = count + 1;
		p->entries = mem_resize(p->entries, p->entries_room, sizeof(*p->entries));
	}
	memset(p->entries, 0, (count + 1) * sizeof(*p->entries));
	for (size_t i = 0; i < b->rows && !code; i++) {
		struct entry *e = &p->entries[from->valid[i] ? from->codes[i] : count];

		if (!e->asked)
			code = clause_value(&p->desk, p->whole, i, p->texts, &e->value, NULL);
		e->asked = true;
		if (!code)
			put(&p->made, i, &e->value);
	}
	return code;
}

static enum err_code
compute_rows(struct predicate *p, const struct batch *b)
{
	struct expr_value value;
	enum err_code code = ERR_NONE;

	for (size_t i = 0; i < b->rows && !code; i++) {
		code = clause_value(&p->desk, p->whole, i, p->texts, &value, NULL);
		if (!code)
			put(&p->made, i, &value);
	}
	return code;
}

/* A condition is a column of bools. */
static enum err_code
compute_says(struct predicate *p, const struct batch *b, size_t *bad, struct err *err)
{
	const uint8_t *says = NULL;
	enum err_code code = predicate_ask(p, b, &says, bad, err);

	for (size_t i = 0; i < b->rows && !code; i++) {
		p->made.valid[i] = p->says[i] != PREDICATE_NULL;
		p->made.ints[i] = p->says[i] == PREDICATE_TRUE;
	}
	return code;
}

enum err_code
predicate_compute(struct predicate *p, const struct batch *b, const struct col **out, size_t *bad,
		  struct err *err)
{
	const struct expr_node *root = p->plan.expr->root;
	const struct clause *s = p->whole;
	const struct col *one = s->one ? &b->cols[s->column] : NULL;
	bool *valid;

	begin(p, b);
	valid = p->made.valid;
	*out = &p->made;
	p->made = (struct col){ .type = (enum col_type)predicate_column_type(p->plan.expr),
				.wanted = true,
				.valid = valid };
	p->made.ints = p->values;
	if (p->made.type == COL_FLOAT64)
		p->made.reals = p->values;
	else if (col_is_text(p->made.type))
		p->made.texts = p->values;
	if (one && root->kind == NODE_NAME && !root->widen) {
		p->given = *one;
		p->given.type = p->made.type;
		*out = &p->given;
		return ERR_NONE;
	}
	if (p->root)
		return compute_says(p, b, bad, err);
	arena_free(p->texts);
	p->texts = arena_new();
	if (one && one->dict && one->dict->count <= b->rows ? compute_entries(p, b, one)
							    : compute_rows(p, b))
		return first_fault(p, (struct picked){ NULL, b->rows }, bad, err);
	return ERR_NONE;
}
