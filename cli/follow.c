/* follow.c - staying with runs that a daemon executes, until they have ended. */
#include "cli/follow.h"

#include "core/clock.h"
#include "core/view.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { POLL_MS = 200 };

struct watch {
	struct view *view;
	const char *dag;    /* of a single run */
	const char *run_id; /* or NULL: a backfill */
	int64_t backfill;
	int64_t started_us;
	int64_t said; /* finished runs already told on a pipe */
	bool terminal;
};

struct score {
	int64_t total, done, failed;
};

/* The runs that are followed, newest first; a new reference. */
static enum err_code
read_runs(struct watch *w, json_t **runs, struct err *err)
{
	struct run_filter filter = { .backfill = w->backfill };
	json_t *run = NULL;
	enum err_code code;

	if (!w->run_id)
		return view_runs(w->view, &filter, runs, err);
	code = view_run(w->view, w->dag, w->run_id, &run, err);
	if (code)
		return code;
	*runs = json_pack("[o]", run);
	return ERR_NONE;
}

static struct score
count(const json_t *runs)
{
	struct score s = { 0 };
	const json_t *run;
	size_t i;

	json_array_foreach(runs, i, run)
	{
		int state = run_state_of(json_get_text(run, "state", ""));

		s.total++;
		if (state < 0 || !run_is_final((enum run_state)state))
			continue;
		s.done++;
		s.failed += state != RUN_SUCCESS;
	}
	return s;
}

static void
show(struct watch *w, const struct score *s)
{
	int64_t seconds = (clock_boot_us() - w->started_us) / SECOND_US;

	if (w->terminal)
		(void)fprintf(stderr, "\r\033[K%lld of %lld runs, %lld failed, %02lld:%02lld",
			      (long long)s->done, (long long)s->total, (long long)s->failed,
			      (long long)(seconds / 60), (long long)(seconds % 60));
	else if (s->done != w->said)
		(void)fprintf(stderr, "%lld of %lld runs, %lld failed\n", (long long)s->done,
			      (long long)s->total, (long long)s->failed);
	w->said = s->done;
}

/* True when Ctrl-C came; waits POLL_MS for it otherwise. */
static bool
interrupted(int signal_fd)
{
	struct pollfd p = { .fd = signal_fd, .events = POLLIN };

	return poll(&p, 1, POLL_MS) > 0;
}

static int
watch_runs(struct watch *w, int signal_fd)
{
	for (;;) {
		json_t *runs = NULL;
		struct err err = { 0 };
		struct score s;

		if (read_runs(w, &runs, &err))
			return cli_error(&err);
		s = count(runs);
		json_decref(runs);
		show(w, &s);
		if (s.done == s.total) {
			if (w->terminal)
				(void)fputc('\n', stderr);
			return s.failed ? EXIT_NO : EXIT_OK;
		}
		if (interrupted(signal_fd)) {
			(void)fprintf(
			    stderr,
			    "\ndetached; the runs go on, `tidemill runs list` shows them\n");
			return EXIT_INTERRUPTED;
		}
	}
}

int
follow_reply(struct cli *cli, const json_t *reply)
{
	struct watch w = {
		.dag = cli->args[0],
		.run_id = json_get_text(reply, "run_id", NULL),
		.backfill = json_get_int(reply, "backfill", 0),
		.started_us = clock_boot_us(),
		.terminal = isatty(STDERR_FILENO),
	};
	struct err err = { 0 };
	sigset_t set;
	int fd, code;

	if (w.run_id && !*w.run_id)
		w.run_id = NULL;
	if (!w.run_id && !w.backfill)
		return EXIT_OK;
	if (view_open(&w.view, cli->project_dir, &err))
		return cli_error(&err);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	code = fd < 0 ? cli_fail(EXIT_NO, "watch for Ctrl-C: %s", strerror(errno))
		      : watch_runs(&w, fd);
	if (fd >= 0)
		(void)close(fd);
	view_close(w.view);
	return code;
}
