/* scheduler.c - the daemon: open, say so, run, let go. */
#include "scheduler/daemon/scheduler.h"

#include "core/base/clock.h"
#include "scheduler/daemon/runtime.h"
#include "scheduler/engine/look.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <string.h>
#include <unistd.h>

/* Documented exit statuses: DESIGN 10. */
enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_REFUSED = 4 };

/* What breaks sooner waits until then, so that a circle of starts takes no machine down. */
enum { LIFE_US_MIN = 2 * 1000 * 1000 };

static int
refuse(const struct log *log, const struct err *err)
{
	log_line(log, LOG_ERROR, "%s", err->msg);
	return err->code == ERR_BUSY ? STATUS_REFUSED : STATUS_FAILED;
}

static const char *
s_unless_one(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void
announce(const struct runtime *rt, const struct scheduler_options *options)
{
	const struct catalog *catalog = runtime_catalog(rt);
	struct progress p;
	int64_t unfinished;

	engine_progress(runtime_engine(rt), &p);
	unfinished = p.runs_total - p.runs_done;
	log_tell(&options->log,
		 "%zu dag%s, %zu problem%s, %" PRId64
		 " run%s unfinished, socket %s/.tidemill/control.sock",
		 catalog->project.n_dags, s_unless_one(catalog->project.n_dags), catalog->problems,
		 s_unless_one(catalog->problems), unfinished, s_unless_one((uint64_t)unfinished),
		 options->project_dir);
	if (options->ready_line)
		log_tell(&options->log, "%s", options->ready_line);
}

/* Comes back only when it failed. */
static int
start_over(const struct scheduler_options *options, const char *why, int64_t life_us)
{
	log_line(&options->log, LOG_WARN, "%s, starting over", why);
	if (life_us < LIFE_US_MIN)
		(void)usleep((useconds_t)(LIFE_US_MIN - life_us));
	spawner_stop(options->spawner); /* reaps it: the new image would not know that child */
	(void)execv("/proc/self/exe", options->argv);
	log_line(&options->log, LOG_ERROR,
		 "start over: %s; running tasks go on, start the scheduler again", strerror(errno));
	return STATUS_FAILED;
}

int
scheduler_main(const struct scheduler_options *options)
{
	const struct runtime_options ro = {
		.project_dir = options->project_dir,
		.spawner = options->spawner,
		.log = options->log,
	};
	int64_t start_us = clock_boot_us();
	struct runtime *rt;
	struct err err;
	const char *broken;

	if (runtime_open(&rt, &ro, &err))
		return refuse(&options->log, &err);
	if (runtime_start(rt, &err)) {
		runtime_close(rt);
		return refuse(&options->log, &err);
	}
	runtime_turn(rt, true);
	/* Reading a thousand files leaves holes that nothing fills while we wait. */
	(void)malloc_trim(0);
	announce(rt, options);
	runtime_run(rt);
	broken = runtime_broken(rt);
	runtime_close(rt);
	return broken ? start_over(options, broken, clock_boot_us() - start_us) : STATUS_DONE;
}
