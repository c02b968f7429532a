/* test_prune.c - which rows of a Parquet file are left out, and which must not be. */
#include "tests/fixture/parquet_make.h"
#include "worker/parquet/meta/page_header.h"
#include "worker/parquet/meta/page_index.h"

static char dir[] = "/tmp/test_parquet_prune.XXXXXX";
static char path[64];

static int
set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static const struct column columns[] = { { "n", COL_INT64 }, { "t", COL_STRING } };
static const struct schema schema = { columns, 2 };

/* Row numbers of what is read, such as "1 2 3 ". */
static char *
row_numbers(const struct reader_options *options)
{
	const struct batch *b = NULL;
	struct reader *r = NULL;
	struct err err = { 0 };
	struct buf out;
	char *text;
	enum err_code code = reader_open(&r, AT_FDCWD, path, "x", options, &err);

	buf_init(&out, SIZE_MAX);
	while (!code && !(code = reader_next(r, &b, &err)) && b) {
		for (size_t i = 0; i < b->rows; i++) {
			/* Every row is its own number in both columns, whatever was left out. */
			assert_int_equal(col_int(&b->cols[0], i), b->row_no[i]);
			buf_format(&out, "%lld ", (long long)b->row_no[i]);
			if (b->cols[1].wanted)
				assert_int_equal(col_text(&b->cols[1], i).data[0] - '0',
						 b->row_no[i] % 10);
		}
	}
	if (code)
		buf_format(&out, "error: %s\n", err.msg);
	reader_close(r);
	text = buf_give(&out);
	buf_release(&out);
	return text;
}

static struct span
int_bytes(const int64_t *value)
{
	return (struct span){ (const char *)value, sizeof(*value) };
}

static void
set_stats(struct pq_chunk *c, struct span min, struct span max, int64_t nulls)
{
	c->stats = (struct pq_statistics){ .has_min = true,
					   .has_max = true,
					   .has_null_count = nulls >= 0,
					   .null_count = nulls,
					   .min = min,
					   .max = max };
}

static void
put_ints(struct make *m, int64_t first, int n)
{
	struct buf body;

	body_begin(&body);
	for (int64_t i = first; i < first + n; i++)
		body_ints(&body, &i, 1);
	make_page(m, PQ_PLAIN, n, &body);
	buf_release(&body);
}

static void
put_texts(struct make *m, int64_t first, int n)
{
	struct buf body;

	body_begin(&body);
	for (int64_t i = first; i < first + n; i++) {
		char text[8];

		(void)snprintf(text, sizeof(text), "%d", (int)(i % 10));
		body_text(&body, text);
	}
	make_page(m, PQ_PLAIN, n, &body);
	buf_release(&body);
}

/* Three row groups of three rows; row i holds i. */
static int64_t bounds[3][2];

static void
make_groups(struct make *m)
{
	static const char *const digits[] = { "1", "3", "4", "6", "7", "9" };

	make_init(m);
	make_leaf(m, "n", PQ_INT64, PQ_REQUIRED);
	make_leaf(m, "t", PQ_BYTE_ARRAY, PQ_REQUIRED)->logical.meaning = PQ_STRING;
	for (int i = 0; i < 3; i++) {
		struct pq_chunk *c;

		bounds[i][0] = 3 * i + 1;
		bounds[i][1] = 3 * i + 3;
		make_group(m, 3);
		c = make_chunk(m, PQ_SNAPPY);
		put_ints(m, 3 * i + 1, 3);
		set_stats(c, int_bytes(&bounds[i][0]), int_bytes(&bounds[i][1]), -1);
		c = make_chunk(m, PQ_SNAPPY);
		put_texts(m, 3 * i + 1, 3);
		set_stats(c, (struct span){ digits[2 * i], 1 },
			  (struct span){ digits[2 * i + 1], 1 }, -1);
	}
}

typedef void spoil_fn(struct make *m);

static void
no_spoil(struct make *m)
{
	(void)m;
}

static void
no_orders(struct make *m)
{
	m->meta.n_orders = 0;
}

static void
other_order(struct make *m)
{
	m->orders[0] = m->orders[1] = PQ_ORDER_OTHER;
}

