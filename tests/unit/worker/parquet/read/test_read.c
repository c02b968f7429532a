/* test_read.c - Parquet files made by hand, each with one thing that readers trip over. */
#include "tests/fixture/parquet_make.h"
#include "tests/fixture/encode.h"
#include "worker/parquet/code/delta.h"
#include "worker/parquet/code/delta_text.h"
#include "worker/parquet/code/rle.h"
#include "worker/parquet/meta/page_header.h"

#include <ftw.h>

static char dir[] = "/tmp/test_parquet_read.XXXXXX";
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

/* ---- pages ---- */

static void
plain_ints(struct make *m, const char *levels, const int64_t *ints, size_t n, size_t rows)
{
	struct buf body;

	body_begin(&body);
	if (levels)
		body_levels(&body, levels, 1);
	body_ints(&body, ints, n);
	make_page(m, PQ_PLAIN, (int)rows, &body);
	buf_release(&body);
}

static void
coded(struct make *m, const char *levels, const char *codes, int width, size_t rows)
{
	struct buf body;

	body_begin(&body);
	if (levels)
		body_levels(&body, levels, 1);
	body_codes(&body, codes, width);
	make_page(m, PQ_RLE_DICTIONARY, (int)rows, &body);
	buf_release(&body);
}

static void
int_dictionary(struct make *m, const int64_t *ints, size_t n)
{
	struct buf body;

	body_begin(&body);
	body_ints(&body, ints, n);
	make_dictionary(m, (int)n, &body);
	buf_release(&body);
}

static void
plain_texts(struct make *m, const char *const *texts, size_t n, bool is_dictionary)
{
	struct buf body;

	body_begin(&body);
	for (size_t i = 0; i < n; i++)
		body_text(&body, texts[i]);
	if (is_dictionary)
		make_dictionary(m, (int)n, &body);
	else
		make_page(m, PQ_PLAIN, (int)n, &body);
	buf_release(&body);
}

static void
pages_with_and_without_codes_make_one_column(void **state)
{
	static const char *const entries[] = { "red", "green" }, *const rest[] = { "blue", "" };
	const int64_t few[] = { 10, INT64_MIN, INT64_MAX }, more[] = { -1, 7 };

	(void)state;
	for (int codec = PQ_UNCOMPRESSED; codec < PQ_CODEC_COUNT; codec++) {
		struct make m;

		if (!pack_writes(codec))
			continue;
		make_init(&m);
		m.with_crc = true;
		make_leaf(&m, "n", PQ_INT64, PQ_OPTIONAL);
		make_leaf(&m, "t", PQ_BYTE_ARRAY, PQ_REQUIRED)->logical.meaning = PQ_STRING;
		make_group(&m, 10);
		make_chunk(&m, (enum pq_codec)codec);
		int_dictionary(&m, few, 3);
		coded(&m, "1011", "012", 2, 4);
		plain_ints(&m, "110", more, 2, 3);
		coded(&m, "111", "210", 7, 3);
		make_chunk(&m, (enum pq_codec)codec);
		plain_texts(&m, entries, 2, true);
		coded(&m, NULL, "01", 1, 2);
		plain_texts(&m, rest, 2, false);
		coded(&m, NULL, "110001", 1, 6);
		make_end(&m, path);
		expect_text(pq_codec_name(codec), show_natural(path),
			    "10|'red'\n-|'green'\n-9223372036854775808|'blue'\n"
			    "9223372036854775807|''\n-1|'green'\n7|'green'\n-|'red'\n"
			    "9223372036854775807|'red'\n-9223372036854775808|'red'\n"
			    "10|'green'\n");
	}
}

/* Codes come out as codes, and values only where a page has values. */
static void
codes_come_out_as_codes_where_they_can(void **state)
{
	static const struct column columns[] = { { "n", COL_INT64 } };
	static const struct schema schema = { columns, 1 };
	struct reader_options options = { .format = FORMAT_PARQUET,
					  .schema = &schema,
					  .unit_base = 100 };
	const int64_t few[] = { 5, 6 };
	const struct batch *b = NULL;
	struct reader *r = NULL;
	struct make m;

	(void)state;
	make_init(&m);
	make_leaf(&m, "n", PQ_INT64, PQ_REQUIRED);
	for (int i = 0; i < 2; i++) {
		make_group(&m, 4);
		make_chunk(&m, PQ_SNAPPY);
		int_dictionary(&m, few, 2);
		coded(&m, NULL, "0110", 1, 4);
	}
	make_group(&m, 2);
	make_chunk(&m, PQ_SNAPPY);
	plain_ints(&m, NULL, few, 2, 2);
	make_end(&m, path);
	assert_int_equal(reader_open(&r, AT_FDCWD, path, "x", &options, NULL), ERR_NONE);
	assert_int_equal(reader_parts(r), 3);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
		assert_int_equal(b->rows, 4);
		assert_int_equal(b->unit, 101 + i);
		assert_int_equal(b->row_no[3], 4 + 4 * i);
		assert_true(b->cols[0].no_nulls);
		assert_int_equal(b->cols[0].dict->count, 2);
		assert_int_equal(b->cols[0].codes[2], 1);
		assert_int_equal(col_int(&b->cols[0], 3), 5);
	}
	assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
	assert_null(b->cols[0].dict);
	assert_int_equal(b->row_no[1], 10);
	assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
	assert_null(b);
	reader_seek(r, 1);
	assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
	assert_int_equal(b->row_no[0], 5);
	assert_int_equal(b->unit, 102);
	assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
	assert_null(b);
	reader_close(r);
}

