/*
 * define.h - the definition of what a task writes: what its content depends on, besides its inputs.
 */
#ifndef CORE_DAGFILE_DEFINE_H
#define CORE_DAGFILE_DEFINE_H

#include "core/op/definition.h"

/*
 * The definition of a dataset that a task writes: its operator with its revision, the keys that the
 * operator names, inputs and windows, the format, and checks that take rows of it away.
 */
json_t *task_definition(const struct dag *dag, const struct task *task,
			const struct dataset *written) MUST_CHECK;

#endif
