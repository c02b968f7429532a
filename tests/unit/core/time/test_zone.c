/* test_zone.c - time zones: offsets as the C library has them, gaps, overlaps, files that are none.
 */
#include "core/time/zone.h"

#include "core/base/mem.h"
#include "core/time/civil.h"
#include "tests/fixture/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static int64_t
utc(int year, int month, int day, int hour, int minute)
{
	return civil_us(&(struct civil){ year, month, day, hour, minute, 0, 0 });
}

/* From 1880 to 2600, and just before and at every full hour of changes that zones have. */
static void
every_zone_has_the_offsets_of_the_c_library(void **state)
{
	size_t n, seen = 0;
	const char *const *names = zone_names(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct zone *z = fx_zone(names[i]);

		if (!z)
			continue;
		assert_int_equal(setenv("TZ", names[i], 1), 0);
		tzset();
		for (int64_t s = INT64_C(-2840140800); s < INT64_C(19880899200); s += 1234567 * 5) {
			time_t t = (time_t)s;
			struct tm tm;

			assert_non_null(localtime_r(&t, &tm));
			if (zone_offset(z, s * SECOND_US) != tm.tm_gmtoff)
				fail_msg("%s at %lld: %lld, not %ld", names[i], (long long)s,
					 (long long)zone_offset(z, s * SECOND_US), tm.tm_gmtoff);
		}
		zone_unref(z);
		seen++;
	}
	(void)unsetenv("TZ");
	tzset();
	if (!seen)
		skip();
}

