/*
 * lab.h - a spawner, a scratch directory and a few ways to wait, for tests on real processes.
 *
 * Nothing here sleeps for a state: every wait is for an event, with a deadline.
 */
#ifndef TESTS_UNIT_LAB_H
#define TESTS_UNIT_LAB_H

#include "core/attempt.h"
#include "core/clock.h"
#include "core/launch.h"
#include "core/spec.h"
#include "scheduler/spawner.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAB_TOKEN "0123456789abcdef0123456789abcdef"
#define LAB_WAIT_US (20 * SECOND_US) /* far above what anything takes, sanitizers included */

struct lab {
	struct spawner spawner;
	char dir[512];     /* the project directory */
	char runtime[600]; /* of attempt directories */
	int runtime_fd;
	int64_t attempt; /* the newest */
	struct hint hints[4096];
	size_t n_hints;
	/* Settings of the next launch; lab_reset() sets them. */
	int64_t timeout_us, grace_us, log_bytes_max;
	char log[1024];
	struct spec spec;
};

static inline void
lab_reset(struct lab *lab)
{
	lab->timeout_us = 0;
	lab->grace_us = 10 * SECOND_US;
	lab->log_bytes_max = 1 << 20;
	lab->spec = (struct spec){ .project_dir = lab->dir,
				   .dag = (char[]){ "" },
				   .run_type = RUN_MANUAL,
				   .epoch = 1,
				   .try_number = 1 };
}

/* Make the directories and start the spawner. */
static inline void
lab_open(struct lab *lab, const char *parent, shim_main_fn *shim)
{
	struct err err;

	memset(lab, 0, sizeof(*lab));
	(void)snprintf(lab->dir, sizeof(lab->dir), "%s/tidemill-lab-XXXXXX", parent);
	assert_non_null(mkdtemp(lab->dir));
	(void)snprintf(lab->runtime, sizeof(lab->runtime), "%s/run", lab->dir);
	assert_int_equal(mkdir(lab->runtime, 0700), 0);
	lab->runtime_fd = open(lab->runtime, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(lab->runtime_fd >= 0);
	assert_int_equal(spawner_start(&lab->spawner, shim, &err), ERR_NONE);
	lab_reset(lab);
}

static inline int
lab_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	(void)remove(path);
	return 0;
}

static inline void
lab_close(struct lab *lab)
{
	if (lab->spawner.pid > 0)
		spawner_stop(&lab->spawner);
	(void)close(lab->runtime_fd);
	(void)nftw(lab->dir, lab_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
lab_send(struct lab *lab, const void *data, size_t bytes)
{
	const char *at = data;

	while (bytes) {
		struct pollfd p = { .fd = lab->spawner.launch_fd, .events = POLLOUT };
		ssize_t n = send(p.fd, at, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			assert_int_equal(poll(&p, 1, (int)(LAB_WAIT_US / 1000)), 1);
			continue;
		}
		at += n;
		bytes -= (size_t)n;
	}
}

/* Append the frame of an attempt that runs argv, with the settings of the lab. */
static inline void
lab_frame(struct lab *lab, int64_t attempt, const char *const *argv, struct buf *out)
{
	struct spec *s = &lab->spec;
	struct launch l = { .attempt = attempt, .token = LAB_TOKEN };
	struct buf text;

	s->attempt = attempt;
	memcpy(s->token, LAB_TOKEN, sizeof(s->token));
	s->dag = s->task = s->run_id = s->dag_digest = lab->dir + strlen(lab->dir);
	memcpy(&s->argv, &argv, sizeof(argv)); /* the writer does not write into it */
	buf_init(&text, SPEC_BYTES_MAX);
	spec_write(s, &text);
	assert_false(text.full);
	(void)snprintf(lab->log, sizeof(lab->log), "%s/.tidemill/logs/%ld.log", lab->dir,
		       (long)attempt);
	l.runtime_path = lab->runtime;
	l.log_path = lab->log;
	l.timeout_us = lab->timeout_us;
	l.grace_us = lab->grace_us;
	l.log_bytes_max = lab->log_bytes_max;
	l.spec = text.data;
	l.spec_bytes = text.bytes;
	launch_write(&l, out);
	buf_release(&text);
}

/* Launch the next attempt; gives its key. */
static inline int64_t
lab_launch(struct lab *lab, const char *const *argv)
{
	struct buf frame;

	buf_init(&frame, SIZE_MAX);
	lab_frame(lab, ++lab->attempt, argv, &frame);
	lab_send(lab, frame.data, frame.bytes);
	buf_release(&frame);
	return lab->attempt;
}

/* The next attempt as a shell script. */
static inline int64_t
lab_shell(struct lab *lab, const char *script)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };

	return lab_launch(lab, argv);
}

