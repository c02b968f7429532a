/* shims.c - shims as this scheduler sees them: adopted, asked to end, looked at. */
#include "core/wire/attempt.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "scheduler/daemon/runtime.h"
#include "scheduler/engine/look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A launch that is older than this is not under way any more. */
#define TOMBSTONE_US HOUR_US

/* A shim that an earlier scheduler started: its end is told by the kernel, not by a hint. */
struct follower {
	uv_poll_t poll; /* of its pidfd; the only handle */
	struct runtime *rt;
	struct follower *next;
	int64_t attempt;
	int pidfd;
};

/* Who holds the attempt's lock, or 0. */
static int
holder(const struct runtime *rt, int64_t attempt, const char *token)
{
	struct exit_record record = { 0 };
	enum evidence evidence;
	int pid = 0;

	if (attempt_inspect(rt->runtime_fd, attempt, token, &evidence, &record, &pid, NULL))
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
open_shim(const struct runtime *rt, int64_t attempt, int pid)
{
	struct attempt_info info;
	int fd;

	if (pid <= 1 || !engine_attempt(rt->engine, attempt, &info))
		return -1;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd >= 0 && holder(rt, attempt, info.token) != pid) {
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
	struct follower **at = &f->rt->followers;

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
	runtime_look_later(f->rt, f->attempt);
	let_go(f);
}

void
shims_adopt(void *arg, int64_t attempt, int pid)
{
	struct runtime *rt = arg;
	struct follower *f;
	int fd;

	if (!rt->started)
		return;
	for (f = rt->followers; f; f = f->next)
		if (f->attempt == attempt)
			return;
	fd = open_shim(rt, attempt, pid);
	if (fd < 0) {
		/* It ended just now, or descriptors are short: the patrol comes by as well. */
		return;
	}
	f = mem_new(1, sizeof(*f));
	f->rt = rt;
	f->attempt = attempt;
	f->pidfd = fd;
	f->poll.data = f;
	if (uv_poll_init(&rt->loop, &f->poll, fd)) {
		(void)close(fd);
		free(f);
		return;
	}
	f->next = rt->followers;
	rt->followers = f;
	if (uv_poll_start(&f->poll, UV_READABLE, on_end))
		let_go(f);
}

void
shims_stop(struct runtime *rt)
{
	while (rt->followers)
		let_go(rt->followers);
}

void
shims_bury(struct runtime *rt, int64_t attempt)
{
	rt->buried = mem_grow(rt->buried, rt->n_buried, &rt->room_buried, sizeof(*rt->buried));
	rt->buried[rt->n_buried++] = attempt;
}

bool
shims_buried(const struct runtime *rt, int64_t attempt)
{
	for (size_t i = rt->n_buried; i-- > 0;)
		if (rt->buried[i] == attempt)
			return true;
	return false;
}

/* Not started yet: see to it that it never does.  Otherwise it has begun just now. */
static void
bury(struct runtime *rt, int64_t attempt)
{
	struct err err;
	enum err_code code = attempt_bury(rt->runtime_fd, attempt, &err);

	if (!code) {
		shims_bury(rt, attempt);
		runtime_look_later(rt, attempt);
	} else if (code != ERR_CONFLICT) { /* then the patrol asks again */
		(void)fprintf(stderr, "scheduler: %s\n", err.msg);
	}
}

static void
terminate(struct runtime *rt, int64_t attempt, int pid)
{
	int fd = open_shim(rt, attempt, pid);

	if (fd < 0)
		return; /* it ended just now */
	(void)syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0);
	(void)close(fd);
}

