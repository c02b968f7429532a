/* runtime.c - the scheduler as it runs: opening, the loop, the turn, closing. */
#include "scheduler/daemon/runtime.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/wire/message.h"
#include "scheduler/engine/load.h"
#include "scheduler/engine/look.h"
#include "scheduler/daemon/checkup.h"
#include "scheduler/daemon/serve.h"
#include "scheduler/loop/files.h"
#include "scheduler/store/load.h"

#include <assert.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
	WAKE_MS_MAX = 60 * 1000, /* the wall clock may be set while we wait */
	CHECKPOINT_MS = 500,
	HOLD_MS = 500, /* between two looks at what somebody may do to our files or to the clock */
	PATROL_MS = 5000,
	QUIET_PATROLS = 2, /* then memory is given back: nothing happened between them */
};

/* The only one today; a setting will choose when there are more. */
static const char executor_word[] = "local";

struct runtime {
	const char *project_dir;
	struct hooks hooks;
	struct log log;
	struct catalog catalog;
	uint64_t files_seen; /* files_fingerprint() of what was read at the start */
	struct store *store;
	struct engine *engine;
	struct executor *executor;
	struct publisher publisher;
	struct collector collector;
	struct checkup checkup;
	struct things things;
	struct world world;
	struct turn *turn;
	struct later later;
	struct server server;

	bool full;    /* the last commit found no room on the disk: it is tried again */
	bool running; /* runtime_run(): a commit may wait */
	int quiet;    /* patrols since the last turn, up to QUIET_PATROLS */
	bool started; /* from here on: the loop and what lives on it */
	uv_loop_t loop;
	uv_prepare_t before_poll;
	uv_check_t after_poll;
	uv_poll_t wake; /* the engine's, of wake_fd, at most a minute away */
	int wake_fd;    /* timerfd(2) of the boot: a suspended machine is late at most by that */
	uv_timer_t checkpoint; /* some time after a turn */
	uv_timer_t hold;       /* looks whether the state is still ours */
	uv_timer_t patrol; /* looks at what nothing was heard of, asks again what does not die */
	uv_signal_t interrupt, terminate, hangup;
	struct files_watch watch;
	struct jobs jobs;
	struct control *control;
};

/* ---- turns ---- */

static void
on_wake(uv_poll_t *poll, int status, int events)
{
	struct runtime *rt = poll->data;
	uint64_t times;

	(void)status;
	(void)events;
	if (read(rt->wake_fd, &times, sizeof(times)) < 0)
		return; /* armed anew meanwhile */
	later_event(&rt->later, &(struct event){ .kind = EVENT_WAKE });
}

/* Nothing that is not recorded was done, and nobody hears another word. */
static void
end_here(const struct runtime *rt, const struct err *err)
{
	log_line(&rt->log, LOG_ERROR, "%s", err->msg);
	log_line(&rt->log, LOG_ERROR,
		 "nothing was done that is not recorded, and running tasks go on; "
		 "put this right, then start the scheduler again");
	_exit(1);
}

static void
on_hold(uv_timer_t *timer)
{
	struct runtime *rt = timer->data;
	struct err err;

	if (store_hold(rt->store, &err))
		end_here(rt, &err);
	later_clock(&rt->later);
}

static void
on_checkpoint(uv_timer_t *timer)
{
	struct runtime *rt = timer->data;
	struct err err;

	if (!rt->full && store_idle(rt->store, &err))
		log_line(&rt->log, LOG_ERROR, "%s", err.msg);
}

/* Timers count from the loop's time, which a commit makes old. */
static void
arm_timers(struct runtime *rt, int64_t wake_us)
{
	int64_t now_us = clock_wall_us(), wait_us = (int64_t)WAKE_MS_MAX * 1000;
	struct itimerspec when = { 0 };

	uv_update_time(&rt->loop);
	if (wake_us <= now_us)
		wait_us = 0;
	else if (wake_us - now_us < wait_us)
		wait_us = wake_us - now_us;
	when.it_value.tv_sec = wait_us / SECOND_US;
	when.it_value.tv_nsec = wait_us % SECOND_US * 1000 + 1; /* 0 would disarm it */
	(void)timerfd_settime(rt->wake_fd, 0, &when, NULL);
	if (!uv_is_active((uv_handle_t *)&rt->checkpoint))
		(void)uv_timer_start(&rt->checkpoint, on_checkpoint, CHECKPOINT_MS, 0);
}

