/* runtime.c - the scheduler as it runs: opening, the loop, the turn, closing. */
#include "scheduler/daemon/runtime.h"

#include "core/wire/attempt.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/wire/message.h"
#include "scheduler/engine/load.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	WAKE_MS_MAX = 60 * 1000, /* the wall clock may be set while we wait */
	CHECKPOINT_MS = 500,
	PATROL_MS = 5000,
	DRAIN_MS = 1000,
	HINTS_MAX = 1024, /* taken in one callback */
};

/* ---- turns ---- */

void
runtime_touch(struct runtime *rt)
{
	rt->touched = true;
}

void
runtime_event(struct runtime *rt, const struct event *event)
{
	turn_event(rt->turn, event, clock_wall_us());
	runtime_touch(rt);
}

static void
add_later(struct runtime *rt, int64_t attempt, const char *why)
{
	rt->later = mem_grow(rt->later, rt->n_later, &rt->room_later, sizeof(*rt->later));
	rt->later[rt->n_later++] = (struct later){ .attempt = attempt, .why = mem_str(why) };
	runtime_touch(rt);
}

void
runtime_look_later(struct runtime *rt, int64_t attempt)
{
	add_later(rt, attempt, NULL);
}

void
runtime_failed_later(struct runtime *rt, int64_t attempt, const char *why)
{
	add_later(rt, attempt, why);
}

/* Step what actions of the last turn found out. */
static void
take_later(struct runtime *rt)
{
	struct later *later = rt->later;
	size_t n = rt->n_later;

	rt->later = NULL;
	rt->n_later = rt->room_later = 0;
	for (size_t i = 0; i < n; i++) {
		if (later[i].why)
			turn_launch_failed(rt->turn, later[i].attempt, later[i].why,
					   clock_wall_us());
		else
			turn_look(rt->turn, later[i].attempt, clock_wall_us());
		free(later[i].why);
	}
	free(later);
}

static void
on_wake(uv_timer_t *timer)
{
	runtime_event(timer->data, &(struct event){ .kind = EVENT_WAKE });
}

static void
on_checkpoint(uv_timer_t *timer)
{
	struct runtime *rt = timer->data;
	struct err err;

	if (store_idle(rt->store, &err))
		(void)fprintf(stderr, "scheduler: %s\n", err.msg);
}

/* Timers count from the loop's time, which a commit makes old. */
static void
arm_timers(struct runtime *rt, int64_t wake_us)
{
	int64_t now_us = clock_wall_us();
	uint64_t ms = WAKE_MS_MAX;

	uv_update_time(&rt->loop);
	if (wake_us <= now_us)
		ms = 0;
	else if (wake_us - now_us < (int64_t)WAKE_MS_MAX * 1000)
		ms = (uint64_t)(wake_us - now_us + 999) / 1000;
	(void)uv_timer_start(&rt->wake, on_wake, ms, 0);
	if (!uv_is_active((uv_handle_t *)&rt->checkpoint))
		(void)uv_timer_start(&rt->checkpoint, on_checkpoint, CHECKPOINT_MS, 0);
}

void
runtime_turn(struct runtime *rt, bool flush)
{
	int64_t wake_us = INT64_MAX;
	struct err err;

	do {
		rt->touched = false;
		take_later(rt);
		if (turn_finish(rt->turn, flush, &wake_us, &err)) {
			(void)fprintf(
			    stderr,
			    "scheduler: %s\n"
			    "scheduler: nothing was done that is not recorded, and running "
			    "tasks go on; put this right, then start the scheduler again\n",
			    err.msg);
			_exit(1);
		}
		if (rt->started)
			outbox_flush(&rt->outbox);
	} while (rt->touched);
	if (rt->started)
		arm_timers(rt, wake_us);
	if (rt->hooks.after_turn)
		rt->hooks.after_turn(rt->hooks.arg);
}

