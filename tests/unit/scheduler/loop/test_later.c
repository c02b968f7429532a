/* test_later.c - scheduler/loop/later.c: what is found out is told in the next turn, in order. */
#include "scheduler/loop/later.h"

#include "core/base/buf.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Stands in for the turn: a line for each thing that it was told. */
struct turn {
	struct buf told;
	struct later *again; /* told of attempt 9 when 1 is looked at, as an action would */
	int clocks;          /* looks at them that were told */
};

void
turn_event(struct turn *t, const struct event *event, int64_t now_us)
{
	assert_true(now_us > 0);
	if (event->kind == EVENT_CLOCK)
		t->clocks += event->offset_us != 0 && *event->boot;
	else
		buf_format(&t->told, "event %" PRId64 "\n", event->attempt);
}

void
turn_look(struct turn *t, int64_t attempt, int64_t now_us)
{
	assert_true(now_us > 0);
	buf_format(&t->told, "look %" PRId64 "\n", attempt);
	if (attempt == 1 && t->again)
		later_look(t->again, 9);
}

void
turn_launch_failed(struct turn *t, int64_t attempt, const char *why, int error, int64_t now_us)
{
	assert_true(now_us > 0);
	buf_format(&t->told, "failed %" PRId64 ": %s (%d)\n", attempt, why, error);
}

struct fixture {
	struct turn turn;
	struct later later;
};

static int
set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	buf_init(&f.turn.told, 4096);
	later_init(&f.later, &f.turn);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	later_release(&f->later);
	buf_release(&f->turn.told);
	return 0;
}

static void
what_waits_is_told_in_order_when_taken(void **state)
{
	struct fixture *f = *state;
	char why[] = "no room";

	later_look(&f->later, 1);
	later_failed(&f->later, 2, why, 11);
	why[0] = 'X'; /* it was copied */
	later_look(&f->later, 3);
	assert_int_equal(f->turn.told.bytes, 0);
	assert_true(f->later.touched);
	later_take(&f->later);
	assert_string_equal(f->turn.told.data, "look 1\nfailed 2: no room (11)\nlook 3\n");
	assert_false(f->later.touched);
}

static void
an_event_is_stepped_at_once(void **state)
{
	struct fixture *f = *state;

	later_look(&f->later, 1);
	later_event(&f->later, &(struct event){ .kind = EVENT_GONE, .attempt = 5 });
	assert_string_equal(f->turn.told.data, "event 5\n");
	assert_true(f->later.touched);
	/* The clocks before the first one, and not again while they agree. */
	assert_int_equal(f->turn.clocks, 1);
	later_event(&f->later, &(struct event){ .kind = EVENT_GONE, .attempt = 6 });
	assert_int_equal(f->turn.clocks, 1);
	f->later.offset_us -= HOUR_US;
	later_event(&f->later, &(struct event){ .kind = EVENT_GONE, .attempt = 7 });
	assert_int_equal(f->turn.clocks, 2);
}

static void
what_comes_while_taking_waits_for_the_next_turn(void **state)
{
	struct fixture *f = *state;

	f->turn.again = &f->later;
	later_look(&f->later, 1);
	later_take(&f->later);
	assert_string_equal(f->turn.told.data, "look 1\n");
	assert_true(f->later.touched);
	later_take(&f->later);
	assert_string_equal(f->turn.told.data, "look 1\nlook 9\n");
	assert_false(f->later.touched);
}

static void
what_was_not_taken_is_dropped(void **state)
{
	struct fixture *f = *state;

	later_failed(&f->later, 2, "no room", 0);
	later_release(&f->later);
	later_take(&f->later);
	assert_int_equal(f->turn.told.bytes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_waits_is_told_in_order_when_taken, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_event_is_stepped_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_comes_while_taking_waits_for_the_next_turn,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_not_taken_is_dropped, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
