/* test_bad.c - Parquet files that are damaged, lie, or are made to hurt. */
#include "tests/fixture/parquet_make.h"
#include "worker/parquet/read/decode.h"
#include "tests/fixture/encode.h"
#include "worker/parquet/code/bits.h"
#include "worker/parquet/code/delta.h"
#include "worker/parquet/code/delta_text.h"
#include "worker/parquet/meta/page_header.h"

static char dir[] = "/tmp/test_parquet_bad.XXXXXX";
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

/* ---- the frame of the file ---- */

static void
what_is_no_parquet_file_is_refused_by_name(void **state)
{
	static const struct {
		const char *name;
		struct span data;
		const char *want;
	} cases[] = {
		{ "empty", { "", 0 }, "0 bytes are no Parquet file" },
		{ "short", { "PAR1PAR1PAR", 11 }, "11 bytes are no Parquet file" },
		{ "text", { "a,b,c\n1,2,3\n4,5,6\n", 18 }, "does not begin with PAR1" },
		{ "cut off", { "PAR1xxxxxxxxxxxxxxxx", 20 }, "does not end with PAR1" },
		{ "encrypted", { "PAREx\0\0\0PARE", 12 }, "is encrypted" },
		{ "footer", { "PAR1\1\0\0\0PAR1", 12 }, "the footer has 1 bytes" },
		{ "no footer", { "PAR1\0\0\0\0PAR1", 12 }, "footer" },
		{ "huge", { "PAR1\377\377\377\377PAR1", 12 }, "4294967295 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		put_bytes(path, cases[i].data.data, cases[i].data.bytes);
		expect_error(cases[i].name, show_natural(path), cases[i].want);
		expect_error(cases[i].name, show_natural(path), path);
	}
	expect_error("directory", show_natural(dir), "needs a regular file");
	(void)unlink(path);
	expect_error("absent", show_natural(path), "no such file");
}

/* ---- one thing wrong ---- */

/* A file of one column with a dictionary page and two data pages; `make` is to be spoiled. */
enum fault {
	FAULT_CHUNK_VALUES,
	FAULT_CHUNK_OFFSET,
	FAULT_CHUNK_BYTES,
	FAULT_NEGATIVE_OFFSET,
	FAULT_CODEC,
	FAULT_ELSEWHERE,
	FAULT_FOOTER_ROWS,
	FAULT_TOO_FEW,
	FAULT_TOO_MANY,
	FAULT_CODE,
	FAULT_CODE_WIDTH,
	FAULT_NO_CODES,
	FAULT_NO_DICTIONARY,
	FAULT_TWO_DICTIONARIES,
	FAULT_LATE_DICTIONARY,
	FAULT_DICTIONARY_COUNT,
	FAULT_LEVELS_LONG,
	FAULT_LEVELS_CUT,
	FAULT_LEVEL_ENCODING,
	FAULT_VALUES_CUT,
	FAULT_ENCODING,
	FAULT_CRC,
	FAULT_RATIO,
	FAULT_SIZE,
	FAULT_BODY,
	FAULT_V2_LEVELS,
	FAULT_COUNT,
};

static const struct {
	const char *want;
} faults[FAULT_COUNT] = {
	[FAULT_CHUNK_VALUES] = { "row group 0: 5 values, but 4 rows" },
	[FAULT_CHUNK_OFFSET] = { "does not lie before the footer" },
	[FAULT_CHUNK_BYTES] = { "does not lie before the footer" },
	[FAULT_NEGATIVE_OFFSET] = { "negative" },
	[FAULT_CODEC] = { "codec LZO (3) is not supported" },
	[FAULT_ELSEWHERE] = { "is in another file, 'other'" },
	[FAULT_FOOTER_ROWS] = { "the footer says 9 rows, its row groups have 4" },
	[FAULT_TOO_FEW] = { "its 2 pages have 3 values, but there are 4 rows" },
	[FAULT_TOO_MANY] = { "page 1 at byte" },
	[FAULT_CODE] = { "dictionary index 3, but the dictionary has 2 entries" },
	[FAULT_CODE_WIDTH] = { "codes of 33 bits" },
	[FAULT_NO_CODES] = { "page 0 at byte" },
	[FAULT_NO_DICTIONARY] = { "but the dictionary has 0 entries" },
	[FAULT_TWO_DICTIONARIES] = { "a second dictionary" },
	[FAULT_LATE_DICTIONARY] = { "behind the data" },
	[FAULT_DICTIONARY_COUNT] = { "dictionary page at byte 4: 3 entries do not fit into 16 "
				     "bytes" },
	[FAULT_LEVELS_LONG] = { "page 0 at byte 35: the levels are longer than the page" },
	[FAULT_LEVELS_CUT] = { "levels" },
	[FAULT_LEVEL_ENCODING] = { "levels with encoding PLAIN (0)" },
	[FAULT_VALUES_CUT] = { "page 1 at byte" },
	[FAULT_ENCODING] = { "not supported for values of this type: DELTA_BYTE_ARRAY (7)" },
	[FAULT_CRC] = { "page 1 at byte" },
	[FAULT_RATIO] = { "shall become 1073741824" },
	[FAULT_SIZE] = { "are more than its column has left" },
	[FAULT_BODY] = { "SNAPPY" },
	[FAULT_V2_LEVELS] = { "the levels are longer than the page" },
};

static void
make_codes(struct make *m, enum fault fault)
{
	struct pq_page_header h = { .type = PQ_DATA_PAGE,
				    .encoding = PQ_RLE_DICTIONARY,
				    .n_values = 2,
				    .definition_encoding = PQ_RLE,
				    .is_packed = true };
	struct buf body;

	body_begin(&body);
	if (fault == FAULT_LEVELS_LONG) {
		body_word32(&body, 1000);
		buf_text(&body, "abc");
	} else if (fault == FAULT_LEVELS_CUT) {
		body_word32(&body, 1);
		buf_char(&body, 2);
	} else {
		body_levels(&body, "11", 1);
	}
	if (fault == FAULT_CODE)
		body_codes(&body, "03", 2);
	else if (fault == FAULT_CODE_WIDTH)
		buf_char(&body, 33);
	else if (fault != FAULT_NO_CODES)
		body_codes(&body, "01", 1);
	if (fault == FAULT_LEVEL_ENCODING)
		h.definition_encoding = PQ_PLAIN;
	make_page_of(m, h, span_of(&body));
	buf_release(&body);
}

/* The second page: values. */
static void
make_values(struct make *m, enum fault fault)
{
	const int64_t ints[] = { 7, 8, 9 };
	struct pq_page_header h = { .type = PQ_DATA_PAGE,
				    .encoding = fault == FAULT_ENCODING ? PQ_DELTA_BYTE_ARRAY
									: PQ_PLAIN,
				    .n_values = 2,
				    .definition_encoding = PQ_RLE,
				    .is_packed = true };
	struct buf body, packed;

	body_begin(&body);
	if (fault == FAULT_TOO_FEW)
		h.n_values = 1;
	if (fault == FAULT_TOO_MANY)
		h.n_values = 3;
	body_levels(&body, fault == FAULT_TOO_MANY ? "111" : "11", 1);
	body_ints(&body, ints, (size_t)h.n_values - (fault == FAULT_VALUES_CUT));
	buf_init(&packed, MAKE_TEXT_BYTES);
	pack(m->packer, PQ_SNAPPY, body.data, body.bytes, &packed);
	h.packed_bytes = (int32_t)packed.bytes;
	h.unpacked_bytes = fault == FAULT_RATIO ? PQ_PAGE_BYTES_MAX : (int32_t)body.bytes;
	h.has_crc = fault == FAULT_CRC;
	h.crc = pq_crc(0, packed.data, packed.bytes) + 1;
	if (fault == FAULT_SIZE)
		h.packed_bytes = INT32_MAX;
	if (fault == FAULT_BODY)
		packed.data[0] = 127;
	if (fault == FAULT_V2_LEVELS) {
		h.type = PQ_DATA_PAGE_V2;
		h.definition_bytes = 5;
		h.unpacked_bytes = 4;
	}
	make_raw_page(m, &h, span_of(&packed));
	buf_release(&packed);
	buf_release(&body);
}

static void
make_faulty(enum fault fault)
{
	const int64_t few[] = { 5, 6 };
	struct pq_chunk *c;
	struct buf entries;
	struct make m;

	make_init(&m);
	make_leaf(&m, "n", PQ_INT64, PQ_OPTIONAL);
	make_group(&m, 4);
	c = make_chunk(&m, PQ_SNAPPY);
	body_begin(&entries);
	body_ints(&entries, few, 2);
	if (fault != FAULT_NO_DICTIONARY && fault != FAULT_LATE_DICTIONARY)
		make_dictionary(&m, fault == FAULT_DICTIONARY_COUNT ? 3 : 2, &entries);
	if (fault == FAULT_TWO_DICTIONARIES)
		make_dictionary(&m, 2, &entries);
	if (fault == FAULT_LATE_DICTIONARY)
		make_values(&m, fault);
	if (fault == FAULT_LATE_DICTIONARY)
		make_dictionary(&m, 2, &entries);
	make_codes(&m, fault);
	if (fault != FAULT_LATE_DICTIONARY)
		make_values(&m, fault);
	buf_release(&entries);
	if (fault == FAULT_CHUNK_VALUES)
		c->n_values = 5;
	if (fault == FAULT_CHUNK_OFFSET)
		c->data_offset = INT64_MAX;
	if (fault == FAULT_NEGATIVE_OFFSET)
		c->data_offset = -1;
	if (fault == FAULT_CHUNK_BYTES)
		c->packed_bytes = INT64_MAX;
	if (fault == FAULT_CODEC)
		c->codec = PQ_LZO;
	if (fault == FAULT_ELSEWHERE)
		c->file_path = "other";
	if (fault == FAULT_FOOTER_ROWS)
		m.meta.rows = 9;
	make_end(&m, path);
}

static void
each_fault_of_a_file_is_refused_and_said(void **state)
{
	(void)state;
	for (int i = 0; i < FAULT_COUNT; i++) {
		make_faulty((enum fault)i);
		expect_error(faults[i].want, show_natural(path), faults[i].want);
		expect_error(faults[i].want, show_natural(path), path);
	}
	make_faulty(FAULT_COUNT);
	expect_text("without a fault", show_natural(path), "5\n6\n7\n8\n");
}

/* The words of the one message that people will see. */
static void
a_message_says_file_column_group_page_and_byte(void **state)
{
	char want[400];

	(void)state;
	make_faulty(FAULT_CODE);
	(void)snprintf(want, sizeof(want),
		       "error: read '%s': column 'n', row group 0, page 0 at byte 35: dictionary "
		       "index 3, but the dictionary has 2 entries; the file is damaged\n",
		       path);
	expect_text("message", show_natural(path), want);
}

/* ---- everything wrong ---- */

/* Two files that have most things in them: the old page form and the new one. */
static struct span
make_rich(bool is_v2, bool with_crc)
{
	static const char *const words[] = { "alpha", "beta", "{\"k\":[1,2]}" };
	const int64_t ints[] = { 1, -2, INT64_MAX };
	const struct span texts[] = { { "one", 3 }, { "on", 2 }, { "twofold", 7 } };
	struct pq_page_header h = { .type = is_v2 ? PQ_DATA_PAGE_V2 : PQ_DATA_PAGE,
				    .n_values = 6,
				    .n_rows = 6,
				    .n_nulls = 3,
				    .definition_encoding = PQ_RLE,
				    .is_packed = true };
	struct buf body, file;
	struct make m;
	char *copy;
	size_t bytes;

	make_init(&m);
	m.with_crc = with_crc;
	make_leaf(&m, "n", PQ_INT64, PQ_OPTIONAL);
	make_leaf(&m, "t", PQ_BYTE_ARRAY, PQ_OPTIONAL)->logical.meaning = PQ_STRING;
	make_leaf(&m, "d", PQ_BYTE_ARRAY, PQ_OPTIONAL)->logical.meaning = PQ_STRING;
	for (int group = 0; group < 2; group++) {
		make_group(&m, 6);
		for (int column = 0; column < 3; column++) {
			size_t levels;

			make_chunk(&m, is_v2 ? PQ_ZSTD : PQ_SNAPPY);
			body_begin(&body);
			if (column == 2) {
				for (int i = 0; i < 3; i++)
					body_text(&body, words[i]);
				make_dictionary(&m, 3, &body);
				buf_reset(&body);
			}
			body_levels(&body, "101010", 1);
			levels = body.bytes;
			if (column == 2) {
				body_codes(&body, "012", 2);
				h.encoding = PQ_RLE_DICTIONARY;
			} else if (is_v2 && column == 0) {
				pq_delta_write(ints, 3, false, &body);
				h.encoding = PQ_DELTA_BINARY_PACKED;
			} else if (column == 0) {
				body_ints(&body, ints, 3);
				h.encoding = PQ_PLAIN;
			} else if (is_v2) {
				delta_text_write(texts, 3, &body);
				h.encoding = PQ_DELTA_BYTE_ARRAY;
			} else {
				pq_delta_length_write(texts, 3, &body);
				h.encoding = PQ_DELTA_LENGTH_BYTE_ARRAY;
			}
			h.definition_bytes = is_v2 ? (int32_t)levels - 4 : 0;
			make_page_of(&m, h,
				     is_v2 ? (struct span){ body.data + 4, body.bytes - 4 }
					   : span_of(&body));
			buf_release(&body);
		}
	}
	make_end(&m, path);
	buf_init(&file, SIZE_MAX);
	assert_int_equal(buf_read_file(&file, AT_FDCWD, path, NULL), ERR_NONE);
	bytes = file.bytes;
	copy = buf_give(&file);
	return (struct span){ copy, bytes };
}

static const char rich_rows[] = "1|'one'|'alpha'\n-|-|-\n-2|'on'|'beta'\n-|-|-\n"
				"9223372036854775807|'twofold'|'{\"k\":[1,2]}'\n-|-|-\n"
				"1|'one'|'alpha'\n-|-|-\n-2|'on'|'beta'\n-|-|-\n"
				"9223372036854775807|'twofold'|'{\"k\":[1,2]}'\n-|-|-\n";

static void
a_file_cut_off_anywhere_is_refused(void **state)
{
	(void)state;
	for (int is_v2 = 0; is_v2 < 2; is_v2++) {
		struct span good = make_rich(is_v2, false);

		expect_text("rich", show_natural(path), rich_rows);
		for (size_t n = 0; n < good.bytes; n++) {
			put_bytes(path, good.data, n);
			expect_error("cut off", show_natural(path), path);
		}
		/* Cut off in the middle, with the footer still there. */
		for (size_t n = 4; n + 300 < good.bytes; n += 3) {
			char *copy = mem_bytes(good.data, good.bytes);

			memmove(copy + n, copy + n + 3, good.bytes - n - 3);
			put_bytes(path, copy, good.bytes - 3);
			free(show_natural(path));
			free(copy);
		}
		free((void *)(uintptr_t)good.data);
	}
}

/* Nothing may break, and with checksums nothing that stands in a page may come out wrong. */
static void
no_flipped_bit_breaks_the_reader_or_passes_a_checksum(void **state)
{
	(void)state;
	for (int form = 0; form < 4; form++) {
		struct span good = make_rich(form & 1, form & 2);
		char *copy = mem_bytes(good.data, good.bytes);
		uint64_t random = 7;

		for (size_t at = 0; at < good.bytes; at++) {
			copy[at] = (char)(copy[at] ^ 1 << at % 8);
			put_bytes(path, copy, good.bytes);
			free(show_natural(path));
			copy[at] = good.data[at];
		}
		for (int i = 0; i < 1500; i++) {
			for (int k = 0; k < 3; k++)
				copy[random_next(&random) % good.bytes] = (char)random_next(
				    &random);
			put_bytes(path, copy, good.bytes);
			free(show_natural(path));
			memcpy(copy, good.data, good.bytes);
		}
		free(copy);
		free((void *)(uintptr_t)good.data);
	}
}

/* A flipped bit of a body, packed or not, is found by the checksum. */
static void
a_flipped_bit_of_a_body_is_found_by_the_checksum(void **state)
{
	struct pq_page_header h;
	const char *why;
	size_t used = 0;

	(void)state;
	for (int is_v2 = 0; is_v2 < 2; is_v2++) {
		struct span good = make_rich(is_v2, true);
		char *copy = mem_bytes(good.data, good.bytes);
		size_t end;

		assert_int_equal(
		    pq_page_header_read(&h, good.data + 4, good.bytes - 4, &used, &why),
		    PQ_HEADER_OK);
		end = 4 + used + (size_t)h.packed_bytes;
		for (size_t at = 4 + used; at < end; at++) {
			copy[at] ^= 4;
			put_bytes(path, copy, good.bytes);
			expect_error("crc", show_natural(path), "its checksum is wrong");
			copy[at] ^= 4;
		}
		free(copy);
		free((void *)(uintptr_t)good.data);
	}
}

/* ---- too much ---- */

static void
count_rows(void *arg, const struct batch *b)
{
	size_t *rows = arg;

	*rows += b->rows;
}

/*
 * Zeros pack ten thousand times.  The largest page that is read whatever it is packed to, and one
 * of one value more.
 */
static void
a_page_that_unpacks_too_far_is_refused(void **state)
{
	static const struct column columns[] = { { "n", COL_INT64 } };
	static const struct schema schema = { columns, 1 };
	struct reader_options options = { .format = FORMAT_PARQUET, .schema = &schema };
	char *zeros = mem_new(PQ_PAGE_FREE_BYTES + sizeof(int64_t), 1);

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		size_t n = PQ_PAGE_FREE_BYTES / sizeof(int64_t) + more, rows = 0;
		struct pq_page_header h = { .type = PQ_DATA_PAGE,
					    .encoding = PQ_PLAIN,
					    .n_values = (int32_t)n,
					    .is_packed = true };
		struct make m;

		make_init(&m);
		make_leaf(&m, "n", PQ_INT64, PQ_REQUIRED);
		make_group(&m, (int64_t)n);
		make_chunk(&m, PQ_ZSTD);
		make_page_of(&m, h, (struct span){ zeros, n * sizeof(int64_t) });
		make_end(&m, path);
		if (more) {
			expect_error("bomb", show_natural(path), "more than 1024 times as much");
			continue;
		}
		assert_int_equal(read_all(path, &options, count_rows, &rows, NULL), ERR_NONE);
		assert_int_equal(rows, n);
	}
	free(zeros);
}

