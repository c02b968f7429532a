/* needs.h - which runs that have ended a command is about, so that their rows are at hand. */
#ifndef SCHEDULER_COMMAND_NEEDS_H
#define SCHEDULER_COMMAND_NEEDS_H

#include "scheduler/state/past.h"

/*
 * What a key was answered: in this turn, told in *held, or as committed, which may be NULL.
 */
const struct command_row *answer_of(const struct engine *e, const char *key,
				    const struct command_row *committed, struct command_row *held);

/*
 * The runs that a command may want whole and that are not in memory: the one that it names,
 * those that it may clear, and in a session those of the answer (or NULL) that it gets again.
 */
void command_needs(const struct engine *e, const struct command *c,
		   const struct command_row *answer, int64_t now_us, struct wanted *wanted);

#endif
