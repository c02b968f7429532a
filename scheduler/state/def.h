/* def.h - definitions, the dags they belong to, and which dag writes which dataset. */
#ifndef SCHEDULER_STATE_DEF_H
#define SCHEDULER_STATE_DEF_H

#include "scheduler/state/state.h"

/* The kept definition with the digest of `dag`, with one user more; a new one refers to `dag`. */
struct def *def_take(struct engine *e, struct dag *dag);

/* The same without a user more, for one that the database has: there is nothing to write. */
struct def *def_known(struct engine *e, struct dag *dag);

/* One user less.  The dag of the last one stays readable until the effects are carried out. */
void def_drop(struct engine *e, struct def *def);

/* The same definition with other zones takes its place, for its dag and all its runs. */
void def_exchange(struct engine *e, struct def *def, struct dag *dag);

/* A new dag, without a definition, not present; there is none with this id. */
struct dag_state *dag_state_make(struct engine *e, const char *id);

/* The dag that writes a dataset, or NULL. */
struct dag_state *writer_find(const struct engine *e, const char *dataset);

/* Find out again which dag writes which dataset. */
void writers_build(struct engine *e);

/* The backfill with this key; a new one is empty. */
struct backfill *backfill_make(struct engine *e, int64_t key);

#endif
