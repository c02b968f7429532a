/* shim.c - the keeper of an attempt. */
#include "worker/shim.h"

#include "core/wire/again.h"
#include "core/wire/attempt.h"
#include "core/wire/group.h"
#include "core/wire/held_json.h"
#include "core/time/civil.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "core/wire/mark.h"
#include "core/wire/spec.h"
#include "core/wire/sweep.h"
#include "worker/process/artifact.h"
#include "worker/process/blame.h"
#include "worker/process/cause.h"
#include "worker/process/cover.h"
#include "worker/process/drain.h"
#include "worker/process/enter.h"
#include "worker/process/left.h"
#include "worker/process/meter.h"
#include "worker/process/rein.h"
#include "worker/process/result.h"
#include "worker/process/secret.h"
#include "worker/worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define TELL_US (SECOND_US / 100)  /* who ends sooner is told of once, by its end */
#define LINGER_US (2 * SECOND_US)  /* what a worker left may still finish its output */
#define SILENT_US (SECOND_US / 10) /* what has closed its output is about to end, or never will */
#define SWEEP_FIRST_US (SECOND_US / 100) /* from one pass to the next */
#define SWEEP_MAX_US SECOND_US
#define RECORD_AGAIN_US (SECOND_US / 2)

enum {
	SWEEP_AT_ONCE = 256, /* descendants killed in one pass */
	RECORD_TRIES = 120,  /* for other reasons than a full disk: a minute */
	NOTES_BYTES_MAX = 2000,
};

/* Only forward. */
enum phase {
	PHASE_RUN,    /* the worker lives */
	PHASE_LINGER, /* it ended; what it left behind may end by itself until phase_end_mono_us */
	PHASE_SWEEP,  /* what is left is killed, again and again */
	PHASE_GONE,   /* nothing is left; output that is still in the pipe is read */
};

struct shim {
	const struct launch *launch;
	struct spec spec;
	int hint_fd, dir_fd, lock_fd, signal_fd;
	int result_fd;      /* -1 once the worker's end is closed */
	struct cover cover; /* until all secrets are told none of the output is read */
	bool secret;        /* there are some: they may be anywhere in our memory */
	pid_t self, worker;
	enum phase phase;
	enum outcome ending;        /* OUTCOME_OK, or why the shim ends the worker */
	int64_t tell_mono_us;       /* when the scheduler hears of the start; INT64_MAX: it has */
	int64_t deadline_mono_us;   /* of the worker; INT64_MAX: none */
	int64_t kill_mono_us;       /* when SIGTERM was not enough; INT64_MAX: not asked to end */
	bool killed;                /* it was not */
	int64_t phase_end_mono_us;  /* of LINGER and GONE; in SWEEP the next pass */
	int64_t sweep_us;           /* between two passes */
	int status;                 /* of the worker, as wait4() gives it */
	struct meter meter;         /* of what has ended so far */
	struct held_to held;        /* what is in force of the limits of the task */
	struct attempt_group group; /* that holds them together, if there is one */
	struct buf notes;           /* what of the limits is not in force, a line each */
	struct oom_count oom;       /* before the worker was made */
	int asked_pid;              /* who asked for its end ... */
	unsigned asked_uid;         /* ... and as which user; 0 and 0: not known */
	struct buf result;
	struct exit_record record;
	struct drain drain;
};

/*
 * The worker's side of the fork.
 */

NO_RETURN static void
become_worker(const struct shim *s, const struct worker_ends *ends)
{
	const struct rlimit no_core = { 0, 0 };
	int status;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != s->self)
		_exit(EXIT_FAILURE); /* the shim died before the kernel was asked to tell us */
	(void)setsid();              /* a group of its own, so that all of it can be signalled */
	(void)prctl(PR_SET_NAME, "tm-worker");
	/* A set-id program would forget the signal of above, and outlive its shim. */
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	enter_descriptors(ends);
	enter_signals();
	rein_enter(&s->held);
	status = worker_main(&s->spec, RESULT_FD);
	(void)fflush(NULL);
	_exit(status);
}

