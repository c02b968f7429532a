/* ready.h - may this task start? */
#ifndef SCHEDULER_READY_READY_H
#define SCHEDULER_READY_READY_H

#include "scheduler/state/state.h"

/* docs/STATE.md 5: is what a task reads settled? */
enum settled { INPUTS_READY, INPUTS_WAIT, INPUTS_MISSING };

/* What an attempt made now reads; in the arena of the effects. */
struct pins {
	struct pinned_input *items;
	size_t n;
	bool partial; /* something was left out */
};

/* Are all partitions that it names settled?  READY fills *pins, unless it is NULL. */
enum settled inputs_check(struct engine *e, struct run_task *t, struct pins *pins);

/* The one function that decides whether a task may start; it moves it, or has it wait. */
void ready_check(struct engine *e, struct run_task *t);

#endif
