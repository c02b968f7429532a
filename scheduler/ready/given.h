/* given.h - what other tasks left for the templates of a task. */
#ifndef SCHEDULER_READY_GIVEN_H
#define SCHEDULER_READY_GIVEN_H

#include "core/base/json.h"
#include "core/text/template.h"
#include "scheduler/state/state.h"

/*
 * Is every output that its templates name there?  False: the task waits for the end of one that
 * leaves it, or was ended because that left none.
 */
bool given_lets(struct engine *e, struct run_task *t);

/*
 * What a task of the run left under one of its outputs, to let go of: of one that is expanded and
 * succeeded the list of what its instances left, null where one left nothing.  NULL: nothing.
 */
json_t *given_value(const struct run *run, uint32_t task, uint32_t output);

/*
 * What the templates of a task stand for that has no attempt: its run, params, and what others left
 * for it, which is there.  They last as long as the step.  A code: the params cannot be read.
 */
enum err_code given_vars(struct engine *e, const struct run_task *t, struct run_vars *out,
			 struct err *err);

/* The values, which are there, for the launch of an attempt of the task. */
void given_take(struct engine *e, const struct run_task *t, struct action *launch);

#endif
