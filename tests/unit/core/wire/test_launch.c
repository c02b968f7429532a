/* test_launch.c - launch frames there and back, and what is refused. */
#include "core/wire/launch.h"

#include "core/wire/message.h"
#include "core/wire/spec.h"
#include "tests/fixture/lab.h"

static struct launch
sample(void)
{
	return (struct launch){ .attempt = 42,
				.token = LAB_TOKEN,
				.runtime_path = "/run/x",
				.log_path = "/p/.tidemill/logs/1.log",
				.timeout_us = 5,
				.grace_us = 6,
				.log_bytes_max = 7,
				.spec = "{\"a\":1}",
				.spec_bytes = 7 };
}

/* The body of the frame of a launch. */
static const char *
body_of(const struct launch *l, struct buf *frame, size_t *bytes)
{
	const char *body;
	size_t used;

	buf_init(frame, SIZE_MAX);
	launch_write(l, frame);
	assert_int_equal(frame_peek(frame->data, frame->bytes, &body, bytes, &used), FRAME_READY);
	assert_int_equal(used, frame->bytes);
	return body;
}

static void
a_launch_goes_round_and_no_part_of_it_is_one(void **state)
{
	struct launch in = sample(), out;
	struct buf frame;
	const char *body;
	size_t bytes;

	(void)state;
	body = body_of(&in, &frame, &bytes);
	assert_int_equal(launch_read(&out, body, bytes, NULL), ERR_NONE);
	assert_int_equal(out.attempt, 42);
	assert_string_equal(out.token, LAB_TOKEN);
	assert_string_equal(out.runtime_path, in.runtime_path);
	assert_string_equal(out.log_path, in.log_path);
	assert_int_equal(out.timeout_us, 5);
	assert_int_equal(out.grace_us, 6);
	assert_int_equal(out.log_bytes_max, 7);
	assert_int_equal(out.spec_bytes, 7);
	assert_memory_equal(out.spec, in.spec, 8);
	/* Every prefix, and one byte more, are refused without a read outside. */
	for (size_t n = 0; n < bytes; n++) {
		char *part = malloc(n + 1);

		assert_non_null(part);
		memcpy(part, body, n);
		assert_int_equal(launch_read(&out, part, n, NULL), ERR_INPUT);
		free(part);
	}
	assert_int_equal(launch_read(&out, body, bytes + 1, NULL), ERR_INPUT);
	buf_release(&frame);
}

static void
a_launch_out_of_bounds_is_refused(void **state)
{
	static const char *const names[] = { "attempt 0",    "negative timeout", "negative grace",
					     "negative cap", "short token",      "relative runtime",
					     "relative log", "empty log" };

	(void)state;
	for (size_t i = 0; i < countof(names); i++) {
		struct launch l = sample(), out;
		struct err err = { 0 };
		struct buf frame;
		const char *body;
		size_t bytes;

		l.attempt = i == 0 ? 0 : 1;
		l.timeout_us = i == 1 ? -1 : 0;
		l.grace_us = i == 2 ? -1 : 0;
		l.log_bytes_max = i == 3 ? -1 : 0;
		l.token[TOKEN_CHARS - 1] = i == 4 ? '\0' : 'f';
		l.runtime_path = i == 5 ? "run/x" : "/run/x";
		l.log_path = i == 6 ? "log" : i == 7 ? "" : "/log";
		body = body_of(&l, &frame, &bytes);
		if (launch_read(&out, body, bytes, &err) != ERR_INPUT)
			fail_msg("%s was accepted", names[i]);
		buf_release(&frame);
	}
}

/* The largest spec with the longest paths fits; the limit is exact. */
static void
the_largest_launch_fits_exactly(void **state)
{
	char *spec = malloc(LAUNCH_BYTES_MAX), path[4096];
	struct launch l = sample(), out;
	struct buf frame;
	const char *body;
	size_t bytes, rest;

	(void)state;
	assert_non_null(spec);
	memset(spec, ' ', LAUNCH_BYTES_MAX);
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	l.spec = spec;
	l.spec_bytes = SPEC_BYTES_MAX;
	l.runtime_path = l.log_path = path;
	body = body_of(&l, &frame, &bytes);
	assert_int_equal(launch_read(&out, body, bytes, NULL), ERR_NONE);
	rest = LAUNCH_BYTES_MAX - bytes;
	buf_release(&frame);
	l.spec_bytes = SPEC_BYTES_MAX + rest;
	body = body_of(&l, &frame, &bytes);
	assert_int_equal(launch_read(&out, body, bytes, NULL), ERR_NONE);
	buf_release(&frame);
	l.spec_bytes++;
	body = body_of(&l, &frame, &bytes);
	assert_int_equal(launch_read(&out, body, bytes, NULL), ERR_INPUT);
	buf_release(&frame);
	free(spec);
}

/* Nobody there: a hint is lost without a signal. */
static void
a_hint_arrives_or_is_lost_without_harm(void **state)
{
	struct hint hint;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	hint_send(pair[0], 5, HINT_FORK_FAILED, EAGAIN);
	assert_int_equal(recv(pair[1], &hint, sizeof(hint), MSG_DONTWAIT), sizeof(hint));
	assert_int_equal(hint.attempt, 5);
	assert_int_equal(hint.kind, HINT_FORK_FAILED);
	assert_int_equal(hint.detail, EAGAIN);
	(void)close(pair[1]);
	hint_send(pair[0], 5, HINT_ENDED, 0);
	(void)close(pair[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_launch_goes_round_and_no_part_of_it_is_one),
		cmocka_unit_test(a_launch_out_of_bounds_is_refused),
		cmocka_unit_test(the_largest_launch_fits_exactly),
		cmocka_unit_test(a_hint_arrives_or_is_lost_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
