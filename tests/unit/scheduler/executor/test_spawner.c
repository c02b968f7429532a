/* test_spawner.c - the spawner with shims that only pretend: frames, hints, orphans, its end. */
#include "scheduler/executor/spawner.h"

#include "core/wire/again.h"

#include "tests/fixture/lab.h"

#include <sys/prctl.h>

static int pretend(const struct launch *l, const struct shim_ends *ends);

/* Say who we are, and have the next attempt, once. */
static int
have_another(const struct launch *l, const struct shim_ends *ends)
{
	const struct shim_ends last = { ends->hint_fd, -1 };
	struct launch next;
	struct buf frame;
	int status = 0;

	hint_send(ends->hint_fd, l->attempt, HINT_STARTED, (int)getpid());
	buf_init(&frame, SIZE_MAX);
	if (ends->again_fd >= 0 && again_ask(ends->again_fd)) {
		hint_send(ends->hint_fd, l->attempt, HINT_ENDED, 0);
		status = again_wait(ends->again_fd, &frame, &next, NULL) ? 0
									 : pretend(&next, &last);
	}
	buf_release(&frame);
	return status;
}

/* What the pretended shim does, as it stands in the spec; then a path. */
static int
pretend(const struct launch *l, const struct shim_ends *ends)
{
	const int hint_fd = ends->hint_fd;
	const char *script = strstr(l->spec, "\"argv\":[\"");
	bool orphan = false;

	script = script ? script + strlen("\"argv\":[\"") : "";
	switch (script[0]) {
	case 's': /* say how large the spec is */
		hint_send(hint_fd, l->attempt, HINT_STARTED, (int)l->spec_bytes);
		return 0;
	case 'f': /* fail */
		return 3;
	case 'k': /* killed */
		(void)kill(getpid(), SIGKILL);
		return 0;
	case 'o': /* leave a chain of orphans behind, each in a session of its own */
		for (int i = 0; i < 3 && fork() == 0; i++) {
			orphan = true;
			(void)setsid();
			if (i == 2)
				hint_send(hint_fd, l->attempt, HINT_STARTED, (int)getpid());
		}
		while (orphan)
			(void)pause();
		(void)open(l->log_path, O_RDONLY | O_CLOEXEC); /* until somebody writes */
		return 5;
	case 'a': /* our pid, then another attempt */
		return have_another(l, ends);
	case 'p': /* our pid, then stay until somebody opens the fifo */
		hint_send(hint_fd, l->attempt, HINT_STARTED, (int)getpid());
		(void)open(l->log_path, O_RDONLY | O_CLOEXEC);
		return 0;
	default:
		return 6;
	}
}