/* Does it touch no file before?  A file may be on a mount that does not answer. */
static bool
becomes_program_at_once(const struct spec *spec)
{
	return spec_is_replaced(spec) && !secrets_have_to_be_told(spec);
}

/*
 * Make the worker.  One that only becomes another program shares our memory
 * until it has: copying page tables would cost as much as all else here.  We
 * stand still meanwhile, what it allocates is never missed, and the
 * environment that it sets is not to be ours.
 */
static pid_t
make_worker(const struct shim *s, const struct worker_ends *ends)
{
	char **own = environ;
	/* NOLINTNEXTLINE(clang-analyzer-*): the child calls and never returns */
	pid_t pid = becomes_program_at_once(&s->spec) ? vfork() : fork();

	if (pid == 0)
		become_worker(s, ends);
	environ = own;
	return pid;
}

/* Take what may be used at most: by a cgroup where there can be one, else by each process. */
static void
set_limits(struct shim *s)
{
	const struct task_limits *asked = &s->spec.limits;

	if (!task_limits_any(asked))
		return;
	if (group_enter(s->launch->runtime_path, s->launch->attempt, asked->memory_bytes,
			asked->processes, &s->group)) {
		s->held.memory_of_all = s->group.memory;
		s->held.processes_of_all = s->group.pids;
	}
	rein_plan(asked, &s->held, &s->notes);
	s->record.limits = held_to_json(&s->held);
}

/* Say in the log what of its limits a task is not held to. */
static void
note_limits(struct shim *s)
{
	char *line = s->notes.data, *next;

	for (; *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		drain_note(&s->drain, "%s", line);
	}
}

