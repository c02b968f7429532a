/* local.c - the executor of this machine: shims, forked by the spawner, followed and ended. */
#include "scheduler/executor/executor.h"
#include "scheduler/executor/litter.h"
#include "scheduler/executor/pipe.h"
#include "scheduler/executor/stopped.h"
#include "scheduler/executor/sweeper.h"

#include "core/base/clock.h"
#include "core/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A launch that is older than this is not under way any more. */
#define TOMBSTONE_US HOUR_US

enum {
	DRAIN_MS = 1000,
	HINTS_MAX = 1024, /* taken in one callback */
};

struct local {
	struct executor base;
	struct later *later;
	struct spawner *spawner;
	const struct log *log;
	const char *project_dir;
	int runtime_fd; /* the runtime directory, attempt.h */
	char *runtime_path;
	uv_loop_t *loop; /* NULL: not started */
	uv_poll_t hints, spawner_end;
	struct launch_pipe pipe;
	struct sweeper sweeper;
	struct follower *followers; /* shims of an earlier scheduler */
	int64_t *buried;            /* attempts that this scheduler made a tombstone for */
	size_t n_buried, room_buried;
};

/* A shim that an earlier scheduler started: its end is told by the kernel, not by a hint. */
struct follower {
	uv_poll_t poll; /* of its pidfd; the only handle */
	struct local *local;
	struct follower *next;
	int64_t attempt;
	int pidfd;
};

/* Who holds the attempt's lock, or 0. */
static int
holder(const struct local *l, int64_t attempt, const char *token)
{
	struct exit_record record = { 0 };
	enum evidence evidence;
	int pid = 0;

	if (attempt_inspect(l->runtime_fd, attempt, token, &evidence, &record, &pid, NULL))
		return 0;
	if (evidence == EVIDENCE_RECORD)
		exit_record_release(&record);
	return evidence == EVIDENCE_ALIVE ? pid : 0;
}

/*
 * A descriptor of the shim, or -1.  A pid may have passed to another process
 * between the look and the call; one that holds the lock after it was opened
 * held it all the time.
 */
static int
open_shim(const struct local *l, int64_t attempt, const char *token, int pid)
{
	int fd;

	if (pid <= 1)
		return -1;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd >= 0 && holder(l, attempt, token) != pid) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* The one place where a follower is freed. */
static void
follower_closed(uv_handle_t *handle)
{
	struct follower *f = handle->data;

	(void)close(f->pidfd);
	free(f);
}

static void
let_go(struct follower *f)
{
	struct follower **at = &f->local->followers;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	uv_close((uv_handle_t *)&f->poll, follower_closed);
}

static void
on_end(uv_poll_t *poll, int status, int events)
{
	struct follower *f = poll->data;

	(void)status;
	(void)events;
	later_look(f->local->later, f->attempt);
	let_go(f);
}

static void
adopt(struct executor *ex, int64_t attempt, const char *token, int pid)
{
	struct local *l = (struct local *)ex;
	struct follower *f;
	int fd;

	for (f = l->followers; f; f = f->next)
		if (f->attempt == attempt)
			return;
	fd = open_shim(l, attempt, token, pid);
	if (fd < 0) {
		/* It ended just now, or descriptors are short: the patrol comes by as well. */
		return;
	}
	f = mem_new(1, sizeof(*f));
	f->local = l;
	f->attempt = attempt;
	f->pidfd = fd;
	f->poll.data = f;
	if (uv_poll_init(l->loop, &f->poll, fd)) {
		(void)close(fd);
		free(f);
		return;
	}
	f->next = l->followers;
	l->followers = f;
	if (uv_poll_start(&f->poll, UV_READABLE, on_end))
		let_go(f);
}

static bool
is_buried(const struct local *l, int64_t attempt)
{
	for (size_t i = l->n_buried; i-- > 0;)
		if (l->buried[i] == attempt)
			return true;
	return false;
}

/* A tombstone has to stand until no launch can be under way, so it is noted. */
static enum err_code
bury(struct executor *ex, int64_t attempt, struct err *err)
{
	struct local *l = (struct local *)ex;
	enum err_code code = attempt_bury(l->runtime_fd, attempt, err);

	if (code)
		return code;
	l->buried = mem_grow(l->buried, l->n_buried, &l->room_buried, sizeof(*l->buried));
	l->buried[l->n_buried++] = attempt;
	return ERR_NONE;
}

