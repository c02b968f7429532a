/* test_repeats.c - keys that come again, wherever the bound of the memory is. */
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "worker/keys/repeats.h"
#include "worker/keys/keytable.h"
#include "worker/keys/rowkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { BATCH = 1000 };

/* Keys of `words` words; those of one word are bijective to their values, so 0 can come too. */
static void
make_key(uint64_t value, unsigned words, uint64_t *out)
{
	out[0] = value ? hash_word(value) : 0;
	if (words == 2)
		out[1] = value % 3 ? value : 0;
}

/* The same question asked the plain way. */
static struct repeats_verdict
count_plainly(const uint64_t *values, size_t n, uint64_t range)
{
	uint32_t *times = mem_new(range, sizeof(*times));
	struct repeats_verdict v = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (times[values[i]] && v.n_first < REPEATS_FIRST_MAX)
			v.first[v.n_first++] = i;
		v.surplus += times[values[i]] > 0;
		v.repeated += times[values[i]] == 1;
		times[values[i]]++;
	}
	free(times);
	return v;
}

/* Add values in batches, and look at the answers that come at once. */
static void
add_values(struct repeats *k, unsigned words, const uint64_t *values, size_t n, uint64_t range)
{
	bool *seen = mem_new(range, sizeof(*seen));
	uint64_t keys[2 * BATCH], numbers[BATCH];
	uint8_t answers[BATCH];

	for (size_t first = 0; first < n; first += BATCH) {
		struct repeats_rows rows = { .keys = keys, .numbers = numbers, .answers = answers };

		rows.n = n - first < BATCH ? n - first : BATCH;
		for (size_t i = 0; i < rows.n; i++) {
			make_key(values[first + i], words, keys + i * words);
			numbers[i] = first + i;
		}
		assert_int_equal(repeats_add(k, &rows, NULL), ERR_NONE);
		for (size_t i = 0; i < rows.n; i++) {
			uint64_t value = values[first + i];

			if (answers[i] != KEY_LATER)
				assert_int_equal(answers[i] == KEY_SEEN, seen[value]);
			seen[value] = true;
		}
	}
	free(seen);
}

static void
the_verdict_does_not_depend_on_where_the_bound_was(void **state)
{
	static const struct {
		const char *name;
		size_t table_bytes, memory_bytes;
		const char *dir;
	} cases[] = {
		{ "all in the table", 64 << 20, 1 << 20, "/tmp" },
		{ "some in the table", 100 << 10, 64 << 20, "/tmp" },
		{ "nothing in the table", 0, 64 << 20, "/tmp" },
		{ "no directory", 0, 0, NULL },
		{ "on disk", 0, 1 << 20, "/tmp" },
		{ "both, and on disk", 100 << 10, 1 << 20, "/tmp" },
	};
	static const uint64_t ranges[] = { 1, 2, 50, 20000, 5000000 };
	enum { ROWS = 150000 };
	uint64_t *values = mem_new(ROWS, sizeof(*values)), random = 11;

	(void)state;
	for (size_t r = 0; r < countof(ranges); r++) {
		struct repeats_verdict want;

		for (size_t i = 0; i < ROWS; i++)
			values[i] = random_next(&random) % ranges[r];
		want = count_plainly(values, ROWS, ranges[r]);
		for (size_t i = 0; i < countof(cases) * 2; i++) {
			const size_t c = i / 2;
			const unsigned words = 1 + i % 2;
			struct repeats_options options = { .words = words,
							   .rows = i % 3 ? ROWS : -1,
							   .table_bytes = cases[c].table_bytes,
							   .memory_bytes = cases[c].memory_bytes,
							   .dir = cases[c].dir,
							   .lanes = 1 };
			struct repeats_verdict got;
			struct repeats *k = NULL;

			assert_int_equal(repeats_open(&k, &options, NULL), ERR_NONE);
			add_values(k, words, values, ROWS, ranges[r]);
			assert_int_equal(repeats_finish(k, &got, NULL), ERR_NONE);
			if (got.surplus != want.surplus || got.repeated != want.repeated)
				fail_msg("%s, %u words, range %llu: %lld surplus, %lld repeated",
					 cases[c].name, words, (unsigned long long)ranges[r],
					 (long long)got.surplus, (long long)got.repeated);
			repeats_close(k);
		}
	}
	free(values);
}

