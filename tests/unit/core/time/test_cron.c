/* test_cron.c - expressions read, refused and asked for their ticks. */
#include "core/time/civil.h"
#include "core/time/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int64_t
us_of(const char *text)
{
	int64_t us = 0;

	assert_true(timestamp_parse(text, strlen(text), &us));
	return us;
}

static int64_t
next(const struct cron *cron, int64_t from)
{
	return cron_next(cron, from, from + INT64_C(366) * CRON_YEARS_MAX * DAY_US);
}

static void
the_next_tick_is_at_or_after_the_instant(void **state)
{
	static const struct {
		const char *cron, *from, *want;
	} cases[] = {
		{ "30 2 * * *", "2026-05-01T00:00:00Z", "2026-05-01T02:30:00Z" },
		{ "30 2 * * *", "2026-05-01T02:30:00Z", "2026-05-01T02:30:00Z" },
		{ "30 2 * * *", "2026-05-01T02:30:00.000001Z", "2026-05-02T02:30:00Z" },
		{ "@daily", "2026-05-01T23:59:59Z", "2026-05-02T00:00:00Z" },
		{ "@midnight", "2026-12-31T00:00:01Z", "2027-01-01T00:00:00Z" },
		{ "@hourly", "2026-05-01T10:00:01Z", "2026-05-01T11:00:00Z" },
		{ "@weekly", "2026-05-01T00:00:00Z", "2026-05-03T00:00:00Z" },
		{ "@monthly", "2026-05-02T00:00:00Z", "2026-06-01T00:00:00Z" },
		{ "@yearly", "2026-05-02T00:00:00Z", "2027-01-01T00:00:00Z" },
		{ "*/15 * * * *", "2026-05-01T10:46:00Z", "2026-05-01T11:00:00Z" },
		{ "5/20 * * * *", "2026-05-01T10:26:00Z", "2026-05-01T10:45:00Z" },
		{ "0 2 * * 1-5", "2026-05-01T02:00:01Z", "2026-05-04T02:00:00Z" },
		{ "0 2 * * mon-fri", "2026-05-01T02:00:01Z", "2026-05-04T02:00:00Z" },
		{ "0 2 * * 0", "2026-05-01T00:00:00Z", "2026-05-03T02:00:00Z" },
		{ "0 2 * * 7", "2026-05-01T00:00:00Z", "2026-05-03T02:00:00Z" },
		{ "0 2 * * SUN", "2026-05-01T00:00:00Z", "2026-05-03T02:00:00Z" },
		{ "0 0 29 2 *", "2026-05-01T00:00:00Z", "2028-02-29T00:00:00Z" },
		{ "0 0 29 2 *", "1896-03-01T00:00:00Z", "1904-02-29T00:00:00Z" },
		{ "0 0 31 * *", "2026-04-01T00:00:00Z", "2026-05-31T00:00:00Z" },
		{ "0 0 13 * 5", "2026-05-02T00:00:00Z", "2026-05-08T00:00:00Z" },
		{ "0 0 13 * 5", "2026-05-09T00:00:00Z", "2026-05-13T00:00:00Z" },
		/* A field that begins with a star lets the other one decide too. */
		{ "0 3 */2 * mon", "2026-05-01T00:00:00Z", "2026-05-11T03:00:00Z" },
		{ "0 3 */2 * mon", "2026-05-12T00:00:00Z", "2026-05-25T03:00:00Z" },
		{ "0 3 13 * */5", "2026-05-01T00:00:00Z", "2026-09-13T03:00:00Z" },
		{ "0 3 *,5 * fri", "2026-05-02T00:00:00Z", "2026-05-08T03:00:00Z" },
		{ "0 3 1-31 * mon", "2026-05-02T00:00:00Z", "2026-05-02T03:00:00Z" },
		{ "0 0 */31 2 mon", "2027-02-02T00:00:00Z", "2038-02-01T00:00:00Z" },
		{ "0 0 29 2 */7", "2088-03-01T00:00:00Z", "2128-02-29T00:00:00Z" },
		{ "0 0 1,15 jan,JUL *", "2026-01-16T00:00:00Z", "2026-07-01T00:00:00Z" },
		{ "59 23 31 12 *", "2026-12-31T23:59:30Z", "2027-12-31T23:59:00Z" },
		{ "0 0 31 4 1", "2026-04-01T00:00:00Z", "2026-04-06T00:00:00Z" },
		{ "0 2 L * *", "2026-04-30T03:00:00Z", "2026-05-31T02:00:00Z" },
		{ "0 2 L 2 *", "2026-05-01T00:00:00Z", "2027-02-28T02:00:00Z" },
		{ "0 2 l,15 * *", "2026-05-01T00:00:00Z", "2026-05-15T02:00:00Z" },
		{ "0 2 * * 5L", "2026-05-01T00:00:00Z", "2026-05-29T02:00:00Z" },
		{ "0 2 * * friL", "2026-05-30T00:00:00Z", "2026-06-26T02:00:00Z" },
		{ "0 2 * * fri#2", "2026-05-01T00:00:00Z", "2026-05-08T02:00:00Z" },
		{ "0 2 * * 5#2", "2026-05-09T00:00:00Z", "2026-06-12T02:00:00Z" },
		{ "0 2 * * 5#5", "2026-05-30T00:00:00Z", "2026-07-31T02:00:00Z" },
		{ "0 2 * * 0#1,7#3", "2026-05-04T00:00:00Z", "2026-05-17T02:00:00Z" },
		{ "0 2 * * mon,5#2", "2026-05-05T00:00:00Z", "2026-05-08T02:00:00Z" },
		/* Neither field begins with a star: either of them. */
		{ "0 2 L * 1#1", "2026-05-01T00:00:00Z", "2026-05-04T02:00:00Z" },
		{ "0 2 L * 1#1", "2026-05-05T00:00:00Z", "2026-05-31T02:00:00Z" },
		{ "0 2 */1 * 1#1", "2026-05-05T00:00:00Z", "2026-06-01T02:00:00Z" },
		{ "0 0 29 2 sun#5", "2026-05-01T00:00:00Z", "2028-02-29T00:00:00Z" },
		{ "0 0 */31 2 sun#1", "2026-05-01T00:00:00Z", "2032-02-01T00:00:00Z" },
		{ "  0\t2  *  *  * ", "2026-05-01T00:00:00Z", "2026-05-01T02:00:00Z" },
	};
	char got[TIMESTAMP_CHARS + 1];

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct cron cron;
		struct err err = { 0 };

		if (cron_parse(&cron, cases[i].cron, NULL, &err))
			fail_msg("'%s': %s", cases[i].cron, err.msg);
		timestamp_format(next(&cron, us_of(cases[i].from)), got);
		if (strcmp(cases[i].want, got) != 0)
			fail_msg("'%s' after %s gave %s", cases[i].cron, cases[i].from, got);
	}
}