/* Make pipes to the worker; `ends` are its, all -1 where none could be made. */
static bool
make_pipes(struct shim *s, struct worker_ends *ends)
{
	int fds[3][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	size_t n = secrets_have_to_be_told(&s->spec) ? 3 : 2;

	for (size_t i = 0; i < n; i++) {
		if (pipe2(fds[i], O_CLOEXEC) == 0)
			continue;
		while (i-- > 0) {
			(void)close(fds[i][0]);
			(void)close(fds[i][1]);
		}
		return false;
	}
	drain_init(&s->drain, fds[0][0], s->launch->log_path, s->launch->log_bytes_max);
	s->result_fd = fds[1][0];
	cover_init(&s->cover, fds[2][0]);
	if (n == 3)
		s->spec.secrets_fd = SECRETS_FD;
	*ends = (struct worker_ends){ fds[0][1], fds[1][1], fds[2][1] };
	return true;
}

/* Start the worker with its pipes. */
static enum err_code
start_worker(struct shim *s, struct err *err)
{
	struct worker_ends ends;

	if (!make_pipes(s, &ends))
		return err_errno(err, "start the worker: make a pipe");
	s->record.started_us = clock_wall_us();
	s->tell_mono_us = clock_run_us() + TELL_US;
	if (s->launch->timeout_us > 0)
		s->deadline_mono_us = clock_run_us() + s->launch->timeout_us;
	/* The log of a wait is that of its last look. */
	if (s->spec.look > 1)
		(void)unlink(s->launch->log_path);
	note_limits(s);
	cover_begin(&s->spec, &s->drain);
	s->secret = s->drain.mask != NULL;
	oom_read("", &s->oom);
	s->worker = make_worker(s, &ends);
	(void)close(ends.output);
	(void)close(ends.result);
	if (ends.secrets >= 0)
		(void)close(ends.secrets);
	return s->worker < 0 ? err_errno(err, "start the worker: fork") : ERR_NONE;
}

/*
 * Keeping it.
 */

/* Send SIGTERM or SIGKILL to the worker's group.  Only while the worker is not reaped. */
static void
signal_worker(const struct shim *s, int signal)
{
	/* Before its setsid() there is no such group, and nobody but itself to be in it. */
	if (kill(-s->worker, signal) < 0)
		(void)kill(s->worker, signal);
}

/* Ask the worker to end, if nobody has; it has until kill_mono_us. */
static void
ask_end(struct shim *s, enum outcome why, int64_t now_mono_us)
{
	if (s->phase == PHASE_LINGER)
		s->phase_end_mono_us = now_mono_us;
	if (s->phase != PHASE_RUN || s->ending != OUTCOME_OK)
		return;
	s->ending = why;
	s->kill_mono_us = now_mono_us + s->launch->grace_us;
	signal_worker(s, SIGTERM);
	signal_worker(s, SIGCONT); /* one that is stopped would not hear it */
}

/* Signal the children that are left; those of theirs come to us when they die. */
static void
signal_children(int signal)
{
	pid_t pids[SWEEP_AT_ONCE];
	size_t n = sweep_children(pids, SWEEP_AT_ONCE);

	for (size_t i = 0; i < n; i++)
		(void)kill(pids[i], signal); /* not reaped: the number is still its */
}

/* The worker has ended: what was made of it, and what may come now. */
static void
worker_ended(struct shim *s, int status, int64_t now_mono_us)
{
	s->status = status;
	s->record.ended_us = clock_wall_us();
	s->phase = PHASE_LINGER;
	if (s->ending != OUTCOME_OK)
		s->phase_end_mono_us = s->kill_mono_us;
	else
		s->phase_end_mono_us = now_mono_us + (s->drain.pipe_fd < 0 ? SILENT_US : LINGER_US);
}

/* Somebody stopped the worker or let it go on: that is told where people look why it is slow. */
static void
take_stop(struct shim *s, pid_t pid)
{
	siginfo_t info = { 0 };

	/* Not its end, which may have come meanwhile and is not measured yet. */
	(void)waitid(P_PID, (id_t)pid, &info, WNOHANG | WSTOPPED | WCONTINUED);
	if (info.si_pid != s->worker || s->ending != OUTCOME_OK)
		return;
	if (info.si_code == CLD_STOPPED)
		drain_note(&s->drain, "stopped by signal %d (%s); it goes on with SIGCONT",
			   info.si_status, strsignal(info.si_status));
	else
		drain_note(&s->drain, "goes on after a stop");
}

/*
 * The next child that has ended, with its status; 0 or -1 as of waitpid().  It is measured first:
 * with its status its numbers go.
 */
static pid_t
next_ended(struct shim *s, int *status)
{
	const int any = WEXITED | WSTOPPED | WCONTINUED;

	for (;;) {
		siginfo_t info = { 0 };

		if (waitid(P_ALL, 0, &info, any | WNOHANG | WNOWAIT) < 0)
			return -1;
		if (!info.si_pid)
			return 0;
		if (info.si_code == CLD_STOPPED || info.si_code == CLD_CONTINUED) {
			take_stop(s, info.si_pid);
			continue;
		}
		return meter_reap(&s->meter, info.si_pid, status);
	}
}

/* Take every child that has ended: the worker, and orphans that came to us as subreaper. */
static void
reap(struct shim *s, int64_t now_mono_us)
{
	bool was_running = s->phase == PHASE_RUN;
	int status;
	pid_t pid;

	while ((pid = next_ended(s, &status)) > 0) {
		if (pid == s->worker && s->phase == PHASE_RUN)
			worker_ended(s, status, now_mono_us);
		else if (s->phase == PHASE_SWEEP)
			s->record.leftovers++;
	}
	if (pid < 0 && errno == ECHILD && s->phase != PHASE_GONE) {
		/* No child means no descendant: an orphan would be our child. */
		assert(s->phase != PHASE_RUN);
		s->phase = PHASE_GONE;
		s->phase_end_mono_us = now_mono_us + LINGER_US;
	} else if (was_running && s->phase == PHASE_LINGER && s->ending != OUTCOME_OK) {
		signal_children(SIGTERM); /* those in sessions of their own have not had it */
	}
}

/* What the clock alone makes happen. */
static void
on_time(struct shim *s, int64_t now_mono_us)
{
	switch (s->phase) {
	case PHASE_RUN:
		if (now_mono_us >= s->tell_mono_us) {
			s->tell_mono_us = INT64_MAX;
			hint_send(s->hint_fd, s->launch->attempt, HINT_STARTED, 0);
		}
		if (now_mono_us >= s->deadline_mono_us)
			ask_end(s, OUTCOME_TIMEOUT, now_mono_us);
		if (!s->killed && now_mono_us >= s->kill_mono_us) {
			s->killed = true;
			signal_worker(s, SIGKILL);
		}
		break;
	case PHASE_LINGER:
		if (now_mono_us < s->phase_end_mono_us)
			break;
		s->phase = PHASE_SWEEP;
		s->phase_end_mono_us = now_mono_us;
		/* fall through */
	case PHASE_SWEEP:
		if (now_mono_us < s->phase_end_mono_us)
			break;
		signal_children(SIGKILL);
		s->phase_end_mono_us = now_mono_us + s->sweep_us;
		s->sweep_us = s->sweep_us * 2 > SWEEP_MAX_US ? SWEEP_MAX_US : s->sweep_us * 2;
		break;
	case PHASE_GONE:
		break;
	}
}

/* When on_time() has something to do. */
static int64_t
next_time(const struct shim *s)
{
	int64_t end_mono_us = s->ending == OUTCOME_OK ? s->deadline_mono_us
			      : s->killed             ? INT64_MAX
						      : s->kill_mono_us;

	if (s->phase != PHASE_RUN)
		return s->phase_end_mono_us;
	return s->tell_mono_us < end_mono_us ? s->tell_mono_us : end_mono_us;
}

static int
poll_ms(int64_t when_mono_us, int64_t now_mono_us)
{
	int64_t left_us = when_mono_us - now_mono_us;

	if (when_mono_us == INT64_MAX)
		return -1;
	if (left_us <= 0)
		return 0;
	return left_us > HOUR_US ? (int)(HOUR_US / 1000) : (int)((left_us + 999) / 1000);
}

static void
read_signals(struct shim *s, int64_t now_mono_us)
{
	struct signalfd_siginfo info[4];
	ssize_t n = read(s->signal_fd, info, sizeof(info));

	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(info[0]); i++) {
		if (info[i].ssi_signo != SIGTERM || !end_is_about(&info[i], s->launch->attempt))
			continue;
		if (!s->asked_pid) {
			s->asked_pid = (int)info[i].ssi_pid;
			s->asked_uid = info[i].ssi_uid;
		}
		ask_end(s, OUTCOME_CANCELLED, now_mono_us);
	}
	reap(s, now_mono_us);
}