static void
codes_of_no_bits_are_the_first_entry(void **state)
{
	static const int64_t one[] = { 42 };
	struct buf body;
	struct make m;

	(void)state;
	make_init(&m);
	make_leaf(&m, "n", PQ_INT64, PQ_REQUIRED);
	make_group(&m, 5);
	make_chunk(&m, PQ_SNAPPY);
	int_dictionary(&m, one, 1);
	/* A run of three zeros, which have no bytes; then a page of nothing but the width. */
	buf_init(&body, 100);
	buf_add(&body, "\0\6", 2);
	make_page(&m, PQ_RLE_DICTIONARY, 3, &body);
	buf_reset(&body);
	buf_add(&body, "\0", 1);
	make_page(&m, PQ_PLAIN_DICTIONARY, 2, &body);
	buf_release(&body);
	make_end(&m, path);
	expect_text("width 0", show_natural(path), "42\n42\n42\n42\n42\n");
}

/* One chunk with a dictionary, whose offsets a change may spoil. */
typedef void change_fn(struct make *m, struct pq_chunk *c, int64_t dictionary, int64_t data);

static void
no_offset(struct make *m, struct pq_chunk *c, int64_t dictionary, int64_t data)
{
	(void)m;
	(void)data;
	c->data_offset = dictionary;
}

static void
zero_offset(struct make *m, struct pq_chunk *c, int64_t dictionary, int64_t data)
{
	no_offset(m, c, dictionary, data);
	c->dictionary_offset = 0;
}

static void
right_offset(struct make *m, struct pq_chunk *c, int64_t dictionary, int64_t data)
{
	(void)m;
	c->data_offset = data;
	c->dictionary_offset = dictionary;
}

static void
late_offset(struct make *m, struct pq_chunk *c, int64_t dictionary, int64_t data)
{
	(void)m;
	c->data_offset = dictionary;
	c->dictionary_offset = data;
}

/* Old writers left the header of the dictionary out of the chunk's length. */
static void
short_chunk(struct make *m, struct pq_chunk *c, int64_t dictionary, int64_t data)
{
	right_offset(m, c, dictionary, data);
	c->packed_bytes -= 13;
}

static void
no_footer_rows(struct make *m, struct pq_chunk *c, int64_t dictionary, int64_t data)
{
	right_offset(m, c, dictionary, data);
	m->meta.rows = 0;
}

static void
dictionaries_are_found_wherever_offsets_point(void **state)
{
	static const struct {
		const char *name;
		change_fn *change;
	} cases[] = {
		{ "no offset", no_offset },       { "offset 0", zero_offset },
		{ "right offset", right_offset }, { "offset behind the data", late_offset },
		{ "short chunk", short_chunk },   { "no rows in the footer", no_footer_rows },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const int64_t few[] = { 5, 6 };
		struct pq_chunk *c;
		int64_t dictionary, data;
		struct make m;

		make_init(&m);
		make_leaf(&m, "n", PQ_INT64, PQ_REQUIRED);
		make_group(&m, 3);
		c = make_chunk(&m, PQ_SNAPPY);
		dictionary = (int64_t)m.file.bytes;
		int_dictionary(&m, few, 2);
		data = (int64_t)m.file.bytes;
		coded(&m, NULL, "101", 1, 3);
		cases[i].change(&m, c, dictionary, data);
		make_end(&m, path);
		expect_text(cases[i].name, show_natural(path), "6\n5\n6\n");
	}
}

static void
legacy_levels_are_read_as_the_new_ones(void **state)
{
	const int64_t ints[] = { 1, 2, 3, 4 };
	struct pq_page_header h = { .type = PQ_DATA_PAGE,
				    .encoding = PQ_PLAIN,
				    .n_values = 9,
				    .definition_encoding = PQ_BIT_PACKED,
				    .repetition_encoding = PQ_BIT_PACKED,
				    .is_packed = true };
	struct buf body;
	struct make m;

	(void)state;
	make_init(&m);
	make_leaf(&m, "n", PQ_INT64, PQ_OPTIONAL);
	make_group(&m, 9);
	make_chunk(&m, PQ_SNAPPY);
	buf_init(&body, 1000);
	/* 1010 0000 1 and then 4: the highest bit comes first. */
	buf_add(&body, "\xA1\x80", 2);
	body_ints(&body, ints, 4);
	make_page_of(&m, h, span_of(&body));
	buf_release(&body);
	make_end(&m, path);
	expect_text("bit packed", show_natural(path), "1\n-\n2\n-\n-\n-\n-\n3\n4\n");
}

/* ---- DATA_PAGE_V2 ---- */

static void
page_v2(struct make *m, const char *levels, const int64_t *ints, size_t n, bool is_packed)
{
	struct pq_page_header h = { .type = PQ_DATA_PAGE_V2,
				    .encoding = PQ_PLAIN,
				    .n_values = (int32_t)strlen(levels),
				    .n_rows = (int32_t)strlen(levels),
				    .is_packed = is_packed };
	struct buf body;

	body_begin(&body);
	body_levels(&body, levels, 1);
	h.definition_bytes = (int32_t)body.bytes - 4;
	h.n_nulls = h.n_values - (int32_t)n;
	body_ints(&body, ints, n);
	make_page_of(m, h, (struct span){ body.data + 4, body.bytes - 4 });
	buf_release(&body);
}

/* All nulls: the body is empty, and stays so although the column is packed. */
static void
empty_page_v2(struct make *m, int32_t n)
{
	static const char levels[] = { 10, 0 };
	struct pq_page_header h = { .type = PQ_DATA_PAGE_V2,
				    .encoding = PQ_RLE_DICTIONARY,
				    .n_values = n,
				    .n_nulls = n,
				    .n_rows = n,
				    .is_packed = true,
				    .definition_bytes = sizeof(levels),
				    .packed_bytes = sizeof(levels),
				    .unpacked_bytes = sizeof(levels) };

	make_raw_page(m, &h, (struct span){ levels, sizeof(levels) });
}

