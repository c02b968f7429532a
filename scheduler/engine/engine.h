/*
 * engine.h - what should happen now?  Pure.
 *
 *   step(state, event, now) -> effects: changes to commit, then actions to do
 *
 * The engine is the only place that decides.  It reads no clock, does no I/O,
 * and gives the same effects for the same history.  Its caller (turn.h)
 * commits the changes in one transaction and only then does the actions; after
 * a crash the engine is built again from the rows (load.h), and what
 * was under way is found out by inspection and told to it as events.
 *
 * Everything derived is derived: slots and runs in use are counted from
 * states, a run's state is a function of its tasks', and one function decides
 * whether a task may start.
 */
#ifndef SCHEDULER_ENGINE_ENGINE_H
#define SCHEDULER_ENGINE_ENGINE_H

#include "scheduler/rows/words.h"

struct engine;

/* A new engine that knows nothing; the configuration is copied. */
struct engine *engine_new(const struct engine_config *config);

/* Free it and all it holds; NULL is fine. */
void engine_free(struct engine *e);

/*
 * Which runs that have ended an event is about, by its command or because their time has
 * come: whoever steps the event gives their rows with it (`past`), as they were committed.
 * `answer` is what the database has under the key of a command, or NULL; it goes with the
 * event too.  `fx` are the effects that the step will append to.  Returns how many; the
 * caller frees *keys, which is NULL for none.
 */
size_t engine_needs(struct engine *e, const struct event *event, const struct command_row *answer,
		    int64_t now_us, const struct effects *fx, int64_t **keys);

/*
 * Does a decision of the last step lack the past, or does another follow from it at once?  Then
 * step RECALL before anything else, and before a commit.
 */
bool engine_asks(const struct engine *e);

/*
 * Take one event; append to *fx.  Illegal moves are bugs and abort; events that
 * are late, doubled or about ended attempts change nothing (an EXITED of an
 * ended attempt asks for DISCARD again).
 */
void engine_step(struct engine *e, const struct event *event, int64_t now_us, struct effects *fx);

#endif