static void
no_maximum(struct make *m)
{
	for (int i = 0; i < 3; i++)
		m->chunks[i][0].stats.has_max = m->chunks[i][1].stats.has_max = false;
}

static void
wrong_width(struct make *m)
{
	for (int i = 0; i < 3; i++) {
		m->chunks[i][0].stats.min.bytes = 4;
		m->chunks[i][1].stats.min = (struct span){ "~", 1 };
	}
}

static void
is_unsigned(struct make *m)
{
	m->elements[1].logical = (struct pq_logical){ .meaning = PQ_INTEGER, .bit_width = 64 };
	m->meta.n_orders = 0;
}

/* A maximum that was cut is larger than every value; a minimum smaller. */
static void
cut_bounds(struct make *m)
{
	m->chunks[0][1].stats.min = (struct span){ "", 0 };
	m->chunks[2][1].stats.max = (struct span){ ":", 1 };
}

static void
row_groups_that_cannot_match_are_passed_over(void **state)
{
	static const struct {
		const char *name;
		spoil_fn *spoil;
		struct reader_hint hint;
		const char *want;
	} cases[] = {
		{ "ints", no_spoil, { 0, false, 4, 6, { 0 } }, "4 5 6 " },
		{ "edge", no_spoil, { 0, false, 6, 7, { 0 } }, "4 5 6 7 8 9 " },
		{ "none", no_spoil, { 0, false, 10, INT64_MAX, { 0 } }, "" },
		{ "text", no_spoil, { 1, true, 0, 0, { "8", 1 } }, "7 8 9 " },
		{ "text between", no_spoil, { 1, true, 0, 0, { "3x", 2 } }, "" },
		{ "cut bounds", cut_bounds, { 1, true, 0, 0, { "9z", 2 } }, "7 8 9 " },
		{ "ints without orders", no_orders, { 0, false, 4, 6, { 0 } }, "4 5 6 " },
		{ "texts without orders",
		  no_orders,
		  { 1, true, 0, 0, { "8", 1 } },
		  "1 2 3 4 5 6 7 8 9 " },
		{ "another order", other_order, { 0, false, 4, 6, { 0 } }, "1 2 3 4 5 6 7 8 9 " },
		{ "no maximum", no_maximum, { 0, false, 4, 6, { 0 } }, "1 2 3 4 5 6 7 8 9 " },
		{ "wrong width", wrong_width, { 0, false, 4, 6, { 0 } }, "1 2 3 4 5 6 7 8 9 " },
		{ "bounds upside down",
		  wrong_width,
		  { 1, true, 0, 0, { "8", 1 } },
		  "1 2 3 4 5 6 7 8 9 " },
		{ "unsigned without orders",
		  is_unsigned,
		  { 0, false, 4, 6, { 0 } },
		  "1 2 3 4 5 6 7 8 9 " },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct reader_options options = { .format = FORMAT_PARQUET,
						  .schema = &schema,
						  .hints = &cases[i].hint,
						  .n_hints = 1 };
		struct make m;

		make_groups(&m);
		cases[i].spoil(&m);
		make_end(&m, path);
		expect_text(cases[i].name, row_numbers(&options), cases[i].want);
	}
}

/* Any bytes become texts that the statistics know nothing of. */
static void
texts_made_of_any_bytes_are_not_judged_by_statistics(void **state)
{
	static const struct reader_hint hint = { 1, true, 0, 0, { "\\xff", 4 } };
	struct reader_options options = { .format = FORMAT_PARQUET,
					  .schema = &schema,
					  .hints = &hint,
					  .n_hints = 1,
					  .any_bytes = true };
	struct make m;

	(void)state;
	make_groups(&m);
	make_end(&m, path);
	expect_text("any bytes", row_numbers(&options), "1 2 3 4 5 6 7 8 9 ");
}

/* ---- page index ---- */

enum { PAGE_ROWS = 10, N_PAGES = 6, TEXT_PAGE_ROWS = 4 };

static int64_t page_bounds[N_PAGES][2];