/* Read what is there of the output. */
static void
read_output(struct shim *s, int64_t now_mono_us)
{
	int64_t end_mono_us = now_mono_us + SILENT_US;

	if (drain_read(&s->drain))
		return;
	/* Nobody holds the output any more: what is left has nothing to finish. */
	if (s->phase == PHASE_LINGER && s->ending == OUTCOME_OK &&
	    s->phase_end_mono_us > end_mono_us)
		s->phase_end_mono_us = end_mono_us;
}

/* Read what is there of the result; more than fits is thrown away and makes it invalid. */
static void
read_result(struct shim *s)
{
	char chunk[4096];
	ssize_t n = read(s->result_fd, chunk, sizeof(chunk));

	if (n > 0)
		buf_add(&s->result, chunk, (size_t)n);
	if (n == 0 || (n < 0 && errno != EINTR)) {
		(void)close(s->result_fd);
		s->result_fd = -1;
	}
}

/* Stay until nothing of the worker is left and its pipes are read to the end. */
static void
keep(struct shim *s)
{
	int64_t now_mono_us = clock_run_us();

	while (s->phase != PHASE_GONE || ((s->drain.pipe_fd >= 0 || s->result_fd >= 0) &&
					  now_mono_us < s->phase_end_mono_us)) {
		/* Why a program could not be run waits in the pipe until the worker has ended. */
		bool later = spec_is_replaced(&s->spec) && s->phase != PHASE_GONE;
		int output_fd = s->cover.pipe_fd < 0 ? s->drain.pipe_fd : -1;
		struct pollfd fds[] = { { .fd = output_fd, .events = POLLIN },
					{ .fd = later ? -1 : s->result_fd, .events = POLLIN },
					{ .fd = s->signal_fd, .events = POLLIN },
					{ .fd = s->cover.pipe_fd, .events = POLLIN } };
		int ready = poll(fds, countof(fds), poll_ms(next_time(s), now_mono_us));

		assert(ready >= 0 || errno == EINTR);
		now_mono_us = clock_run_us();
		if (ready > 0 && fds[0].revents)
			read_output(s, now_mono_us);
		if (ready > 0 && fds[1].revents)
			read_result(s);
		if (ready > 0 && fds[2].revents)
			read_signals(s, now_mono_us);
		if (ready > 0 && fds[3].revents)
			cover_read(&s->cover, &s->drain);
		on_time(s, now_mono_us);
	}
	if (s->record.leftovers)
		drain_note(&s->drain, "%d processes that the task left behind were ended",
			   s->record.leftovers);
	drain_end(&s->drain);
	meter_read(&s->meter, &s->record.used);
	if (s->group.path)
		group_read(s->group.path, &s->record.used);
	s->record.log_bytes = s->drain.written;
	s->record.log_dropped_bytes = s->drain.over + s->drain.failed;
}