/* Packed, but the header says that it is not. */
static void
lying_page_v2(struct make *m, const int64_t *ints, size_t n)
{
	struct pq_page_header h = { .type = PQ_DATA_PAGE_V2,
				    .encoding = PQ_PLAIN,
				    .n_values = (int32_t)n,
				    .n_rows = (int32_t)n,
				    .definition_bytes = 2 };
	struct buf plain, body;

	body_begin(&plain);
	body_ints(&plain, ints, n);
	buf_init(&body, MAKE_TEXT_BYTES);
	buf_char(&body, (char)(n << 1));
	buf_char(&body, 1);
	pack(m->packer, PQ_SNAPPY, plain.data, plain.bytes, &body);
	h.packed_bytes = (int32_t)body.bytes;
	h.unpacked_bytes = 2 + (int32_t)plain.bytes;
	make_raw_page(m, &h, span_of(&body));
	buf_release(&plain);
	buf_release(&body);
}

static void
data_pages_of_both_versions_read_the_same(void **state)
{
	const int64_t ints[8] = { 3, 4, 5, 6, 7, 8, 9, 10 }, zeros[40] = { 0 };
	struct pq_page_header unknown = { .type = 77, .packed_bytes = 5, .unpacked_bytes = 5 };
	struct make m;
	char *got;

	(void)state;
	make_init(&m);
	m.with_crc = true;
	make_leaf(&m, "n", PQ_INT64, PQ_OPTIONAL);
	make_group(&m, 5 + 3 + 5 + 40);
	make_chunk(&m, PQ_SNAPPY);
	page_v2(&m, "11011", ints, 4, true);
	make_raw_page(&m, &unknown, (struct span){ "hello", 5 });
	page_v2(&m, "101", ints, 2, false);
	empty_page_v2(&m, 5);
	unknown.type = PQ_INDEX_PAGE;
	make_raw_page(&m, &unknown, (struct span){ "hello", 5 });
	lying_page_v2(&m, zeros, 40);
	make_end(&m, path);
	got = show_natural(path);
	assert_int_equal(strlen(got), strlen("3\n4\n-\n5\n6\n3\n-\n4\n-\n-\n-\n-\n-\n") + 80);
	assert_memory_equal(got, "3\n4\n-\n5\n6\n3\n-\n4\n-\n-\n-\n-\n-\n0\n0\n", 30);
	free(got);
}

/* ---- encodings ---- */

static void
every_encoding_of_every_type_is_read(void **state)
{
	const int64_t ints[] = { 1, -2, INT32_MAX, INT32_MIN };
	const struct span texts[] = { { "a", 1 }, { "ab", 2 }, { "", 0 }, { "abc", 3 } };
	const int32_t halves[] = { 1, -2, INT32_MAX, INT32_MIN };
	const uint32_t bits[] = { 1, 0, 0, 1 };
	struct buf body;
	struct make m;

	(void)state;
	make_init(&m);
	make_leaf(&m, "d64", PQ_INT64, PQ_REQUIRED);
	make_leaf(&m, "d32", PQ_INT32, PQ_REQUIRED);
	make_leaf(&m, "s32", PQ_INT32, PQ_REQUIRED);
	make_leaf(&m, "length", PQ_BYTE_ARRAY, PQ_REQUIRED);
	make_leaf(&m, "prefix", PQ_BYTE_ARRAY, PQ_REQUIRED);
	make_leaf(&m, "rle", PQ_BOOLEAN, PQ_REQUIRED);
	make_leaf(&m, "bool", PQ_BOOLEAN, PQ_REQUIRED);
	make_group(&m, 4);
	body_begin(&body);
	for (int i = 0; i < 2; i++) {
		make_chunk(&m, PQ_ZSTD);
		pq_delta_write(ints, 4, i == 1, &body);
		make_page(&m, PQ_DELTA_BINARY_PACKED, 4, &body);
		buf_reset(&body);
	}
	make_chunk(&m, PQ_ZSTD);
	split_write(halves, 4, 4, &body);
	make_page(&m, PQ_BYTE_STREAM_SPLIT, 4, &body);
	make_chunk(&m, PQ_ZSTD);
	buf_reset(&body);
	pq_delta_length_write(texts, 4, &body);
	make_page(&m, PQ_DELTA_LENGTH_BYTE_ARRAY, 4, &body);
	make_chunk(&m, PQ_ZSTD);
	buf_reset(&body);
	delta_text_write(texts, 4, &body);
	make_page(&m, PQ_DELTA_BYTE_ARRAY, 4, &body);
	make_chunk(&m, PQ_ZSTD);
	buf_reset(&body);
	body_word32(&body, 2);
	pq_rle_write(bits, 4, 1, &body);
	assert_int_equal(body.bytes, 6);
	make_page(&m, PQ_RLE, 4, &body);
	make_chunk(&m, PQ_ZSTD);
	buf_reset(&body);
	buf_char(&body, 9);
	make_page(&m, PQ_PLAIN, 4, &body);
	buf_release(&body);
	make_end(&m, path);
	expect_text("encodings", show_natural(path),
		    "1|1|1|'a'|'a'|1|1\n-2|-2|-2|'ab'|'ab'|0|0\n"
		    "2147483647|2147483647|2147483647|''|''|0|0\n"
		    "-2147483648|-2147483648|-2147483648|'abc'|'abc'|1|1\n");
}