/* Not started yet: see to it that it never does.  Otherwise it has begun just now. */
static enum err_code
prevent(struct local *l, int64_t attempt, struct err *err)
{
	enum err_code code = bury(&l->base, attempt, err);

	if (code == ERR_CONFLICT)
		return ERR_NONE; /* the patrol asks again */
	if (!code)
		later_look(l->later, attempt);
	return code;
}

/* Let a shim run if somebody stopped it, and with `ends` have it end its attempt. */
static void
nudge(const struct local *l, int64_t attempt, const char *token, int pid, bool ends)
{
	int fd = open_shim(l, attempt, token, pid);
	char what[64];

	if (fd < 0)
		return; /* it ended just now */
	if (ends)
		end_send(fd, attempt);
	(void)snprintf(what, sizeof(what), "the shim of attempt %" PRId64, attempt);
	stopped_resume(l->log, what, pid, fd, token);
	(void)close(fd);
}

static enum err_code
end(struct executor *ex, int64_t attempt, const char *token, struct err *err)
{
	struct local *l = (struct local *)ex;
	struct exit_record record = { 0 };
	enum evidence evidence;
	enum err_code code;
	int pid = 0;

	code = attempt_inspect(l->runtime_fd, attempt, token, &evidence, &record, &pid, err);
	if (code)
		return code;
	switch (evidence) {
	case EVIDENCE_ALIVE:
		nudge(l, attempt, token, pid, true);
		break;
	case EVIDENCE_ABSENT:
		return prevent(l, attempt, err);
	case EVIDENCE_RECORD:
		exit_record_release(&record);
		later_look(l->later, attempt);
		break;
	case EVIDENCE_VANISHED:
	case EVIDENCE_TOMBSTONE:
		later_look(l->later, attempt);
		break;
	}
	return ERR_NONE;
}

/*
 * One live attempt.  A hint may have been lost, so what is there is compared
 * with what is known; the usual case, alive and running, is left in peace.
 */
static enum err_code
look(struct local *l, const struct executor_live *live, struct err *err)
{
	struct exit_record record = { 0 };
	enum evidence evidence;
	int pid = 0;

	if (live->state == ATTEMPT_KILLING && live->cancel)
		return end(&l->base, live->attempt, live->token, err);
	if (live->state != ATTEMPT_STARTING && live->state != ATTEMPT_RUNNING)
		return ERR_NONE;
	if (attempt_inspect(l->runtime_fd, live->attempt, live->token, &evidence, &record, &pid,
			    NULL))
		return ERR_NONE;
	if (evidence == EVIDENCE_RECORD)
		exit_record_release(&record);
	/* The launch message may still be on its way. */
	if (live->state == ATTEMPT_STARTING && evidence == EVIDENCE_ABSENT)
		return ERR_NONE;
	if (evidence == EVIDENCE_ALIVE)
		nudge(l, live->attempt, live->token, pid, false);
	if (live->state == ATTEMPT_RUNNING && evidence == EVIDENCE_ALIVE)
		return ERR_NONE;
	later_look(l->later, live->attempt);
	return ERR_NONE;
}

/* The key in the name of an attempt directory, or 0. */
static int64_t
key_of(const char *name)
{
	char back[ATTEMPT_NAME_CHARS], *end;
	long long key;

	if (name[0] != 'a')
		return 0;
	errno = 0;
	key = strtoll(name + 1, &end, 10);
	if (errno || *end || key <= 0)
		return 0;
	attempt_name(key, back);
	return strcmp(back, name) ? 0 : key;
}

