/* test_storage.c - core/storage/storage.c: which storage a path belongs to. */
#include "core/storage/storage.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct storage here = { .scheme = "" }, bucket = { .scheme = "s3" };
static const struct storage *const rows[] = { &here, &bucket };

static void
a_path_or_url_finds_the_row_of_its_scheme(void **state)
{
	static const struct {
		const char *path;
		const struct storage *want;
	} cases[] = {
		{ "/lake/events", &here },
		{ "/lake/s3://events", &here },
		{ "s3://bucket/events", &bucket },
		{ "s3x://bucket", NULL },
		{ "s://bucket", NULL },
		{ "http://host/x", NULL },
		{ "lake/events", &here },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_ptr_equal(storage_find(rows, countof(rows), cases[i].path), cases[i].want);
}

static void
without_rows_nothing_is_found(void **state)
{
	(void)state;
	assert_null(storage_find(rows, 0, "/lake/events"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_or_url_finds_the_row_of_its_scheme),
		cmocka_unit_test(without_rows_nothing_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