static void
a_reader_stops_at_its_budget(void **state)
{
	static const struct {
		size_t used, want;
		bool ok;
	} cases[] = {
		{ 0, PQ_MEMORY_BYTES_MAX, true },
		{ 0, (size_t)PQ_MEMORY_BYTES_MAX + 1, false },
		{ 1, PQ_MEMORY_BYTES_MAX, false },
		{ PQ_MEMORY_BYTES_MAX - 1, 1, true },
		{ PQ_MEMORY_BYTES_MAX, 1, false },
		{ (size_t)PQ_MEMORY_BYTES_MAX + 1, 1, false },
		{ 0, SIZE_MAX, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct pq_budget budget = { cases[i].used };

		assert_int_equal(pq_budget_take(&budget, cases[i].want), cases[i].ok);
		assert_int_equal(budget.used, cases[i].used + (cases[i].ok ? cases[i].want : 0));
	}
}

/* A text that we could not write and read again; it is not looked at, so it need not exist. */
static void
a_text_too_long_to_be_written_again_is_refused_when_it_is_read(void **state)
{
	struct pq_budget budget = { (size_t)PQ_TEXT_BYTES_MAX + 1 };
	struct span texts[] = { { "", 0 }, { "", PQ_TEXT_BYTES_MAX }, { "", 3 } };

	(void)state;
	assert_true(pq_texts_fit(texts, countof(texts), &budget));
	texts[1].bytes++;
	assert_false(pq_texts_fit(texts, countof(texts), &budget));
	assert_true(pq_texts_fit(texts, 1, &budget));
}

/* Texts that share prefixes take just what they need, with what it takes to join them. */
static void
texts_with_shared_prefixes_take_just_what_they_need(void **state)
{
	enum { N = 4, BYTES = 4 + 8 + 8 + 5 };
	static const struct span texts[N] = {
		{ "abcd", 4 }, { "abcdefgh", 8 }, { "abcdefgi", 8 }, { "abcde", 5 }
	};
	const struct pq_element element = { .name = "t", .type = PQ_BYTE_ARRAY };
	const size_t needed = 2 * (N * sizeof(struct span) + PQ_PAD) + BYTES + PQ_PAD;
	static const char pad[PQ_PAD];
	struct buf body;

	(void)state;
	body_begin(&body);
	delta_text_write(texts, N, &body);
	buf_add(&body, pad, sizeof(pad));
	for (size_t lacking = 0; lacking < 2; lacking++) {
		size_t used = PQ_MEMORY_BYTES_MAX - needed + lacking;
		struct pq_budget budget = { used };
		struct pq_page page = { .header = { .type = PQ_DATA_PAGE,
						    .encoding = PQ_DELTA_BYTE_ARRAY,
						    .n_values = N },
					.values = (const uint8_t *)body.data,
					.end = (const uint8_t *)body.data + body.bytes - PQ_PAD };
		struct pq_keep keep = { .budget = &budget };
		struct pq_block spans = { 0 };
		struct pq_decoder d;
		const char *why = pq_decoder_open(&d, &element, &page, &spans, &keep);

		assert_int_equal(d.too_large, lacking > 0);
		assert_int_equal(!why, !lacking);
		assert_true(budget.used <= PQ_MEMORY_BYTES_MAX);
		for (size_t i = 0; !why && i < N; i++)
			assert_true(span_equal(d.spans[i], texts[i]));
		for (size_t i = 0; !why && i < PQ_PAD; i++)
			assert_int_equal(d.spans[N - 1].data[texts[N - 1].bytes + i], 0);
		pq_keep_release(&keep);
		pq_block_free(&spans, &budget);
		assert_int_equal(budget.used, used);
	}
	buf_release(&body);
}

/* A kilobyte says that it is two gigabytes of text. */
static void
a_kilobyte_that_says_two_gigabytes_is_refused(void **state)
{
	enum { N = 2048, LONG = 1 << 20 };
	int64_t *shared = mem_new(N, sizeof(*shared)), *rest = mem_new(N, sizeof(*rest));
	char *letters = mem_new(LONG, 1);
	struct buf body;
	struct make m;

	(void)state;
	rest[0] = LONG;
	for (size_t i = 1; i < N; i++)
		shared[i] = LONG;
	memset(letters, 'x', LONG);
	body_begin(&body);
	pq_delta_write(shared, N, true, &body);
	pq_delta_write(rest, N, true, &body);
	buf_add(&body, letters, LONG);
	make_init(&m);
	make_leaf(&m, "t", PQ_BYTE_ARRAY, PQ_REQUIRED);
	make_group(&m, N);
	make_chunk(&m, PQ_ZSTD);
	make_page(&m, PQ_DELTA_BYTE_ARRAY, N, &body);
	make_end(&m, path);
	expect_error("prefixes", show_natural(path), "more than 1 GiB of memory is needed");
	buf_release(&body);
	free(letters);
	free(rest);
	free(shared);
}

/* JSON that is not closed, at the end of texts that were put together: nothing behind is read. */
static void
json_that_is_not_closed_is_not_read_past_its_end(void **state)
{
	enum { BYTES_MAX = 200 };

	(void)state;
	for (size_t n = 2; n <= BYTES_MAX; n++) {
		char text[BYTES_MAX];
		const struct span span = { text, n };
		struct buf body;
		struct make m;

		memset(text, ' ', n);
		memcpy(text + n - 2, "\"}", 2);
		body_begin(&body);
		delta_text_write(&span, 1, &body);
		make_init(&m);
		make_leaf(&m, "j", PQ_BYTE_ARRAY, PQ_REQUIRED)->logical.meaning = PQ_JSON;
		make_group(&m, 1);
		make_chunk(&m, PQ_SNAPPY);
		make_page(&m, PQ_DELTA_BYTE_ARRAY, 1, &body);
		make_end(&m, path);
		expect_text("open json", show_natural(path), "! 1 wrong_type\n");
		buf_release(&body);
	}
}

static void
make_wide(size_t columns)
{
	const int64_t value = 5;
	struct pq_row_group group = { .rows = 1 };
	struct buf body;
	struct make m;
	char(*names)[12] = mem_new(columns, sizeof(*names));

	make_init(&m);
	m.meta.elements = mem_new(columns + 1, sizeof(*m.meta.elements));
	m.meta.n_elements = columns + 1;
	m.meta.elements[0] = m.elements[0];
	m.meta.elements[0].children = (int32_t)columns;
	make_group(&m, 1);
	group.chunks = mem_new(columns, sizeof(*group.chunks));
	group.n_chunks = columns;
	m.elements[1].type = PQ_INT64;
	make_chunk(&m, PQ_UNCOMPRESSED);
	body_begin(&body);
	body_ints(&body, &value, 1);
	make_page(&m, PQ_PLAIN, 1, &body);
	buf_release(&body);
	/* All columns share one page. */
	for (size_t i = 0; i < columns; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "c%u", (unsigned)i);
		m.meta.elements[i + 1] = (struct pq_element){ .name = names[i], .type = PQ_INT64 };
		group.chunks[i] = m.chunks[0][0];
	}
	m.meta.groups = &group;
	make_end(&m, path);
	free(m.meta.elements);
	free(group.chunks);
	free(names);
}

