/*
 * effects.h - what a step, or several, asked for, collected in one arena.
 *
 *   effects_init -> effects_change, effects_action ... -> effects_reset -> ... -> effects_release
 */
#ifndef SCHEDULER_ROWS_EFFECTS_H
#define SCHEDULER_ROWS_EFFECTS_H

#include "core/base/mem.h"
#include "scheduler/rows/words.h"

/* Empty, with an arena of its own. */
void effects_init(struct effects *fx);

/* Empty for the next turn; the strings of the last are gone. */
void effects_reset(struct effects *fx);

/* Free it all; what is left is zero but for the wake time. */
void effects_release(struct effects *fx);

/* Append a change, zeroed but for its kind; valid until the next is appended. */
struct change *effects_change(struct effects *fx, enum change_kind kind);

/* Append an action, zeroed but for these; it makes the turn urgent. */
struct action *effects_action(struct effects *fx, enum action_kind kind, int64_t attempt);

/* A formatted string in the arena of the effects. */
const char *effects_format(struct effects *fx, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
