/* test_dedup.c - which rows stay, in any number of lanes and parts, in memory and on disk. */
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "worker/keys/dedup.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct column columns[] = { { "id", COL_INT64 },           { "name", COL_STRING },
					 { "received", COL_TIMESTAMP }, { "file", COL_STRING },
					 { "row", COL_INT64 },          { "amount", COL_FLOAT64 },
					 { "score", COL_INT64 } };
static const struct schema schema = { columns, countof(columns) };
static const char *const files[] = { "b", "a", "", "ab", "a/b" };

enum { ID_NULL = -1, RECEIVED_NULL = 3, FILE_NULL = 5 };

/* A row as the plain way sees it. */
struct row {
	int id; /* ID_NULL */
	int received;
	int file;
	int64_t row;
	int order; /* index in reals and ints, or ORDER_NULL */
};

/* From the least to the greatest, which NaN is; both zeros are one. */
static const double reals[] = { -INFINITY, -1.5, -0.0, 0.0, 1e-300, 2, INFINITY, NAN };
static const int64_t ints[] = { INT64_MIN, -1, 0, 0, 1, 2, INT64_MAX - 1, INT64_MAX };
enum { ORDERS = countof(reals), ORDER_NULL = ORDERS };

static void
put_row(struct batch *b, size_t at, const struct row *r)
{
	struct col *c = b->cols;

	for (size_t i = 0; i < countof(columns); i++)
		c[i].valid[at] = true;
	c[0].valid[at] = c[1].valid[at] = r->id != ID_NULL;
	c[0].ints[at] = r->id;
	c[1].texts[at] = (struct span){ files[r->id == ID_NULL ? 0 : r->id % 5],
					strlen(files[r->id == ID_NULL ? 0 : r->id % 5]) };
	c[2].valid[at] = r->received != RECEIVED_NULL;
	c[2].ints[at] = r->received;
	c[3].valid[at] = r->file != FILE_NULL;
	if (r->file != FILE_NULL)
		c[3].texts[at] = (struct span){ files[r->file], strlen(files[r->file]) };
	c[4].ints[at] = r->row;
	c[5].valid[at] = c[6].valid[at] = r->order != ORDER_NULL;
	if (r->order != ORDER_NULL) {
		c[5].reals[at] = reals[r->order];
		c[6].ints[at] = ints[r->order];
	}
}

static int
compare_files(int a, int b)
{
	if (a == FILE_NULL || b == FILE_NULL)
		return (a == FILE_NULL) - (b == FILE_NULL);
	return strcmp(files[a], files[b]);
}

/* -1, 0, 1: as the orders of two rows are; both have one. */
static int
compare_orders(int a, int b)
{
	a -= a == 3; /* the second zero */
	b -= b == 3;
	return (a > b) - (a < b);
}

/* Row k comes before row i; `ranked` and `ordered` say by what. */
static bool
is_before(const struct row *rows, size_t k, size_t i, bool ranked, bool ordered)
{
	const struct row *a = &rows[k], *b = &rows[i];

	if (ordered && compare_orders(a->order, b->order))
		return compare_orders(a->order, b->order) < 0;
	if (ranked && a->received != b->received)
		return a->received < b->received;
	if (ranked && compare_files(a->file, b->file))
		return compare_files(a->file, b->file) < 0;
	if (ranked && a->row != b->row)
		return a->row < b->row;
	return k < i;
}

static enum fate
fate_plainly(const struct row *rows, size_t n, size_t at, enum keep keep, bool ranked, bool ordered)
{
	if (rows[at].id == ID_NULL)
		return FATE_NULL_KEY;
	for (size_t k = 0; k < n; k++) {
		bool lacks = rows[at].order == ORDER_NULL, other = rows[k].order == ORDER_NULL;

		if (k == at || rows[k].id != rows[at].id || (ordered && other && !lacks))
			continue;
		if ((ordered && lacks && !other) ||
		    is_before(rows, k, at, ranked, ordered) == (keep == KEEP_FIRST))
			return FATE_DUPLICATE;
	}
	return FATE_KEPT;
}

/* How the rows are shown. */
struct showing {
	int lanes;
	size_t part_rows, batch_rows;
	size_t memory_bytes;
	bool text_key, ranked;
	int order_by; /* a column; 0: none */
	enum keep keep;
};

static struct dedup *
open_dedup(const struct showing *s)
{
	static const int by_id[] = { 0 }, by_text[] = { 1, 0 };
	const struct dedup_options options = { .schema = &schema,
					       .key = s->text_key ? by_text : by_id,
					       .n_key = s->text_key ? 2 : 1,
					       .keep = s->keep,
					       .order_by = s->order_by ? s->order_by : -1,
					       .received_at = s->ranked ? 2 : -1,
					       .source_file = s->ranked ? 3 : -1,
					       .row = s->ranked ? 4 : -1,
					       .lanes = s->lanes,
					       .rows = -1,
					       .memory_bytes = s->memory_bytes,
					       .dir = "/tmp" };
	struct dedup *d = NULL;

	assert_int_equal(dedup_open(&d, &options, NULL), ERR_NONE);
	return d;
}

