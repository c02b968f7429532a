/* test_zone.c - time zones: offsets as the C library has them, gaps, overlaps, files that are none.
 */
#include "core/time/zone.h"

#include "core/base/mem.h"
#include "core/time/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* The bytes of a zone's file; NULL: this machine has no such zone. */
static char *
load(const char *name, size_t *bytes)
{
	char path[200], *data = mem_new(1 << 16, 1);
	FILE *file;

	(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	file = fopen(path, "re");
	if (!file) {
		free(data);
		return NULL;
	}
	*bytes = fread(data, 1, 1 << 16, file);
	(void)fclose(file);
	return data;
}

static struct zone *
zone_of(const char *name)
{
	size_t bytes;
	char *data = load(name, &bytes);
	struct zone *z = NULL;
	struct err err;

	if (!data)
		return NULL;
	if (zone_read(&z, data, bytes, &err))
		fail_msg("%s: %s", name, err.msg);
	free(data);
	return z;
}

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
		struct zone *z = zone_of(names[i]);

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
		zone_free(z);
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
		struct zone *z = zone_of(cases[i].zone);
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
		zone_free(z);
	}
}

/* Cut anywhere, or with a byte changed: an error or some zone, and never a crash. */
static void
damaged_files_are_refused_or_read(void **state)
{
	size_t bytes;
	char *data = load("Europe/Berlin", &bytes);
	struct zone *z;

	(void)state;
	if (!data)
		skip();
	for (size_t n = 0; n < bytes; n++) {
		z = NULL;
		assert_int_equal(zone_read(&z, data, n, NULL), ERR_INPUT);
	}
	for (size_t n = 0; n < bytes; n++) {
		int64_t a, b;

		data[n] = (char)(data[n] ^ 0x41);
		z = NULL;
		if (!zone_read(&z, data, bytes, NULL))
			(void)zone_instants(z, utc(2026, 3, 29, 2, 30), &a, &b);
		zone_free(z);
		data[n] = (char)(data[n] ^ 0x41);
	}
	free(data);
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
		cmocka_unit_test(names_of_zones_are_known_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