static void
a_file_of_very_many_columns_can_be_read(void **state)
{
	static const struct column columns[] = { { "c99998", COL_INT64 }, { "C0", COL_INT64 } };
	static const struct schema schema = { columns, 2 };
	struct reader_options options = { .format = FORMAT_PARQUET, .schema = &schema };
	struct pq_file *f = NULL;
	struct schema natural;

	(void)state;
	make_wide(PQ_COLUMNS_MAX - 1);
	expect_text("wide", show(path, &options), "5|5\n");
	assert_int_equal(pq_file_open(&f, AT_FDCWD, path, "x", NULL), ERR_NONE);
	pq_file_schema(f, &natural);
	assert_int_equal(natural.count, PQ_COLUMNS_MAX - 1);
	assert_string_equal(natural.columns[77777].name, "c77777");
	pq_file_close(f);
	make_wide(PQ_COLUMNS_MAX);
	expect_error("too wide", show(path, &options), "more than 100000");
}

/* All columns of a file with many of them, in batches that are short for it. */
static void
all_of_many_columns_are_read_in_short_batches(void **state)
{
	char *got;

	(void)state;
	make_wide(5000);
	got = show_natural(path);
	assert_int_equal(strlen(got), 2 * 5000);
	free(got);
}

static void
a_name_of_more_than_a_kibibyte_is_refused(void **state)
{
	char *name = mem_new(PQ_LEAF_NAME_BYTES_MAX + 2, 1);

	(void)state;
	for (int more = 0; more < 2; more++) {
		struct make m;

		memset(name, 'x', PQ_LEAF_NAME_BYTES_MAX + (size_t)more);
		make_init(&m);
		make_leaf(&m, name, PQ_INT64, PQ_REQUIRED);
		make_end(&m, path);
		if (more)
			expect_error("long", show_natural(path), "more than 1024 bytes");
		else
			expect_text("long", show_natural(path), "");
	}
	free(name);
}