void
shims_kill(void *arg, int64_t attempt)
{
	struct exit_record record = { 0 };
	struct runtime *rt = arg;
	struct attempt_info info;
	enum evidence evidence;
	struct err err;
	int pid = 0;

	if (!engine_attempt(rt->engine, attempt, &info))
		return;
	if (attempt_inspect(rt->runtime_fd, attempt, info.token, &evidence, &record, &pid, &err)) {
		(void)fprintf(stderr, "scheduler: %s\n", err.msg);
		return;
	}
	switch (evidence) {
	case EVIDENCE_ALIVE:
		terminate(rt, attempt, pid);
		break;
	case EVIDENCE_ABSENT:
		bury(rt, attempt);
		break;
	case EVIDENCE_RECORD:
		exit_record_release(&record);
		runtime_look_later(rt, attempt);
		break;
	case EVIDENCE_VANISHED:
	case EVIDENCE_TOMBSTONE:
		runtime_look_later(rt, attempt);
		break;
	}
}

/*
 * One live attempt.  A hint may have been lost, so what is there is compared
 * with what is known; the usual case, alive and running, is left in peace.
 */
static void
look(struct runtime *rt, int64_t attempt)
{
	struct exit_record record = { 0 };
	struct attempt_info info;
	enum evidence evidence;
	int pid = 0;

	if (!engine_attempt(rt->engine, attempt, &info))
		return;
	if (info.state == ATTEMPT_KILLING && info.cancel) {
		shims_kill(rt, attempt);
		return;
	}
	if (info.state != ATTEMPT_STARTING && info.state != ATTEMPT_RUNNING)
		return;
	if (attempt_inspect(rt->runtime_fd, attempt, info.token, &evidence, &record, &pid, NULL))
		return;
	if (evidence == EVIDENCE_RECORD)
		exit_record_release(&record);
	/* The launch message may still be on its way. */
	if (info.state == ATTEMPT_STARTING && evidence == EVIDENCE_ABSENT)
		return;
	if (info.state == ATTEMPT_RUNNING && evidence == EVIDENCE_ALIVE)
		return;
	runtime_look_later(rt, attempt);
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

/*
 * Left by a scheduler that died between a commit and clearing away.  A young
 * tombstone stays: the spawner of that scheduler may still have the launch.
 */
static bool
is_left(const struct runtime *rt, const char *name, int64_t key)
{
	struct exit_record record = { 0 };
	struct attempt_info info;
	enum evidence evidence;
	struct stat st;
	int pid = 0;

	if (!key || engine_attempt(rt->engine, key, &info))
		return false;
	if (attempt_inspect(rt->runtime_fd, key, "", &evidence, &record, &pid, NULL))
		return true; /* it has a record, with a token that is not "" */
	if (evidence == EVIDENCE_RECORD)
		exit_record_release(&record);
	if (evidence != EVIDENCE_TOMBSTONE)
		return evidence != EVIDENCE_ALIVE;
	return fstatat(rt->runtime_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       clock_wall_us() - (int64_t)st.st_mtim.tv_sec * SECOND_US > TOMBSTONE_US;
}

void
shims_clean(struct runtime *rt)
{
	int fd = openat(rt->runtime_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int64_t key;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return; /* what is left takes memory, no more */
	}
	while ((entry = readdir(dir))) {
		key = key_of(entry->d_name);
		if (is_left(rt, entry->d_name, key) && attempt_remove(rt->runtime_fd, key, NULL))
			break;
	}
	(void)closedir(dir);
}

bool
shims_never_began(const struct runtime *rt, int64_t attempt)
{
	struct exit_record record = { 0 };
	struct attempt_info info;
	enum evidence evidence;
	int pid = 0;

	if (!engine_attempt(rt->engine, attempt, &info) || info.state != ATTEMPT_STARTING ||
	    attempt_inspect(rt->runtime_fd, attempt, info.token, &evidence, &record, &pid, NULL))
		return false;
	if (evidence == EVIDENCE_RECORD)
		exit_record_release(&record);
	return evidence == EVIDENCE_ABSENT;
}

void
shims_patrol(struct runtime *rt)
{
	size_t n = engine_live(rt->engine, NULL, 0);
	int64_t *keys = mem_new(n, sizeof(*keys));

	(void)engine_live(rt->engine, keys, n);
	for (size_t i = 0; i < n; i++)
		look(rt, keys[i]);
	free(keys);
}