/*
 * The record.
 */

/* Did the kernel end something for want of memory since the worker was made? */
static enum oom_verdict
was_out_of_memory(const struct shim *s)
{
	struct oom_count now;

	oom_read("", &now);
	return oom_compare(&s->oom, &now);
}

/* A worker that ended by itself. */
static enum outcome
judge_exit(struct shim *s, int exit_code)
{
	bool due = !spec_is_replaced(&s->spec);
	char text[128];
	int outcome;

	if (s->drain.mask && !s->result.full)
		mask_text(s->drain.mask, &s->result);
	outcome = result_take(&s->result, &s->record);

	if (exit_code == 0 && (outcome >= 0 || !due))
		return outcome >= 0 ? (enum outcome)outcome : OUTCOME_OK;
	if (outcome == OUTCOME_NOT_YET)
		s->record.exit_code = 0; /* it did what it was asked to */
	if (exit_code != 0 && outcome > OUTCOME_OK)
		return (enum outcome)outcome;
	if (exit_code == 0)
		(void)snprintf(text, sizeof(text), "the worker ended without a result%s",
			       s->result.full ? ": it is too long" : "");
	else
		(void)snprintf(text, sizeof(text), "exit status %d", exit_code);
	blame_say(&s->record, text);
	if (exit_code == 126 || exit_code == 127)
		blame_log(&s->record, s->launch->log_path);
	/* A shell tells of a child that was killed by 128 and the signal; whoever is alone in a
	 * group knows that it was its own. */
	if ((s->group.memory || exit_code == 128 + SIGKILL) && was_out_of_memory(s) == OOM_GROUP) {
		blame_memory(&s->record, &s->held);
		return OUTCOME_OOM;
	}
	return OUTCOME_ERROR;
}

/* Who asked for its end, unless that was this program. */
static void
say_cancelled(struct shim *s)
{
	struct buf text;

	if (!s->asked_pid || cause_is_ours(s->asked_pid)) {
		blame_say(&s->record, "cancelled");
		return;
	}
	buf_init(&text, BLAME_CHARS_MAX);
	buf_text(&text, "ended by SIGTERM from ");
	cause_sender(s->asked_pid, s->asked_uid, &text);
	blame_say(&s->record, text.data);
	buf_release(&text);
}

/* It was ended by a SIGKILL that was not ours. */
static enum outcome
judge_kill(struct shim *s)
{
	struct oom_count now;
	struct buf text;

	oom_read("", &now);
	if (oom_compare(&s->oom, &now) == OOM_GROUP) {
		blame_say(&s->record, "signal 9 (Killed)");
		blame_memory(&s->record, &s->held);
		return OUTCOME_OOM;
	}
	/* That is the end of what SIGXCPU asked for, and the task's own doing as that is. */
	if (rein_is_cpu_kill(&s->held, &s->record.used)) {
		s->record.signal = SIGXCPU;
		blame_say(&s->record, "ended by signal 9 (SIGKILL), which follows SIGXCPU");
		return OUTCOME_SIGNAL;
	}
	buf_init(&text, BLAME_CHARS_MAX);
	cause_killed(&s->oom, &now, s->record.used.peak_bytes, memory_limit_read(""), &text);
	blame_say(&s->record, text.data);
	buf_release(&text);
	return OUTCOME_SIGNAL;
}

