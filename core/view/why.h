/* why.h - everything that holds a run or a task back. */
#ifndef CORE_VIEW_WHY_H
#define CORE_VIEW_WHY_H

#include "core/view/open.h"

enum { WHY_GATES_MAX = 100 }; /* an answer about a run has no task beyond */

/*
 * Everything that holds a run back: of its whole or of one task.  `run` as in
 * view_run(), a run id or a logical date; NULL: the oldest that has not ended, else the latest.
 *
 *   {dag, run_id, logical_date, partition, state, task,
 *    gates: [{gate, task, text, until, upstream [{task, state}], holders [{dag, run_id, task}],
 *    held_by {gate, ...}, ends_when}]}
 *
 * A date without a run is answered too: when its run is due, or that the schedule passed it.
 * set_aside is there where tasks read rows that they did not publish (aside.h).
 *
 * A gate has the members that say something.  Gates: paused, absent (its file
 * is gone or broken), clock (the schedule is held), no_scheduler, no_run, queued, waits, upstream,
 * updates (of datasets, for a run that they are about to make), retry, limit (which, and how much
 * of it is used), pool (its turn has to come), running, ended. held_by is the gate that the engine
 * wrote down, with its arguments, and ends_when what ends it in words (core/model/gate.h).  gates
 * is never empty: what has ended says so.
 */
enum err_code view_why(struct view *v, const char *dag, const char *task, const char *run,
		       json_t **out, struct err *err) MUST_CHECK;

#endif