static void
a_wrong_cron_is_refused_at_its_column(void **state)
{
	static const struct {
		const char *cron;
		size_t at;
		const char *want; /* part of the message */
	} cases[] = {
		{ "", 0, "this has 0" },
		{ "0 2 * *", 7, "this has 4" },
		{ "0 2 * * * *", 10, "this has 6" },
		{ "0 0 0 * * *", 10, "none for seconds" },
		{ "0 0 12 ? * MON-FRI *", 11, "this has 7" },
		{ "0 2 * * * at night, please", 10, "more behind" },
		{ "60 2 * * *", 0, "60 does not fit the minute field" },
		{ "0 24 * * *", 2, "24 does not fit the hour field" },
		{ "0 0 0 * *", 4, "0 does not fit the day of month field" },
		{ "0 0 * 13 *", 6, "13 does not fit the month field" },
		{ "0 0 * * 8", 8, "8 does not fit the day of week field" },
		{ "0 0 * * monday", 8, "three-letter name" },
		{ "a 2 * * *", 0, "minute field" },
		{ "*/0 2 * * *", 2, "the step" },
		{ "*/ 2 * * *", 2, "the step" },
		{ "5-3 * * * *", 0, "backwards" },
		{ "1,,2 * * * *", 2, "minute field" },
		{ "1;2 * * * *", 1, "unexpected ';'" },
		{ "0 0 30 2 *", 0, "never fire" },
		{ "0 0 31 4,6 *", 0, "never fire" },
		{ "@dialy", 0, "@daily" },
		{ "@reboot", 0, "not a known schedule" },
		{ "99999999999 * * * *", 0, "minute field" },
		{ "0 L * * *", 2, "stands in the day of month field" },
		{ "0 2 * * L", 8, "is 5L or friL" },
		{ "0 2 * * L5", 8, "is 5L or friL" },
		{ "0 2 15W * *", 6, "no 'W'" },
		{ "0 2 ? * 1", 4, "in place of '?'" },
		{ "H 2 * * *", 0, "written out" },
		{ "0 2 * * 5#0", 10, "from 1 to 5" },
		{ "0 2 * * fri#6", 12, "from 1 to 5" },
		{ "0 2 * * 5#", 10, "from 1 to 5" },
		{ "0 2 * * 1-5#2", 11, "unexpected '#'" },
		{ "0 2 * * 5#2-3", 11, "unexpected '-'" },
		{ "0 2 L-3 * *", 5, "unexpected '-'" },
		{ "0 0 31 2 */2", 0, "never fire" },
		{ "0 0 */31 * sun#2", 0, "never fire" },
		{ "0 0 * 13 *", 6, "13 does not fit" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct cron cron;
		struct err err = { 0 };
		struct cron_marks marks = { .at = 99 };

		if (cron_parse(&cron, cases[i].cron, &marks, &err) != ERR_INPUT)
			fail_msg("'%s' was accepted", cases[i].cron);
		if (!strstr(err.msg, cases[i].want) || marks.at != cases[i].at)
			fail_msg("'%s': at %zu: %s", cases[i].cron, marks.at, err.msg);
	}
}

/* The next tick is a tick itself, never before the question, and asking again moves on. */
static void
ticks_rise_and_a_tick_is_its_own_next(void **state)
{
	static const char *const crons[] = { "30 2 * * *", "*/7 */5 * * *", "0 0 29 2 *",
					     "0 12 1 */3 mon", "15,45 0-6 * 2 *" };

	(void)state;
	for (size_t i = 0; i < countof(crons); i++) {
		int64_t us = us_of("2023-12-31T11:59:59Z");
		struct cron cron;

		assert_int_equal(ERR_NONE, cron_parse(&cron, crons[i], NULL, NULL));
		for (int k = 0; k < 200; k++) {
			int64_t tick = next(&cron, us);

			assert_true(tick >= us);
			assert_int_equal(tick, next(&cron, tick));
			us = tick + 1;
		}
	}
}

static void
a_step_that_does_not_come_round_is_marked(void **state)
{
	static const struct {
		const char *cron;
		size_t n, at, bytes;
		const char *divisors;
	} cases[] = {
		{ "*/15 */6 * */3 *", 0, 0, 0, NULL },
		{ "*/7 2 * * *", 1, 0, 3, "1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30" },
		{ "0,5/40 2 * * *", 1, 2, 4, "1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30" },
		{ "0 */5 * * *", 1, 2, 3, "1, 2, 3, 4, 6, 8 or 12" },
		{ "0 2 */2 * *", 1, 4, 3, NULL },
		{ "0 2 * */5 *", 1, 6, 3, "1, 2, 3, 4 or 6" },
		{ "0 2 * * */2", 1, 8, 3, "1" },
		{ "0 9-17/3 * * *", 0, 0, 0, NULL }, /* it says where it ends */
		{ "*/7 */5 */2 */5 */2", 5, 0, 3, "1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct cron_marks marks;
		struct cron cron;

		assert_int_equal(ERR_NONE, cron_parse(&cron, cases[i].cron, &marks, NULL));
		assert_int_equal(cases[i].n, marks.n_uneven);
		if (!cases[i].n)
			continue;
		assert_int_equal(cases[i].at, marks.uneven[0].at);
		assert_int_equal(cases[i].bytes, marks.uneven[0].bytes);
		if (cases[i].divisors)
			assert_string_equal(cases[i].divisors, marks.uneven[0].divisors);
		else
			assert_null(marks.uneven[0].divisors);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_tick_is_at_or_after_the_instant),
		cmocka_unit_test(a_wrong_cron_is_refused_at_its_column),
		cmocka_unit_test(a_step_that_does_not_come_round_is_marked),
		cmocka_unit_test(ticks_rise_and_a_tick_is_its_own_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
