/*
 * plan.h - how each part of an expression is asked of a batch.
 *
 * For the files of this room only.
 */
#ifndef WORKER_PREDICATE_PLAN_H
#define WORKER_PREDICATE_PLAN_H

#include "core/expr/eval.h"
#include "worker/rows/batch.h"

#include <math.h>

enum clause_kind {
	CLAUSE_AND,    /* parts */
	CLAUSE_OR,     /* parts */
	CLAUSE_NOT,    /* one part */
	CLAUSE_SAYS,   /* the same of every row */
	CLAUSE_NULL,   /* is the column null? */
	CLAUSE_RANGES, /* is the value of the column in one of some ranges? */
	CLAUSE_TEXTS,  /* is the text of the column one of some? */
	CLAUSE_ROWS,   /* whatever it is, row by row */
};

/* Keys from lo to hi; none where lo > hi. */
struct key_range {
	int64_t lo, hi;
};

/* A part of an expression.  It lives in the arena of its plan. */
struct clause {
	enum clause_kind kind;
	const struct expr_node *node;
	struct clause **parts; /* AND, OR, NOT */
	size_t n_parts;
	uint32_t depth;          /* of AND and OR above it */
	uint32_t column;         /* NULL, RANGES, TEXTS; ROWS with one name */
	bool one;                /* ROWS: it names a single column */
	const uint32_t *columns; /* ROWS: that it names */
	size_t n_columns;
	uint8_t hit, miss;              /* RANGES, TEXTS: enum predicate_says; SAYS: hit */
	const struct key_range *ranges; /* RANGES: ascending, of keys; they do not overlap */
	const struct span *texts;       /* TEXTS: ascending */
	size_t n;                       /* of either */
};

/* An expression, the values of the slots of its constants (and room for those before them). */
struct plan {
	struct arena *arena;
	const struct expr *expr;
	struct expr_value *row; /* by slot: constants are filled in */
	size_t columns;
	uint32_t depth; /* of AND and OR inside each other */
};

/* Make the clause of a part of type bool or null. */
struct clause *plan_clause(struct plan *p, const struct expr_node *node, uint32_t depth);

/* Make a clause of any part that is asked row by row. */
struct clause *plan_rows(struct plan *p, const struct expr_node *node);

/*
 * The key of a float64: NaN is greatest.  -0.0 and 0.0 are neighbours, and whoever compares has
 * both in a range or none.
 */
static inline int64_t
real_key(double x)
{
	union {
		double real;
		int64_t bits;
	} u = { .real = x };

	return isnan(x) ? INT64_MAX : u.bits < 0 ? u.bits ^ INT64_MAX : u.bits;
}

/* Is a text among those of a TEXTS clause? */
bool clause_has_text(const struct clause *s, struct span text);

/* The value of a row of a column as core/expr has it. */
struct expr_value column_value(const struct col *c, size_t at);

#endif
