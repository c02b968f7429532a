/* follow.c - staying with runs that a daemon executes, until they have ended. */
#include "cli/term/follow.h"

#include "core/time/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/wire/holder.h"
#include "core/wire/message.h"
#include "core/view/open.h"
#include "core/view/run.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	POLL_MS = 200,
	PROBE_US = 2 * 1000 * 1000, /* between two looks whether a scheduler listens */
	GONE_US = 10 * 1000 * 1000, /* a restart is over by then */
};

struct followed {
	int64_t key;
	const char *logical_date; /* of the reply */
	bool open, ended;         /* open: not final when the open runs were read last */
};

struct following {
	struct view *view;
	const char *project_dir, *dag, *key;
	char *what;            /* "backfill feature_engagement" */
	struct followed *runs; /* by key */
	size_t n_runs, room_runs, done, failed;
	int64_t started_us, probed_us, answered_us;
	bool terminal;
	struct holder host; /* who keeps the runs, as it was at the beginning */
};

/* ---- which runs ---- */

static void
add(struct following *w, const json_t *o)
{
	struct followed run = { .key = json_get_int(o, "run", 0),
				.logical_date = json_get_text(o, "logical_date", "") };

	if (!run.key)
		return;
	w->runs = mem_grow(w->runs, w->n_runs, &w->room_runs, sizeof(*w->runs));
	w->runs[w->n_runs++] = run;
}

static int
by_key(const void *x, const void *y)
{
	const struct followed *a = x, *b = y;

	return (a->key > b->key) - (a->key < b->key);
}

/* The run that a reply names, and those of its plan that it did not leave alone. */
static void
pick_runs(struct following *w, const json_t *reply)
{
	const json_t *item;
	size_t i;

	add(w, reply);
	json_array_foreach(json_object_get(reply, "plan"), i, item)
	{
		const char *verdict = json_get_text(item, "verdict", "");

		if (strcmp(verdict, "exists") != 0 && strcmp(verdict, "future") != 0)
			add(w, item);
	}
	if (w->n_runs)
		qsort(w->runs, w->n_runs, sizeof(*w->runs), by_key);
}

/* ---- looking ---- */

/* A progress line that stands on the terminal makes room. */
static void
clear_line(const struct following *w)
{
	if (w->terminal)
		say_progress_clear();
}

static enum err_code
mark_open(struct following *w, const char *state, struct err *err)
{
	const struct run_filter filter = { .dag = w->dag, .state = state };
	json_t *rows = NULL;
	const json_t *row;
	enum err_code code = view_runs(w->view, &filter, &rows, err);
	size_t i;

	if (code)
		return code;
	json_array_foreach(rows, i, row)
	{
		struct followed want = { .key = json_get_int(row, "key", 0) };
		struct followed *run = bsearch(&want, w->runs, w->n_runs, sizeof(*w->runs), by_key);

		if (run)
			run->open = true;
	}
	json_decref(rows);
	return ERR_NONE;
}

static void
note_end(struct following *w, struct followed *run, const json_t *row, enum run_state state)
{
	run->ended = true;
	w->done++;
	if (state != RUN_SUCCESS) {
		w->failed++;
		clear_line(w);
	}
	/* On a terminal the line of progress counts what went well. */
	if (!w->terminal || state != RUN_SUCCESS)
		say("%s: %s %s (%zu of %zu runs)", w->what, json_get_text(row, "run_id", ""),
		    run_state_name(state), w->done, w->n_runs);
}

static enum err_code
look_at(struct following *w, struct followed *run, struct err *err)
{
	json_t *row = NULL;
	enum err_code code = view_run(w->view, w->dag, run->logical_date, &row, err);
	int state;

	if (code)
		return code;
	state = run_state_of(json_get_text(row, "state", ""));
	if (state >= 0 && run_is_final((enum run_state)state))
		note_end(w, run, row, (enum run_state)state);
	json_decref(row);
	return ERR_NONE;
}

/* Within one snapshot: what is not among the open runs has ended, and only that is read. */
static enum err_code
look(struct following *w, struct err *err)
{
	enum err_code code = view_begin(w->view, err);

	if (code)
		return code;
	for (size_t i = 0; i < w->n_runs; i++)
		w->runs[i].open = false;
	code = mark_open(w, run_state_name(RUN_QUEUED), err);
	if (!code)
		code = mark_open(w, run_state_name(RUN_RUNNING), err);
	for (size_t i = 0; !code && i < w->n_runs; i++)
		if (!w->runs[i].open && !w->runs[i].ended)
			code = look_at(w, &w->runs[i], err);
	view_end(w->view);
	return code;
}