static void
a_local_time_means_one_instant_or_two_or_none(void **state)
{
	static const struct {
		const char *zone;
		int year, month, day, hour, minute;
		enum zone_meaning meaning;
		int earlier, later; /* minutes to take off */
	} cases[] = {
		{ "Europe/Berlin", 2026, 12, 31, 23, 59, ZONE_ONE, 60, 60 },
		{ "Europe/Berlin", 2026, 7, 1, 0, 0, ZONE_ONE, 120, 120 },
		{ "Europe/Berlin", 2026, 3, 29, 1, 59, ZONE_ONE, 60, 60 },
		{ "Europe/Berlin", 2026, 3, 29, 2, 0, ZONE_GAP, 60, 60 },
		{ "Europe/Berlin", 2026, 3, 29, 2, 59, ZONE_GAP, 60, 60 },
		{ "Europe/Berlin", 2026, 3, 29, 3, 0, ZONE_ONE, 120, 120 },
		{ "Europe/Berlin", 2026, 10, 25, 1, 59, ZONE_ONE, 120, 120 },
		{ "Europe/Berlin", 2026, 10, 25, 2, 0, ZONE_TWO, 120, 60 },
		{ "Europe/Berlin", 2026, 10, 25, 2, 59, ZONE_TWO, 120, 60 },
		{ "Europe/Berlin", 2026, 10, 25, 3, 0, ZONE_ONE, 60, 60 },
		{ "Europe/Berlin", 3026, 7, 1, 0, 0, ZONE_ONE, 120, 120 },
		{ "Asia/Kolkata", 2026, 7, 1, 0, 0, ZONE_ONE, 330, 330 },
		{ "Australia/Lord_Howe", 2026, 4, 5, 1, 45, ZONE_TWO, 660, 630 },
		{ "Pacific/Apia", 2011, 12, 30, 12, 0, ZONE_GAP, -600, -600 },
		{ "America/New_York", 2026, 11, 1, 1, 30, ZONE_TWO, -240, -300 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct zone *z = fx_zone(cases[i].zone);
		int64_t local = utc(cases[i].year, cases[i].month, cases[i].day, cases[i].hour,
				    cases[i].minute);
		int64_t earlier, later;

		if (!z)
			skip();
		if (zone_instants(z, local, &earlier, &later) != cases[i].meaning ||
		    local - earlier != cases[i].earlier * 60 * SECOND_US ||
		    local - later != cases[i].later * 60 * SECOND_US)
			fail_msg("case %zu: %s: %lld %lld", i, cases[i].zone,
				 (long long)((local - earlier) / SECOND_US / 60),
				 (long long)((local - later) / SECOND_US / 60));
		zone_unref(z);
	}
}

/* Cut anywhere, or with a byte changed: an error or some zone, and never a crash. */
static void
damaged_files_are_refused_or_read(void **state)
{
	size_t bytes = 0;
	char *data = fx_zone_bytes("Europe/Berlin", &bytes);
	struct zone *z;

	(void)state;
	if (!data)
		skip();
	for (size_t n = 0; n < bytes; n++) {
		z = NULL;
		assert_int_equal(zone_read(&z, "Europe/Berlin", data, n, NULL), ERR_INPUT);
	}
	for (size_t n = 0; n < bytes; n++) {
		int64_t a, b;

		data[n] = (char)(data[n] ^ 0x41);
		z = NULL;
		if (!zone_read(&z, "Europe/Berlin", data, bytes, NULL))
			(void)zone_instants(z, utc(2026, 3, 29, 2, 30), &a, &b);
		zone_unref(z);
		data[n] = (char)(data[n] ^ 0x41);
	}
	free(data);
}

/* A TZif file of one type and a footer; version '\0' has no second part. */
struct made {
	char bytes[512];
	size_t n;
};

static void
put(struct made *m, uint32_t value, size_t bytes)
{
	for (size_t left = bytes; left > 0; left--)
		m->bytes[m->n++] = (char)(left > sizeof(value) ? 0 : value >> (8 * (left - 1)));
}

static void
put_header(struct made *m, char version, uint32_t leap, uint32_t changes)
{
	memcpy(m->bytes + m->n, "TZif", 4);
	m->n += 4;
	put(m, (uint32_t)version, 1);
	m->n += 15;
	put(m, 0, 4);
	put(m, 0, 4);
	put(m, leap, 4);
	put(m, changes, 4);
	put(m, changes + 1, 4);
	put(m, 4, 4);
}

/* Each change puts the clock an hour ahead, from `first` on, a day apart. */
static void
put_data(struct made *m, size_t wide, uint32_t leap, uint32_t changes, uint32_t first)
{
	for (uint32_t i = 0; i < changes; i++) {
		if (wide == 8)
			put(m, 0, 4);
		put(m, first + i * 86400, 4);
	}
	for (uint32_t i = 0; i < changes; i++)
		put(m, i + 1, 1);
	for (uint32_t i = 0; i <= changes; i++) {
		put(m, i * 3600, 4);
		put(m, 0, 2);
	}
	put(m, 0x4c4d5400, 4); /* LMT */
	for (uint32_t i = 0; i < leap; i++)
		put(m, 0, wide + 4);
}

static struct zone *
made_zone(char version, uint32_t leap, const char *footer)
{
	struct made m = { .n = 0 };
	struct zone *z = NULL;

	put_header(&m, version, leap, version ? 0 : 2);
	put_data(&m, 4, leap, version ? 0 : 2, 1000000);
	if (version) {
		put_header(&m, version, leap, 0);
		put_data(&m, 8, leap, 0, 0);
		m.n += (size_t)snprintf(m.bytes + m.n, sizeof(m.bytes) - m.n, "\n%s\n", footer);
	}
	return zone_read(&z, "Made", m.bytes, m.n, NULL) ? NULL : z;
}

static void
each_version_of_a_file_is_read(void **state)
{
	static const char versions[] = { '2', '3', '4' };
	struct zone *z = made_zone('\0', 0, NULL);

	(void)state;
	assert_non_null(z);
	assert_int_equal(zone_offset(z, INT64_C(999999) * SECOND_US), 0);
	assert_int_equal(zone_offset(z, INT64_C(1000000) * SECOND_US), 3600);
	assert_int_equal(zone_offset(z, INT64_C(4000000000) * SECOND_US), 7200);
	zone_unref(z);
	for (size_t i = 0; i < countof(versions); i++) {
		z = made_zone(versions[i], 0, "<-03>3");
		assert_non_null(z);
		assert_int_equal(zone_offset(z, INT64_C(1000000) * SECOND_US), -3 * 3600);
		zone_unref(z);
	}
	/* A clock that counts leap seconds is not the one of our instants. */
	assert_null(made_zone('2', 1, "UTC0"));
	assert_null(made_zone('1', 0, "UTC0"));
}

/* The rule at the end of a file, POSIX with the hours of TZif 3, against the C library's TZ. */
static void
the_rule_of_a_file_is_followed_as_the_c_library_does(void **state)
{
	static const char *const rules[] = {
		"CET-1CEST,M3.5.0,M10.5.0/3",
		"EST5EDT,M3.2.0,M11.1.0",
		"IST-1GMT0,M10.5.0,M3.5.0/1",
		"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
		"<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
		"EET-2EEST,M3.4.4/50,M10.4.4/50",
		"IST-2IDT,M3.4.4/26,M10.5.0",
		"XXX3YYY,J60,J300/2",
		"XXX3YYY,59,299/3:30:15",
		"XXX3YYY,J2/0,J364/23",
		"<+00>0<+02>-2,M3.5.0/1,M10.5.0/3",
		"AAA-13BBB,M9.5.0,M4.1.0/3",
		"AAA12:34:56",
	};

	(void)state;
	for (size_t i = 0; i < countof(rules); i++) {
		struct zone *z = made_zone('3', 0, rules[i]);

		assert_non_null(z);
		assert_int_equal(setenv("TZ", rules[i], 1), 0);
		tzset();
		for (int64_t s = INT64_C(31536000); s < INT64_C(19880899200); s += 1234567) {
			time_t t = (time_t)s;
			struct tm tm;

			assert_non_null(localtime_r(&t, &tm));
			if (zone_offset(z, s * SECOND_US) != tm.tm_gmtoff)
				fail_msg("%s at %lld: %lld, not %ld", rules[i], (long long)s,
					 (long long)zone_offset(z, s * SECOND_US), tm.tm_gmtoff);
		}
		zone_unref(z);
	}
	(void)unsetenv("TZ");
	tzset();
}

/* The C library errs in the last hours of these years. */
static void
summer_may_last_all_year(void **state)
{
	struct zone *z = made_zone('3', 0, "EST5EDT4,0/0,J365/25");

	(void)state;
	assert_non_null(z);
	for (int64_t s = INT64_C(86400); s < INT64_C(19880899200); s += 12345)
		assert_int_equal(zone_offset(z, s * SECOND_US), -4 * 3600);
	zone_unref(z);
}

static void
a_rule_that_is_none_is_refused(void **state)
{
	static const char *const rules[] = {
		"C-1",
		"CET",
		"CET-1CEST",
		"CET-1CEST,M3.5.0",
		"CET-1CEST,M3.6.0,M10.5.0",
		"CET-1CEST,M0.5.0,M10.5.0",
		"CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,J0,J300",
		"CET-1CEST,J366,J300",
		"CET-1CEST,366,300",
		"CET-1CEST,M3.5.0/168,M10.5.0",
		"CET-1CEST,M3.5.0,M10.5.0 ",
		"<CET-1",
		"CET-25:60",
		"CET-1CEST,M3.5.0/,M10.5.0",
		"CET-99",
	};

	(void)state;
	for (size_t i = 0; i < countof(rules); i++) {
		struct zone *z = made_zone('3', 0, rules[i]);

		if (z)
			fail_msg("'%s' was read", rules[i]);
	}
}

static void
a_text_means_an_instant_of_the_zone(void **state)
{
	static const struct {
		const char *zone, *text, *want;
	} cases[] = {
		{ NULL, "2026-05-01", "2026-05-01T00:00:00Z" },
		{ NULL, "2026-05-01T02:30:00+02:00", "2026-05-01T00:30:00Z" },
		{ "Europe/Berlin", "2026-05-01", "2026-04-30T22:00:00Z" },
		{ "Europe/Berlin", "2026-05-01T02:30:00", "2026-05-01T00:30:00Z" },
		{ "Europe/Berlin", "2026-05-01T02:30:00Z", "2026-05-01T02:30:00Z" },
		{ "Europe/Berlin", "2026-05-01T02:30", "2026-05-01T00:30:00Z" },
		{ "Europe/Berlin", "2026-05-01 02:30Z", "2026-05-01T02:30:00Z" },
		{ "Europe/Berlin", "2026-05-01t02:30-01:00", "2026-05-01T03:30:00Z" },
		{ "Europe/Berlin", "2026-05-01 02:30:00.5-01:00", "2026-05-01T03:30:00.500000Z" },
		{ "Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:00:00Z" },
		{ "Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z" },
		{ "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z" },
		{ "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z" },
		{ "America/St_Johns", "2010-11-07", "2010-11-07T03:30:00Z" },
	};
	static const char *const none[] = { "2026-02-30",           "tomorrow",
					    "2026-05-01T02",        "2026-05-01T24:00",
					    "2026-05-01T02:30+2",   "2026-05-01T02:30.5",
					    "2026-05-01T02:3",      "2026-05-01T02:30:",
					    "2026-05-01T02:30 CET", "2026-05-01T02:30:00:00" };
	char got[TIMESTAMP_CHARS + 1];
	int64_t us = 7;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct zone *z = cases[i].zone ? fx_zone(cases[i].zone) : NULL;

		if (cases[i].zone && !z)
			continue;
		assert_true(zone_parse(z, cases[i].text, strlen(cases[i].text), &us));
		timestamp_format(us, got);
		assert_string_equal(cases[i].want, got);
		zone_unref(z);
	}
	us = 7;
	for (size_t i = 0; i < countof(none); i++)
		assert_false(zone_parse(NULL, none[i], strlen(none[i]), &us));
	assert_int_equal(us, 7);
}

static void
names_of_zones_are_known_exactly(void **state)
{
	(void)state;
	assert_true(zone_is_known("Europe/Berlin"));
	assert_true(zone_is_known("UTC"));
	assert_false(zone_is_known("Europe/Berln"));
	assert_false(zone_is_known("europe/berlin"));
	assert_false(zone_is_known("../../etc/passwd"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_zone_has_the_offsets_of_the_c_library),
		cmocka_unit_test(a_local_time_means_one_instant_or_two_or_none),
		cmocka_unit_test(damaged_files_are_refused_or_read),
		cmocka_unit_test(each_version_of_a_file_is_read),
		cmocka_unit_test(the_rule_of_a_file_is_followed_as_the_c_library_does),
		cmocka_unit_test(summer_may_last_all_year),
		cmocka_unit_test(a_rule_that_is_none_is_refused),
		cmocka_unit_test(a_text_means_an_instant_of_the_zone),
		cmocka_unit_test(names_of_zones_are_known_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