static bool
is_live(const struct executor_live *live, size_t n, int64_t key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (live[middle].attempt == key)
			return true;
		if (live[middle].attempt < key)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/*
 * Left by a scheduler that died between a commit and clearing away.  A young
 * tombstone stays: the spawner of that scheduler may still have the launch.
 */
static bool
is_left(const struct local *l, const char *name, int64_t key, const struct executor_live *live,
	size_t n)
{
	struct exit_record record = { 0 };
	enum evidence evidence;
	struct stat st;
	int pid = 0;

	if (!key || is_live(live, n, key))
		return false;
	if (attempt_inspect(l->runtime_fd, key, "", &evidence, &record, &pid, NULL))
		return true; /* it has a record, with a token that is not "" */
	if (evidence == EVIDENCE_RECORD)
		exit_record_release(&record);
	if (evidence != EVIDENCE_TOMBSTONE)
		return evidence != EVIDENCE_ALIVE;
	return fstatat(l->runtime_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       clock_wall_us() - (int64_t)st.st_mtim.tv_sec * SECOND_US > TOMBSTONE_US;
}

/* A shim that was killed before the fence left it: a young one may still be at it. */
static void
remove_draft(const struct local *l, const char *name)
{
	char lock[64];
	struct stat st;

	if (name[0] != 't' || name[1] < '1' || name[1] > '9' ||
	    fstatat(l->runtime_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode) ||
	    clock_wall_us() - (int64_t)st.st_mtim.tv_sec * SECOND_US < TOMBSTONE_US)
		return;
	(void)snprintf(lock, sizeof(lock), "%.40s/lock", name);
	(void)unlinkat(l->runtime_fd, lock, 0);
	(void)unlinkat(l->runtime_fd, name, AT_REMOVEDIR);
}

static void
clean(struct executor *ex, const struct executor_live *live, size_t n)
{
	struct local *l = (struct local *)ex;
	int fd;
	DIR *dir;
	struct dirent *entry;
	int64_t key;

	litter_clear(l->project_dir, l->runtime_path, l->log);
	fd = openat(l->runtime_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return; /* what is left takes memory, no more */
	}
	while ((entry = readdir(dir))) {
		remove_draft(l, entry->d_name);
		key = key_of(entry->d_name);
		if (is_left(l, entry->d_name, key, live, n) &&
		    attempt_remove(l->runtime_fd, key, NULL))
			break;
	}
	(void)closedir(dir);
}

/* ---- what the spawner tells ---- */

/*
 * A login manager may remove the runtime directory under us, and then nothing
 * that is started can be seen.
 */
static bool
is_runtime_gone(const struct local *l)
{
	struct stat st;

	return fstat(l->runtime_fd, &st) == 0 && st.st_nlink == 0;
}

static void
take_hint(struct local *l, const struct hint *hint)
{
	char why[200];

	switch (hint->kind) {
	case HINT_STARTED:
	case HINT_ENDED:
	case HINT_SHIM_DIED:
		later_look(l->later, hint->attempt);
		break;
	case HINT_FORK_FAILED:
		(void)snprintf(why, sizeof(why), "start a process: %s", strerror(hint->detail));
		/* Where the runtime directory is gone, the patrol makes a new one. */
		later_failed(l->later, hint->attempt, why,
			     is_runtime_gone(l) ? ENOSPC : hint->detail);
		break;
	default:
		break;
	}
}

static void
on_hints(uv_poll_t *poll, int status, int events)
{
	struct local *l = poll->data;
	struct hint hint;
	ssize_t n = 0;

	(void)status;
	(void)events;
	for (int i = 0; i < HINTS_MAX; i++) {
		n = recv(l->spawner->hint_fd, &hint, sizeof(hint), MSG_DONTWAIT);
		if (n <= 0)
			break;
		if ((size_t)n == sizeof(hint))
			take_hint(l, &hint);
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		(void)uv_poll_stop(poll); /* nobody is left to speak; `spawner_end` tells why */
}

static void
on_spawner_end(uv_poll_t *poll, int status, int events)
{
	struct local *l = poll->data;

	(void)status;
	(void)events;
	(void)uv_poll_stop(poll);
	later_broken(l->later, "the spawner died");
}

/*
 * Make a new runtime directory, under a name that no launch under way knows.  What runs has lost
 * its place for a record: a look finds it absent, and then it is swept and tried again.
 */
static enum err_code
renew(struct local *l, const struct executor_live *live, size_t n, struct err *err)
{
	enum err_code code;
	char *path;
	int fd;

	code = attempt_runtime_dir(l->project_dir, &fd, &path, err);
	if (code)
		return code;
	log_line(l->log, LOG_WARN,
		 "the runtime directory '%s' was removed; now it is '%s', and %zu running task%s "
		 "begin%s again",
		 l->runtime_path, path, n, n == 1 ? "" : "s", n == 1 ? "s" : "");
	(void)close(l->runtime_fd);
	free(l->runtime_path);
	l->runtime_fd = fd;
	l->runtime_path = path;
	for (size_t i = 0; i < n; i++)
		later_look(l->later, live[i].attempt);
	return ERR_NONE;
}

static enum err_code
patrol(struct executor *ex, const struct executor_live *live, size_t n, struct err *err)
{
	struct local *l = (struct local *)ex;
	enum err_code code = ERR_NONE;

	stopped_resume(l->log, "the spawner", l->spawner->pid, l->spawner->pid_fd, NULL);
	if (is_runtime_gone(l))
		return renew(l, live, n, err);
	for (size_t i = 0; i < n; i++) {
		struct err why;

		if (look(l, &live[i], &why))
			code = err_set(err, why.code, "%s", why.msg);
	}
	return code;
}

/* ---- the row ---- */

static enum err_code
open_local(struct executor **out, const struct executor_setup *setup, struct err *err)
{
	struct local *l = mem_new(1, sizeof(*l));
	enum err_code code;

	l->base.row = &executor_local;
	l->later = setup->later;
	l->spawner = setup->spawner;
	l->log = setup->log;
	l->project_dir = setup->project_dir;
	l->runtime_fd = -1;
	code = attempt_runtime_dir(setup->project_dir, &l->runtime_fd, &l->runtime_path, err);
	if (code) {
		free(l);
		return code;
	}
	*out = &l->base;
	return ERR_NONE;
}

static int
watch_spawner(struct local *l)
{
	int rc = uv_poll_init(l->loop, &l->hints, l->spawner->hint_fd);

	if (!rc)
		rc = uv_poll_init(l->loop, &l->spawner_end, l->spawner->pid_fd);
	l->hints.data = l->spawner_end.data = l;
	if (!rc)
		rc = uv_poll_start(&l->hints, UV_READABLE, on_hints);
	if (!rc)
		rc = uv_poll_start(&l->spawner_end, UV_READABLE, on_spawner_end);
	return rc;
}

static enum err_code
start(struct executor *ex, uv_loop_t *loop, struct jobs *jobs, struct err *err)
{
	struct local *l = (struct local *)ex;
	int rc;

	l->loop = loop;
	l->sweeper = (struct sweeper){ .jobs = jobs, .later = l->later, .log = l->log };
	rc = watch_spawner(l);
	if (rc)
		return err_set(err, ERR_SYSTEM, "watch the spawner: %s", uv_strerror(rc));
	return pipe_start(&l->pipe, loop, l->spawner->launch_fd, err);
}

static enum err_code
launch(struct executor *ex, const struct launch *what, struct err *err)
{
	struct local *l = (struct local *)ex;
	struct launch full = *what;

	full.runtime_path = l->runtime_path;
	return pipe_frame(&l->pipe, &full, err);
}

static void
flush(struct executor *ex)
{
	pipe_flush(&((struct local *)ex)->pipe);
}

static void
drain(struct executor *ex)
{
	pipe_drain(&((struct local *)ex)->pipe, DRAIN_MS);
}

static void
sweep(struct executor *ex, int64_t attempt, const char *token)
{
	struct local *l = (struct local *)ex;

	sweeper_start(&l->sweeper, attempt, token, l->runtime_path);
}

static enum err_code
inspect(struct executor *ex, int64_t attempt, const char *token, enum evidence *out,
	struct exit_record *record, int *pid, struct err *err)
{
	const struct local *l = (struct local *)ex;

	return attempt_inspect(l->runtime_fd, attempt, token, out, record, pid, err);
}

static enum err_code
discard(struct executor *ex, int64_t attempt, struct err *err)
{
	const struct local *l = (struct local *)ex;

	return is_buried(l, attempt) ? ERR_NONE : attempt_remove(l->runtime_fd, attempt, err);
}

/* A handle that was never initialised belongs to no loop. */
static void
close_handle(uv_poll_t *poll)
{
	if (poll->loop && !uv_is_closing((uv_handle_t *)poll))
		uv_close((uv_handle_t *)poll, NULL);
}

static void
stop(struct executor *ex)
{
	struct local *l = (struct local *)ex;

	close_handle(&l->hints);
	close_handle(&l->spawner_end);
	if (l->pipe.poll.loop)
		pipe_stop(&l->pipe);
	while (l->followers)
		let_go(l->followers);
}

static void
close_local(struct executor *ex)
{
	struct local *l = (struct local *)ex;

	(void)close(l->runtime_fd);
	free(l->runtime_path);
	free(l->buried);
	free(l);
}

const struct executor_row executor_local = {
	.word = "local",
	.open = open_local,
	.start = start,
	.clean = clean,
	.launch = launch,
	.flush = flush,
	.drain = drain,
	.adopt = adopt,
	.kill = end,
	.sweep = sweep,
	.inspect = inspect,
	.bury = bury,
	.patrol = patrol,
	.discard = discard,
	.stop = stop,
	.close = close_local,
};