static void
put_index(struct make *m, const struct pq_offset_index *where, const struct pq_column_index *what,
	  struct pq_chunk *c)
{
	c->offset_index_at = (int64_t)m->file.bytes;
	pq_offset_index_write(where, &m->file);
	c->offset_index_bytes = (int32_t)((int64_t)m->file.bytes - c->offset_index_at);
	if (!what)
		return;
	c->column_index_at = (int64_t)m->file.bytes;
	pq_column_index_write(what, &m->file);
	c->column_index_bytes = (int32_t)((int64_t)m->file.bytes - c->column_index_at);
}

/*
 * One row group of 60 rows: numbers in pages of 10, texts in pages of 4, so that pages of one
 * column end within those of the other.
 */
static void
make_indexed(struct make *m, bool with_text_index, bool lie)
{
	struct pq_page_location places[N_PAGES], text_places[N_PAGES * PAGE_ROWS / TEXT_PAGE_ROWS];
	struct pq_page_bounds pages[N_PAGES];
	struct pq_offset_index where = { places, N_PAGES },
			       text_where = { text_places, countof(text_places) };
	struct pq_column_index what = { .pages = pages, .n_pages = N_PAGES, .boundary_order = 1 };

	make_init(m);
	make_leaf(m, "n", PQ_INT64, PQ_REQUIRED);
	make_leaf(m, "t", PQ_BYTE_ARRAY, PQ_REQUIRED)->logical.meaning = PQ_STRING;
	make_group(m, N_PAGES * PAGE_ROWS);
	make_chunk(m, PQ_SNAPPY);
	for (int i = 0; i < N_PAGES; i++) {
		int64_t at = (int64_t)m->file.bytes;

		page_bounds[i][0] = i * PAGE_ROWS + 1;
		page_bounds[i][1] = i * PAGE_ROWS + PAGE_ROWS;
		put_ints(m, i * PAGE_ROWS + 1, PAGE_ROWS);
		places[i] = (struct pq_page_location){ at, (int32_t)((int64_t)m->file.bytes - at),
						       i * PAGE_ROWS + (lie && i ? 1 : 0) };
		pages[i] = (struct pq_page_bounds){ .min = int_bytes(&page_bounds[i][0]),
						    .max = int_bytes(&page_bounds[i][1]),
						    .null_count = -1 };
	}
	make_chunk(m, PQ_SNAPPY);
	for (size_t i = 0; i < countof(text_places); i++) {
		int64_t at = (int64_t)m->file.bytes;

		put_texts(m, (int64_t)i * TEXT_PAGE_ROWS + 1, TEXT_PAGE_ROWS);
		text_places[i] = (struct pq_page_location){ at,
							    (int32_t)((int64_t)m->file.bytes - at),
							    (int64_t)i * TEXT_PAGE_ROWS };
	}
	put_index(m, &where, &what, &m->chunks[0][0]);
	if (with_text_index)
		put_index(m, &text_where, NULL, &m->chunks[0][1]);
}

static char *
numbers_between(int first, int last)
{
	struct buf out;
	char *text;

	buf_init(&out, SIZE_MAX);
	for (int i = first; i <= last; i++)
		buf_format(&out, "%d ", i);
	text = buf_give(&out);
	buf_release(&out);
	return text;
}

static void
pages_that_cannot_match_are_passed_over(void **state)
{
	static const struct {
		int64_t min, max;
		int first, last;
	} cases[] = {
		{ 1, 1, 1, 10 },   { 10, 11, 1, 20 }, { 35, 36, 31, 40 }, { 60, 99, 51, 60 },
		{ 0, 100, 1, 60 }, { 61, 99, 1, 0 },  { 21, 50, 21, 50 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases) * 2; i++) {
		const struct reader_hint hint = {
			0, false, cases[i / 2].min, cases[i / 2].max, { 0 }
		};
		struct reader_options options = {
			.format = FORMAT_PARQUET, .schema = &schema, .hints = &hint, .n_hints = 1
		};
		char *want = numbers_between(cases[i / 2].first, cases[i / 2].last);
		struct make m;

		make_indexed(&m, i % 2, false);
		make_end(&m, path);
		expect_text(want, row_numbers(&options), want);
		free(want);
	}
}

