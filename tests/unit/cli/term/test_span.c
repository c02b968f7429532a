/* test_span.c - how long something took, and since when. */
#include "cli/term/span.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static void
a_duration_is_as_exact_as_it_is_short(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} rows[] = {
		{ 0, "0.0s" },
		{ 1990000, "1.9s" },
		{ 37 * SECOND_US, "37s" },
		{ 302 * SECOND_US, "5m02s" },
		{ 3 * HOUR_US + 7 * MINUTE_US, "3h07m" },
		{ 98 * HOUR_US, "4d02h" },
		{ -5, "0.0s" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct buf out;

		buf_init(&out, 100);
		span_text(rows[i].us, &out);
		assert_string_equal(out.data, rows[i].text);
		buf_release(&out);
	}
}

static void
since_is_a_date_or_how_long_ago(void **state)
{
	const int64_t now = 20574 * DAY_US;
	int64_t us = 0;

	(void)state;
	assert_true(span_since("--since", "12h", now, &us));
	assert_int_equal(us, now - 12 * HOUR_US);
	assert_true(span_since("--since", "2026-05-01", 0, &us));
	assert_int_equal(us, now);
	assert_false(span_since("--since", "yesterday", now, &us));
	assert_false(span_since("--since", "", now, &us));
	assert_false(span_since("--since", "-1h", now, &us));
}

static void
what_did_not_begin_took_nothing(void **state)
{
	json_t *rows = json_loads("[{\"started_at\":\"2026-05-01T00:00:00.5Z\","
				  "\"ended_at\":\"2026-05-01T00:00:12Z\"},{\"started_at\":null},"
				  "{\"started_at\":\"2026-05-01T00:00:00Z\",\"ended_at\":null}]",
				  0, NULL);

	(void)state;
	span_add(rows, 20574 * DAY_US + MINUTE_US);
	assert_string_equal(json_get_text(json_array_get(rows, 0), "duration", ""), "11s");
	assert_null(json_object_get(json_array_get(rows, 1), "duration"));
	assert_string_equal(json_get_text(json_array_get(rows, 2), "duration", ""), "1m00s");
	json_decref(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_is_as_exact_as_it_is_short),
		cmocka_unit_test(since_is_a_date_or_how_long_ago),
		cmocka_unit_test(what_did_not_begin_took_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
