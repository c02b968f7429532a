/* test_relay.c - batches that are made in one thread and used in another. */
#include "worker/rows/relay.h"

#include "core/base/mem.h"
#include "tests/fixture/lanes.h"
#include "worker/rows/crew.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PLACES = 3 };

/* Makes batches whose unit is their number; one that is lent is where all of those are. */
struct source {
	struct batch held[PLACES], own;
	uint64_t made, all, lent_every, fail_at;
};

static enum err_code
make(void *arg, struct relay_batch *out, struct err *err)
{
	struct source *s = arg;

	if (s->made == s->fail_at)
		return err_set(err, ERR_INPUT, "batch %d", (int)s->made);
	if (s->made == s->all)
		return ERR_NONE;
	out->is_lent = s->lent_every && s->made % s->lent_every == 0;
	s->own.unit = ++s->made;
	s->held[out->place].unit = s->made;
	out->batch = out->is_lent ? &s->own : &s->held[out->place];
	return ERR_NONE;
}

/* How many batches come, each in its turn, and what the end says. */
static uint64_t
use_all(struct source *s, enum err_code want)
{
	struct relay *r = relay_open(make, s, PLACES);
	struct relay_batch b;
	struct err err = { 0 };
	uint64_t n = 0;
	enum err_code code;

	if (!r)
		skip();
	while (!(code = relay_next(r, &b, &err)) && b.batch)
		assert_int_equal(b.batch->unit, ++n);
	assert_int_equal(code, want);
	relay_close(r);
	return n;
}

static void
every_batch_comes_once_and_in_order(void **state)
{
	(void)state;
	for (uint64_t all = 0; all < 200; all += 1 + all / 8)
		for (uint64_t lent = 0; lent < 4; lent++) {
			struct source s = { .all = all, .lent_every = lent, .fail_at = UINT64_MAX };

			assert_int_equal(use_all(&s, ERR_NONE), all);
		}
}

static void
an_error_comes_behind_what_was_made_before_it(void **state)
{
	(void)state;
	for (uint64_t at = 0; at < 10; at++) {
		struct source s = { .all = 20, .fail_at = at };

		assert_int_equal(use_all(&s, ERR_INPUT), at);
	}
}

static void
it_can_be_closed_wherever_it_is(void **state)
{
	(void)state;
	for (int stop = 0; stop < 12; stop++) {
		struct source s = { .all = 1000,
				    .lent_every = (uint64_t)stop % 3,
				    .fail_at = UINT64_MAX };
		struct relay *r = relay_open(make, &s, PLACES);
		struct relay_batch b;

		if (!r)
			skip();
		for (int i = 0; i < stop; i++)
			assert_int_equal(relay_next(r, &b, NULL), ERR_NONE);
		relay_close(r);
		assert_true(s.made <= (uint64_t)stop + PLACES);
	}
	relay_close(NULL);
}

static void
with_one_processor_nothing_is_made_ahead(void **state)
{
	struct source s = { .all = 3 };
	cpu_set_t before;
	struct relay *r;

	(void)state;
	lanes_limit(true, &before);
	r = relay_open(make, &s, PLACES);
	lanes_limit(false, &before);
	assert_null(r);
	assert_int_equal(s.made, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_batch_comes_once_and_in_order),
		cmocka_unit_test(an_error_comes_behind_what_was_made_before_it),
		cmocka_unit_test(it_can_be_closed_wherever_it_is),
		cmocka_unit_test(with_one_processor_nothing_is_made_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