/* Two hints: rows of which both may be true, in pieces. */
static void
two_hints_leave_the_rows_of_which_both_may_be_true(void **state)
{
	static const struct reader_hint hints[] = { { 0, false, 15, 45, { 0 } },
						    { 0, false, 38, 100, { 0 } } };
	struct reader_options options = {
		.format = FORMAT_PARQUET, .schema = &schema, .hints = hints, .n_hints = 2
	};
	char *want = numbers_between(31, 50);
	struct make m;

	(void)state;
	make_indexed(&m, true, false);
	make_end(&m, path);
	expect_text("two hints", row_numbers(&options), want);
	free(want);
}

/* An index that has the pages begin elsewhere must not shift rows against one another. */
static void
an_index_that_lies_does_not_shift_rows(void **state)
{
	static const struct reader_hint hint = { 0, false, 35, 36, { 0 } };
	struct reader_options options = {
		.format = FORMAT_PARQUET, .schema = &schema, .hints = &hint, .n_hints = 1
	};
	struct make m;

	(void)state;
	make_indexed(&m, true, true);
	make_end(&m, path);
	expect_error("lying index", row_numbers(&options), "the page index says");
}

/* An index that cannot be read is as good as none. */
static void
an_index_that_cannot_be_read_is_as_good_as_none(void **state)
{
	static const struct reader_hint hint = { 0, false, 35, 36, { 0 } };
	struct reader_options options = {
		.format = FORMAT_PARQUET, .schema = &schema, .hints = &hint, .n_hints = 1
	};
	char *want = numbers_between(1, 60);
	struct make m;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct pq_chunk *c;

		make_indexed(&m, true, false);
		c = &m.chunks[0][0];
		if (i == 0)
			c->column_index_at = INT64_MAX;
		if (i == 1)
			c->offset_index_bytes -= 3;
		if (i == 2)
			m.file.data[c->column_index_at] = 77;
		make_end(&m, path);
		expect_text("damaged index", row_numbers(&options), want);
	}
	free(want);
}

/* Pages of a column that lie in another one are none of its pages. */
static void
pages_that_lie_in_another_column_are_not_used(void **state)
{
	static const struct reader_hint hint = { 0, false, 25, 26, { 0 } };
	struct reader_options options = {
		.format = FORMAT_PARQUET, .schema = &schema, .hints = &hint, .n_hints = 1
	};
	char *want = numbers_between(21, 30);
	struct make m;

	(void)state;
	make_indexed(&m, false, false);
	m.chunks[0][1].offset_index_at = m.chunks[0][0].offset_index_at;
	m.chunks[0][1].offset_index_bytes = m.chunks[0][0].offset_index_bytes;
	make_end(&m, path);
	expect_text("foreign index", row_numbers(&options), want);
	free(want);
}

/* ---- dictionaries ---- */

static void
a_group_whose_dictionary_lacks_the_value_is_passed_over(void **state)
{
	static const struct {
		const char *hint;
		int32_t plain_pages;
		bool counted;
		const char *want;
	} cases[] = {
		{ "b", 0, true, "1 2 3 " },
		{ "ab", 0, true, "" },
		{ "ab", 0, false, "1 2 3 " },
		{ "ab", 1, true, "1 2 3 " },
	};
	static const struct column texts[] = { { "t", COL_STRING } };
	static const struct schema one = { texts, 1 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct reader_hint hint = {
			0, true, 0, 0, { cases[i].hint, strlen(cases[i].hint) }
		};
		struct reader_options options = {
			.format = FORMAT_PARQUET, .schema = &one, .hints = &hint, .n_hints = 1
		};
		const struct pq_page_count counts[] = { { PQ_DICTIONARY_PAGE, PQ_PLAIN, 1 },
							{ PQ_DATA_PAGE, PQ_RLE_DICTIONARY, 1 },
							{ PQ_DATA_PAGE, PQ_PLAIN,
							  cases[i].plain_pages } };
		const struct batch *b = NULL;
		struct reader *r = NULL;
		struct pq_chunk *c;
		struct buf body;
		struct make m;

		make_init(&m);
		make_leaf(&m, "t", PQ_BYTE_ARRAY, PQ_REQUIRED)->logical.meaning = PQ_STRING;
		make_group(&m, 3);
		c = make_chunk(&m, PQ_SNAPPY);
		body_begin(&body);
		body_text(&body, "a");
		body_text(&body, "b");
		make_dictionary(&m, 2, &body);
		buf_reset(&body);
		body_codes(&body, "010", 1);
		make_page(&m, PQ_RLE_DICTIONARY, 3, &body);
		buf_release(&body);
		if (cases[i].counted) {
			c->page_counts = counts;
			c->n_page_counts = countof(counts);
		}
		make_end(&m, path);
		assert_int_equal(reader_open(&r, AT_FDCWD, path, "x", &options, NULL), ERR_NONE);
		assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
		assert_int_equal(b ? b->rows : 0, strlen(cases[i].want) / 2);
		reader_close(r);
	}
}

