/*
 * keeper.h - does somebody keep what is under way, and does the schedule go on?  What holds a run
 * or a task back before anything that an engine wrote down.
 *
 * Rows tell what was committed last.  After the end of whoever committed it, by a signal or by the
 * power, they go on saying `running`, and only the lock knows better: it is asked here, once for
 * each answer.
 */
#ifndef CORE_VIEW_KEEPER_H
#define CORE_VIEW_KEEPER_H

#include "core/base/db.h"
#include "core/model/gate.h"
#include "core/view/open.h"

/* A scheduler, or a command with --wait, holds the state of the project now. */
bool keeper_there(const struct view *v);

/*
 * The wall clock jumped ahead and the schedule is held: {jump_us, jumped_at, schedule_held_until,
 * text}, text a sentence; JSON null: it is not.
 */
enum err_code view_clock(struct view *v, json_t **out, struct err *err) MUST_CHECK;

/* What is told of rows of one dag. */
struct keeping {
	bool there;      /* keeper_there() */
	bool paused;     /* the dag is */
	const char *dag; /* borrowed */
};

/*
 * Put the first thing that holds a run or a task back into its row, as `waits` and `gate`: nobody
 * is there, then the dag is paused, then what the row has.  What has ended is left alone.
 */
void keeper_tell_run(const struct keeping *k, json_t *row);

/* The same of a task's row; one whose attempt is live is not held by a pause. */
void keeper_tell_task(const struct keeping *k, json_t *row);

/* The same of rows of tasks of one run. */
enum err_code keeper_tell_tasks(struct view *v, int64_t run, json_t *rows,
				struct err *err) MUST_CHECK;

/* The rows of a statement over tasks of a run, an array of objects with their gates told. */
enum err_code keeper_tasks(struct view *v, int64_t run, struct stmt *s, json_t **out,
			   struct err *err) MUST_CHECK;

/* Answer rows of runs, each with a member "dag_paused" that is taken out. */
enum err_code keeper_runs(struct view *v, struct stmt *s, json_t **out, struct err *err) MUST_CHECK;

/* The gate that the engine wrote down for a row of a run or a task. */
enum gate_kind keeper_gate(const json_t *row);

#endif