/* No room for the commit: what was decided is kept, nothing of it is done, and it is tried again.
 */
static void
wait_for_room(struct runtime *rt, const struct err *err)
{
	if (!rt->full)
		log_line(&rt->log, LOG_ERROR,
			 "%s; nothing is acknowledged or started until there is room, which is "
			 "tried every second; running tasks go on",
			 err->msg);
	rt->full = true;
	arm_timers(rt, clock_wall_us() + SECOND_US);
}

static void
found_room(struct runtime *rt)
{
	if (rt->full)
		log_line(&rt->log, LOG_WARN, "there is room for the state database again");
	rt->full = false;
}

void
runtime_turn(struct runtime *rt, bool flush)
{
	int64_t wake_us = INT64_MAX;
	struct err err;

	rt->quiet = 0;
	do {
		later_take(&rt->later);
		if (turn_finish(rt->turn, flush, &wake_us, &err)) {
			if (!rt->running || !err_is_shortage(err.error))
				end_here(rt, &err);
			wait_for_room(rt, &err);
			return;
		}
	} while (rt->later.touched);
	found_room(rt);
	if (rt->started)
		arm_timers(rt, wake_us);
	if (rt->hooks.after_turn)
		rt->hooks.after_turn(rt->hooks.arg);
}

/* Before the poll for what timers stepped, after it for the rest. */
static void
finish(struct runtime *rt)
{
	if (rt->later.touched)
		runtime_turn(rt, false);
	if (rt->later.broken)
		runtime_stop(rt);
}

static void
on_before_poll(uv_prepare_t *handle)
{
	finish(handle->data);
}

static void
on_after_poll(uv_check_t *handle)
{
	finish(handle->data);
}

/* ---- what happens outside ---- */

/* Live attempts as an executor knows them, sorted by key, for the caller to free. */
static struct executor_live *
list_live(const struct runtime *rt, size_t *n)
{
	size_t count;
	int64_t *keys = engine_live_keys(rt->engine, &count);
	struct executor_live *live = mem_new(count, sizeof(*live));
	struct attempt_info info;

	*n = 0;
	for (size_t i = 0; i < count; i++)
		if (engine_attempt(rt->engine, keys[i], &info))
			live[(*n)++] = (struct executor_live){ keys[i], info.token, info.state,
							       info.cancel };
	free(keys);
	return live;
}

void
runtime_ease(struct runtime *rt)
{
	store_relax(rt->store);
	/* Reading a thousand files leaves holes that nothing fills while we wait. */
	(void)malloc_trim(0);
}

static void
on_patrol(uv_timer_t *timer)
{
	struct runtime *rt = timer->data;
	struct executor_live *live;
	struct err err;
	size_t n;

	live = list_live(rt, &n);
	if (rt->executor->row->patrol(rt->executor, live, n, &err))
		log_line(&rt->log, LOG_ERROR, "%s", err.msg);
	free(live);
	if (rt->quiet < QUIET_PATROLS && ++rt->quiet == QUIET_PATROLS)
		runtime_ease(rt);
}

static void
on_signal(uv_signal_t *handle, int signum)
{
	struct runtime *rt = handle->data;

	if (rt->hooks.signal)
		rt->hooks.signal(rt->hooks.arg, signum);
	else
		runtime_stop(rt);
}

static void
on_taken(void *arg)
{
	struct runtime *rt = arg;

	catalog_tell(&rt->catalog, &rt->later);
}

static void
on_hangup(uv_signal_t *handle, int signum)
{
	struct runtime *rt = handle->data;

	(void)signum;
	catalog_ask(&rt->catalog, NULL, NULL, 0);
}

