/* test_lake.c - names of partitions and of the directories around them. */
#include "core/lake/lake.h"

#include "core/time/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void
names_of_partitions_are_read_exactly(void **state)
{
	static const struct {
		const char *name;
		bool good;
		int64_t day;
	} cases[] = {
		{ "event_date=1970-01-01", true, 0 },
		{ "event_date=1969-12-31", true, -1 },
		{ "event_date=2024-02-29", true, 19782 },
		{ "event_date=2023-02-29", false, 0 },
		{ "event_date=2024-02-29/", false, 0 },
		{ "event_date=2024-2-29", false, 0 },
		{ "event_date=", false, 0 },
		{ "event_hour=2024-02-29", false, 0 },
		{ "Event_date=2024-02-29", false, 0 },
		{ "2024-02-29", false, 0 },
		{ "", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char back[GRID_KEY_CHARS + 1];
		int64_t day = 77;
		bool good = grid_key_parse(grid_days, cases[i].name, &day);

		if (good != cases[i].good || day != (good ? cases[i].day : 77))
			fail_msg("'%s': %d, day %lld", cases[i].name, good, (long long)day);
		if (!good)
			continue;
		grid_key(grid_days, day, back);
		assert_string_equal(back, cases[i].name);
	}
}

static void
directories_follow_from_path_and_partition(void **state)
{
	static const struct {
		const char *path, *live, *staging, *versions;
	} cases[] = {
		{ "/p/lake/events", "/p/lake/events/event_date=2026-05-01",
		  "/p/lake/.tidemill-lake/events/staging/a17",
		  "/p/lake/.tidemill-lake/events/versions/event_date=2026-05-01" },
		{ "lake/events", "lake/events/event_date=2026-05-01",
		  "lake/.tidemill-lake/events/staging/a17",
		  "lake/.tidemill-lake/events/versions/event_date=2026-05-01" },
		{ "events", "events/event_date=2026-05-01", ".tidemill-lake/events/staging/a17",
		  ".tidemill-lake/events/versions/event_date=2026-05-01" },
		{ "/events", "/events/event_date=2026-05-01", "/.tidemill-lake/events/staging/a17",
		  "/.tidemill-lake/events/versions/event_date=2026-05-01" },
	};
	static const char digest[] =
	    "81c0d2aa0000000000000000000000000000000000000000000000000000ffff";
	const int64_t day = civil_day(2026, 5, 1);
	struct buf got, want;

	(void)state;
	buf_init(&got, 1000);
	buf_init(&want, 1000);
	for (size_t i = 0; i < countof(cases); i++) {
		buf_reset(&got);
		lake_live(cases[i].path, grid_days, day, &got);
		assert_string_equal(got.data, cases[i].live);
		buf_reset(&got);
		lake_staging(cases[i].path, 17, &got);
		assert_string_equal(got.data, cases[i].staging);
		buf_reset(&got);
		lake_versions(cases[i].path, grid_days, day, &got);
		assert_string_equal(got.data, cases[i].versions);
		buf_reset(&got);
		buf_reset(&want);
		lake_version(cases[i].path, grid_days, day, 6, digest, &got);
		buf_format(&want, "%s/000006-81c0d2aa", cases[i].versions);
		assert_string_equal(got.data, want.data);
	}
	buf_reset(&got);
	lake_version("e", grid_days, day, 1234567, digest,
		     &got); /* more than six digits are not cut */
	assert_string_equal(got.data,
			    ".tidemill-lake/e/versions/event_date=2026-05-01/1234567-81c0d2aa");
	buf_release(&got);
	buf_release(&want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_partitions_are_read_exactly),
		cmocka_unit_test(directories_follow_from_path_and_partition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
