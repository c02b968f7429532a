/* test_control.c - the control socket with real sockets: frames, limits, who hangs up when. */
#include "scheduler/loop/control.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/wire/message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_US = 20 * 1000 * 1000 };

struct fixture {
	char dir[64];
	uv_loop_t loop;
	struct control *control;
	int64_t requests[256]; /* as they came */
	size_t n_requests;
	bool hold; /* do not answer at once */
};

static void
answer(struct fixture *f, int64_t request)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "{\"ok\":true,\"request\":%d}", (int)request);

	control_reply(f->control, request, text, (size_t)n);
}

static void
on_request(void *arg, int64_t request, const json_t *message)
{
	struct fixture *f = arg;

	assert_non_null(message);
	assert_true(f->n_requests < countof(f->requests));
	f->requests[f->n_requests++] = request;
	if (!f->hold)
		answer(f, request);
}

static void
listen_anew(struct fixture *f)
{
	int fd = -1;

	assert_int_equal(control_listen(f->dir, &fd, NULL), ERR_NONE);
	assert_int_equal(control_start(&f->control, &f->loop, fd, on_request, f, NULL), ERR_NONE);
}

static int
set_up(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));
	char *inner;

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_control.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	inner = mem_format("%s/.tidemill", f->dir);
	assert_int_equal(mkdir(inner, 0700), 0);
	free(inner);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	listen_anew(f);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	char *path;

	control_stop(f->control);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	path = mem_format("%s/.tidemill/control.sock", f->dir);
	(void)unlink(path);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(f->dir), 0);
	free(path);
	free(f);
	return 0;
}

static int
connect_to(struct fixture *f)
{
	int fd = -1;

	assert_int_equal(control_connect(f->dir, &fd, NULL), ERR_NONE);
	return fd;
}

/* Turn the loop until `fd` has something to read (or its end). */
static void
await(struct fixture *f, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t start_us = clock_boot_us();

	while (poll(&p, 1, 1) == 0) {
		(void)uv_run(&f->loop, UV_RUN_NOWAIT);
		assert_true(clock_boot_us() - start_us < DEADLINE_US);
	}
}

static void
await_requests(struct fixture *f, size_t n)
{
	int64_t start_us = clock_boot_us();

	while (f->n_requests < n) {
		(void)uv_run(&f->loop, UV_RUN_NOWAIT);
		assert_true(clock_boot_us() - start_us < DEADLINE_US);
	}
}

/* One whole reply, or NULL when the other side hung up. */
static json_t *
receive(struct fixture *f, int fd)
{
	size_t body_bytes, used;
	json_t *reply = NULL;
	const char *body;
	struct buf in;
	char c;

	buf_init(&in, MESSAGE_BYTES_MAX);
	for (;;) {
		await(f, fd);
		if (recv(fd, &c, 1, 0) <= 0)
			break;
		buf_add(&in, &c, 1);
		if (frame_peek(in.data, in.bytes, &body, &body_bytes, &used) == FRAME_READY) {
			assert_int_equal(json_read(&reply, body, body_bytes, "a reply", NULL),
					 ERR_NONE);
			break;
		}
	}
	buf_release(&in);
	return reply;
}

/* Write all of it; the loop turns so that the other side reads. */
static void
send_all(struct fixture *f, int fd, const char *data, size_t bytes)
{
	size_t at = 0;
	ssize_t n;

	while (at < bytes) {
		n = send(fd, data + at, bytes - at, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			at += (size_t)n;
		else if (errno != EAGAIN)
			return; /* hung up: the test reads that */
		(void)uv_run(&f->loop, UV_RUN_NOWAIT);
	}
}

static void
send_ping(struct fixture *f, int fd, int times)
{
	json_t *ping = json_pack("{s:s}", "command", "ping");
	struct buf out;

	buf_init(&out, MESSAGE_BYTES_MAX);
	for (int i = 0; i < times; i++)
		frame_write(ping, &out);
	send_all(f, fd, out.data, out.bytes);
	buf_release(&out);
	json_decref(ping);
}

static void
requests_are_answered_one_after_the_other(void **state)
{
	struct fixture *f = *state;
	int fd = connect_to(f);

	send_ping(f, fd, 3); /* at once: they are answered in turn */
	for (int i = 1; i <= 3; i++) {
		json_t *reply = receive(f, fd);

		assert_int_equal(json_get_int(reply, "request", 0), i);
		json_decref(reply);
	}
	(void)close(fd);
}

static void
a_request_may_come_in_pieces(void **state)
{
	struct fixture *f = *state;
	json_t *ping = json_pack("{s:s}", "command", "ping"), *reply;
	int fd = connect_to(f);
	struct buf out;

	buf_init(&out, MESSAGE_BYTES_MAX);
	frame_write(ping, &out);
	for (size_t i = 0; i < out.bytes; i++)
		send_all(f, fd, out.data + i, 1);
	reply = receive(f, fd);
	assert_true(json_get_bool(reply, "ok", false));
	json_decref(reply);
	json_decref(ping);
	buf_release(&out);
	(void)close(fd);
}

static void
a_client_that_left_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	json_t *reply;
	int fd = connect_to(f);

	f->hold = true;
	send_ping(f, fd, 1);
	await_requests(f, 1);
	(void)close(fd);
	for (int i = 0; i < 10; i++)
		(void)uv_run(&f->loop, UV_RUN_NOWAIT);
	answer(f, f->requests[0]); /* to nobody */
	f->hold = false;
	fd = connect_to(f);
	send_ping(f, fd, 1);
	reply = receive(f, fd);
	assert_int_equal(json_get_int(reply, "request", 0), 2);
	json_decref(reply);
	(void)close(fd);
}

