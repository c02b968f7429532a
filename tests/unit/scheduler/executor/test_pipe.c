/* test_pipe.c - launch frames to a spawner that reads slowly, and to one that died. */
#include "scheduler/executor/pipe.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/wire/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAMES = 200, SPEC_BYTES = 100 * 1000, DEADLINE_US = 20 * 1000 * 1000 };

struct fixture {
	uv_loop_t loop;
	struct launch_pipe pipe;
	int ends[2];
	char *spec;
};

static int
set_up(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));

	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, f->ends), 0);
	assert_int_equal(pipe_start(&f->pipe, &f->loop, f->ends[0], NULL), ERR_NONE);
	f->spec = mem_new(SPEC_BYTES, 1);
	memset(f->spec, 'x', SPEC_BYTES);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	pipe_stop(&f->pipe);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	(void)close(f->ends[0]);
	if (f->ends[1] >= 0)
		(void)close(f->ends[1]);
	free(f->spec);
	free(f);
	return 0;
}

static void
put(struct fixture *f, int64_t attempt)
{
	struct launch l = {
		.attempt = attempt,
		.token = "00112233445566778899aabbccddeeff",
		.runtime_path = "/r",
		.log_path = "/l",
		.log_bytes_max = 1,
		.spec = f->spec,
		.spec_bytes = SPEC_BYTES,
	};

	assert_int_equal(pipe_frame(&f->pipe, &l, NULL), ERR_NONE);
}

/* Take what there is and check that frames come whole and in order; returns the next attempt. */
static int64_t
take(struct fixture *f, struct buf *in, int64_t next)
{
	size_t body_bytes, used;
	char chunk[10000];
	const char *body;
	struct launch l;
	ssize_t n = recv(f->ends[1], chunk, sizeof(chunk), 0);

	if (n > 0)
		buf_add(in, chunk, (size_t)n);
	while (frame_peek(in->data, in->bytes, &body, &body_bytes, &used) == FRAME_READY) {
		assert_int_equal(launch_read(&l, body, body_bytes, NULL), ERR_NONE);
		assert_int_equal(l.attempt, next++);
		assert_int_equal(l.spec_bytes, SPEC_BYTES);
		memmove(in->data, in->data + used, in->bytes - used);
		in->bytes -= used;
	}
	return next;
}

static void
a_slow_reader_gets_every_byte_in_order(void **state)
{
	struct fixture *f = *state;
	int64_t start_us = clock_boot_us(), next = 1;
	struct buf in;

	for (int i = 1; i <= FRAMES; i++) {
		put(f, i);
		pipe_flush(&f->pipe);
	}
	buf_init(&in, 1 << 20);
	while (next <= FRAMES) {
		next = take(f, &in, next);
		(void)uv_run(&f->loop, UV_RUN_NOWAIT);
		assert_true(clock_boot_us() - start_us < DEADLINE_US);
	}
	assert_int_equal(in.bytes, 0);
	buf_release(&in);
	assert_false(uv_is_active((uv_handle_t *)&f->pipe.poll));
}

static void
draining_gives_up_when_nobody_reads(void **state)
{
	struct fixture *f = *state;
	int64_t start_us = clock_boot_us();

	for (int i = 1; i <= FRAMES; i++)
		put(f, i);
	pipe_drain(&f->pipe, 50); /* nobody reads: it gives up */
	assert_true(clock_boot_us() - start_us < DEADLINE_US);
}

static void
a_dead_reader_breaks_the_pipe_and_no_more(void **state)
{
	struct fixture *f = *state;

	(void)close(f->ends[1]);
	f->ends[1] = -1;
	put(f, 1);
	pipe_flush(&f->pipe);
	assert_true(f->pipe.broken);
	put(f, 2);
	pipe_flush(&f->pipe);
	pipe_drain(&f->pipe, 1000);
	assert_int_equal(f->pipe.bytes.bytes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_slow_reader_gets_every_byte_in_order, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(draining_gives_up_when_nobody_reads, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_dead_reader_breaks_the_pipe_and_no_more, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