/* It was ended by a signal that was not ours. */
static enum outcome
judge_signal(struct shim *s)
{
	char text[256];
	int signal = s->record.signal;

	if (signal == SIGKILL)
		return judge_kill(s);
	(void)snprintf(text, sizeof(text), "ended by signal %d (%s)", signal, strsignal(signal));
	blame_say(&s->record, text);
	return OUTCOME_SIGNAL;
}

/* What ended it is the key that people wrote: a look that writes nothing has another. */
static const char *
timeout_key(const struct spec *spec)
{
	return spec->look && !spec->n_outputs ? "look_timeout" : "timeout";
}

static void
judge(struct shim *s)
{
	struct exit_record *r = &s->record;
	char text[256], span[64];

	if (WIFSIGNALED(s->status))
		r->signal = WTERMSIG(s->status);
	else
		r->exit_code = WEXITSTATUS(s->status);
	if (s->ending == OUTCOME_TIMEOUT) {
		duration_format(s->launch->timeout_us, span, sizeof(span));
		(void)snprintf(text, sizeof(text), "ended after its %s of %s",
			       timeout_key(&s->spec), span);
		blame_say(r, text);
		r->outcome = OUTCOME_TIMEOUT;
	} else if (s->ending == OUTCOME_CANCELLED) {
		say_cancelled(s);
		r->outcome = OUTCOME_CANCELLED;
	} else {
		r->outcome = r->signal ? judge_signal(s) : judge_exit(s, r->exit_code);
		if (r->outcome == OUTCOME_OK)
			result_left(&s->spec, s->drain.mask, r);
		if (r->outcome == OUTCOME_ERROR || r->outcome == OUTCOME_SIGNAL)
			blame_limit(r, &s->held, s->launch->log_path);
	}
	result_state(&s->spec, s->drain.mask, r);
	result_artifacts(&s->spec, r);
}

/* Leave the record; without it the attempt counts as lost.  False: it could not be written. */
static bool
leave_record(struct shim *s)
{
	if (!s->record.message)
		blame_say(&s->record, "");
	for (int tries = 0; tries < RECORD_TRIES; tries++) {
		struct err err = { 0 };

		if (!attempt_finish(s->dir_fd, &s->record, &err))
			return true;
		if (err.error == ENOENT)
			break; /* the runtime directory was removed: nobody looks here any more */
		if (err_is_shortage(err.error))
			tries = 0; /* its work must not be lost for want of room */
		(void)poll(NULL, 0, (int)(RECORD_AGAIN_US / 1000));
	}
	return false;
}

/* The path of a file beside the record, gone with it. */
static const char *
own_file(const struct shim *s, const char *file)
{
	char name[ATTEMPT_NAME_CHARS], *path;
	const char *out;

	attempt_name(s->launch->attempt, name);
	path = mem_format("%s/%s/%s", s->launch->runtime_path, name, file);
	out = arena_str(s->spec.arena, path);
	free(path);
	return out;
}

/* Where its program leaves what outlives it. */
static enum err_code
place_files(struct shim *s, struct err *err)
{
	if (s->spec.n_leaves)
		s->spec.result_path = own_file(s, RESULT_FILE);
	if (s->spec.keeps)
		s->spec.state_path = own_file(s, STATE_FILE);
	return state_place(&s->spec, err) || artifacts_place(&s->spec, err) ? err->code : ERR_NONE;
}

