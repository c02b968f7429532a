/*
 * collector.h - retention: old versions that are neither young, nor among the last few, nor read.
 *
 *   collector_start -> collector_soon()... -> collector_stop, the loop runs on
 */
#ifndef SCHEDULER_PUBLISH_COLLECTOR_H
#define SCHEDULER_PUBLISH_COLLECTOR_H

#include "core/base/log.h"
#include "scheduler/loop/catalog.h"
#include "scheduler/loop/job.h"
#include "scheduler/store/store.h"

/* Begins as its first members and zeros. */
struct collector {
	struct store *store;           /* borrowed, as all of these: knows the versions */
	const struct engine *engine;   /* knows what is read now */
	const struct catalog *catalog; /* where datasets are, and how long versions stay */
	struct jobs *jobs;
	const struct log *log;

	uv_timer_t timer;
	bool collecting;        /* a job is under way */
	int64_t looked_mono_us; /* when leftovers were looked for last; 0: not yet */
};

/* Look a few seconds from now, and every hour. */
void collector_start(struct collector *c, uv_loop_t *loop);

/* Old versions may have become collectable: look within half a minute.  Only once started. */
void collector_soon(struct collector *c);

/* Close the timer; the loop has to run on.  Never started is fine. */
void collector_stop(struct collector *c);

#endif
