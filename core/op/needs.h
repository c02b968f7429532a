/*
 * needs.h - what each operator wants of its inputs, and which columns it always writes.
 */
#ifndef CORE_OP_NEEDS_H
#define CORE_OP_NEEDS_H

#include "core/model/dag.h"

/* The columns that an operator always writes; NULL: its output declares them. */
const struct schema *op_fixed_schema(enum op_kind op);

/*
 * Does a dataset with these columns do as input number `at` of a task?  False:
 * `why`, of `room` bytes, says what it lacks.
 */
bool op_input_fits(const struct task *task, size_t at, const struct schema *schema, char *why,
		   size_t room);

/* The same for the files that a score reads, which hold events and no rollups. */
bool op_files_fit(const struct task *task, const struct schema *schema, char *why, size_t room);

#endif
