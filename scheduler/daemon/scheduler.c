/* scheduler.c - the daemon: open, say so, run, let go. */
#include "scheduler/daemon/scheduler.h"

#include "core/base/clock.h"
#include "core/wire/holder.h"
#include "scheduler/daemon/runtime.h"
#include "scheduler/engine/look.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Documented exit statuses: README, "Exit codes". */
enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_BUSY = 3, STATUS_REFUSED = 4 };

/* Whoever holds the state and is no daemon is waited for so long, and spoken of after a second. */
enum {
	LOCK_WAIT_US = 30 * 1000 * 1000,
	LOCK_SAY_US = 1000 * 1000,
	LOCK_LOOK_US = 50 * 1000,
};

/* What breaks sooner waits until then, so that a circle of starts takes no machine down. */
enum { LIFE_US_MIN = 2 * 1000 * 1000 };

static int
refuse(const struct log *log, const struct err *err)
{
	log_line(log, LOG_ERROR, "%s", err->msg);
	return STATUS_FAILED;
}

/* Only beside another daemon is there nothing to wait for. */
static int
refuse_busy(const struct scheduler_options *options, const struct err *err)
{
	if (holder_look(options->project_dir).kind == HOLDER_SCHEDULER) {
		log_line(&options->log, LOG_ERROR, "%s", err->msg);
		return STATUS_REFUSED;
	}
	log_line(&options->log, LOG_ERROR,
		 "%s, and did not let go within %d s; start the scheduler again when it has ended",
		 err->msg, LOCK_WAIT_US / (int)SECOND_US);
	return STATUS_BUSY;
}

/*
 * Open it, once whoever holds it has ended: a command is over soon.  What the lock says of a
 * daemon may be a moment old, so it is read twice.
 */
static enum err_code
open_patiently(struct runtime **rt, const struct runtime_options *ro, struct err *err)
{
	int64_t since_us = clock_boot_us(), waited_us = 0;
	bool said = false;
	int daemons = 0;
	enum err_code code;

	while ((code = runtime_open(rt, ro, err)) == ERR_BUSY && waited_us < LOCK_WAIT_US) {
		daemons += holder_look(ro->project_dir).kind == HOLDER_SCHEDULER;
		if (daemons > 1)
			break;
		if (waited_us >= LOCK_SAY_US && !said) {
			log_tell(&ro->log, "waiting for the state: %s", err->msg);
			said = true;
		}
		(void)poll(NULL, 0, LOCK_LOOK_US / 1000);
		waited_us = clock_boot_us() - since_us;
	}
	return code;
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
	char **argv = options->argv;

	log_line(&options->log, LOG_WARN, "%s, starting over", why);
	if (life_us < LIFE_US_MIN)
		(void)poll(NULL, 0, (int)((LIFE_US_MIN - life_us) / 1000) + 1);
	spawner_stop(options->spawner); /* reaps it: the new image would not know that child */
	if (options->page && keeper_end(options->page))
		argv = options->page->together;
	(void)execv("/proc/self/exe", argv);
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

	if (open_patiently(&rt, &ro, &err))
		return err.code == ERR_BUSY ? refuse_busy(options, &err)
					    : refuse(&options->log, &err);
	if (runtime_start(rt, &err)) {
		runtime_close(rt);
		return refuse(&options->log, &err);
	}
	runtime_turn(rt, true);
	runtime_ease(rt);
	announce(rt, options);
	if (options->page)
		keeper_watch(options->page, runtime_loop(rt), &options->log);
	runtime_run(rt);
	if (options->page)
		keeper_unwatch(options->page);
	broken = runtime_broken(rt);
	runtime_close(rt);
	return broken ? start_over(options, broken, clock_boot_us() - start_us) : STATUS_DONE;
}
