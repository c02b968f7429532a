/*
 * dag_state.h - what the engine keeps of a dag: its definition, its runs, and who waits for them.
 */
#ifndef SCHEDULER_STATE_DAG_STATE_H
#define SCHEDULER_STATE_DAG_STATE_H

#include "scheduler/rows/index.h"
#include "scheduler/rows/queue.h"
#include "scheduler/rows/rows.h"
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

/* An update of a dataset, for one run of a dag that it wakes; until a run has consumed it. */
struct woken_event {
	struct dataset_event_row row; /* strings are those below */
	char *dataset, *dag, *run_id, *waits;
	bool changed; /* row to write */
};

/* A wake's place among those that wait for a time. */
struct wake_seat {
	struct heap_item item;
	struct wake *wake;
};

/* The updates for one run that datasets make, or make again (woken.h). */
struct wake {
	struct index_item item; /* by logical date, in dag_state.wakes */
	struct wake_seat seat;  /* in engine.wake_timers: looked at again at due_us */
	struct dag_state *dag;
	int64_t logical_us, due_us;
	struct woken_event **events; /* in the order they came; there is one */
	size_t n, room;
	bool queued;   /* in engine.wakes */
	bool asking;   /* in engine.wakes_asking */
	bool recalled; /* the rows of its run come with this step */
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
	struct index wakes;           /* of wake: updates that no run has consumed */
	struct dag_state **consumers; /* dags that wait for datasets that it writes */
	size_t n_consumers, room_consumers;
	bool touching, asked; /* no circle is followed twice */
};

/* Which dag writes a dataset. */
struct dataset_writer {
	struct index_item item; /* by dataset */
	const char *dataset;    /* of the dag's active definition */
	struct dag_state *dag;
};

#endif
