/*
 * later.h - the mailbox for what is found out below and has to be told to the engine.
 *
 *   later_init -> later_look() later_failed() later_event() ... later_take, each turn ->
 * later_release
 *
 * Whoever does something in the outside world (an executor, a publisher) holds
 * the mailbox and nothing of the runtime: the arrows run down.  The runtime
 * takes what is in it when a turn ends.  One thread, the loop's.
 */
#ifndef SCHEDULER_LOOP_LATER_H
#define SCHEDULER_LOOP_LATER_H

#include "scheduler/engine/turn.h"

/* One thing found out; private. */
struct later_item {
	int64_t attempt;
	char *why; /* NULL: look at it; else its launch failed */
	int error; /* errno of that, or 0 */
};

struct later {
	struct turn *turn; /* borrowed; where events are stepped */
	struct later_item *items;
	size_t n_items, room_items;
	bool touched;       /* something waits, or was stepped since later_take() */
	char boot[64];      /* the machine's boot id; "": the clocks were not looked at */
	int64_t offset_us;  /* wall clock - CLOCK_BOOTTIME, as the engine was told last */
	const char *broken; /* why this process cannot go on and has to start over, or NULL */
};

/* Begin, empty; `turn` has to outlive it. */
void later_init(struct later *l, struct turn *turn);

/* Drop what waits: whoever told it tells it again after the next start.  All zero is fine. */
void later_release(struct later *l);

/*
 * Tell the engine of the clocks, the first time and whenever they have diverged.  Done before each
 * event by the functions below, and by whoever steps something else.
 */
void later_clock(struct later *l);

/* Step an event now, with the wall clock's time; its effects wait for the end of the turn. */
void later_event(struct later *l, const struct event *event);

/* Events were stepped, or hooks want to be asked: finish a turn in this iteration of the loop. */
void later_touch(struct later *l);

/* From anywhere, also from inside an action: inspect the attempt in the next turn. */
void later_look(struct later *l, int64_t attempt);

/*
 * Likewise: it was not and will not be started.  `why` is one sentence and is copied, `error` the
 * errno that was the reason, or 0.
 */
void later_failed(struct later *l, int64_t attempt, const char *why, int error);

/*
 * This process cannot go on (`why`, a literal): the runtime stops in this
 * iteration, commits, and the process starts over.
 */
void later_broken(struct later *l, const char *why);

/* Step what waits; nothing is touched then, until more is told. */
void later_take(struct later *l);

#endif
