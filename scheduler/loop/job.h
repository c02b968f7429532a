/*
 * job.h - blocking work off the loop, and what follows on it.
 *
 *   job_start -> run() on a pool thread -> done() on the loop -> job_again or freed by done()
 *
 * A job is embedded first in a struct of its kind, which owns everything that
 * run() touches: nothing is shared between threads.  Once jobs_stop() was
 * called drop() is called instead of done(), as after a crash: whoever asked
 * for the work asks again at the next start.
 */
#ifndef SCHEDULER_LOOP_JOB_H
#define SCHEDULER_LOOP_JOB_H

#include "core/base/err.h"

#include <uv.h>

struct jobs;

struct job {
	/* The work, on a thread of the pool; touches only what the job owns. */
	void (*run)(struct job *job);
	/* On the loop, after run(): frees the job or calls job_again(). */
	void (*done)(struct job *job);
	/* In place of done() once jobs_stop() was called: frees the job. */
	void (*drop)(struct job *job);
	/* Private. */
	uv_work_t work;
	struct jobs *jobs;
	struct job *next; /* of those that wait to be run again */
	uint64_t again_ms;
};

struct jobs {
	uv_loop_t *loop;
	uv_timer_t again;
	uv_work_t first; /* nothing is done in it but that the threads are there */
	struct job *waiting;
	bool stopping;
};

/* Begin, with nothing to do; `loop` is borrowed. */
void jobs_init(struct jobs *jobs, uv_loop_t *loop);

/* Make the threads now; ERR_SYSTEM: the machine has none left.  Else the first job makes them. */
enum err_code jobs_threads(struct jobs *jobs, struct err *err) MUST_CHECK;

/* Run it on a thread as soon as one is free. */
void job_start(struct jobs *jobs, struct job *job);

/* From done(): run it again after `delay_ms`. */
void job_again(struct job *job, unsigned delay_ms);

/* Drop what waits and, as they end, those that run; closes the timer.  The loop has to run on. */
void jobs_stop(struct jobs *jobs);

#endif