/* Parts go to the lanes in turn; the last lane's parts come first. */
static void
show_rows(struct dedup *d, const struct showing *s, const struct row *rows, size_t n)
{
	size_t parts = (n + s->part_rows - 1) / s->part_rows;
	struct batch b;

	batch_init(&b, &schema, NULL);
	for (int lane = s->lanes; lane-- > 0;) {
		for (size_t part = (size_t)lane; part < parts; part += (size_t)s->lanes) {
			struct dedup_place place = { .lane = lane, .part = part * 2 };
			size_t at = part * s->part_rows, end = at + s->part_rows;

			end = end < n ? end : n;
			for (; at < end; at += b.rows, place.row += (int64_t)b.rows) {
				batch_set_rows(&b,
					       end - at < s->batch_rows ? end - at : s->batch_rows);
				for (size_t i = 0; i < b.rows; i++)
					put_row(&b, i, &rows[at + i]);
				assert_int_equal(dedup_add(d, &place, &b, NULL), ERR_NONE);
			}
		}
	}
	batch_release(&b);
}

/* The fates of all rows, in batches of `step`; returns how many are kept. */
static size_t
take_fates(const struct dedup *d, const struct showing *s, size_t n, size_t step, uint8_t *out)
{
	size_t kept = 0, take;

	for (size_t at = 0; at < n; at += take) {
		size_t row = at % s->part_rows, part_end = at - row + s->part_rows, some;

		take = (part_end < n ? part_end : n) - at;
		take = take < step ? take : step;
		assert_int_equal(dedup_fates(d, at / s->part_rows * 2, (int64_t)row, take, out + at,
					     &some, NULL),
				 ERR_NONE);
		kept += some;
	}
	assert_int_equal(dedup_seen_all(d, (int64_t)n, NULL), ERR_NONE);
	return kept;
}

static struct row *
make_rows(size_t n, int ids, uint64_t *random)
{
	struct row *rows = mem_new(n, sizeof(*rows));

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct row){ .id = (int)(random_next(random) % (uint64_t)ids) - 1,
					.received = (int)(random_next(random) % 4),
					.file = (int)(random_next(random) % 6),
					.row = (int64_t)(random_next(random) % 3) - 1,
					.order = (int)(random_next(random) % (ORDERS + 1)) };
	return rows;
}

static void
fates_of_few_rows_are_those_of_a_plain_count(void **state)
{
	enum { ROWS = 400 };
	uint64_t random = 5;

	(void)state;
	for (unsigned round = 0; round < 144; round++) {
		const struct showing s = { .lanes = 1 + (round & 1),
					   .part_rows = round % 3 ? 37 : 1000,
					   .batch_rows = round % 5 ? 10 : 1000,
					   .memory_bytes = 1 << 20,
					   .text_key = round & 2,
					   .ranked = round & 4,
					   .keep = round & 8 ? KEEP_LAST : KEEP_FIRST,
					   .order_by = (round / 16) % 3 ? (int)(round / 16) % 3 + 4
									: 0 };
		struct row *rows = make_rows(ROWS, round % 7 ? 60 : 2, &random);
		struct dedup *d = open_dedup(&s);
		uint8_t fates[ROWS];
		size_t kept = 0, got;

		show_rows(d, &s, rows, ROWS);
		assert_int_equal(dedup_settle(d, NULL), ERR_NONE);
		got = take_fates(d, &s, ROWS, round & 1 ? 7 : ROWS, fates);
		for (size_t i = 0; i < ROWS; i++) {
			enum fate want = fate_plainly(rows, ROWS, i, s.keep, s.ranked,
						      s.order_by > 0);

			if (fates[i] != want)
				fail_msg("round %u: row %zu has fate %d, not %d", round, i,
					 fates[i], want);
			kept += want == FATE_KEPT;
		}
		assert_int_equal(got, kept);
		assert_int_equal(dedup_counts(d).keys, kept);
		assert_int_equal(dedup_counts(d).rows, ROWS);
		dedup_close(d);
		free(rows);
	}
}

/* Many rows: all ways to show them, in memory and on disk, come to the same. */
static void
fates_do_not_depend_on_lanes_batches_or_memory(void **state)
{
	enum { ROWS = 120000 };
	static const struct showing showings[] = {
		{ .lanes = 1, .part_rows = ROWS, .batch_rows = 65536, .memory_bytes = 64 << 20 },
		{ .lanes = 2, .part_rows = 9999, .batch_rows = 5000, .memory_bytes = 64 << 20 },
		{ .lanes = 1, .part_rows = 50000, .batch_rows = 4097, .memory_bytes = 1 },
		{ .lanes = 2, .part_rows = 4096, .batch_rows = 4096, .memory_bytes = 1 },
	};
	uint64_t random = 6;
	struct row *rows = make_rows(ROWS, ROWS / 2, &random);
	uint8_t *want = mem_new(ROWS, 1), *got = mem_new(ROWS, 1);

	(void)state;
	for (size_t i = 0; i < countof(showings); i++) {
		struct showing s = showings[i];
		struct dedup *d;

		s.ranked = true;
		s.order_by = 5;
		d = open_dedup(&s);
		show_rows(d, &s, rows, ROWS);
		assert_int_equal(dedup_settle(d, NULL), ERR_NONE);
		(void)take_fates(d, &s, ROWS, 40000, i ? got : want);
		if (i)
			assert_memory_equal(got, want, ROWS);
		assert_int_equal(dedup_spilled_bytes(d) > 0, s.memory_bytes == 1);
		dedup_close(d);
	}
	free(rows);
	free(want);
	free(got);
}

