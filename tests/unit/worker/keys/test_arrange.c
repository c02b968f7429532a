/* test_arrange.c - records of a partition come in order, and equal ones as they were written. */
#include "worker/keys/arrange.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct expected {
	const uint64_t *records;
	unsigned words;
	size_t n, seen, pieces;
	bool ended;
};

static unsigned order_keys, order_words;

/* Records are numbered in their last word, which is no part of the key. */
static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	for (unsigned i = 0; i < order_keys; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return (x[order_words - 1] > y[order_words - 1]) -
	       (x[order_words - 1] < y[order_words - 1]);
}

static enum err_code
look(void *arg, const uint64_t *records, size_t n, bool is_last, struct err *err)
{
	struct expected *e = arg;

	(void)err;
	assert_false(e->ended);
	assert_true(n > 0 && e->seen + n <= e->n);
	assert_memory_equal(records, e->records + e->seen * e->words,
			    n * e->words * sizeof(*records));
	e->seen += n;
	e->pieces++;
	e->ended = is_last;
	return ERR_NONE;
}

/* What stands in the shuffle is one too small. */
static void
add_one(const void *arg, uint64_t *records, size_t n)
{
	unsigned words = *(const unsigned *)arg;

	for (size_t i = 0; i < n; i++)
		records[i * words]++;
}

static void
records_come_in_order_whatever_the_room(void **state)
{
	static const struct {
		const char *name;
		size_t n, room;
		uint64_t mask; /* of the words of a key */
		unsigned words, keys;
		bool prepare;
	} cases[] = {
		{ "none", 0, 0, 0, 2, 1, false },
		{ "one", 1, 0, 0, 2, 1, false },
		{ "exactly what fits", ARRANGE_ROOM_MIN, 0, 15, 3, 2, false },
		{ "one more than fits", ARRANGE_ROOM_MIN + 1, 0, 15, 3, 2, false },
		{ "many pieces", 40000, 0, UINT64_MAX, 4, 3, false },
		{ "many pieces of few keys", 40000, 0, 3, 3, 2, false },
		{ "one key", 40000, 0, 0, 2, 1, false },
		{ "prepared", 40000, 0, 0xff, 3, 2, true },
		{ "prepared, with room", 40000, 1 << 20, 0xff, 3, 2, true },
		{ "with room", 40000, 1 << 20, UINT64_MAX, 4, 2, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		unsigned words = cases[i].words;
		const struct shuffle_options o = { .record_bytes = words * sizeof(uint64_t),
						   .rows = 1,
						   .memory_bytes = 1 << 20,
						   .partition_bytes = 1 << 20,
						   .lanes = 2,
						   .dir = "/tmp" };
		uint64_t *all = mem_new(cases[i].n * words + 1, sizeof(*all)), random = i;
		struct expected e = { .records = all, .words = words, .n = cases[i].n };
		struct shuffle *s = NULL;
		struct arrange a;

		assert_int_equal(shuffle_open(&s, &o, NULL), ERR_NONE);
		for (size_t k = 0; k < cases[i].n; k++) {
			uint64_t *record = all + k * words;

			for (unsigned w = 0; w < words - 1; w++)
				record[w] = random_next(&random) & cases[i].mask;
			record[words - 1] = k;
			/* All of lane 0 come first. */
			memcpy(shuffle_slot(shuffle_lane(s, k >= cases[i].n / 2), 0), record,
			       o.record_bytes);
			record[0] += cases[i].prepare;
		}
		assert_int_equal(shuffle_seal(s, NULL), ERR_NONE);
		order_words = words;
		order_keys = cases[i].keys;
		qsort(all, cases[i].n, o.record_bytes, compare);
		arrange_init(&a, words, cases[i].keys, cases[i].room);
		if (cases[i].prepare) {
			a.prepare = add_one;
			a.prepare_arg = &words;
		}
		for (int again = 0; again < 2; again++) {
			e.seen = e.pieces = 0;
			e.ended = false;
			assert_int_equal(arrange_each(&a, s, 0, look, &e, NULL), ERR_NONE);
			assert_int_equal(e.seen, cases[i].n);
			assert_int_equal(e.ended, cases[i].n > 0);
			assert_int_equal(e.pieces > 1, cases[i].n > a.room);
		}
		arrange_release(&a);
		shuffle_close(s);
		free(all);
	}
}

static enum err_code
refuse(void *arg, const uint64_t *records, size_t n, bool is_last, struct err *err)
{
	(void)arg;
	(void)records;
	(void)n;
	(void)is_last;
	return err_set(err, ERR_INPUT, "no");
}

static void
who_looks_can_end_it(void **state)
{
	const struct shuffle_options o = { .record_bytes = 16,
					   .rows = 1,
					   .memory_bytes = 1 << 20,
					   .partition_bytes = 1 << 20,
					   .lanes = 1,
					   .dir = "/tmp" };

	(void)state;
	for (size_t n = 1; n < 10000; n *= 9) {
		struct shuffle *s = NULL;
		struct arrange a;

		assert_int_equal(shuffle_open(&s, &o, NULL), ERR_NONE);
		for (size_t i = 0; i < n; i++)
			memset(shuffle_slot(shuffle_lane(s, 0), 0), 1, o.record_bytes);
		assert_int_equal(shuffle_seal(s, NULL), ERR_NONE);
		arrange_init(&a, 2, 2, 0);
		assert_int_equal(arrange_each(&a, s, 0, refuse, NULL, NULL), ERR_INPUT);
		arrange_release(&a);
		shuffle_close(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_in_order_whatever_the_room),
		cmocka_unit_test(who_looks_can_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