/* Read the spec, run the worker and see it out. */
static void
attend(struct shim *s)
{
	const struct launch *l = s->launch;
	struct err err;
	enum err_code code;

	code = spec_read(&s->spec, l->spec, l->spec_bytes, &err);
	if (!code && (s->spec.attempt != l->attempt || strcmp(s->spec.token, l->token) != 0))
		code = err_set(&err, ERR_INPUT, "start the worker: the spec is of another attempt");
	if (!code)
		code = place_files(s, &err);
	if (!code) {
		set_limits(s);
		code = start_worker(s, &err);
	}
	if (code) {
		s->record.started_us = s->record.ended_us = clock_wall_us();
		s->record.error = err.error;
		s->record.outcome = err_is_shortage(err.error) ? OUTCOME_HELD
							       : OUTCOME_LAUNCH_FAILED;
		blame_say(&s->record, err.msg);
		return;
	}
	keep(s);
	judge(s);
	mask_free(s->drain.mask);
	s->drain.mask = NULL;
}

/*
 * Pass the fence.  Whoever does can be found by its token.  ERR_CONFLICT: somebody else did.
 */
static enum err_code
claim(struct shim *s, struct err *err)
{
	const struct launch *l = s->launch;
	enum err_code code;
	int runtime_fd;

	if (s->signal_fd < 0)
		return err_errno(err, "make a signal descriptor");
	(void)mark_process(l->token);
	runtime_fd = open(l->runtime_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (runtime_fd < 0)
		return err_errno(err, "open the runtime directory '%s'", l->runtime_path);
	code = attempt_claim(runtime_fd, l->attempt, &s->dir_fd, &s->lock_fd, err);
	(void)close(runtime_fd);
	return code;
}

/*
 * Is nothing of the attempt left in this process, once release() is done?  It ended by itself, all
 * of it, and knew nothing that the next one must not.
 */
static bool
is_spent(const struct shim *s)
{
	return s->phase == PHASE_GONE && s->ending == OUTCOME_OK && !s->record.signal &&
	       !s->record.leftovers && !s->secret && !task_limits_any(&s->spec.limits);
}

/* Let go of all that is of the attempt, its lock too: the record is there. */
static void
release(struct shim *s)
{
	if (s->result_fd >= 0)
		(void)close(s->result_fd);
	(void)close(s->dir_fd);
	(void)close(s->lock_fd);
	buf_release(&s->result);
	buf_release(&s->notes);
	exit_record_release(&s->record);
	spec_release(&s->spec);
}

enum shim_then
shim_serve(const struct launch *l, const struct shim_ends *ends, int signal_fd)
{
	struct shim s = { .launch = l,
			  .result_fd = -1,
			  .cover = { .pipe_fd = -1 },
			  .self = getpid(),
			  .signal_fd = signal_fd,
			  .deadline_mono_us = INT64_MAX,
			  .kill_mono_us = INT64_MAX,
			  .sweep_us = SWEEP_FIRST_US,
			  .hint_fd = ends->hint_fd,
			  .record = { .attempt = l->attempt, .used = USED_UNKNOWN } };
	enum shim_then then = SHIM_DONE;
	enum err_code code;
	struct err err;

	code = claim(&s, &err);
	if (code) {
		/* No directory of its own, so nowhere to leave a record. */
		if (code == ERR_CONFLICT)
			hint_send(s.hint_fd, l->attempt, HINT_ENDED, 0);
		else
			hint_send(s.hint_fd, l->attempt, HINT_FORK_FAILED, err.error);
		return SHIM_DONE;
	}
	memcpy(s.record.token, l->token, sizeof(s.record.token));
	buf_init(&s.result, RESULT_BYTES_MAX);
	buf_init(&s.notes, NOTES_BYTES_MAX);
	attend(&s);
	group_leave(&s.group);
	if (!leave_record(&s))
		return SHIM_FAILED;
	(void)mark_process(""); /* nothing of it is alive: the record says so */
	if (ends->again_fd >= 0 && is_spent(&s)) {
		release(&s);
		/* Before the hint, for with that the scheduler may have another. */
		then = again_ask(ends->again_fd) ? SHIM_SPENT : SHIM_DONE;
	}
	hint_send(s.hint_fd, l->attempt, HINT_ENDED, 0);
	return then;
}
