/* test_buf.c - the growing byte buffer. */
#include "core/base/buf.h"
#include "core/base/mem.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void
is_a_string_at_any_time(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_string_equal(b.data, "");
	buf_reset(&b);
	buf_text(&b, "abc");
	buf_format(&b, "%d", 42);
	assert_string_equal(b.data, "abc42");
	buf_release(&b);
	assert_string_equal(b.data, "");
}

static void
a_number_is_written_as_printf_has_it(void **state)
{
	static const int64_t numbers[] = { 0, 7, -7, 10, 99, INT64_MAX, INT64_MIN };

	(void)state;
	for (size_t i = 0; i < countof(numbers); i++) {
		char expected[32];
		struct buf b;

		buf_init(&b, 100);
		buf_number(&b, numbers[i]);
		(void)snprintf(expected, sizeof(expected), "%" PRId64, numbers[i]);
		assert_string_equal(b.data, expected);
		buf_release(&b);
	}
}

static void
drops_what_passes_the_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_text(&b, "1234");
	assert_false(b.full);
	buf_char(&b, '5');
	assert_true(b.full);
	assert_string_equal(b.data, "1234");
	buf_release(&b);
}

static void
gives_and_goes_on(void **state)
{
	struct buf b;
	char *text;

	(void)state;
	buf_init(&b, 1 << 20);
	text = buf_give(&b);
	assert_string_equal(text, "");
	free(text);
	for (int i = 0; i < 10000; i++)
		buf_text(&b, "xyz");
	assert_int_equal(b.bytes, 30000);
	text = buf_give(&b);
	assert_int_equal(strlen(text), 30000);
	free(text);
	buf_text(&b, "again");
	assert_string_equal(b.data, "again");
	buf_release(&b);
}

static void
what_is_no_file_is_refused_and_never_waited_for(void **state)
{
	char dir[] = "/tmp/tidemill-buf-XXXXXX", path[64];
	struct err err;
	struct buf b;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(0, mkfifo(path, 0600));
	buf_init(&b, 100);
	assert_int_equal(ERR_INPUT, buf_read_file(&b, AT_FDCWD, path, &err));
	assert_non_null(strstr(err.msg, "it is a pipe, a socket or a device, not a file"));
	assert_int_equal(ERR_INPUT, buf_read_file(&b, AT_FDCWD, "/dev/zero", &err));
	assert_int_equal(0, b.bytes);
	assert_int_equal(0, unlink(path));
	assert_int_equal(0, rmdir(dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_a_string_at_any_time),
		cmocka_unit_test(a_number_is_written_as_printf_has_it),
		cmocka_unit_test(drops_what_passes_the_maximum),
		cmocka_unit_test(gives_and_goes_on),
		cmocka_unit_test(what_is_no_file_is_refused_and_never_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