/* ---- the day only ---- */

static void
a_column_of_a_single_day_is_not_read(void **state)
{
	static const struct {
		const char *name;
		enum pq_repetition repetition;
		int64_t min, max, nulls;
		bool is_constant;
	} cases[] = {
		{ "one day", PQ_REQUIRED, 0, DAY_US - 1, -1, true },
		{ "before 1970", PQ_REQUIRED, -DAY_US, -1, -1, true },
		{ "two days", PQ_REQUIRED, 0, DAY_US, -1, false },
		{ "around 1970", PQ_REQUIRED, -1, 0, -1, false },
		{ "no nulls", PQ_OPTIONAL, 0, 5, 0, true },
		{ "nulls", PQ_OPTIONAL, 0, 5, 1, false },
		{ "perhaps nulls", PQ_OPTIONAL, 0, 5, -1, false },
	};
	static const struct column times[] = { { "at", COL_TIMESTAMP } };
	static const struct schema one = { times, 1 };
	static const bool day_only[] = { true };
	struct reader_options options = { .format = FORMAT_PARQUET,
					  .schema = &one,
					  .day_only = day_only };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct batch *b = NULL;
		struct reader *r = NULL;
		struct pq_chunk *c;
		struct buf body;
		struct make m;

		make_init(&m);
		make_leaf(&m, "at", PQ_INT64, cases[i].repetition)->logical = (struct pq_logical){
			.meaning = PQ_TIMESTAMP, .unit_per_second = 1000000
		};
		make_group(&m, 3);
		c = make_chunk(&m, PQ_SNAPPY);
		body_begin(&body);
		if (cases[i].repetition == PQ_OPTIONAL)
			body_levels(&body, "111", 1);
		for (int k = 0; k < 3; k++)
			body_ints(&body, &(int64_t){ cases[i].max }, 1);
		make_page(&m, PQ_PLAIN, 3, &body);
		buf_release(&body);
		set_stats(c, int_bytes(&cases[i].min), int_bytes(&cases[i].max), cases[i].nulls);
		make_end(&m, path);
		assert_int_equal(reader_open(&r, AT_FDCWD, path, "x", &options, NULL), ERR_NONE);
		assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
		assert_int_equal(b->rows, 3);
		assert_true(b->cols[0].no_nulls && b->cols[0].valid[2]);
		assert_int_equal(col_int(&b->cols[0], 2),
				 cases[i].is_constant ? cases[i].min : cases[i].max);
		assert_int_equal(b->cols[0].dict != NULL, cases[i].is_constant);
		reader_close(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(row_groups_that_cannot_match_are_passed_over),
		cmocka_unit_test(texts_made_of_any_bytes_are_not_judged_by_statistics),
		cmocka_unit_test(pages_that_cannot_match_are_passed_over),
		cmocka_unit_test(two_hints_leave_the_rows_of_which_both_may_be_true),
		cmocka_unit_test(pages_that_lie_in_another_column_are_not_used),
		cmocka_unit_test(an_index_that_lies_does_not_shift_rows),
		cmocka_unit_test(an_index_that_cannot_be_read_is_as_good_as_none),
		cmocka_unit_test(a_group_whose_dictionary_lacks_the_value_is_passed_over),
		cmocka_unit_test(a_column_of_a_single_day_is_not_read),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
