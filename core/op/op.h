/*
 * op.h - which operators there are, and what each adds to the keys of a task.
 */
#ifndef CORE_OP_OP_H
#define CORE_OP_OP_H

#include "core/op/draft.h"

/* What one operator adds to the common keys. */
struct op_def {
	const char *name, *method; /* method: NULL if the operator has none */
	enum op_kind kind;
	const struct key *rows; /* offsets in struct draft_task */
	size_t n_rows;
	/* Defaults other than zero; NULL: none. */
	void (*begin)(struct draft_task *t);
	/* After its keys: inputs and what one key alone cannot tell; NULL: nothing. */
	void (*end)(struct yreader *r, struct draft_task *t);
};

extern const struct op_def op_def_engagement, op_def_adoption;

/* The definition for the `operator:` and `method:` of the task at `key`; NULL was reported. */
const struct op_def *op_choose(struct yreader *r, const struct ynode *key);

#endif
