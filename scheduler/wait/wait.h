/*
 * wait.h - a task that waits for the world: what its looks have said, and what comes of the next.
 *
 * A look is an attempt that asks whether something is there.  All looks of a wait are one try; of
 * each wait only the last look has a row (docs/STATE.md, "Looks").  Pure: who keeps the task makes
 * the moves.
 */
#ifndef SCHEDULER_WAIT_WAIT_H
#define SCHEDULER_WAIT_WAIT_H

#include "core/model/dag.h"
#include "scheduler/rows/rows.h"

enum { WAIT_ERRORS_MAX = 10 }; /* looks in a row that went wrong */

/* What the looks of one try have come to. */
struct wait {
	int64_t attempt;   /* the last look, which may have begun: the one that has a row */
	int64_t since_us;  /* when the first of them was made */
	int looks, errors; /* how many have ended; how many of the last ones went wrong */
	char *answer;      /* what the last one said */
	char *seen;        /* what it leaves for the next, JSON; NULL: nothing */
};

/* How a look ended that has not found what it looks for. */
struct look_end {
	int64_t attempt, created_us;
	bool failed;        /* it did not get an answer */
	const char *answer; /* or why not */
	const char *seen;   /* NULL: it left nothing */
	int64_t again_us;   /* when it is worth looking again; 0: `every` says */
};

enum wait_verdict {
	WAIT_ON,     /* it is looked at again */
	WAIT_OVER,   /* its timeout is over */
	WAIT_BROKEN, /* too many looks in a row went wrong */
};

/* One of which no look has ended. */
struct wait *wait_new(void);

/* As a row has it; NULL: there is no look in it. */
struct wait *wait_restore(const struct task_row *row);

/* Into its columns of a row; strings are borrowed. */
void wait_store(const struct wait *w, struct task_row *row);

/* NULL is fine. */
void wait_free(struct wait *w);

/*
 * Take in how a look ended.  `first_us` is when the first look of the epoch was made.
 * WAIT_ON: *due_us says when the next one is.  *changed: the answer is another than before.
 */
enum wait_verdict wait_take(struct wait *w, const struct task_wait *def,
			    const struct look_end *look, int64_t first_us, int64_t now_us,
			    int64_t *due_us, bool *changed);

#endif