static void
on_files(void *arg)
{
	struct runtime *rt = arg;

	catalog_ask(&rt->catalog, NULL, NULL, 0);
}

/* ---- life ---- */

static enum err_code
make_engine(struct runtime *rt, const struct runtime_options *options, struct err *err)
{
	const struct project *project = &rt->catalog.project;
	struct engine_config config = {
		.limits = &project->settings.limits,
		.hold = !options->spawner,
		.session = options->session,
	};

	if (getrandom(&config.seed, sizeof(config.seed), 0) != (ssize_t)sizeof(config.seed))
		return err_errno(err, "ask the kernel for random bytes");
	rt->engine = engine_new(&config);
	/* Definitions that are in use now as well are then held once, not twice. */
	for (size_t i = 0; i < project->n_dags; i++)
		engine_load_def(rt->engine, project->dags[i]);
	return store_load(rt->store, rt->engine, err);
}

static enum err_code
open_executor(struct runtime *rt, struct spawner *spawner, struct err *err)
{
	const struct executor_row *row = executor_find(executor_word);
	const struct executor_setup setup = {
		.project_dir = rt->project_dir,
		.later = &rt->later,
		.spawner = spawner,
		.log = &rt->log,
	};

	assert(row);
	return row->open(&rt->executor, &setup, err);
}

/* Who knows whom: nobody below holds the runtime itself. */
static void
introduce(struct runtime *rt)
{
	rt->publisher = (struct publisher){
		.project_dir = rt->project_dir,
		.engine = rt->engine,
		.later = &rt->later,
		.collector = &rt->collector,
		.log = &rt->log,
	};
	rt->checkup = (struct checkup){ .store = rt->store, .jobs = &rt->jobs, .log = &rt->log };
	rt->collector = (struct collector){
		.store = rt->store,
		.engine = rt->engine,
		.catalog = &rt->catalog,
		.jobs = &rt->jobs,
		.log = &rt->log,
	};
	rt->things = (struct things){
		.project_dir = rt->project_dir,
		.store = rt->store,
		.engine = rt->engine,
		.catalog = &rt->catalog,
		.executor = rt->executor,
		.publisher = &rt->publisher,
		.later = &rt->later,
		.hooks = &rt->hooks,
		.log = &rt->log,
		.jump_said_us = engine_clock(rt->engine)->jumped_us,
	};
	rt->server = (struct server){
		.project_dir = rt->project_dir,
		.control = &rt->control,
		.catalog = &rt->catalog,
		.engine = rt->engine,
		.later = &rt->later,
		.full = &rt->full,
	};
	rt->world = world_of(&rt->things);
	rt->turn = turn_new(rt->engine, &rt->world);
	later_init(&rt->later, rt->turn);
}

/* As whom the lock is taken. */
static enum holder_kind
holder_of(const struct runtime_options *options)
{
	if (!options->session)
		return HOLDER_SCHEDULER;
	return options->spawner ? HOLDER_WAIT : HOLDER_COMMAND;
}

enum err_code
runtime_open(struct runtime **out, const struct runtime_options *options, struct err *err)
{
	struct runtime *rt = mem_new(1, sizeof(*rt));
	enum err_code code;

	rt->wake_fd = -1;
	rt->project_dir = options->project_dir;
	rt->hooks = options->hooks;
	rt->log = options->log;
	catalog_init(&rt->catalog, &rt->log);
	code = store_open(&rt->store, rt->project_dir, holder_of(options), err);
	if (!code && store_notice(rt->store))
		log_line(&rt->log, LOG_WARN, "%s", store_notice(rt->store));
	rt->files_seen = files_fingerprint(rt->project_dir);
	if (!code)
		code = catalog_read(&rt->catalog, rt->project_dir, err);
	if (!code)
		code = make_engine(rt, options, err);
	if (!code)
		code = open_executor(rt, options->spawner, err);
	if (code) {
		runtime_close(rt);
		return code;
	}
	introduce(rt);
	*out = rt;
	return ERR_NONE;
}

