/*
 * define.h - the definition of what a task writes: what its content depends on, besides its inputs.
 */
#ifndef CORE_DAGFILE_DEFINE_H
#define CORE_DAGFILE_DEFINE_H

#include "core/op/definition.h"

/*
 * The definition of a task that writes: its operator with its revision, the keys that the operator
 * names, inputs and windows, the format, and checks that take rows away.
 */
json_t *task_definition(const struct dag *dag, const struct task *task) MUST_CHECK;

#endif