/* keep: error names the first row that repeats a key, and the first row with that key. */
static void
keep_error_names_both_rows_of_a_key(void **state)
{
	static const int ids[] = { ID_NULL, 7, 3, 5, ID_NULL, 3, 7, 3, 5 };
	struct row rows[countof(ids)];

	(void)state;
	for (size_t i = 0; i < countof(ids); i++)
		rows[i] = (struct row){ .id = ids[i] };
	for (int lanes = 1; lanes <= 2; lanes++) {
		const struct showing s = { .lanes = lanes,
					   .part_rows = 2,
					   .batch_rows = 1,
					   .ranked = true,
					   .keep = KEEP_ERROR };
		struct dedup *d = open_dedup(&s);
		struct err err;

		show_rows(d, &s, rows, countof(ids));
		assert_int_equal(dedup_settle(d, &err), ERR_INPUT);
		assert_string_equal(err.msg,
				    "dedup: row 6 has the same key as row 3, and keep is error");
		dedup_close(d);
	}
}

/* Rows that the first pass has not seen, or that are no longer there, are an error. */
static void
rows_that_the_first_pass_did_not_see_are_an_error(void **state)
{
	/* Parts 0 and 2 have 3 rows, part 4 has 2, and 1 and 3 have none. */
	static const struct {
		const char *name;
		size_t part, n;
		int64_t row;
		enum err_code code;
	} cases[] = {
		{ "all of a part", 0, 3, 0, ERR_NONE },
		{ "its end", 0, 1, 2, ERR_NONE },
		{ "nothing behind it", 0, 0, 3, ERR_NONE },
		{ "one more", 0, 4, 0, ERR_CONFLICT },
		{ "one behind it", 0, 1, 3, ERR_CONFLICT },
		{ "from behind it on", 0, 1, 4, ERR_CONFLICT },
		{ "a row of a part without any", 1, 1, 0, ERR_CONFLICT },
		{ "no row of it", 1, 0, 0, ERR_NONE },
		{ "the last part", 4, 2, 0, ERR_NONE },
		{ "more of the last part", 4, 3, 0, ERR_CONFLICT },
		{ "another part", 5, 1, 0, ERR_CONFLICT },
		{ "a part far away", 1 << 20, 1, 0, ERR_CONFLICT },
	};
	static const struct showing s = { .lanes = 1, .part_rows = 3, .batch_rows = 2 };
	struct row rows[8] = { { .id = 1 } };
	struct dedup *d = open_dedup(&s);
	struct err err;

	(void)state;
	show_rows(d, &s, rows, countof(rows));
	assert_int_equal(dedup_settle(d, NULL), ERR_NONE);
	for (size_t i = 0; i < countof(cases); i++) {
		uint8_t fates[8];
		size_t kept;

		if (dedup_fates(d, cases[i].part, cases[i].row, cases[i].n, fates, &kept, &err) !=
		    cases[i].code)
			fail_msg("%s", cases[i].name);
	}
	assert_int_equal(dedup_seen_all(d, 8, &err), ERR_NONE);
	assert_int_equal(dedup_seen_all(d, 7, &err), ERR_CONFLICT);
	assert_int_equal(dedup_seen_all(d, 9, &err), ERR_CONFLICT);
	dedup_close(d);
}

/* Fates are part of the memory: 1 MiB is the least there is, for 4 rows a byte. */
static void
more_fates_than_memory_are_an_error(void **state)
{
	static const struct showing s = { .lanes = 1 };
	struct dedup *d = open_dedup(&s);
	struct dedup_place place = { 0 };
	enum err_code code = ERR_NONE;
	struct err err;
	struct batch b;

	(void)state;
	batch_init(&b, &schema, NULL);
	batch_set_rows(&b, 65536);
	for (size_t i = 0; i < 65536; i++)
		put_row(&b, i, &(struct row){ .id = ID_NULL });
	while (!code && place.row < 5 << 20) {
		code = dedup_add(d, &place, &b, &err);
		place.row += 65536;
		if (!code)
			assert_true(dedup_bytes(d) <= 1 << 20);
	}
	assert_int_equal(code, ERR_LIMIT);
	assert_non_null(strstr(err.msg, "memory:"));
	assert_true(place.row > 3 << 20);
	batch_release(&b);
	dedup_close(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fates_of_few_rows_are_those_of_a_plain_count),
		cmocka_unit_test(fates_do_not_depend_on_lanes_batches_or_memory),
		cmocka_unit_test(keep_error_names_both_rows_of_a_key),
		cmocka_unit_test(rows_that_the_first_pass_did_not_see_are_an_error),
		cmocka_unit_test(more_fates_than_memory_are_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