/* Where keys must not go to disk, the bound is an error that says what to do. */
static void
a_table_alone_refuses_what_does_not_fit(void **state)
{
	const struct repeats_options options = {
		.words = 1, .table_bytes = 64 << 10, .table_only = true, .lanes = 1
	};
	uint64_t key = 0, number = 0;
	uint8_t answer;
	const struct repeats_rows row = { &key, &number, 1, 0, &answer };
	struct repeats *k = NULL;
	enum err_code code = ERR_NONE;
	size_t fits = 0;
	struct err err;

	(void)state;
	assert_int_equal(repeats_open(&k, &options, &err), ERR_NONE);
	for (; !code; key = hash_word(++number)) {
		code = repeats_add(k, &row, &err);
		fits += !code && answer == KEY_NEW;
	}
	assert_int_equal(code, ERR_LIMIT);
	assert_non_null(strstr(err.msg, "give it more with 'memory:'"));
	assert_in_range(fits, 3000, 8192);
	repeats_close(k);
}

/* The lowest numbers of surplus rows, whichever lane brought which row. */
static void
the_lowest_surplus_rows_are_found_in_all_lanes(void **state)
{
	const struct repeats_options options = { .words = 2, .rows = 8, .lanes = 2 };
	/* In lane 1 rows 0, 2, 4, 6, in lane 0 rows 1, 3, 5, 7: three keys. */
	static const uint64_t values[2][4] = { { 1, 2, 3, 1 }, { 1, 1, 2, 9 } };
	static const uint64_t want[] = { 1, 2, 4, 7 };
	struct repeats_verdict v;
	struct repeats *k = NULL;

	(void)state;
	assert_int_equal(repeats_open(&k, &options, NULL), ERR_NONE);
	for (int lane = 0; lane < 2; lane++) {
		uint64_t keys[8], numbers[4];
		uint8_t answers[4];
		const struct repeats_rows rows = { keys, numbers, 4, lane, answers };

		for (size_t i = 0; i < 4; i++) {
			make_key(values[lane][i], 2, keys + 2 * i);
			numbers[i] = 2 * i + (lane ? 0 : 1);
		}
		assert_int_equal(repeats_add(k, &rows, NULL), ERR_NONE);
	}
	assert_int_equal(repeats_finish(k, &v, NULL), ERR_NONE);
	assert_int_equal(v.surplus, 4);
	assert_int_equal(v.repeated, 2);
	assert_int_equal(v.n_first, countof(want));
	assert_memory_equal(v.first, want, sizeof(want));
	repeats_close(k);
}

/* Add row i with key value(i) for all rows, in turns of 1000 in each lane, the last lane first. */
static enum err_code
add_in_lanes(struct repeats *k, const struct repeats_options *o, uint64_t (*value)(uint64_t),
	     uint64_t n, struct err *err)
{
	uint64_t keys[2 * BATCH], numbers[BATCH];
	uint8_t answers[BATCH];
	enum err_code code = ERR_NONE;

	for (int lane = o->lanes; lane-- > 0;) {
		for (uint64_t at = (uint64_t)lane * BATCH; at < n && !code;
		     at += (uint64_t)o->lanes * BATCH) {
			const struct repeats_rows rows = { keys, numbers, BATCH, lane, answers };

			for (uint64_t i = 0; i < BATCH; i++) {
				make_key(value(at + i), o->words, keys + i * o->words);
				numbers[i] = at + i;
			}
			code = repeats_add(k, &rows, err);
		}
	}
	return code;
}

static uint64_t
always_one(uint64_t row)
{
	(void)row;
	return 1;
}

static uint64_t
half_one(uint64_t row)
{
	return row % 2 ? 1 : row;
}

static uint64_t
few(uint64_t row)
{
	return hash_word(row) % 10;
}

/* Between two rows with a key come almost as many others as are remembered, or a few more. */
static uint64_t
nearly_forgotten(uint64_t row)
{
	return row % (REPEATS_LATELY - 1);
}