/* ---- a file that changes ---- */

enum change { CHANGE_NOTHING, CHANGE_TIME, CHANGE_LONGER, CHANGE_SHORTER, CHANGE_COUNT };

static void
change_file(enum change change)
{
	static const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_true(fd >= 0);
	if (change == CHANGE_TIME)
		assert_int_equal(futimens(fd, times), 0);
	if (change == CHANGE_LONGER)
		assert_int_equal(write(fd, "x", 1), 1);
	if (change == CHANGE_SHORTER)
		assert_int_equal(ftruncate(fd, 60), 0);
	assert_int_equal(close(fd), 0);
}

static void
a_file_that_changes_while_it_is_read_is_found(void **state)
{
	static const struct column columns[] = { { "n", COL_INT64 } };
	static const struct schema schema = { columns, 1 };
	struct reader_options options = { .format = FORMAT_PARQUET, .schema = &schema };

	(void)state;
	for (int change = 0; change < CHANGE_COUNT; change++) {
		struct span good = make_rich(false, false);
		const struct batch *b = NULL;
		struct reader *r = NULL;
		struct err err = { 0 };
		enum err_code code;

		assert_int_equal(reader_open(&r, AT_FDCWD, path, "x", &options, NULL), ERR_NONE);
		assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
		change_file((enum change)change);
		while (!(code = reader_next(r, &b, &err)) && b)
			continue;
		assert_int_equal(code, change ? ERR_CONFLICT : ERR_NONE);
		if (change)
			assert_non_null(strstr(err.msg, "read 'x': it changed while it was read"));
		reader_close(r);
		free((void *)(uintptr_t)good.data);
	}
}

