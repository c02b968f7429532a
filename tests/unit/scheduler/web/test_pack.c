/* test_pack.c - gzip for those who ask for it, and the same bytes out of it. */
#include "scheduler/web/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

static void
only_a_client_that_names_gzip_gets_it(void **state)
{
	static const char *const yes[] = {
		"gzip",     "deflate, gzip", "GZIP;q=0.5", "br;q=1, gzip;q=0.1",
		"gzip , x", "gzip; q=1",
	};
	static const char *const no[] = {
		"",           "deflate", "xgzip", "gzipx", "gzip;q=0", "gzip;q=0.000, br",
		"gzip; q=0 ", "*",       ",,",
	};

	(void)state;
	assert_false(pack_accepted(NULL));
	for (size_t i = 0; i < countof(yes); i++)
		if (!pack_accepted(yes[i]))
			fail_msg("'%s' takes gzip", yes[i]);
	for (size_t i = 0; i < countof(no); i++)
		if (pack_accepted(no[i]))
			fail_msg("'%s' does not take gzip", no[i]);
}

static void
what_was_packed_comes_out_again(void **state)
{
	static char out[100000];
	z_stream z = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 10000; i++)
		buf_format(&b, "row %d\n", i % 100);
	z.avail_out = sizeof(out);
	z.next_out = (Bytef *)out;
	for (size_t plain = b.bytes; plain; plain = 0) {
		assert_true(pack_gzip(&b));
		assert_true(b.bytes < plain / 5);
		z.next_in = (Bytef *)b.data;
		z.avail_in = (uInt)b.bytes;
		assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
		assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
		assert_int_equal(sizeof(out) - z.avail_out, plain);
	}
	assert_memory_equal(out, "row 0\nrow 1\n", 12);
	(void)inflateEnd(&z);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_client_that_names_gzip_gets_it),
		cmocka_unit_test(what_was_packed_comes_out_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
