/* test_pattern.c - times in forms of others: directives, epochs, and what is refused. */
#include "core/time/pattern.h"

#include "core/time/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
texts_that_match_are_read_and_others_are_not(void **state)
{
	static const struct {
		const char *pattern, *text, *want; /* NULL: it does not match */
		bool naive;
	} cases[] = {
		{ "%d.%m.%Y %H:%M", "31.12.2026 23:59", "2026-12-31T23:59:00Z", true },
		{ "%d.%m.%Y %H:%M", "1.5.2026 7:05", "2026-05-01T07:05:00Z", true },
		{ "%d.%m.%Y %H:%M", "31.12.2026  23:59", NULL, true },
		{ "%d.%m.%Y %H:%M", "31.12.2026 23:59 ", NULL, true },
		{ "%d.%m.%Y %H:%M", "31.12.2026", NULL, true },
		{ "%d.%m.%Y %H:%M", "31.02.2026 10:00", NULL, true },
		{ "%d.%m.%Y %H:%M", "12.31.2026 10:00", NULL, true },
		{ "%d.%m.%Y %H:%M", "01.01.2026 24:00", NULL, true },
		{ "%d.%m.%Y %H:%M:%S", "01.01.2026 10:00:60", NULL, true },
		{ "%d.%m.%Y", "29.02.2028", "2028-02-29T00:00:00Z", true },
		{ "%m/%d/%y %I:%M %p", "05/01/26 12:30 am", "2026-05-01T00:30:00Z", true },
		{ "%m/%d/%y %I:%M %p", "05/01/69 12:30 PM", "1969-05-01T12:30:00Z", true },
		{ "%m/%d/%y %I:%M %p", "05/01/26 13:30 PM", NULL, true },
		{ "%m/%d/%y %I:%M %p", "05/01/26 00:30 AM", NULL, true },
		{ "%Y%m%d%H%M%S", "20260501123456", "2026-05-01T12:34:56Z", true },
		{ "%Y%m%d", "2026051", "2026-05-01T00:00:00Z", true },
		{ "%Y%m%d", "202651", NULL, true },
		{ "%Y-%j", "2026-121", "2026-05-01T00:00:00Z", true },
		{ "%Y-%j", "2026-366", NULL, true },
		{ "%Y-%j", "2024-366", "2024-12-31T00:00:00Z", true },
		{ "%a, %d %b %Y %T %z", "Fri, 01 May 2026 12:00:00 +0200", "2026-05-01T10:00:00Z",
		  false },
		{ "%a, %d %b %Y %T %z", "Mon, 01 May 2026 12:00:00 +0200", NULL, false },
		{ "%d/%B/%Y:%T %z", "01/may/2026:12:00:00 -01:30", "2026-05-01T13:30:00Z", false },
		{ "%FT%T.%f%z", "2026-05-01T12:00:00.1234567Z", "2026-05-01T12:00:00.123456Z",
		  false },
		{ "%FT%T.%f%z", "2026-05-01T12:00:00.Z", NULL, false },
		{ "100%% %F", "100% 2026-05-01", "2026-05-01T00:00:00Z", true },
		{ "epoch_s", "1777593600", "2026-05-01T00:00:00Z", false },
		{ "epoch_s", "1777593600.25", "2026-05-01T00:00:00.250000Z", false },
		{ "epoch_s", "-1.5", "1969-12-31T23:59:58.500000Z", false },
		{ "epoch_ms", "1777593600001", "2026-05-01T00:00:00.001000Z", false },
		{ "epoch_ms", "1777593600001.5", NULL, false },
		{ "epoch_us", "1777593600000001", "2026-05-01T00:00:00.000001Z", false },
		{ "epoch_ns", "1777593600000001999", "2026-05-01T00:00:00.000001Z", false },
		{ "epoch_ns", "9999999999999999999", NULL, false },
		{ "epoch_ns", "10000000000000000000", NULL, false },
		{ "epoch_s", "1e9", NULL, false },
		{ "epoch_s", "", NULL, false },
		{ "epoch_s", "-", NULL, false },
		{ "epoch_s", "999999999999999999", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char got[TIMESTAMP_CHARS + 1] = "";
		int64_t us;
		bool has_zone;
		struct err err;

		if (pattern_check(cases[i].pattern, false, &err))
			fail_msg("%s: %s", cases[i].pattern, err.msg);
		if (!pattern_read(cases[i].pattern, cases[i].text, strlen(cases[i].text), &us,
				  &has_zone)) {
			if (cases[i].want)
				fail_msg("%s: %s is refused", cases[i].pattern, cases[i].text);
			continue;
		}
		timestamp_format(us, got);
		if (!cases[i].want || strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s is %s", cases[i].pattern, cases[i].text, got);
		assert_int_equal(has_zone, !cases[i].naive);
	}
}

static void
patterns_that_leave_something_open_are_refused(void **state)
{
	static const struct {
		const char *pattern;
		bool is_date;
		const char *says; /* NULL: it is right */
	} cases[] = {
		{ "%d.%m.%Y", true, NULL },
		{ "%d.%m.%Y %H:%M", true, "no time of day" },
		{ "epoch_ms", true, "for timestamps" },
		{ "epoch_ms", false, NULL },
		{ "epoch", false, "epoch_ms" },
		{ "DD.MM.YYYY", false, "has no directives" },
		{ "%d.%m. %H:%M", false, "no year" },
		{ "%m.%Y", false, "no day" },
		{ "%d.%m.%Y %y", false, "'%y' says what was said before" },
		{ "%d.%m.%Y %I:%M", false, "need each other" },
		{ "%d.%m.%Y %H:%M %p", false, "need each other" },
		{ "%d.%m.%Y %M", false, "without the one above" },
		{ "%d.%m.%Y %Q", false, "'%Q' is no directive" },
		{ "%d.%m.%Y %", false, "is no directive" },
		{ "%F %T.%f %z", false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct err err = { .msg = "" };
		enum err_code code = pattern_check(cases[i].pattern, cases[i].is_date, &err);

		if (!code != !cases[i].says || (code && !strstr(err.msg, cases[i].says)))
			fail_msg("%s: %s", cases[i].pattern, err.msg);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_that_match_are_read_and_others_are_not),
		cmocka_unit_test(patterns_that_leave_something_open_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