/* Before the poll for what timers stepped, after it for the rest. */
static void
finish(struct runtime *rt)
{
	if (rt->touched)
		runtime_turn(rt, false);
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

static void
take_hint(struct runtime *rt, const struct hint *hint)
{
	int64_t now_us = clock_wall_us();
	char why[200];

	switch (hint->kind) {
	case HINT_STARTED:
		turn_look(rt->turn, hint->attempt, now_us);
		break;
	case HINT_ENDED:
	case HINT_SHIM_DIED:
		turn_look(rt->turn, hint->attempt, now_us);
		if (shims_never_began(rt, hint->attempt))
			turn_launch_failed(rt->turn, hint->attempt,
					   "its shim could not make the attempt directory", now_us);
		break;
	case HINT_FORK_FAILED:
		(void)snprintf(why, sizeof(why), "start a process: %s", strerror(hint->detail));
		turn_launch_failed(rt->turn, hint->attempt, why, now_us);
		break;
	default:
		return;
	}
	runtime_touch(rt);
}

static void
on_hints(uv_poll_t *poll, int status, int events)
{
	struct runtime *rt = poll->data;
	struct hint hint;
	ssize_t n = 0;

	(void)status;
	(void)events;
	for (int i = 0; i < HINTS_MAX; i++) {
		n = recv(rt->spawner->hint_fd, &hint, sizeof(hint), MSG_DONTWAIT);
		if (n <= 0)
			break;
		if ((size_t)n == sizeof(hint))
			take_hint(rt, &hint);
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		(void)uv_poll_stop(poll); /* nobody is left to speak; `spawner_end` tells why */
}

static void
on_spawner_end(uv_poll_t *poll, int status, int events)
{
	struct runtime *rt = poll->data;

	(void)status;
	(void)events;
	(void)uv_poll_stop(poll);
	rt->broken = "the spawner died";
	runtime_stop(rt);
}

/*
 * A login manager may remove the runtime directory under us, and then nothing
 * that is started can be seen.  A new start makes a new one, and recovery says
 * what became of the attempts.
 */
static bool
is_runtime_gone(const struct runtime *rt)
{
	struct stat st;

	return fstat(rt->runtime_fd, &st) == 0 && st.st_nlink == 0;
}

static void
on_patrol(uv_timer_t *timer)
{
	struct runtime *rt = timer->data;

	if (!is_runtime_gone(rt)) {
		shims_patrol(rt);
		return;
	}
	rt->broken = "the runtime directory was removed";
	runtime_stop(rt);
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
reload_or_say(struct runtime *rt)
{
	struct err err;

	if (runtime_reload(rt, &err))
		(void)fprintf(stderr, "scheduler: %s\n", err.msg);
}

static void
on_hangup(uv_signal_t *handle, int signum)
{
	(void)signum;
	reload_or_say(handle->data);
}

static void
on_files(void *arg)
{
	reload_or_say(arg);
}

void
runtime_tell_catalog(struct runtime *rt)
{
	runtime_event(rt, &(struct event){
			      .kind = EVENT_CATALOG,
			      .dags = rt->catalog.project.dags,
			      .n_dags = rt->catalog.project.n_dags,
			  });
}

enum err_code
runtime_reload(struct runtime *rt, struct err *err)
{
	enum err_code code = catalog_read(&rt->catalog, rt->project_dir, err);

	if (!code)
		runtime_tell_catalog(rt);
	/* Reading a thousand files leaves holes that nothing fills while we wait. */
	(void)malloc_trim(0);
	return code;
}

/* ---- life ---- */

static enum err_code
make_engine(struct runtime *rt, const struct runtime_options *options, struct err *err)
{
	const struct project *project = &rt->catalog.project;
	struct engine_config config = {
		.pool_slots = project->settings.pool_slots,
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

enum err_code
runtime_open(struct runtime *rt, const struct runtime_options *options, struct err *err)
{
	enum err_code code;

	*rt = (struct runtime){
		.project_dir = options->project_dir,
		.spawner = options->spawner,
		.hooks = options->hooks,
		.runtime_fd = -1,
	};
	catalog_init(&rt->catalog);
	code = store_open(&rt->store, rt->project_dir, err);
	rt->files_seen = watch_fingerprint(rt->project_dir);
	if (!code)
		code = catalog_read(&rt->catalog, rt->project_dir, err);
	if (!code)
		code = make_engine(rt, options, err);
	if (!code)
		code =
		    attempt_runtime_dir(rt->project_dir, &rt->runtime_fd, &rt->runtime_path, err);
	if (code) {
		runtime_close(rt);
		return code;
	}
	world_init(rt);
	rt->turn = turn_new(rt->engine, &rt->world);
	return ERR_NONE;
}

/* None of these can fail: no system call. */
static void
init_handles(struct runtime *rt)
{
	(void)uv_prepare_init(&rt->loop, &rt->before_poll);
	(void)uv_check_init(&rt->loop, &rt->after_poll);
	(void)uv_timer_init(&rt->loop, &rt->wake);
	(void)uv_timer_init(&rt->loop, &rt->checkpoint);
	(void)uv_timer_init(&rt->loop, &rt->patrol);
	(void)uv_timer_init(&rt->loop, &rt->collect);
	rt->before_poll.data = rt->after_poll.data = rt;
	rt->wake.data = rt->checkpoint.data = rt->patrol.data = rt->collect.data = rt;
	(void)uv_prepare_start(&rt->before_poll, on_before_poll);
	(void)uv_check_start(&rt->after_poll, on_after_poll);
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

static int
watch_spawner(struct runtime *rt)
{
	int rc = uv_poll_init(&rt->loop, &rt->hints, rt->spawner->hint_fd);

	if (!rc)
		rc = uv_poll_init(&rt->loop, &rt->spawner_end, rt->spawner->pid_fd);
	rt->hints.data = rt->spawner_end.data = rt;
	if (!rc)
		rc = uv_poll_start(&rt->hints, UV_READABLE, on_hints);
	if (!rc)
		rc = uv_poll_start(&rt->spawner_end, UV_READABLE, on_spawner_end);
	return rc;
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
	rc = watch_signals(rt);
	if (!rc)
		rc = watch_spawner(rt);
	if (rc)
		return err_set(err, ERR_SYSTEM, "fill the event loop: %s", uv_strerror(rc));
	code = outbox_start(&rt->outbox, &rt->loop, rt->spawner->launch_fd, err);
	if (code)
		return code;
	code = control_listen(rt->project_dir, &fd, err);
	if (code)
		return code;
	code = control_start(&rt->control, &rt->loop, fd, serve_request, rt, err);
	if (code)
		return code;
	watch_start(&rt->watch, &rt->loop, rt->project_dir, rt->files_seen, on_files, rt);
	shims_clean(rt);
	/* What is under way first: the catalog wakes the engine, and then attempts are made. */
	turn_recover(rt->turn, clock_wall_us());
	runtime_tell_catalog(rt);
	runtime_event(rt, &(struct event){ .kind = EVENT_WAKE });
	collector_start(rt);
	return ERR_NONE;
}

void
runtime_run(struct runtime *rt)
{
	(void)uv_run(&rt->loop, UV_RUN_DEFAULT);
	runtime_turn(rt, true);
	outbox_drain(&rt->outbox, DRAIN_MS);
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
		(uv_handle_t *)&rt->patrol,      (uv_handle_t *)&rt->collect,
		(uv_handle_t *)&rt->interrupt,   (uv_handle_t *)&rt->terminate,
		(uv_handle_t *)&rt->hangup,      (uv_handle_t *)&rt->hints,
		(uv_handle_t *)&rt->spawner_end,
	};
	int rc;

	for (size_t i = 0; i < countof(own); i++)
		close_handle(own[i]);
	if (rt->watch.project_dir)
		watch_stop(&rt->watch);
	if (rt->outbox.poll.loop)
		outbox_stop(&rt->outbox);
	control_stop(rt->control);
	shims_stop(rt);
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
	for (size_t i = 0; i < rt->n_later; i++)
		free(rt->later[i].why);
	free(rt->later);
	world_release(rt);
	if (rt->turn)
		turn_free(rt->turn);
	if (rt->engine)
		engine_free(rt->engine);
	catalog_release(&rt->catalog);
	store_close(rt->store);
	if (rt->runtime_fd >= 0)
		(void)close(rt->runtime_fd);
	free(rt->runtime_path);
}
