/*
 * recall.h - runs that have ended, as rows, for one step that is about them.
 *
 * The engine keeps only what is not final.  A command about a run that has
 * ended gets its rows in its event: whoever turns the crank asks the engine
 * which (engine_needs), and the world for them.  The same with what its key was
 * answered before.
 *
 *   recall_init -> recall_run, recall_task ... -> the step -> recall_release
 */
#ifndef SCHEDULER_ROWS_RECALL_H
#define SCHEDULER_ROWS_RECALL_H

#include "core/base/mem.h"
#include "scheduler/rows/words.h"

struct recall {
	struct arena *arena; /* of all strings and rows */
	struct recalled *runs;
	size_t n, room;
	size_t room_tasks;          /* of the last run */
	struct command_row *answer; /* what the command's key was answered, or NULL */
};

/* Empty. */
void recall_init(struct recall *r);

/* Free the rows and let go of the definitions. */
void recall_release(struct recall *r);

/* Begin a run: the row is copied, a reference to its definition is taken. */
void recall_run(struct recall *r, const struct run_row *row, struct dag *dag);

/* A task of the run that was begun last; the row is copied. */
void recall_task(struct recall *r, const struct task_row *row);

/* The answer that the key of the command got before; the row is copied. */
void recall_answer(struct recall *r, const struct command_row *row);

#endif
