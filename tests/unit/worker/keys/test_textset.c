/* test_textset.c - texts that are in a set, as values and as codes. */
#include "worker/keys/textset.h"

#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct column columns[] = { { "t", COL_STRING } };
static const struct schema schema = { columns, 1 };
static const char *const wanted[] = { "b", "", "b" };

static void
texts_of_the_set_are_found_and_null_is_none(void **state)
{
	static const struct span texts[] = {
		{ "a", 1 }, { "b", 1 }, { "", 0 }, { "bb", 2 }, { "b", 1 }
	};
	static const bool want[] = { false, true, true, false, false };
	bool got[countof(texts)];
	struct textset s;
	struct batch b;

	(void)state;
	textset_init(&s, wanted, countof(wanted));
	batch_init(&b, &schema, NULL);
	batch_set_rows(&b, countof(texts));
	for (size_t i = 0; i < countof(texts); i++) {
		b.cols[0].texts[i] = texts[i];
		b.cols[0].valid[i] = i < 4;
	}
	textset_read(&s, &b, 0, got);
	assert_memory_equal(got, want, sizeof(want));
	batch_release(&b);
	textset_release(&s);
	textset_release(&s);
}

/* Another unit is another dictionary, also of the same size. */
static void
another_unit_is_another_dictionary(void **state)
{
	static const struct span first[] = { { "a", 1 }, { "b", 1 } };
	static const struct span second[] = { { "b", 1 }, { "c", 1 } };
	static const struct col_dict dicts[] = { { 2, { .texts = first } },
						 { 2, { .texts = second } } };
	bool got[3];
	struct textset s;
	struct batch b;

	(void)state;
	textset_init(&s, wanted, countof(wanted));
	batch_init(&b, &schema, NULL);
	batch_set_rows(&b, 3);
	for (uint32_t i = 0; i < 3; i++) {
		batch_codes(&b, 0)[i] = i % 2;
		b.cols[0].valid[i] = i < 2;
	}
	for (uint64_t unit = 1; unit <= 4; unit++) {
		b.unit = unit;
		b.cols[0].dict = &dicts[unit % 2];
		textset_read(&s, &b, 0, got);
		assert_int_equal(got[0], unit % 2 == 1);
		assert_int_equal(got[1], unit % 2 == 0);
		assert_false(got[2]);
	}
	batch_release(&b);
	textset_release(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_the_set_are_found_and_null_is_none),
		cmocka_unit_test(another_unit_is_another_dictionary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