/* Whether a hint came; those that came are kept. */
static inline const struct hint *
lab_seen(const struct lab *lab, int64_t attempt, enum hint_kind kind)
{
	for (size_t i = 0; i < lab->n_hints; i++) {
		if (lab->hints[i].attempt == attempt && lab->hints[i].kind == (int32_t)kind)
			return &lab->hints[i];
	}
	return NULL;
}

/* Wait for one of two hints and take it off. */
static inline struct hint
lab_either(struct lab *lab, int64_t attempt, enum hint_kind a, enum hint_kind b)
{
	int64_t end_us = clock_boot_us() + LAB_WAIT_US;
	const struct hint *seen;
	struct hint hint;

	while (!(seen = lab_seen(lab, attempt, a)) && !(seen = lab_seen(lab, attempt, b))) {
		struct pollfd p = { .fd = lab->spawner.hint_fd, .events = POLLIN };
		int64_t left_us = end_us - clock_boot_us();

		if (left_us <= 0)
			fail_msg("no hint %d of attempt %ld", (int)a, (long)attempt);
		(void)poll(&p, 1, (int)(left_us / 1000));
		if (recv(p.fd, &hint, sizeof(hint), MSG_DONTWAIT) == (ssize_t)sizeof(hint)) {
			assert_true(lab->n_hints < countof(lab->hints));
			lab->hints[lab->n_hints++] = hint;
		}
	}
	hint = *seen;
	lab->hints[seen - lab->hints] = lab->hints[--lab->n_hints];
	return hint;
}

static inline struct hint
lab_hint(struct lab *lab, int64_t attempt, enum hint_kind kind)
{
	return lab_either(lab, attempt, kind, kind);
}

static inline enum evidence
lab_inspect(struct lab *lab, int64_t attempt, struct exit_record *record, int *pid)
{
	enum evidence evidence;
	struct err err = { 0 };

	if (attempt_inspect(lab->runtime_fd, attempt, LAB_TOKEN, &evidence, record, pid, &err))
		fail_msg("%s", err.msg);
	return evidence;
}

/* Wait for the end of an attempt and give its record; release it. */
static inline struct exit_record
lab_record(struct lab *lab, int64_t attempt)
{
	struct exit_record record;
	int pid;

	(void)lab_hint(lab, attempt, HINT_ENDED);
	assert_int_equal(lab_inspect(lab, attempt, &record, &pid), EVIDENCE_RECORD);
	assert_int_equal(record.attempt, attempt);
	return record;
}

/* The log of the newest attempt as a string, "" without one; the caller frees it. */
static inline char *
lab_log(const struct lab *lab)
{
	struct buf text;
	char *out;

	buf_init(&text, 64 << 20);
	(void)!buf_read_file(&text, AT_FDCWD, lab->log, NULL);
	out = buf_give(&text);
	buf_release(&text);
	return out;
}

/* A fifo in the project directory, opened for reading. */
static inline int
lab_fifo(const struct lab *lab, const char *name)
{
	char path[1024];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", lab->dir, name);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* Read numbers that a script writes into a fifo, one in each line. */
static inline void
lab_numbers(int fifo_fd, int *out, size_t n)
{
	char text[256] = "";
	size_t used = 0, lines = 0;
	char *at = text;

	while (lines < n) {
		struct pollfd p = { .fd = fifo_fd, .events = POLLIN };
		ssize_t got;

		assert_int_equal(poll(&p, 1, (int)(LAB_WAIT_US / 1000)), 1);
		got = read(fifo_fd, text + used, 1);
		if (got == 1 && text[used++] == '\n')
			lines++;
		assert_true(used < sizeof(text) - 1);
	}
	for (size_t i = 0; i < n; i++)
		out[i] = (int)strtol(at, &at, 10);
}

static inline int
lab_pidfd(int pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	assert_true(fd >= 0);
	return fd;
}

/* Wait until a process has ended; fails when it takes longer than within_us.  Closes pid_fd. */
static inline void
lab_gone(int pid_fd, int64_t within_us)
{
	struct pollfd p = { .fd = pid_fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, (int)(within_us / 1000)), 1);
	(void)close(pid_fd);
}

#endif
