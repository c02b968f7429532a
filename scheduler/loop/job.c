/* job.c - blocking work off the loop, and what follows on it. */
#include "scheduler/loop/job.h"

#include <assert.h>

enum { POOL_THREADS = 4 }; /* as many as the library makes */

static void
on_thread(uv_work_t *work)
{
	struct job *job = work->data;

	job->run(job);
}

static void
on_loop(uv_work_t *work, int status)
{
	struct job *job = work->data;

	/* Work is cancelled by nobody, so `status` is 0. */
	(void)status;
	if (job->jobs->stopping)
		job->drop(job);
	else
		job->done(job);
}

void
job_start(struct jobs *jobs, struct job *job)
{
	int rc;

	assert(!jobs->stopping);
	job->jobs = jobs;
	job->work.data = job;
	rc = uv_queue_work(jobs->loop, &job->work, on_thread, on_loop);
	assert(rc == 0); /* fails only without a function to run */
	(void)rc;
}

static void on_again(uv_timer_t *timer);

/* Set the timer for the first of those that wait. */
static void
arm(struct jobs *jobs)
{
	uint64_t now_ms = uv_now(jobs->loop), first_ms = UINT64_MAX;

	for (struct job *job = jobs->waiting; job; job = job->next)
		if (job->again_ms < first_ms)
			first_ms = job->again_ms;
	if (jobs->waiting)
		(void)uv_timer_start(&jobs->again, on_again,
				     first_ms > now_ms ? first_ms - now_ms : 0, 0);
}

static void
on_again(uv_timer_t *timer)
{
	struct jobs *jobs = timer->data;
	uint64_t now_ms = uv_now(jobs->loop);
	struct job **at = &jobs->waiting;
	struct job *job;

	while ((job = *at)) {
		if (job->again_ms > now_ms) {
			at = &job->next;
			continue;
		}
		*at = job->next;
		job_start(jobs, job);
	}
	arm(jobs);
}

void
job_again(struct job *job, unsigned delay_ms)
{
	struct jobs *jobs = job->jobs;

	job->again_ms = uv_now(jobs->loop) + delay_ms;
	job->next = jobs->waiting;
	jobs->waiting = job;
	arm(jobs);
}

void
jobs_init(struct jobs *jobs, uv_loop_t *loop)
{
	*jobs = (struct jobs){ .loop = loop };
	(void)uv_timer_init(loop, &jobs->again); /* cannot fail: no system call */
	jobs->again.data = jobs;
}

static void
wait_for_others(void *all)
{
	uv_sem_wait(all);
}

static void
do_nothing(uv_work_t *work)
{
	(void)work;
}

/*
 * The library aborts when it finds no memory for its threads.  So as many are tried before; the
 * first work then finds what they leave.
 */
enum err_code
jobs_threads(struct jobs *jobs, struct err *err)
{
	uv_thread_t threads[POOL_THREADS];
	uv_sem_t all;
	int n = 0, rc = uv_sem_init(&all, 0);

	if (rc)
		return err_set(err, ERR_SYSTEM, "start threads: %s", uv_strerror(rc));
	while (n < POOL_THREADS && !(rc = uv_thread_create(&threads[n], wait_for_others, &all)))
		n++;
	for (int i = 0; i < n; i++)
		uv_sem_post(&all);
	for (int i = 0; i < n; i++)
		(void)uv_thread_join(&threads[i]);
	uv_sem_destroy(&all);
	if (!rc)
		rc = uv_queue_work(jobs->loop, &jobs->first, do_nothing, NULL);
	if (rc)
		return err_set(err, ERR_SYSTEM,
			       "start %d threads: %s; is a limit of memory (ulimit -v) or of "
			       "processes (ulimit -u) too low?",
			       POOL_THREADS, uv_strerror(rc));
	return ERR_NONE;
}

void
jobs_stop(struct jobs *jobs)
{
	struct job *job;

	jobs->stopping = true;
	while ((job = jobs->waiting)) {
		jobs->waiting = job->next;
		job->drop(job);
	}
	uv_close((uv_handle_t *)&jobs->again, NULL);
}
