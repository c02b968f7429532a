/* test_queue.c - the heap keeps its order under every mixture of pushes and removals. */
#include "scheduler/rows/queue.h"

#include "core/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { N = 200 };

struct thing {
	struct heap_item item;
	uint64_t weight;
};

static bool
lighter(const struct heap_item *a, const struct heap_item *b)
{
	return ((const struct thing *)a)->weight < ((const struct thing *)b)->weight;
}

static void
a_heap_gives_the_first(void **state)
{
	static struct thing things[N];
	struct heap h = { .before = lighter };
	uint64_t random = 5, last;
	struct heap_item *first;
	size_t in = 0;

	(void)state;
	assert_null(heap_first(&h));
	for (int round = 0; round < 20000; round++) {
		struct thing *t = &things[random_next(&random) % N];

		if (t->item.at) {
			heap_remove(&h, &t->item);
			in--;
			continue;
		}
		/* Removing what is not in there is harmless. */
		heap_remove(&h, &t->item);
		t->weight = random_next(&random);
		heap_push(&h, &t->item);
		in++;
		for (size_t i = 0; i < N; i++)
			if (things[i].item.at)
				assert_false(lighter(&things[i].item, heap_first(&h)));
	}
	assert_int_equal(h.n, in);
	for (last = 0; (first = heap_first(&h)); heap_remove(&h, first)) {
		assert_true(last <= ((struct thing *)first)->weight);
		last = ((struct thing *)first)->weight;
	}
	heap_release(&h);
}

static void
a_queue_gives_in_order(void **state)
{
	struct queue q = { 0 };
	int things[N];

	(void)state;
	assert_null(queue_take(&q));
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < N; i++)
			queue_add(&q, &things[i]);
		assert_ptr_equal(queue_take(&q), &things[0]);
		queue_add(&q, &things[1]);
		queue_drop(&q, &things[1]);
		for (size_t i = 2; i < N; i++)
			assert_ptr_equal(queue_take(&q), &things[i]);
		assert_null(queue_take(&q));
	}
	queue_release(&q);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(a_heap_gives_the_first),
		cmocka_unit_test(a_queue_gives_in_order),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