static void
special_reals_are_read_exactly(void **state)
{
	const double reals[] = { -0.0, (double)NAN, (double)INFINITY, 0.1 };
	const float floats[] = { -0.0F, NAN, -INFINITY, 0.5F };
	struct buf body;
	struct make m;

	(void)state;
	for (int is_coded = 0; is_coded < 2; is_coded++) {
		make_init(&m);
		make_leaf(&m, "d", PQ_DOUBLE, PQ_REQUIRED);
		make_leaf(&m, "f", PQ_FLOAT, PQ_REQUIRED);
		make_group(&m, 4);
		for (int column = 0; column < 2; column++) {
			make_chunk(&m, PQ_SNAPPY);
			body_begin(&body);
			if (column)
				buf_add(&body, floats, sizeof(floats));
			else
				buf_add(&body, reals, sizeof(reals));
			if (is_coded) {
				make_dictionary(&m, 4, &body);
				coded(&m, NULL, "0123", 2, 4);
			} else {
				make_page(&m, PQ_PLAIN, 4, &body);
			}
			buf_release(&body);
		}
		make_end(&m, path);
		expect_text(is_coded ? "codes" : "plain", show_natural(path),
			    "8000000000000000|8000000000000000\nnan|nan\n"
			    "7ff0000000000000|fff0000000000000\n"
			    "3fb999999999999a|3fe0000000000000\n");
	}
}

/* ---- conversions ---- */

#define TIMES(unit) .meaning = PQ_TIME, .unit_per_second = (unit)
#define STAMPS(unit) .meaning = PQ_TIMESTAMP, .unit_per_second = (unit)
#define UNSIGNED(bits) .meaning = PQ_INTEGER, .bit_width = (bits)
#define DECIMALS(digits, behind) .meaning = PQ_DECIMAL, .precision = (digits), .scale = (behind)

struct conversion {
	const char *name;
	enum pq_type type;
	int type_length;
	struct pq_logical logical;
	enum col_type to;
	bool any_bytes;
	int64_t ints[3]; /* INT32, INT64 */
	struct span texts[3];
	const char *want;
	bool is_published;
};

