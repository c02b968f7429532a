/* test_crew.c - lanes with and without threads of their own. */
#include "worker/rows/crew.h"

#include "tests/fixture/scarce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Each lane writes its own place; lane 1 fails when asked to. */
struct marks {
	int lane[CREW_LANES_MAX];
	bool fail;
};

static enum err_code
mark(void *arg, int lane, struct err *err)
{
	struct marks *m = arg;

	m->lane[lane]++;
	return m->fail && lane == 1 ? err_set(err, ERR_INPUT, "lane %d", lane) : ERR_NONE;
}

static void
every_lane_works_once(void **state)
{
	struct marks m = { .fail = false };

	(void)state;
	assert_int_equal(crew_run(CREW_LANES_MAX, mark, &m, NULL), ERR_NONE);
	for (int i = 0; i < CREW_LANES_MAX; i++)
		assert_int_equal(m.lane[i], 1);
}

static int
run_without_threads(void)
{
	struct marks m = { .fail = false };
	struct err err = { 0 };

	if (!scarce_begin((size_t)1 << 20))
		return 0;
	if (crew_run(CREW_LANES_MAX, mark, &m, &err))
		return 10;
	for (int i = 0; i < CREW_LANES_MAX; i++)
		if (m.lane[i] != 1)
			return 11;
	m.fail = true;
	return crew_run(CREW_LANES_MAX, mark, &m, &err) == ERR_INPUT ? 0 : 12;
}

static void
a_lane_that_gets_no_thread_works_after_the_first(void **state)
{
	(void)state;
	assert_int_equal(scarce_child(run_without_threads), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: a stack that was used is kept for the next thread. */
		cmocka_unit_test(a_lane_that_gets_no_thread_works_after_the_first),
		cmocka_unit_test(every_lane_works_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
