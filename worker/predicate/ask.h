/*
 * ask.h - the clauses of a plan, asked of a batch.
 *
 * For the files of this room only.
 */
#ifndef WORKER_PREDICATE_ASK_H
#define WORKER_PREDICATE_ASK_H

#include "worker/predicate/plan.h"

/* Rows of a batch: their indexes, ascending; `at` NULL: the first n. */
struct picked {
	const uint32_t *at;
	size_t n;
};

/* What the clauses work in: as much as a batch of `room` rows takes. */
struct desk {
	const struct plan *plan;
	const struct batch *batch;
	size_t room;
	uint8_t **says;  /* by depth */
	uint32_t **rows; /* by depth */
	uint8_t *memo;   /* what was said of an entry of a dictionary */
	size_t memo_room;
	struct arena *scratch; /* of values that are gone after their row */
	unsigned scratched;    /* rows since it was new */
};

/* Get ready for a batch. */
void desk_set(struct desk *d, const struct plan *plan, const struct batch *b);

/* Free what it holds; fine on a zeroed one. */
void desk_release(struct desk *d, const struct plan *plan);

/*
 * What a clause says of some rows of the batch, into says[] of these rows.  It fails where
 * expr_eval() fails for one of them, which need not be the first; `err` stays.
 */
enum err_code clause_ask(struct desk *d, const struct clause *s, struct picked rows,
			 uint8_t *says) MUST_CHECK;

/* The value of a clause of CLAUSE_ROWS for a row; texts that are made are taken from `scratch`. */
enum err_code clause_value(struct desk *d, const struct clause *s, size_t at, struct arena *scratch,
			   struct expr_value *out, struct err *err) MUST_CHECK;

#endif