static uint64_t
just_forgotten(uint64_t row)
{
	return row % (REPEATS_LATELY + 7);
}

static uint64_t
itself(uint64_t row)
{
	return row;
}

/* Keys that come often, in one lane or two, with numbers that ascend in no lane of a share. */
static void
keys_that_come_often_are_counted_once_each(void **state)
{
	enum { ROWS = 60 * BATCH };
	static uint64_t (*const kinds[])(uint64_t) = { always_one,       half_one,       few,
						       nearly_forgotten, just_forgotten, itself };
	uint64_t *values = mem_new(ROWS, sizeof(*values));

	(void)state;
	for (size_t i = 0; i < countof(kinds) * 4; i++) {
		const struct repeats_options options = { .words = 1 + i / 2 % 2,
							 .rows = ROWS,
							 .lanes = 1 + i % 2 };
		struct repeats_verdict want, got;
		struct repeats *k = NULL;

		for (size_t row = 0; row < ROWS; row++)
			values[row] = kinds[i / 4](row);
		want = count_plainly(values, ROWS, ROWS);
		assert_int_equal(repeats_open(&k, &options, NULL), ERR_NONE);
		assert_int_equal(add_in_lanes(k, &options, kinds[i / 4], ROWS, NULL), ERR_NONE);
		assert_int_equal(repeats_finish(k, &got, NULL), ERR_NONE);
		if (got.surplus != want.surplus || got.repeated != want.repeated ||
		    got.n_first != want.n_first ||
		    memcmp(got.first, want.first, want.n_first * sizeof(*want.first)) != 0)
			fail_msg("kind %zu, case %zu: %lld surplus, %lld repeated", i / 4, i % 4,
				 (long long)got.surplus, (long long)got.repeated);
		repeats_close(k);
	}
	free(values);
}

/*
 * Rows of one key take no room: with 1 MiB of memory and no disk behind it, they are all there
 * is room for.  Rows of as many keys are an error, before all of them were given.
 */
static void
rows_of_one_key_take_no_memory(void **state)
{
	enum { ROWS = 1000 * BATCH };
	static const struct {
		uint64_t (*value)(uint64_t);
		bool fits;
	} cases[] = {
		{ always_one, true }, { few, true }, { nearly_forgotten, true }, { itself, false }
	};

	(void)state;
	for (size_t i = 0; i < countof(cases) * 2; i++) {
		const struct repeats_options options = { .words = 2,
							 .rows = ROWS,
							 .table_bytes = i % 2 ? 30 << 10 : 0,
							 .memory_bytes = 1 << 20,
							 .dir = "/tmp/no/such/directory",
							 .lanes = i % 2 ? 1 : 2 };
		struct repeats_verdict verdict;
		struct repeats *k = NULL;
		enum err_code code;
		struct err err;

		assert_int_equal(repeats_open(&k, &options, NULL), ERR_NONE);
		code = add_in_lanes(k, &options, cases[i / 2].value, ROWS, &err);
		if ((code == ERR_NONE) != cases[i / 2].fits)
			fail_msg("case %zu: %d", i, code);
		if (code) {
			assert_non_null(strstr(err.msg, "'/tmp/no/such/directory'"));
			assert_int_equal(repeats_finish(k, &verdict, &err), code);
		} else {
			assert_int_equal(repeats_finish(k, &verdict, &err), ERR_NONE);
			assert_true(verdict.surplus > ROWS - REPEATS_LATELY);
		}
		repeats_close(k);
	}
}

static void
a_key_table_finds_what_it_was_given(void **state)
{
	enum { KEYS = 5000 };
	struct keytable t;

	(void)state;
	keytable_init(&t, 2, 3);
	for (int round = 0; round < 3; round++) {
		keytable_reset(&t, round == 1 ? KEYS * 20 : 0);
		for (uint64_t i = 0; i < 2 * KEYS; i++) {
			/* Hashes that are the same in pairs, and below the twelfth bit in all. */
			const uint64_t item[] = { hash_word(i % KEYS / 2) << 12, i % KEYS, i };
			bool is_new;
			const uint64_t *got = keytable_get(&t, item, &is_new);

			assert_int_equal(is_new, i < KEYS);
			assert_true(got[1] == i % KEYS && got[2] == i % KEYS);
		}
		assert_int_equal(t.count, KEYS);
		for (uint64_t i = 0; i < KEYS; i++)
			assert_true(t.items[3 * i + 2] == i);
		assert_null(keytable_find(&t, (uint64_t[]){ 5, 5 }));
	}
	keytable_release(&t);
}