static int
open_lab(void **state)
{
	struct lab *lab;
	char path[1024];

	(void)lab_setup(state, pretend);
	lab = *state;
	(void)snprintf(path, sizeof(path), "%s/.tidemill", lab->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/.tidemill/logs", lab->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	return 0;
}

static int64_t
launch(struct lab *lab, const char *what)
{
	const char *argv[] = { what, NULL };

	return lab_launch(lab, argv);
}

/* Frames in pieces of every size, and many in one piece. */
static void
frames_come_in_pieces_of_every_size(void **state)
{
	const char *argv[] = { "s", NULL };
	struct lab *lab = *state;
	struct buf frames;

	buf_init(&frames, SIZE_MAX);
	for (int64_t i = 1; i <= 20; i++)
		lab_frame(lab, i, argv, &frames);
	lab_send(lab, frames.data, frames.bytes);
	for (int64_t i = 1; i <= 20; i++)
		(void)lab_hint(lab, i, HINT_STARTED);
	for (size_t at = 0, piece = 1; at < frames.bytes; at += piece, piece++) {
		if (piece > frames.bytes - at)
			piece = frames.bytes - at;
		lab_send(lab, frames.data + at, piece);
	}
	for (int64_t i = 1; i <= 20; i++)
		(void)lab_hint(lab, i, HINT_STARTED);
	buf_release(&frames);
	lab->attempt = 20;
}

static void
the_largest_frame_is_taken(void **state)
{
	struct lab *lab = *state;
	char *spec = malloc(LAUNCH_BYTES_MAX);
	struct launch l = { .attempt = 1000,
			    .token = LAB_TOKEN,
			    .runtime_path = "/r",
			    .log_path = "/l",
			    .spec = spec,
			    .spec_bytes = SPEC_BYTES_MAX };
	struct buf frame;

	assert_non_null(spec);
	memset(spec, ' ', SPEC_BYTES_MAX);
	memcpy(spec, "\"argv\":[\"s", 10);
	buf_init(&frame, SIZE_MAX);
	launch_write(&l, &frame);
	for (int i = 0; i < 5; i++)
		lab_send(lab, frame.data, frame.bytes);
	for (int i = 0; i < 5; i++)
		assert_int_equal(lab_hint(lab, 1000, HINT_STARTED).detail, SPEC_BYTES_MAX);
	buf_release(&frame);
	free(spec);
}

/* Started anew or by one that waits for it, however large it is; which one is asked by its pid. */
static void
who_asks_is_given_the_next_launch(void **state)
{
	struct lab *lab = *state;
	char *large = calloc(1, SPEC_BYTES_MAX);
	const char *argv[] = { "s", large, NULL };
	int64_t first = launch(lab, "a"), next;
	int pid, pid_fd;

	assert_non_null(large);
	pid = lab_hint(lab, first, HINT_STARTED).detail;
	(void)lab_hint(lab, first, HINT_ENDED);
	next = launch(lab, "a");
	assert_int_equal(lab_hint(lab, next, HINT_STARTED).detail, pid);
	first = launch(lab, "a");
	pid = lab_hint(lab, first, HINT_STARTED).detail;
	pid_fd = lab_pidfd(pid);
	(void)lab_hint(lab, first, HINT_ENDED);
	memset(large, 'x', SPEC_BYTES_MAX - 2000);
	next = lab_launch(lab, argv);
	assert_true(lab_hint(lab, next, HINT_STARTED).detail > SPEC_BYTES_MAX - 2000);
	lab_gone(pid_fd, LAB_WAIT_US);
	free(large);
}

/* One that dies with a launch in hand is told of as having had that, not the one before. */
static void
a_shim_that_dies_is_told_of_with_its_last_launch(void **state)
{
	struct lab *lab = *state;
	int64_t first = launch(lab, "a"), next;

	(void)lab_hint(lab, first, HINT_ENDED);
	next = launch(lab, "k");
	(void)lab_hint(lab, next, HINT_SHIM_DIED);
	assert_null(lab_seen(lab, first, HINT_SHIM_DIED));
}

static void
the_death_of_a_shim_is_told(void **state)
{
	struct lab *lab = *state;
	int64_t failed = launch(lab, "f"), killed = launch(lab, "k");

	(void)lab_hint(lab, failed, HINT_SHIM_DIED);
	(void)lab_hint(lab, killed, HINT_SHIM_DIED);
}

/* A dead shim is told of only when nothing that it left is alive. */
static void
a_dead_shim_is_told_of_after_its_orphans(void **state)
{
	struct lab *lab = *state;
	int64_t attempt = lab->attempt + 1;
	int orphan, other_fd;
	char path[1024];
	int64_t other;

	(void)snprintf(path, sizeof(path), "%s/.tidemill/logs/%ld.log", lab->dir,
		       (long)attempt + 1);
	assert_int_equal(mkfifo(path, 0600), 0);
	other = lab->attempt + 2;
	(void)snprintf(path, sizeof(path), "%s/.tidemill/logs/%ld.log", lab->dir, (long)attempt);
	assert_int_equal(mkfifo(path, 0600), 0);
	attempt = launch(lab, "o");
	assert_int_equal(launch(lab, "p"), other);
	other_fd = lab_pidfd(lab_hint(lab, other, HINT_STARTED).detail);
	orphan = lab_pidfd(lab_hint(lab, attempt, HINT_STARTED).detail);
	/* The shim itself waits too; let the fifo go, and it ends with a status of its own. */
	(void)close(open(path, O_WRONLY | O_CLOEXEC));
	(void)lab_hint(lab, attempt, HINT_SHIM_DIED);
	lab_gone(orphan, 0); /* by now */
	/* Another shim is no orphan. */
	assert_int_equal(poll(&(struct pollfd){ .fd = other_fd, .events = POLLIN }, 1, 0), 0);
	(void)snprintf(path, sizeof(path), "%s/.tidemill/logs/%ld.log", lab->dir, (long)other);
	(void)close(open(path, O_WRONLY | O_CLOEXEC));
	lab_gone(other_fd, LAB_WAIT_US);
}

/* Signals of a terminal are not for it; the end of its socket is, and shims outlive it. */
static void
it_ends_with_its_socket_and_shims_outlive_it(void **state)
{
	struct lab *lab = *state;
	char path[1024];
	int shim, spawner;

	(void)snprintf(path, sizeof(path), "%s/.tidemill/logs/%ld.log", lab->dir,
		       (long)lab->attempt + 1);
	assert_int_equal(mkfifo(path, 0600), 0);
	shim = lab_pidfd(lab_hint(lab, launch(lab, "p"), HINT_STARTED).detail);
	assert_int_equal(kill(lab->spawner.pid, SIGINT) | kill(lab->spawner.pid, SIGTERM) |
			     kill(lab->spawner.pid, SIGHUP) | kill(lab->spawner.pid, SIGQUIT),
			 0);
	assert_int_not_equal(getsid(lab->spawner.pid), getsid(0));
	(void)lab_hint(lab, launch(lab, "s"), HINT_STARTED);
	spawner = lab_pidfd(lab->spawner.pid);
	spawner_stop(&lab->spawner);
	lab_gone(spawner, 0);
	assert_int_equal(poll(&(struct pollfd){ .fd = shim, .events = POLLIN }, 1, 0), 0);
	(void)close(open(path, O_WRONLY | O_CLOEXEC));
	lab_gone(shim, LAB_WAIT_US);
}

/* Nobody else would ever look at one that has no attempt. */
static void
a_shim_that_waits_ends_with_it_although_somebody_stopped_it(void **state)
{
	struct lab *lab = *state;
	int64_t attempt = launch(lab, "a");
	int pid = lab_hint(lab, attempt, HINT_STARTED).detail, shim = lab_pidfd(pid);

	(void)lab_hint(lab, attempt, HINT_ENDED);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	spawner_stop(&lab->spawner);
	lab_gone(shim, LAB_WAIT_US);
}

/* A frame that cannot be one ends it, and the scheduler sees that. */
static void
a_bad_frame_ends_it_for_all_to_see(void **state)
{
	static const char *const frames[] = { "\xFF\xFF\xFF\xFF", "\0\0\0\1x" };
	static const size_t bytes[] = { 4, 5 };
	struct lab *lab = *state;

	for (size_t i = 0; i < countof(frames); i++) {
		struct pollfd p;
		int status;

		if (i) {
			spawner_stop(&lab->spawner);
			assert_int_equal(spawner_start(&lab->spawner, pretend, NULL, NULL),
					 ERR_NONE);
		}
		lab_send(lab, frames[i], bytes[i]);
		p = (struct pollfd){ .fd = lab->spawner.pid_fd, .events = POLLIN };
		assert_int_equal(poll(&p, 1, (int)(LAB_WAIT_US / 1000)), 1);
		assert_int_equal(waitpid(lab->spawner.pid, &status, 0), lab->spawner.pid);
		assert_int_equal(WEXITSTATUS(status), 70);
	}
}

static void
shims_have_no_descriptors_of_the_scheduler(void **state)
{
	struct lab *lab = *state;

	assert_true(fcntl(lab->spawner.launch_fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(lab->spawner.hint_fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(lab->spawner.pid_fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(lab->spawner.launch_fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(lab->spawner.hint_fd, F_GETFL) & O_NONBLOCK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shims_have_no_descriptors_of_the_scheduler),
		cmocka_unit_test(frames_come_in_pieces_of_every_size),
		cmocka_unit_test(the_largest_frame_is_taken),
		cmocka_unit_test(who_asks_is_given_the_next_launch),
		cmocka_unit_test(a_shim_that_dies_is_told_of_with_its_last_launch),
		cmocka_unit_test(the_death_of_a_shim_is_told),
		cmocka_unit_test(a_dead_shim_is_told_of_after_its_orphans),
		cmocka_unit_test_setup_teardown(it_ends_with_its_socket_and_shims_outlive_it,
						open_lab, lab_teardown),
		cmocka_unit_test_setup_teardown(
		    a_shim_that_waits_ends_with_it_although_somebody_stopped_it, open_lab,
		    lab_teardown),
		cmocka_unit_test_setup_teardown(a_bad_frame_ends_it_for_all_to_see, open_lab,
						lab_teardown),
	};

	return cmocka_run_group_tests(tests, open_lab, lab_teardown);
}
