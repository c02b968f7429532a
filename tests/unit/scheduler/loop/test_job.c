/* test_job.c - work off the loop: again and again, and dropped in the middle. */
#include "scheduler/loop/job.h"

#include "core/base/mem.h"
#include "tests/fixture/scarce.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct counts {
	int done, dropped;
};

struct count_job {
	struct job job;
	struct counts *counts;
	int runs; /* how often it ran */
	int runs_wanted;
	unsigned delay_ms;
};

static void
run(struct job *job)
{
	((struct count_job *)job)->runs++;
}

static void
done(struct job *job)
{
	struct count_job *c = (struct count_job *)job;

	if (c->runs < c->runs_wanted) {
		job_again(job, c->delay_ms);
		return;
	}
	c->counts->done += c->runs;
	free(c);
}

static void
drop(struct job *job)
{
	struct count_job *c = (struct count_job *)job;

	c->counts->dropped++;
	free(c);
}

static void
start(struct jobs *jobs, struct counts *counts, int runs_wanted, unsigned delay_ms)
{
	struct count_job *c = mem_new(1, sizeof(*c));

	c->job = (struct job){ .run = run, .done = done, .drop = drop };
	c->counts = counts;
	c->runs_wanted = runs_wanted;
	c->delay_ms = delay_ms;
	job_start(jobs, &c->job);
}

static void
a_job_is_run_as_often_as_it_asks(void **state)
{
	struct counts counts = { 0 };
	struct jobs jobs;
	uv_loop_t loop;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	jobs_init(&jobs, &loop);
	for (int i = 0; i < 50; i++)
		start(&jobs, &counts, 1 + i % 4, (unsigned)(i % 3));
	(void)uv_run(&loop, UV_RUN_DEFAULT); /* ends when nothing is left to do */
	assert_int_equal(counts.done, 50 + 12 * (1 + 2 + 3) + 1);
	assert_int_equal(counts.dropped, 0);
	jobs_stop(&jobs);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

/* Some run, some wait for their next time: all are dropped, none is lost. */
static void
stopping_drops_all_and_loses_none(void **state)
{
	struct counts counts = { 0 };
	struct jobs jobs;
	uv_loop_t loop;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	jobs_init(&jobs, &loop);
	for (int i = 0; i < 20; i++)
		start(&jobs, &counts, 1000, i % 2 ? 60 * 1000 : 0);
	for (int i = 0; i < 20; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	jobs_stop(&jobs);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(counts.dropped, 20);
	assert_int_equal(counts.done, 0);
	assert_int_equal(uv_loop_close(&loop), 0);
}

/* The library would abort; 8 MiB are less than the stacks of its threads. */
static int
ask_for_threads_in_little_memory(void)
{
	struct err err = { 0 };
	struct jobs jobs;
	uv_loop_t loop;

	if (uv_loop_init(&loop))
		return 10;
	jobs_init(&jobs, &loop);
	if (!scarce_begin((size_t)8 << 20))
		return 0;
	if (jobs_threads(&jobs, &err) != ERR_SYSTEM)
		return 11;
	return strstr(err.msg, "ulimit -v") ? 0 : 12;
}

static void
without_memory_for_threads_it_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(scarce_child(ask_for_threads_in_little_memory), 0);
}

static void
threads_that_were_made_before_do_the_work(void **state)
{
	struct counts counts = { 0 };
	struct jobs jobs;
	uv_loop_t loop;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	jobs_init(&jobs, &loop);
	assert_int_equal(jobs_threads(&jobs, NULL), ERR_NONE);
	start(&jobs, &counts, 1, 0);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(counts.done, 1);
	jobs_stop(&jobs);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_for_threads_it_is_an_error),
		cmocka_unit_test(threads_that_were_made_before_do_the_work),
		cmocka_unit_test(a_job_is_run_as_often_as_it_asks),
		cmocka_unit_test(stopping_drops_all_and_loses_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