void
runtime_settle(struct runtime *rt)
{
	later_clock(&rt->later);
	turn_settle(rt->turn, clock_wall_us());
	later_touch(&rt->later);
	catalog_tell(&rt->catalog, &rt->later);
	runtime_turn(rt, true);
}

/* None of these can fail: no system call. */
static void
init_handles(struct runtime *rt)
{
	(void)uv_prepare_init(&rt->loop, &rt->before_poll);
	(void)uv_check_init(&rt->loop, &rt->after_poll);
	(void)uv_timer_init(&rt->loop, &rt->checkpoint);
	(void)uv_timer_init(&rt->loop, &rt->hold);
	(void)uv_timer_init(&rt->loop, &rt->patrol);
	rt->before_poll.data = rt->after_poll.data = rt;
	rt->checkpoint.data = rt->hold.data = rt->patrol.data = rt;
	(void)uv_prepare_start(&rt->before_poll, on_before_poll);
	(void)uv_check_start(&rt->after_poll, on_after_poll);
	(void)uv_timer_start(&rt->hold, on_hold, HOLD_MS, HOLD_MS);
	(void)uv_timer_start(&rt->patrol, on_patrol, PATROL_MS, PATROL_MS);
	jobs_init(&rt->jobs, &rt->loop);
}

static int
watch_signals(struct runtime *rt)
{
	const struct {
		uv_signal_t *handle;
		uv_signal_cb call;
		int signum;
	} signals[] = {
		{ &rt->interrupt, on_signal, SIGINT },
		{ &rt->terminate, on_signal, SIGTERM },
		{ &rt->hangup, on_hangup, SIGHUP },
	};
	int rc = 0;

	(void)signal(SIGPIPE, SIG_IGN); /* a client may hang up before its reply */
	for (size_t i = 0; i < countof(signals) && !rc; i++) {
		rc = uv_signal_init(&rt->loop, signals[i].handle);
		signals[i].handle->data = rt;
		if (!rc)
			rc = uv_signal_start(signals[i].handle, signals[i].call, signals[i].signum);
	}
	return rc;
}

static enum err_code
watch_time(struct runtime *rt, struct err *err)
{
	int rc;

	rt->wake_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (rt->wake_fd < 0)
		return err_errno(err, "make a timer");
	rc = uv_poll_init(&rt->loop, &rt->wake, rt->wake_fd);
	rt->wake.data = rt;
	if (!rc)
		rc = uv_poll_start(&rt->wake, UV_READABLE, on_wake);
	return rc ? err_set(err, ERR_SYSTEM, "watch a timer: %s", uv_strerror(rc)) : ERR_NONE;
}

static int
by_attempt(const void *x, const void *y)
{
	const struct executor_live *a = x, *b = y;

	return (a->attempt > b->attempt) - (a->attempt < b->attempt);
}

/* What is left of attempts that nobody knows any more; those of held runs are known. */
static void
clean(struct runtime *rt)
{
	size_t n, n_held;
	struct executor_live *live = list_live(rt, &n);
	const int64_t *held;
	size_t runs = engine_held(rt->engine, &held, &n_held);

	live = mem_resize(live, n + n_held, sizeof(*live));
	for (size_t i = 0; i < n_held; i++)
		live[n++] = (struct executor_live){ held[i], "", ATTEMPT_RUNNING, false };
	if (n_held)
		qsort(live, n, sizeof(*live), by_attempt);
	if (runs)
		log_line(&rt->log, LOG_WARN,
			 "%zu run%s under way %s held: this version does not understand their "
			 "definitions; `tidemill why` names them",
			 runs, runs == 1 ? "" : "s", runs == 1 ? "is" : "are");
	rt->executor->row->clean(rt->executor, live, n);
	free(live);
}