static void
show(const struct following *w)
{
	int64_t seconds = (clock_boot_us() - w->started_us) / SECOND_US;

	if (!w->terminal)
		return;
	say_progress("%s: %zu of %zu runs, %zu failed, %02" PRId64 ":%02" PRId64, w->what, w->done,
		     w->n_runs, w->failed, seconds / 60, seconds % 60);
}

/* Has nobody listened for so long that nobody will? */
static bool
scheduler_gone(struct following *w)
{
	int64_t now_us = clock_boot_us();
	int fd;

	if (now_us - w->probed_us < PROBE_US)
		return false;
	w->probed_us = now_us;
	if (!control_connect(w->project_dir, &fd, NULL)) {
		(void)close(fd);
		w->answered_us = now_us;
	}
	return now_us - w->answered_us >= GONE_US;
}

/* A --wait command that kept the runs for us has ended, or another one has come after it. */
static bool
host_left(const struct following *w)
{
	struct holder now;

	/* A daemon comes back by itself and takes up whatever it finds. */
	if (w->host.kind == HOLDER_SCHEDULER)
		return false;
	now = holder_look(w->project_dir);
	return now.kind == HOLDER_NONE || now.kind != w->host.kind || now.pid != w->host.pid;
}

/* True when Ctrl-C came, which is taken: unblocked it would end us before we have said what became
 * of the runs.  Waits POLL_MS for it otherwise.
 */
static bool
interrupted(int signal_fd)
{
	struct pollfd p = { .fd = signal_fd, .events = POLLIN };
	struct signalfd_siginfo info;

	return poll(&p, 1, POLL_MS) > 0 && read(signal_fd, &info, sizeof(info)) > 0;
}

/* ---- until the end ---- */

static int
tell_end(const struct following *w)
{
	if (w->terminal)
		say_progress_end();
	return w->failed ? EXIT_NO : EXIT_OK;
}

static int
watch_runs(struct following *w, int signal_fd, bool *left)
{
	struct err err = { 0 };

	for (;;) {
		if (look(w, &err))
			return cli_error(&err);
		show(w);
		if (w->done == w->n_runs)
			return tell_end(w);
		*left = host_left(w);
		if (*left) {
			/* It may have brought them to their end just before its own. */
			*left = !look(w, &err) && w->done < w->n_runs;
			if (!*left)
				continue;
			clear_line(w);
			return EXIT_UNREACHABLE;
		}
		if (scheduler_gone(w)) {
			clear_line(w);
			return cli_fail(EXIT_UNREACHABLE,
					"the scheduler is gone; the runs wait for the next one: "
					"`tidemill scheduler`, or the same command with --wait and "
					"the same --idempotency-key (%s)",
					w->key);
		}
		if (interrupted(signal_fd)) {
			clear_line(w);
			say("detached; the runs go on, `tidemill runs list` shows them");
			return EXIT_INTERRUPTED;
		}
	}
}

int
follow_reply(struct cli *cli, const json_t *request, const json_t *reply, bool *left)
{
	struct following w = {
		.project_dir = cli->project_dir,
		.dag = json_get_text(request, "dag", ""),
		.key = json_get_text(request, "key", ""),
		.started_us = clock_boot_us(),
		.terminal = isatty(STDERR_FILENO),
	};
	struct err err = { 0 };
	int fd = -1, code = EXIT_OK;
	sigset_t set;

	*left = false;
	w.host = holder_look(cli->project_dir);
	pick_runs(&w, reply);
	if (!w.n_runs)
		return EXIT_OK;
	w.what = mem_format("%s %s", json_get_text(request, "command", ""), w.dag);
	w.probed_us = w.answered_us = w.started_us;
	if (view_open(&w.view, cli->project_dir, &err)) {
		code = cli_error(&err);
		goto out;
	}
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	code = fd < 0 ? cli_fail(EXIT_NO, "watch for Ctrl-C: %s", strerror(errno))
		      : watch_runs(&w, fd, left);
	if (fd >= 0)
		(void)close(fd);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
out:
	view_close(w.view);
	free(w.what);
	free(w.runs);
	return code;
}