/* ---- keys of rows ---- */

static const struct column columns[] = { { "i", COL_INT64 },
					 { "s", COL_STRING },
					 { "f", COL_FLOAT64 } };
static const struct schema schema = { columns, countof(columns) };

/* The keys of a column with a dictionary are those of the same values without. */
static void
keys_of_a_dictionary_are_those_of_its_values(void **state)
{
	enum { ROWS = 6000, ENTRIES = 7 };
	static const int64_t ints[ENTRIES] = { 0, -1, 5, INT64_MIN, INT64_MAX, 6, 7 };
	static const char *const words[ENTRIES] = { "", "a", "b", "aa", "ab", "ba", "c" };
	struct span texts[ENTRIES];
	const struct col_dict int_dict = { ENTRIES, { .ints = ints } };
	struct col_dict text_dict = { ENTRIES, { .texts = texts } };
	struct batch plain, coded;

	(void)state;
	batch_init(&plain, &schema, NULL);
	batch_init(&coded, &schema, NULL);
	batch_set_rows(&plain, ROWS);
	batch_set_rows(&coded, ROWS);
	coded.unit = 1;
	coded.cols[0].dict = &int_dict;
	coded.cols[1].dict = &text_dict;
	for (size_t i = 0; i < ENTRIES; i++)
		texts[i] = (struct span){ words[i], strlen(words[i]) };
	for (size_t i = 0; i < ROWS; i++) {
		uint32_t code = (uint32_t)(i * i % ENTRIES);
		bool valid = i % 11 != 3;

		for (size_t c = 0; c < 2; c++) {
			plain.cols[c].valid[i] = coded.cols[c].valid[i] = valid;
			/* The code of a null may be anything. */
			batch_codes(&coded, c)[i] = valid ? code : UINT32_MAX;
		}
		plain.cols[0].ints[i] = ints[code];
		plain.cols[1].texts[i] = texts[code];
		plain.cols[2].valid[i] = coded.cols[2].valid[i] = true;
		plain.cols[2].reals[i] = coded.cols[2].reals[i] = i % 2 ? 0.0 : -0.0;
	}
	for (int c = 0; c < 4; c++) {
		static const int keys[][3] = { { 0 }, { 1 }, { 1, 0 }, { 2, 0, 1 } };
		static const size_t n[] = { 1, 1, 2, 3 };
		struct rowkey a, b;

		rowkey_init(&a, &schema, keys[c], n[c], 99);
		rowkey_init(&b, &schema, keys[c], n[c], 99);
		for (size_t first = 0; first < ROWS; first += 4000) {
			size_t rows = ROWS - first < 4000 ? ROWS - first : 4000;

			rowkey_read(&a, &plain, first, rows);
			rowkey_read(&b, &coded, first, rows);
			assert_int_equal(a.n_nulls, b.n_nulls);
			for (size_t i = 0; i < rows; i++) {
				assert_int_equal(a.nulls[i], (first + i) % 11 == 3);
				if (!a.nulls[i])
					assert_memory_equal(a.keys + i * a.words,
							    b.keys + i * a.words,
							    a.words * sizeof(uint64_t));
			}
		}
		rowkey_release(&a);
		rowkey_release(&b);
	}
	batch_release(&plain);
	batch_release(&coded);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verdict_does_not_depend_on_where_the_bound_was),
		cmocka_unit_test(a_table_alone_refuses_what_does_not_fit),
		cmocka_unit_test(the_lowest_surplus_rows_are_found_in_all_lanes),
		cmocka_unit_test(keys_that_come_often_are_counted_once_each),
		cmocka_unit_test(rows_of_one_key_take_no_memory),
		cmocka_unit_test(a_key_table_finds_what_it_was_given),
		cmocka_unit_test(keys_of_a_dictionary_are_those_of_its_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
