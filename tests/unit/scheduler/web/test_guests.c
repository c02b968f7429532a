/* test_guests.c - a slow client holds up itself alone. */
#include "scheduler/web/guests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
who_does_not_ask_in_time_is_turned_out_once(void **state)
{
	struct guests g = { 0 };
	struct guest *one = guest_come(&g, 5, 1000), *two = guest_come(&g, 6, 2000);

	(void)state;
	assert_int_equal(guests_overdue(&g, 1000 + GUEST_WAIT_MS - 1), -1);
	assert_int_equal(guests_overdue(&g, 1000 + GUEST_WAIT_MS), 5);
	assert_int_equal(guests_overdue(&g, 1000 + GUEST_WAIT_MS), -1);
	assert_int_equal(g.n_waiting, 1);
	guest_go(&g, one);
	assert_int_equal(guests_overdue(&g, 2000 + GUEST_WAIT_MS), 6);
	guest_go(&g, two);
	guest_go(&g, NULL);
	assert_int_equal(g.n_waiting, 0);
	assert_null(g.first);
	assert_null(g.last);
}

static void
an_answer_has_a_deadline_of_its_own_and_then_waiting_begins_anew(void **state)
{
	struct guests g = { 0 };
	struct guest *one = guest_come(&g, 5, 0);
	int64_t now = GUEST_WAIT_MS - 1;

	(void)state;
	guest_asked(&g, one, now);
	assert_int_equal(g.n_waiting, 0);
	assert_int_equal(guests_overdue(&g, now + GUEST_ANSWER_MS - 1), -1);
	guest_asked(&g, one, now + GUEST_ANSWER_MS - 1); /* asking twice wins no time */
	now += GUEST_ANSWER_MS - 1;
	guest_answered(&g, one, now);
	assert_int_equal(g.n_waiting, 1);
	assert_int_equal(guests_overdue(&g, now + GUEST_WAIT_MS - 1), -1);
	guest_asked(&g, one, now + 1);
	assert_int_equal(guests_overdue(&g, now + 1 + GUEST_ANSWER_MS), 5);
	guest_go(&g, one);
}

static void
the_one_that_waited_longest_makes_room_and_never_one_that_is_answered(void **state)
{
	struct guest *guests[GUESTS_WAITING_MAX + 3];
	struct guests g = { 0 };

	(void)state;
	guests[0] = guest_come(&g, 100, 0);
	guest_asked(&g, guests[0], 0);
	for (int i = 1; i <= GUESTS_WAITING_MAX; i++) {
		guests[i] = guest_come(&g, 100 + i, i);
		assert_int_equal(guests_surplus(&g), -1);
	}
	guests[GUESTS_WAITING_MAX + 1] = guest_come(&g, 9, 500);
	assert_int_equal(guests_surplus(&g), 101);
	assert_int_equal(guests_surplus(&g), -1);
	/* One that has had its answer waits as if it had just come. */
	guest_answered(&g, guests[0], 501);
	assert_int_equal(guests_surplus(&g), 102);
	guests[GUESTS_WAITING_MAX + 2] = guest_come(&g, 10, 502);
	assert_int_equal(guests_surplus(&g), 103);
	for (int i = 0; i <= GUESTS_WAITING_MAX + 2; i++)
		guest_go(&g, guests[i]);
	assert_int_equal(g.n_waiting, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_does_not_ask_in_time_is_turned_out_once),
		cmocka_unit_test(an_answer_has_a_deadline_of_its_own_and_then_waiting_begins_anew),
		cmocka_unit_test(
		    the_one_that_waited_longest_makes_room_and_never_one_that_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