#define TEXT(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct conversion conversions[] = {
	{ "int32",
	  PQ_INT32,
	  0,
	  { 0 },
	  COL_INT32,
	  false,
	  { 1, -1, INT32_MIN },
	  .want = "1\n-1\n-2147483648\n" },
	{ "int32 as int64",
	  PQ_INT32,
	  0,
	  { 0 },
	  COL_INT64,
	  false,
	  { 1, -1, INT32_MIN },
	  .want = "1\n-1\n-2147483648\n" },
	{ "int64 as int32",
	  PQ_INT64,
	  0,
	  { 0 },
	  COL_INT32,
	  false,
	  { INT32_MAX, INT64_C(2147483648), INT32_MIN },
	  .want = "2147483647\n-2147483648\n! 2 out_of_range\n" },
	{ "int64 as float64",
	  PQ_INT64,
	  0,
	  { 0 },
	  COL_FLOAT64,
	  false,
	  { 1, INT64_C(9007199254740993), INT64_MIN },
	  .want = "3ff0000000000000\nc3e0000000000000\n! 2 out_of_range\n" },
	{ "uint32",
	  PQ_INT32,
	  0,
	  { UNSIGNED(32) },
	  COL_INT64,
	  false,
	  { 1, -1, INT32_MIN },
	  .want = "1\n4294967295\n2147483648\n" },
	{ "uint32 as int32",
	  PQ_INT32,
	  0,
	  { UNSIGNED(32) },
	  COL_INT32,
	  false,
	  { 1, -1, 2 },
	  .want = "1\n2\n! 2 out_of_range\n" },
	{ "uint64",
	  PQ_INT64,
	  0,
	  { UNSIGNED(64) },
	  COL_INT64,
	  false,
	  { -1, INT64_MAX, 0 },
	  .want = "9223372036854775807\n0\n! 1 out_of_range\n" },
	{ "uint64 as text",
	  PQ_INT64,
	  0,
	  { UNSIGNED(64) },
	  COL_STRING,
	  false,
	  { -1, INT64_MIN, 0 },
	  .want = "'18446744073709551615'\n'9223372036854775808'\n'0'\n" },
	{ "uint64 as float64",
	  PQ_INT64,
	  0,
	  { UNSIGNED(64) },
	  COL_FLOAT64,
	  false,
	  { INT64_MIN, -1, 0 },
	  .want = "43e0000000000000\n0000000000000000\n! 2 out_of_range\n" },
	{ "date",
	  PQ_INT32,
	  0,
	  { .meaning = PQ_DATE },
	  COL_DATE,
	  false,
	  { 0, -1, 20000 },
	  .want = "0\n-1\n20000\n" },
	{ "timestamp ms",
	  PQ_INT64,
	  0,
	  { STAMPS(1000) },
	  COL_TIMESTAMP,
	  false,
	  { 1, -1, INT64_MAX / 999 },
	  .want = "1000\n-1000\n! 3 out_of_range\n" },
	{ "timestamp us",
	  PQ_INT64,
	  0,
	  { STAMPS(1000000) },
	  COL_TIMESTAMP,
	  false,
	  { 1, -1, INT64_MAX },
	  .want = "1\n-1\n9223372036854775807\n" },
	{ "timestamp ns",
	  PQ_INT64,
	  0,
	  { STAMPS(1000000000) },
	  COL_TIMESTAMP,
	  false,
	  { 1999, -1, INT64_MIN },
	  .want = "1\n-1\n-9223372036854776\n" },
	{ "time ms",
	  PQ_INT32,
	  0,
	  { TIMES(1000) },
	  COL_STRING,
	  false,
	  { 1, 86399999, 86400000 },
	  .want = "'00:00:00.001000'\n'23:59:59.999000'\n! 3 out_of_range\n" },
	{ "time us",
	  PQ_INT64,
	  0,
	  { TIMES(1000000) },
	  COL_STRING,
	  false,
	  { 1, 3723000004, -1 },
	  .want = "'00:00:00.000001'\n'01:02:03.000004'\n! 3 out_of_range\n" },
	{ "time ns",
	  PQ_INT64,
	  0,
	  { TIMES(1000000000) },
	  COL_STRING,
	  false,
	  { 1, 0, INT64_MAX },
	  .want = "'00:00:00.000000001'\n'00:00:00.000000000'\n! 3 out_of_range\n" },
	{ "decimal int32",
	  PQ_INT32,
	  0,
	  { DECIMALS(9, 2) },
	  COL_STRING,
	  false,
	  { 5, -5, 123456 },
	  .want = "'0.05'\n'-0.05'\n'1234.56'\n" },
	{ "decimal int64",
	  PQ_INT64,
	  0,
	  { DECIMALS(18, 0) },
	  COL_STRING,
	  false,
	  { 0, INT64_MIN, INT64_MAX },
	  .want = "'0'\n'-9223372036854775808'\n'9223372036854775807'\n" },
	{ "decimal as int64",
	  PQ_INT64,
	  0,
	  { DECIMALS(18, 2) },
	  COL_INT64,
	  false,
	  { 500, -1, -1200 },
	  .want = "5\n-12\n! 2 out_of_range\n" },
	{ "decimal as int32",
	  PQ_INT64,
	  0,
	  { DECIMALS(18, 1) },
	  COL_INT32,
	  false,
	  { INT64_C(21474836470), INT64_C(21474836480), 0 },
	  .want = "2147483647\n0\n! 2 out_of_range\n" },
	{ "decimal as float64",
	  PQ_INT64,
	  0,
	  { DECIMALS(18, 2) },
	  COL_FLOAT64,
	  false,
	  { 10, -10, 0 },
	  .want = "3fb999999999999a\nbfb999999999999a\n0000000000000000\n" },
	{ "decimal fixed",
	  PQ_FIXED,
	  3,
	  { DECIMALS(6, 3) },
	  COL_STRING,
	  false,
	  .texts = { TEXT("\0\0\1"), TEXT("\xFF\xFF\xFF"), TEXT("\x01\xE2\x40") },
	  .want = "'0.001'\n'-0.001'\n'123.456'\n" },
	{ "decimal bytes",
	  PQ_BYTE_ARRAY,
	  0,
	  { DECIMALS(40, 1) },
	  COL_STRING,
	  false,
	  .texts = { TEXT("\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
		     TEXT(""), TEXT("\x80") },
	  .want = "'17014118346046923173168730371588410572.7'\n'-12.8'\n! 2 out_of_range\n" },
	{ "decimal bytes as int64",
	  PQ_BYTE_ARRAY,
	  0,
	  { DECIMALS(40, 0) },
	  COL_INT64,
	  false,
	  .texts = { TEXT("\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), TEXT("\0\x80\0\0\0\0\0\0\0"),
		     TEXT("\xFF\x80\0\0\0\0\0\0\0") },
	  .want = "9223372036854775807\n-9223372036854775808\n! 2 out_of_range\n" },
	{ "string",
	  PQ_BYTE_ARRAY,
	  0,
	  { .meaning = PQ_STRING },
	  COL_STRING,
	  false,
	  .texts = { TEXT("a"), TEXT("\xC3\xA4"), TEXT("\xC3") },
	  .want = "'a'\n'\xC3\xA4'\n! 3 not_utf8\n" },
	{ "any bytes",
	  PQ_BYTE_ARRAY,
	  0,
	  { .meaning = PQ_AS_IS },
	  COL_STRING,
	  true,
	  .texts = { TEXT("a"), TEXT("\xFF\0z"), TEXT("") },
	  .want = "'a'\n'\\xff007a'\n''\n" },
	{ "json",
	  PQ_BYTE_ARRAY,
	  0,
	  { .meaning = PQ_JSON },
	  COL_JSON,
	  false,
	  .texts = { TEXT("{\"a\":1}"), TEXT("12"), TEXT("{\"a\":1") },
	  .want = "'{\"a\":1}'\n'12'\n! 3 wrong_type\n" },
	{ "json null is null",
	  PQ_BYTE_ARRAY,
	  0,
	  { .meaning = PQ_JSON },
	  COL_JSON,
	  false,
	  .texts = { TEXT("null"), TEXT(" null"), TEXT("\"null\"") },
	  .want = "-\n-\n'\"null\"'\n" },
	{ "string as json",
	  PQ_BYTE_ARRAY,
	  0,
	  { .meaning = PQ_STRING },
	  COL_JSON,
	  true,
	  .texts = { TEXT(" [1] "), TEXT(""), TEXT("\xFF") },
	  .want = "' [1] '\n! 2 wrong_type\n! 3 not_utf8\n" },
	{ "published json",
	  PQ_BYTE_ARRAY,
	  0,
	  { .meaning = PQ_JSON },
	  COL_JSON,
	  false,
	  .is_published = true,
	  .texts = { TEXT("{\"a\":1}"), TEXT("{"), TEXT("\xFF") },
	  .want = "'{\"a\":1}'\n'{'\n! 3 not_utf8\n" },
	{ "json as string",
	  PQ_BYTE_ARRAY,
	  0,
	  { .meaning = PQ_JSON },
	  COL_STRING,
	  false,
	  .texts = { TEXT("{"), TEXT("x"), TEXT("1") },
	  .want = "'{'\n'x'\n'1'\n" },
	{ "uuid",
	  PQ_FIXED,
	  16,
	  { .meaning = PQ_UUID },
	  COL_STRING,
	  false,
	  .texts = { TEXT("\0\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"),
		     TEXT("0123456789abcdef"), TEXT("0123456789abcdef") },
	  .want = "'00010203-0405-0607-0809-0a0b0c0d0e0f'\n'30313233-3435-3637-3839-616263646566'\n"
		  "'30313233-3435-3637-3839-616263646566'\n" },
	{ "fixed",
	  PQ_FIXED,
	  2,
	  { 0 },
	  COL_STRING,
	  false,
	  .texts = { TEXT("ab"), TEXT("\0\xFF"), TEXT("  ") },
	  .want = "'\\x6162'\n'\\x00ff'\n'\\x2020'\n" },
	{ "half",
	  PQ_FIXED,
	  2,
	  { .meaning = PQ_FLOAT16 },
	  COL_FLOAT64,
	  false,
	  .texts = { TEXT("\0\x3C"), TEXT("\1\0"), TEXT("\0\xFC") },
	  .want = "3ff0000000000000\n3e70000000000000\nfff0000000000000\n" },
	{ "int96",
	  PQ_INT96,
	  0,
	  { 0 },
	  COL_TIMESTAMP,
	  false,
	  .texts = { TEXT("\0\0\0\0\0\0\0\0\x8C\x3D\x25\0"),
		     TEXT("\xE8\3\0\0\0\0\0\0\x8B\x3D\x25\0"),
		     TEXT("\0\0\0\0\0\0\0\0\xFF\xFF\xFF\x7F") },
	  .want = "0\n-86399999999\n! 3 out_of_range\n" },
	{ "always null",
	  PQ_INT32,
	  0,
	  { .meaning = PQ_UNKNOWN_NULL },
	  COL_BOOL,
	  false,
	  { 1, 1, 1 },
	  .want = "! 1 wrong_type\n! 2 wrong_type\n! 3 wrong_type\n" },
};

static void
put_values(const struct conversion *c, struct buf *body)
{
	for (int i = 0; i < 3; i++) {
		if (c->type == PQ_INT32)
			body_word32(body, (uint32_t)c->ints[i]);
		else if (c->type == PQ_INT64)
			body_ints(body, &c->ints[i], 1);
		else if (c->type == PQ_BYTE_ARRAY)
			body_word32(body, (uint32_t)c->texts[i].bytes);
		buf_add(body, c->texts[i].data, c->texts[i].bytes);
	}
}

/* Every conversion three times: of plain values, of a dictionary's, and with a null between. */
static void
every_conversion_is_exact_or_a_fault_of_its_row(void **state)
{
	static const char *const names[] = { "plain", "coded" };

	(void)state;
	for (size_t i = 0; i < countof(conversions); i++) {
		const struct conversion *c = &conversions[i];
		const struct column column = { "c", c->to };
		const struct schema schema = { &column, 1 };
		struct reader_options options = { .format = FORMAT_PARQUET,
						  .schema = &schema,
						  .any_bytes = c->any_bytes,
						  .is_published = c->is_published };

		for (int form = 0; form < 2; form++) {
			char name[100];
			struct pq_element *e;
			struct buf body;
			struct make m;

			make_init(&m);
			e = make_leaf(&m, "c", c->type, PQ_REQUIRED);
			e->logical = c->logical;
			e->type_length = c->type_length;
			make_group(&m, 3);
			make_chunk(&m, PQ_SNAPPY);
			body_begin(&body);
			put_values(c, &body);
			if (form == 1) {
				make_dictionary(&m, 3, &body);
				coded(&m, NULL, "012", 2, 3);
			} else {
				make_page(&m, PQ_PLAIN, 3, &body);
			}
			buf_release(&body);
			make_end(&m, path);
			(void)snprintf(name, sizeof(name), "%s, %s", c->name, names[form]);
			expect_text(name, show(path, &options), c->want);
		}
	}
}

static void
types_that_cannot_become_the_column_are_refused(void **state)
{
	static const struct {
		enum pq_type type;
		struct pq_logical logical;
		enum col_type to;
		const char *want;
	} cases[] = {
		{ PQ_INT64,
		  { 0 },
		  COL_TIMESTAMP,
		  "column 'c' is INT64, which cannot be read as timestamp; as int64 it can" },
		{ PQ_INT64,
		  { STAMPS(1000) },
		  COL_INT64,
		  "column 'c' is INT64 TIMESTAMP(ms, local), which cannot be read as int64" },
		{ PQ_DOUBLE,
		  { 0 },
		  COL_INT64,
		  "column 'c' is DOUBLE, which cannot be read as int64" },
		{ PQ_BYTE_ARRAY,
		  { .meaning = PQ_STRING },
		  COL_DATE,
		  "is BYTE_ARRAY STRING, which" },
		{ PQ_BOOLEAN, { 0 }, COL_INT32, "is BOOLEAN, which" },
		{ PQ_INT32, { .meaning = PQ_DATE }, COL_INT32, "is INT32 DATE, which" },
		{ PQ_INT64, { UNSIGNED(64) }, COL_DATE, "is INT64 UINT(64), which" },
		{ PQ_INT64, { 0 }, COL_STRING, "is INT64, which" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct column column = { "c", cases[i].to };
		const struct schema schema = { &column, 1 };
		struct reader_options options = { .format = FORMAT_PARQUET, .schema = &schema };
		struct make m;

		make_init(&m);
		make_leaf(&m, "c", cases[i].type, PQ_OPTIONAL)->logical = cases[i].logical;
		make_end(&m, path);
		expect_error(cases[i].want, show(path, &options), cases[i].want);
	}
}

/* Rows that go take their values in every column with them. */
static void
rows_that_go_take_their_values_in_every_column_with_them(void **state)
{
	static const struct column columns[] = { { "n", COL_INT32 },
						 { "t", COL_STRING },
						 { "c", COL_STRING } };
	static const struct schema schema = { columns, 3 };
	static const char *const texts[] = { "a", "b\xFF", "c", "d" }, *const entries[] = { "\xFE",
											    "y" };
	struct reader_options options = { .format = FORMAT_PARQUET, .schema = &schema };
	const int64_t ints[] = { 1, 2, INT64_MAX, 4 };
	const struct batch *b = NULL;
	struct reader *r = NULL;
	struct make m;

	(void)state;
	make_init(&m);
	make_leaf(&m, "n", PQ_INT64, PQ_REQUIRED);
	make_leaf(&m, "t", PQ_BYTE_ARRAY, PQ_REQUIRED);
	make_leaf(&m, "c", PQ_BYTE_ARRAY, PQ_OPTIONAL);
	make_group(&m, 4);
	make_chunk(&m, PQ_UNCOMPRESSED);
	plain_ints(&m, NULL, ints, 4, 4);
	make_chunk(&m, PQ_UNCOMPRESSED);
	plain_texts(&m, texts, 4, false);
	make_chunk(&m, PQ_UNCOMPRESSED);
	plain_texts(&m, entries, 2, true);
	coded(&m, "0111", "111", 1, 4);
	make_end(&m, path);
	expect_text("rejects", show(path, &options),
		    "1|'a'|-\n4|'d'|'y'\n! 2 not_utf8\n! 3 out_of_range\n");
	assert_int_equal(reader_open(&r, AT_FDCWD, path, "x", &options, NULL), ERR_NONE);
	assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
	assert_int_equal(b->row_no[1], 4);
	assert_string_equal(b->rejects[1].detail, "column 'n': the value does not fit into int32");
	reader_close(r);
}

/* ---- columns ---- */

static void
columns_are_found_by_name_capitals_aside(void **state)
{
	static const struct {
		const char *column, *want;
	} cases[] = {
		{ "Name", "1\n" },
		{ "NAME", "2\n" },
		{ "other", "3\n" },
		{ "name", "error: read 'x': more than one column is called 'name'" },
		{ "absent", "error: read 'x': it has no column 'absent'" },
		{ "in.side", "4\n" },
	};
	const int64_t ints[] = { 1, 2, 3, 4 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct column column = { cases[i].column, COL_INT64 };
		const struct schema schema = { &column, 1 };
		struct reader_options options = { .format = FORMAT_PARQUET, .schema = &schema };
		struct err err = { 0 };
		struct buf out, body;
		struct make m;

		make_init(&m);
		make_leaf(&m, "Name", PQ_INT64, PQ_REQUIRED);
		make_leaf(&m, "NAME", PQ_INT64, PQ_REQUIRED);
		make_leaf(&m, "OTHER", PQ_INT64, PQ_REQUIRED);
		make_leaf(&m, "in", PQ_GROUP, PQ_OPTIONAL)->children = 1;
		make_leaf(&m, "side", PQ_INT64, PQ_OPTIONAL);
		m.elements[0].children = 4;
		m.meta.n_orders = 0;
		make_group(&m, 1);
		for (size_t k = 0; k < 4; k++) {
			make_chunk(&m, PQ_SNAPPY);
			body_begin(&body);
			if (k == 3)
				body_levels(&body, "2", 2);
			body_ints(&body, &ints[k], 1);
			make_page(&m, PQ_PLAIN, 1, &body);
			buf_release(&body);
		}
		m.chunks[0][3].type = PQ_INT64;
		make_end(&m, path);
		buf_init(&out, 1000);
		{
			const struct batch *b = NULL;
			struct reader *r = NULL;

			if (reader_open(&r, AT_FDCWD, path, "x", &options, &err))
				buf_format(&out, "error: %s", err.msg);
			else if (!reader_next(r, &b, &err))
				plain_batch(b, &out);
			reader_close(r);
		}
		if (strncmp(out.data, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s: got %s", cases[i].column, out.data);
		buf_release(&out);
	}
}

/* The chunks of a row group are those of other columns than the schema says. */
static void
chunks_that_are_those_of_other_columns_are_refused(void **state)
{
	static const char *const names[] = { "a", "b" };

	(void)state;
	for (size_t swapped = 0; swapped < 2; swapped++) {
		struct make m;

		make_init(&m);
		for (size_t i = 0; i < countof(names); i++)
			make_leaf(&m, names[i], PQ_INT64, PQ_REQUIRED);
		make_group(&m, 1);
		for (size_t i = 0; i < countof(names); i++) {
			const int64_t value = (int64_t)i;
			struct buf body;

			make_chunk(&m, PQ_SNAPPY)->path = &names[i ^ swapped];
			body_begin(&body);
			body_ints(&body, &value, 1);
			make_page(&m, PQ_PLAIN, 1, &body);
			buf_release(&body);
		}
		make_end(&m, path);
		if (swapped)
			expect_error("swapped", show_natural(path),
				     "where column 'a' should be is 'b'");
		else
			expect_text("in order", show_natural(path), "0|1\n");
	}
}

/* Two columns of the very same name: neither is taken for the other, and the rest can be read. */
static void
two_columns_of_one_name_are_not_taken_for_each_other(void **state)
{
	static const struct column columns[] = { { "a.b", COL_INT64 }, { "c", COL_INT64 } };
	const struct schema both = { columns, 2 }, other = { columns + 1, 1 };
	struct reader_options options = { .format = FORMAT_PARQUET };
	static const char *const names[] = { "a.b", "a.b", "c" };
	struct make m;

	(void)state;
	make_init(&m);
	for (size_t i = 0; i < countof(names); i++)
		make_leaf(&m, names[i], PQ_INT64, PQ_REQUIRED);
	make_group(&m, 1);
	for (int64_t i = 0; i < (int64_t)countof(names); i++) {
		struct buf body;

		make_chunk(&m, PQ_SNAPPY);
		body_begin(&body);
		body_ints(&body, &i, 1);
		make_page(&m, PQ_PLAIN, 1, &body);
		buf_release(&body);
	}
	make_end(&m, path);
	options.schema = &both;
	expect_error("same names", show(path, &options), "more than one column is called 'a.b'");
	options.schema = &other;
	expect_text("the other", show(path, &options), "2\n");
}

static void
optional_columns_have_nulls_where_levels_say_so(void **state)
{
	static const struct column columns[] = { { "a", COL_INT64 },
						 { "b", COL_STRING },
						 { "c", COL_FLOAT64 } };
	static const struct schema schema = { columns, 3 };
	static const bool optional[] = { false, true, true }, wanted[] = { true, true, false };
	struct reader_options options = {
		.format = FORMAT_PARQUET, .schema = &schema, .optional = optional, .wanted = wanted
	};
	const int64_t ints[] = { 7 };
	struct make m;

	(void)state;
	make_init(&m);
	make_leaf(&m, "a", PQ_INT64, PQ_REQUIRED);
	make_leaf(&m, "many", PQ_INT64, PQ_REPEATED);
	make_group(&m, 1);
	make_chunk(&m, PQ_SNAPPY);
	plain_ints(&m, NULL, ints, 1, 1);
	make_chunk(&m, PQ_SNAPPY);
	make_end(&m, path);
	expect_text("optional", show(path, &options), "7|-\n");
	expect_text("natural", show_natural(path), "7\n");
}

/* Levels of an optional struct: only the highest means that there is a value. */
static void
only_the_highest_level_of_a_struct_is_a_value(void **state)
{
	const int64_t ints[] = { 5, 6 };
	struct buf body;
	struct make m;

	(void)state;
	make_init(&m);
	make_leaf(&m, "s", PQ_GROUP, PQ_OPTIONAL)->children = 1;
	make_leaf(&m, "n", PQ_INT64, PQ_OPTIONAL);
	m.elements[0].children = 1;
	m.meta.n_orders = 0;
	make_group(&m, 4);
	make_chunk(&m, PQ_SNAPPY)->type = PQ_INT64;
	body_begin(&body);
	body_levels(&body, "2012", 2);
	body_ints(&body, ints, 2);
	make_page(&m, PQ_PLAIN, 4, &body);
	buf_release(&body);
	make_end(&m, path);
	expect_text("struct", show_natural(path), "5\n-\n-\n6\n");
}

static void
a_file_without_rows_is_read(void **state)
{
	struct make m;

	(void)state;
	make_init(&m);
	make_leaf(&m, "n", PQ_INT64, PQ_REQUIRED);
	make_end(&m, path);
	expect_text("no row group", show_natural(path), "");
	make_init(&m);
	make_leaf(&m, "n", PQ_INT64, PQ_REQUIRED);
	make_group(&m, 0);
	make_chunk(&m, PQ_SNAPPY)->data_offset = 0;
	make_end(&m, path);
	expect_text("no row", show_natural(path), "");
}

/* More rows than a batch, and than a page: every row once, in order, whatever the sizes. */
static void
every_row_of_many_pages_comes_once_and_in_order(void **state)
{
	enum { PAGES = 7, ROWS = 9001 };
	static int64_t ints[ROWS];
	struct reader_options options = { .format = FORMAT_PARQUET };
	static const struct column columns[] = { { "n", COL_INT64 }, { "t", COL_STRING } };
	static const struct schema schema = { columns, 2 };
	const struct batch *b = NULL;
	struct reader *r = NULL;
	int64_t expected = 0;
	struct buf body;
	struct make m;

	(void)state;
	options.schema = &schema;
	make_init(&m);
	make_leaf(&m, "n", PQ_INT64, PQ_REQUIRED);
	make_leaf(&m, "t", PQ_BYTE_ARRAY, PQ_REQUIRED);
	make_group(&m, PAGES * ROWS);
	make_chunk(&m, PQ_ZSTD);
	for (int page = 0; page < PAGES; page++) {
		for (int i = 0; i < ROWS; i++)
			ints[i] = page * ROWS + i;
		plain_ints(&m, NULL, ints, ROWS, ROWS);
	}
	make_chunk(&m, PQ_ZSTD);
	for (int row = 0; row < PAGES * ROWS; row += 7) {
		body_begin(&body);
		for (int i = row; i < row + 7; i++) {
			char text[20];

			(void)snprintf(text, sizeof(text), "%d", i);
			body_text(&body, text);
		}
		make_page(&m, PQ_PLAIN, 7, &body);
		buf_release(&body);
	}
	make_end(&m, path);
	assert_int_equal(reader_open(&r, AT_FDCWD, path, "x", &options, NULL), ERR_NONE);
	while (!reader_next(r, &b, NULL) && b) {
		for (size_t i = 0; i < b->rows; i++, expected++) {
			assert_int_equal(b->cols[0].ints[i], expected);
			assert_int_equal(strtol(b->cols[1].texts[i].data, NULL, 10), expected);
			assert_int_equal(b->row_no[i], expected + 1);
		}
	}
	assert_int_equal(expected, PAGES * ROWS);
	reader_close(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_with_and_without_codes_make_one_column),
		cmocka_unit_test(codes_come_out_as_codes_where_they_can),
		cmocka_unit_test(codes_of_no_bits_are_the_first_entry),
		cmocka_unit_test(dictionaries_are_found_wherever_offsets_point),
		cmocka_unit_test(legacy_levels_are_read_as_the_new_ones),
		cmocka_unit_test(data_pages_of_both_versions_read_the_same),
		cmocka_unit_test(every_encoding_of_every_type_is_read),
		cmocka_unit_test(special_reals_are_read_exactly),
		cmocka_unit_test(every_conversion_is_exact_or_a_fault_of_its_row),
		cmocka_unit_test(types_that_cannot_become_the_column_are_refused),
		cmocka_unit_test(rows_that_go_take_their_values_in_every_column_with_them),
		cmocka_unit_test(columns_are_found_by_name_capitals_aside),
		cmocka_unit_test(optional_columns_have_nulls_where_levels_say_so),
		cmocka_unit_test(only_the_highest_level_of_a_struct_is_a_value),
		cmocka_unit_test(chunks_that_are_those_of_other_columns_are_refused),
		cmocka_unit_test(two_columns_of_one_name_are_not_taken_for_each_other),
		cmocka_unit_test(a_file_without_rows_is_read),
		cmocka_unit_test(every_row_of_many_pages_comes_once_and_in_order),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