static void
the_digest_is_that_of_the_bytes_on_disk(void **state)
{
	static const struct column columns[] = { { "n", COL_INT64 } };
	static const struct schema schema = { columns, 1 };
	struct reader_options options = { .format = FORMAT_PARQUET,
					  .schema = &schema,
					  .digest = true };
	struct span good = make_rich(true, true);
	char want[CHECKSUM_CHARS + 1], got[CHECKSUM_CHARS + 1];
	const struct batch *b = NULL;
	struct reader *r = NULL;
	struct checksum c;

	(void)state;
	checksum_init(&c);
	checksum_add(&c, good.data, good.bytes);
	checksum_end(&c, want);
	assert_int_equal(reader_open(&r, AT_FDCWD, path, "x", &options, NULL), ERR_NONE);
	do
		assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
	while (b);
	assert_int_equal(reader_digest(r, got, NULL), ERR_NONE);
	assert_string_equal(got, want);
	reader_close(r);
	free((void *)(uintptr_t)good.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_parquet_file_is_refused_by_name),
		cmocka_unit_test(each_fault_of_a_file_is_refused_and_said),
		cmocka_unit_test(a_message_says_file_column_group_page_and_byte),
		cmocka_unit_test(a_file_cut_off_anywhere_is_refused),
		cmocka_unit_test(no_flipped_bit_breaks_the_reader_or_passes_a_checksum),
		cmocka_unit_test(a_flipped_bit_of_a_body_is_found_by_the_checksum),
		cmocka_unit_test(a_page_that_unpacks_too_far_is_refused),
		cmocka_unit_test(a_file_of_very_many_columns_can_be_read),
		cmocka_unit_test(a_reader_stops_at_its_budget),
		cmocka_unit_test(texts_with_shared_prefixes_take_just_what_they_need),
		cmocka_unit_test(a_kilobyte_that_says_two_gigabytes_is_refused),
		cmocka_unit_test(json_that_is_not_closed_is_not_read_past_its_end),
		cmocka_unit_test(a_text_too_long_to_be_written_again_is_refused_when_it_is_read),
		cmocka_unit_test(all_of_many_columns_are_read_in_short_batches),
		cmocka_unit_test(a_name_of_more_than_a_kibibyte_is_refused),
		cmocka_unit_test(a_file_that_changes_while_it_is_read_is_found),
		cmocka_unit_test(the_digest_is_that_of_the_bytes_on_disk),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
