/*
 * dag_state.h - what the engine keeps of a dag: its definition, its runs, and who waits for them.
 */
#ifndef SCHEDULER_STATE_DAG_STATE_H
#define SCHEDULER_STATE_DAG_STATE_H

#include "scheduler/rows/index.h"
#include "scheduler/rows/queue.h"
#include "scheduler/state/ledger.h"

struct run;
struct run_task;
struct dag_state;

/* A definition that a dag or a run refers to; the last one to let go frees it. */
struct def {
	struct index_item item; /* by digest */
	struct dag *dag;
	size_t users;
};

/* Runs that share a cap: the scheduled and manual ones of a dag, or those of a backfill. */
struct group {
	struct heap queue; /* runs that want a run slot */
	int cap, used;
	bool marked; /* in engine.groups */
	struct dag_state *dag;
};

/* Tasks that wait for the run of one dag for one part. */
struct watch {
	struct index_item item; /* by part, in dag_state.watches */
	struct waiter *first;
};

struct waiter {
	struct run_task *task;
	struct waiter *next, *prev;
	struct watch *watch;
	struct dag_state *dag;
};

/* A run that has ended and left memory. */
struct past_run {
	int64_t logical_us, key;
	uint8_t type, state; /* enum run_type, enum run_state */
	bool early;
};

/* All of a dag, by logical date. */
struct past {
	struct past_run *items;
	size_t n, room;
};

/* A run whose epoch is early. */
struct early_run {
	int64_t logical_us;
	bool asked; /* its rows were asked for, so that its next epoch can be opened */
};

struct dag_state {
	struct index_item item; /* by id */
	char *id;
	struct def *active;
	bool present, paused, seen; /* seen: in the catalog that is being read */
	int failures;               /* see dag_row */
	bool changed;               /* row to write */
	int64_t cursor_us, live_since_us;
	int64_t due_us; /* of the partition at the cursor, or an early run; INT64_MAX: never */
	struct group group;
	struct limiter limiter;  /* of its attempts */
	struct index limiters;   /* of limiter: of attempts of one task */
	struct index watches;    /* of watch */
	struct index runs;       /* of run_date: those in memory */
	struct past past;        /* ... and those that are not */
	struct early_run *early; /* both, those whose epoch is early */
	size_t n_early, room_early;
	struct run *unfinished;
};

/* Which dag writes a dataset. */
struct dataset_writer {
	struct index_item item; /* by dataset */
	const char *dataset;    /* of the dag's active definition */
	struct dag_state *dag;
};

#endif
