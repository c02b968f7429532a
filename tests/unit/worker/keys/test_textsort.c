/* test_textsort.c - texts come in the order of their bytes, whatever they share. */
#include "worker/keys/textsort.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXTS = 5000, BYTES_MAX = 600 };

/* A dictionary of random texts: some bytes that all of them share, then some of few letters. */
static void
fill(struct dict *d, size_t shared, size_t length, unsigned letters, const char *alphabet)
{
	uint64_t random = shared + 3 * length;
	char text[BYTES_MAX];

	for (size_t i = 0; i < TEXTS; i++) {
		size_t bytes = shared + random_next(&random) % (length + 1);

		memset(text, 'x', shared);
		for (size_t k = shared; k < bytes; k++)
			text[k] = alphabet[random_next(&random) % letters];
		(void)dict_code(d, text, bytes);
	}
}

static void
texts_come_in_the_order_of_bytes(void **state)
{
	static const struct {
		size_t shared, length;
		unsigned letters;
	} cases[] = { { 0, 0, 1 },   { 0, 3, 4 },    { 0, 30, 4 },  { 5, 12, 2 },
		      { 8, 100, 4 }, { 30, 300, 1 }, { 260, 9, 3 }, { 500, 90, 4 } };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		uint32_t *got, *want;
		struct dict d;

		dict_init(&d);
		fill(&d, cases[i].shared, cases[i].length, cases[i].letters, "a\0\xFFm");
		got = mem_new(d.count, sizeof(*got));
		want = mem_new(d.count, sizeof(*want));
		textsort(&d, got);
		dict_sort(&d, want);
		assert_memory_equal(got, want, d.count * sizeof(*got));
		free(got);
		free(want);
		dict_release(&d);
	}
}

static void
no_text_has_an_order_too(void **state)
{
	struct dict d;
	uint32_t none = 7;

	(void)state;
	dict_init(&d);
	textsort(&d, &none);
	assert_int_equal(none, 7);
	dict_release(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_come_in_the_order_of_bytes),
		cmocka_unit_test(no_text_has_an_order_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