static void
garbage_is_refused_with_a_reply(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t n;
	} rows[] = {
		{ "a length over the limit", "\x00\x80\x00\x01", 4 },
		{ "the largest length", "\xff\xff\xff\xff", 4 },
		{ "no JSON", "\x00\x00\x00\x03{,}", 7 },
		{ "an empty frame", "\x00\x00\x00\x00", 4 },
		{ "the same key twice", "\x00\x00\x00\x0d{\"a\":1,\"a\":2}", 17 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(rows); i++) {
		int fd = connect_to(f);
		json_t *reply;

		send_all(f, fd, rows[i].bytes, rows[i].n);
		reply = receive(f, fd);
		if (!reply || json_get_bool(reply, "ok", true))
			fail_msg("%s: not refused", rows[i].name);
		json_decref(reply);
		if (receive(f, fd))
			fail_msg("%s: not hung up", rows[i].name);
		(void)close(fd);
	}
	assert_int_equal(f->n_requests, 0);
}

/* A frame at the limit is read, and one that announces a byte more is not. */
static void
a_frame_one_byte_too_large_is_not_read(void **state)
{
	struct fixture *f = *state;
	size_t bytes = MESSAGE_BYTES_MAX;
	char *frame = mem_new(bytes + FRAME_HEAD_BYTES, 1);
	int fd = connect_to(f);
	json_t *reply;

	memset(frame, ' ', bytes + FRAME_HEAD_BYTES);
	memcpy(frame, "\x00\x80\x00\x00{}", 6);
	send_all(f, fd, frame, bytes + FRAME_HEAD_BYTES);
	reply = receive(f, fd);
	assert_true(json_get_bool(reply, "ok", false));
	json_decref(reply);
	(void)close(fd);
	free(frame);
}

/* However many wait, and whatever trickles in meanwhile. */
static void
one_more_than_may_wait_turns_out_who_waited_longest(void **state)
{
	struct fixture *f = *state;
	int fds[CONTROL_CONNECTIONS_MAX + 1];
	json_t *reply;

	for (int i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		fds[i] = connect_to(f);
		(void)uv_run(&f->loop, UV_RUN_NOWAIT);
		send_all(f, fds[i], "\0", 1);
	}
	fds[CONTROL_CONNECTIONS_MAX] = connect_to(f);
	send_ping(f, fds[CONTROL_CONNECTIONS_MAX], 1);
	reply = receive(f, fds[CONTROL_CONNECTIONS_MAX]);
	assert_true(json_get_bool(reply, "ok", false));
	json_decref(reply);
	assert_null(receive(f, fds[0]));
	for (size_t i = 0; i < countof(fds); i++)
		(void)close(fds[i]);
}

static void
who_is_being_answered_is_never_turned_out(void **state)
{
	struct fixture *f = *state;
	int fds[CONTROL_CONNECTIONS_MAX + 1];
	json_t *reply;

	f->hold = true;
	for (int i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		fds[i] = connect_to(f);
		send_ping(f, fds[i], i + 1);
		await_requests(f, (size_t)i + 1);
	}
	fds[CONTROL_CONNECTIONS_MAX] = connect_to(f);
	reply = receive(f, fds[CONTROL_CONNECTIONS_MAX]);
	assert_false(json_get_bool(reply, "ok", true));
	json_decref(reply);
	assert_null(receive(f, fds[CONTROL_CONNECTIONS_MAX]));
	for (size_t i = 0; i < countof(fds); i++)
		(void)close(fds[i]);
}

/* How many descriptors this process has. */
static int
count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* With 64 descriptors connections get 16, so that files and attempts find theirs. */
static void
idle_connections_leave_descriptors_for_the_rest(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, few = { 64, 64 };
	int before_fds, clients[40];
	json_t *reply;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few.rlim_max = before.rlim_max;
	control_stop(f->control);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	listen_anew(f);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	before_fds = count_descriptors();
	for (size_t i = 0; i < countof(clients); i++) {
		clients[i] = connect_to(f);
		(void)uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	send_ping(f, clients[countof(clients) - 1], 1);
	reply = receive(f, clients[countof(clients) - 1]);
	assert_true(json_get_bool(reply, "ok", false));
	json_decref(reply);
	assert_int_equal(count_descriptors() - before_fds, (int)countof(clients) + 16);
	for (size_t i = 0; i < countof(clients); i++)
		(void)close(clients[i]);
}

/* Stopped in the middle of everything, it still closes: tear_down checks the loop. */
static void
stopping_in_the_middle_closes_everything(void **state)
{
	struct fixture *f = *state;
	int held, idle;

	f->hold = true;
	held = connect_to(f);
	idle = connect_to(f);
	send_ping(f, held, 2);
	await_requests(f, 1);
	control_stop(f->control);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	f->control = NULL;
	assert_null(receive(f, held));
	assert_null(receive(f, idle));
	(void)close(held);
	(void)close(idle);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(requests_are_answered_one_after_the_other, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_request_may_come_in_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_client_that_left_is_not_waited_for, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(garbage_is_refused_with_a_reply, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_frame_one_byte_too_large_is_not_read, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(one_more_than_may_wait_turns_out_who_waited_longest,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_is_being_answered_is_never_turned_out, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(idle_connections_leave_descriptors_for_the_rest,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(stopping_in_the_middle_closes_everything, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
