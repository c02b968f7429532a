/* test_progress.c - the line that a session shows. */
#include "scheduler/daemon/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
the_line_counts_runs_or_tasks_of_one(void **state)
{
	static const struct {
		struct progress p;
		int64_t since_us;
		const char *text;
	} rows[] = {
		{ { 21, 12, 0, 100, 57, 3 },
		  14 * SECOND_US,
		  "backfill x: 12 of 21 runs, 3 running tasks, 0 failed, 00:14" },
		{ { 2, 2, 1, 4, 4, 0 },
		  61 * MINUTE_US + 1,
		  "backfill x: 2 of 2 runs, 0 running tasks, 1 failed, 1:01:00" },
		{ { 1, 0, 0, 9, 4, 1 },
		  0,
		  "backfill x: 4 of 9 tasks, 1 running tasks, 0 failed, 00:00" },
		{ { 0, 0, 0, 0, 0, 0 },
		  59 * SECOND_US + 999999,
		  "backfill x: 0 of 0 runs, 0 running tasks, 0 failed, 00:59" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < countof(rows); i++) {
		buf_reset(&out);
		progress_text("backfill x", &rows[i].p, rows[i].since_us, &out);
		assert_string_equal(out.data, rows[i].text);
	}
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(
	    the_line_counts_runs_or_tasks_of_one) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