enum err_code
runtime_start(struct runtime *rt, struct err *err)
{
	enum err_code code;
	int rc, fd;

	rc = uv_loop_init(&rt->loop);
	if (rc)
		return err_set(err, ERR_SYSTEM, "make an event loop: %s", uv_strerror(rc));
	rt->started = true;
	init_handles(rt);
	rt->things.started = true;
	rt->publisher.jobs = &rt->jobs;
	rc = watch_signals(rt);
	if (rc)
		return err_set(err, ERR_SYSTEM, "fill the event loop: %s", uv_strerror(rc));
	code = jobs_threads(&rt->jobs, err);
	if (code)
		return code;
	code = watch_time(rt, err);
	if (code)
		return code;
	code = rt->executor->row->start(rt->executor, &rt->loop, &rt->jobs, err);
	if (code)
		return code;
	code = control_listen(rt->project_dir, &fd, err);
	if (code)
		return code;
	code = control_start(&rt->control, &rt->loop, fd, serve_request, &rt->server, err);
	if (code)
		return code;
	rt->things.control = rt->control;
	catalog_follow(&rt->catalog, rt->project_dir, &rt->jobs, on_taken, rt);
	files_start(&rt->watch, &rt->loop, rt->project_dir, rt->files_seen, on_files, rt);
	clean(rt);
	/* What is under way first: the catalog wakes the engine, and then attempts are made. */
	later_clock(&rt->later);
	turn_recover(rt->turn, clock_wall_us());
	catalog_tell(&rt->catalog, &rt->later);
	later_event(&rt->later, &(struct event){ .kind = EVENT_WAKE });
	collector_start(&rt->collector, &rt->loop);
	checkup_start(&rt->checkup);
	return ERR_NONE;
}

void
runtime_run(struct runtime *rt)
{
	rt->running = true;
	(void)uv_run(&rt->loop, UV_RUN_DEFAULT);
	runtime_turn(rt, true);
	rt->executor->row->drain(rt->executor);
}

void
runtime_stop(struct runtime *rt)
{
	uv_stop(&rt->loop);
}

/* A handle that was never initialised belongs to no loop. */
static void
close_handle(uv_handle_t *handle)
{
	if (handle->loop && !uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void
close_loop(struct runtime *rt)
{
	uv_handle_t *const own[] = {
		(uv_handle_t *)&rt->before_poll, (uv_handle_t *)&rt->after_poll,
		(uv_handle_t *)&rt->wake,        (uv_handle_t *)&rt->checkpoint,
		(uv_handle_t *)&rt->patrol,      (uv_handle_t *)&rt->interrupt,
		(uv_handle_t *)&rt->terminate,   (uv_handle_t *)&rt->hangup,
		(uv_handle_t *)&rt->hold,
	};
	int rc;

	for (size_t i = 0; i < countof(own); i++)
		close_handle(own[i]);
	if (rt->watch.project_dir)
		files_stop(&rt->watch);
	collector_stop(&rt->collector);
	checkup_stop(&rt->checkup);
	control_stop(rt->control);
	rt->executor->row->stop(rt->executor);
	jobs_stop(&rt->jobs);
	while (uv_run(&rt->loop, UV_RUN_DEFAULT))
		continue; /* a stop that came late ends only one call */
	rc = uv_loop_close(&rt->loop);
	assert(rc == 0);
	(void)rc;
}

void
runtime_close(struct runtime *rt)
{
	if (rt->started)
		close_loop(rt);
	if (rt->wake_fd >= 0)
		(void)close(rt->wake_fd);
	later_release(&rt->later);
	publisher_release(&rt->publisher);
	turn_free(rt->turn);
	if (rt->executor)
		rt->executor->row->close(rt->executor);
	if (rt->engine)
		engine_free(rt->engine);
	catalog_release(&rt->catalog);
	store_close(rt->store);
	free(rt);
}

/* ---- looking in ---- */

struct later *
runtime_mailbox(struct runtime *rt)
{
	return &rt->later;
}

uv_loop_t *
runtime_loop(struct runtime *rt)
{
	return &rt->loop;
}

const struct engine *
runtime_engine(const struct runtime *rt)
{
	return rt->engine;
}

const struct catalog *
runtime_catalog(const struct runtime *rt)
{
	return &rt->catalog;
}

const char *
runtime_broken(const struct runtime *rt)
{
	return rt->later.broken;
}
