/* test_write.c - Parquet files: what is in them, where they are cut, and always the same.
 */
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "worker/parquet/write/bounds.h"
#include "worker/parquet/code/codec.h"
#include "worker/parquet/code/delta.h"
#include "worker/parquet/write/page_make.h"
#include "worker/format/reader.h"
#include "worker/format/writer.h"
#include "worker/parquet/code/bits.h"
#include "worker/parquet/code/plain.h"
#include "worker/parquet/code/rle.h"
#include "worker/parquet/meta/meta_read.h"
#include "worker/parquet/meta/page_header.h"
#include "worker/parquet/meta/page_index.h"

#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { GROUP_ROWS = 262144, GROUP_BYTES = 64 << 20 };

/* ---- rows, all of them in memory ---- */

struct values {
	bool *valid;
	int64_t *words; /* of a real: its bits */
	struct span *texts;
};

struct table {
	struct schema schema;
	size_t rows;
	struct values *columns;
	struct arena *arena;
};

static void
table_init(struct table *t, const struct column *columns, size_t count, size_t rows)
{
	*t = (struct table){ .schema = { columns, count }, .rows = rows, .arena = arena_new() };
	t->columns = mem_new(count, sizeof(*t->columns));
	for (size_t i = 0; i < count; i++) {
		t->columns[i].valid = mem_new(rows, sizeof(bool));
		t->columns[i].words = mem_new(rows, sizeof(int64_t));
		t->columns[i].texts = mem_new(rows, sizeof(struct span));
	}
}

static void
table_release(struct table *t)
{
	for (size_t i = 0; i < t->schema.count; i++) {
		free(t->columns[i].valid);
		free(t->columns[i].words);
		free(t->columns[i].texts);
	}
	free(t->columns);
	arena_free(t->arena);
}

static void
set_int(struct table *t, size_t column, size_t row, int64_t value)
{
	t->columns[column].valid[row] = true;
	t->columns[column].words[row] = value;
}

static void
set_real(struct table *t, size_t column, size_t row, double value)
{
	t->columns[column].valid[row] = true;
	memcpy(&t->columns[column].words[row], &value, sizeof(value));
}

static void
set_bytes(struct table *t, size_t column, size_t row, const char *data, size_t bytes)
{
	t->columns[column].valid[row] = true;
	t->columns[column].texts[row] = (struct span){ arena_bytes(t->arena, data, bytes), bytes };
}

static void
set_text(struct table *t, size_t column, size_t row, const char *text)
{
	set_bytes(t, column, row, text, strlen(text));
}

/* How a table is cut into batches. */
struct cut {
	uint64_t random;    /* 0: batches of `step` rows */
	size_t step;        /* at most */
	bool coded;         /* columns come with dictionaries, some of them or all */
	bool doubled;       /* in which every entry is there twice */
	bool selected;      /* rows are picked out of a batch that has others too */
	bool says_no_nulls; /* where it is so */
};

struct coder {
	struct dict dict;
	struct span *texts;
	int64_t *words;
	struct col_dict shown;
};

static void
make_codes(struct coder *k, struct batch *b, size_t column, bool doubled)
{
	struct col *c = &b->cols[column];
	uint32_t *codes = batch_codes(b, column);
	size_t copies = doubled ? 2 : 1;

	dict_init(&k->dict);
	for (size_t i = b->rows; i-- > 0;) {
		if (!c->valid[i])
			codes[i] = 0xdeadbeef;
		else if (col_is_text(c->type))
			codes[i] = dict_code(&k->dict, c->texts[i].data, c->texts[i].bytes);
		else
			codes[i] = dict_code(&k->dict, &c->ints[i], sizeof(*c->ints));
		if (c->valid[i] && i % copies)
			codes[i] += (uint32_t)1 << 31;
	}
	k->shown.count = k->dict.count * copies;
	k->texts = mem_new(k->shown.count, sizeof(*k->texts));
	k->words = mem_new(k->shown.count, sizeof(*k->words));
	for (size_t i = 0; i < k->shown.count; i++) {
		k->texts[i] = dict_span(&k->dict, (uint32_t)(i % k->dict.count));
		if (!col_is_text(c->type))
			memcpy(&k->words[i], k->texts[i].data, sizeof(*k->words));
	}
	for (size_t i = 0; i < b->rows; i++)
		if (c->valid[i] && codes[i] >> 31)
			codes[i] = (codes[i] & INT32_MAX) + (uint32_t)k->dict.count;
	if (col_is_text(c->type)) {
		k->shown.texts = k->texts;
		memset(c->texts, 0xee, b->rows * sizeof(*c->texts));
	} else {
		k->shown.ints = k->words;
		memset(c->ints, 0xee, b->rows * sizeof(*c->ints));
	}
	c->dict = &k->shown;
}

static void
free_codes(struct coder *k)
{
	dict_release(&k->dict);
	free(k->texts);
	free(k->words);
}

/* Rows [from, from + n) of a table as a batch, each one `apart` rows behind the last. */
static void
fill_batch(const struct table *t, struct batch *b, size_t from, size_t n, size_t apart)
{
	batch_set_rows(b, n * apart);
	for (size_t i = 0; i < t->schema.count; i++) {
		const struct values *v = &t->columns[i];
		struct col *c = &b->cols[i];

		for (size_t k = 0; k < n * apart; k++) {
			size_t row = from + k / apart;
			bool own = k % apart == apart - 1;

			c->valid[k] = own ? v->valid[row] : k % 3;
			if (col_is_text(c->type))
				c->texts[k] = own ? v->texts[row] : (struct span){ "other", 5 };
			else
				c->ints[k] = own ? v->words[row] : 77;
		}
		c->no_nulls = false;
		c->dict = NULL;
	}
}

static void
say_no_nulls(struct batch *b)
{
	for (size_t i = 0; i < b->schema->count; i++)
		b->cols[i].no_nulls = !memchr(b->cols[i].valid, false, b->rows);
}

static void
add_rows(struct writer *w, const struct table *t, size_t from, size_t n, const struct cut *cut,
	 uint64_t *random)
{
	size_t apart = cut->selected ? 2 : 1;
	struct coder *coders = mem_new(t->schema.count, sizeof(*coders));
	uint32_t *rows = mem_new(n, sizeof(*rows));
	struct batch b;

	batch_init(&b, &t->schema, NULL);
	fill_batch(t, &b, from, n, apart);
	if (cut->says_no_nulls)
		say_no_nulls(&b);
	for (size_t i = 0; i < t->schema.count && cut->coded; i++)
		if (!cut->random || random_next(random) % 2)
			make_codes(&coders[i], &b, i, cut->doubled);
	for (size_t i = 0; i < n; i++)
		rows[i] = (uint32_t)(i * apart + apart - 1);
	b.unit = 1; /* the same for every batch: who writes must not rely on it */
	writer_add(w, &b, apart > 1 ? rows : NULL, n);
	for (size_t i = 0; i < t->schema.count; i++)
		if (b.cols[i].dict)
			free_codes(&coders[i]);
	batch_release(&b);
	free(coders);
	free(rows);
}

/* A whole file of the table, in w->data; the caller closes w. */
static void
write_table(struct writer *w, const struct table *t, const struct cut *cut)
{
	uint64_t random = cut->random;

	writer_open(w, FORMAT_PARQUET, &t->schema);
	for (size_t at = 0; at < t->rows;) {
		size_t n = cut->random ? 1 + random_next(&random) % cut->step : cut->step;

		if (n > t->rows - at)
			n = t->rows - at;
		add_rows(w, t, at, n, cut, &random);
		at += n;
	}
	writer_end(w);
}

static const struct cut whole = { .step = 32768 };

/* ---- a file, looked at ---- */

struct look {
	const char *data;
	size_t bytes;
	struct arena *arena;
	struct pq_meta meta;
	struct pq_packer *packer;
	const struct table *table; /* what has to be in it */
};

static void
look_open(struct look *l, const struct writer *w, const struct table *t)
{
	struct err err = { 0 };
	uint32_t footer;

	*l = (struct look){ .data = w->data,
			    .bytes = w->bytes,
			    .arena = arena_new(),
			    .packer = pq_packer_new(),
			    .table = t };
	assert_true(l->bytes >= 12);
	assert_memory_equal(l->data, "PAR1", 4);
	assert_memory_equal(l->data + l->bytes - 4, "PAR1", 4);
	memcpy(&footer, l->data + l->bytes - 8, sizeof(footer));
	assert_true(footer <= l->bytes - 12);
	if (pq_meta_read(&l->meta, l->data + l->bytes - 8 - footer, footer, l->arena, &err))
		fail_msg("footer: %s", err.msg);
}

static void
look_close(struct look *l)
{
	arena_free(l->arena);
	pq_packer_free(l->packer);
}

/* The header and unpacked body of the page at *at; *at moves behind it. */
static char *
take_page(struct look *l, int64_t *at, struct pq_page_header *h)
{
	struct err err = { 0 };
	const char *why = "";
	size_t used = 0;
	char *body;

	assert_true(*at >= 4 && (size_t)*at < l->bytes);
	if (pq_page_header_read(h, l->data + *at, l->bytes - (size_t)*at, &used, &why))
		fail_msg("page header at %lld: %s", (long long)*at, why);
	assert_true(h->has_crc);
	assert_int_equal(h->crc, pq_crc(0, l->data + *at + used, (size_t)h->packed_bytes));
	body = mem_new((size_t)h->unpacked_bytes + PQ_PAD, 1);
	if (pq_unpack(l->packer, PQ_ZSTD, l->data + *at + used, (size_t)h->packed_bytes, body,
		      (size_t)h->unpacked_bytes, &err))
		fail_msg("page at %lld: %s", (long long)*at, err.msg);
	*at += (int64_t)used + h->packed_bytes;
	return body;
}

/* PLAIN values of a page: words, or texts that borrow from it. */
static void
take_plain(enum pq_type type, const char *body, size_t bytes, size_t n, struct values *out)
{
	const uint8_t *at = (const uint8_t *)body, *end = at + bytes;
	size_t bit = 0;

	if (type == PQ_BYTE_ARRAY) {
		assert_true(pq_plain_texts(&at, end, n, out->texts));
		assert_ptr_equal(at, end);
	} else if (type == PQ_BOOLEAN) {
		assert_true(pq_plain_bools(at, end, &bit, n, out->words));
		assert_int_equal(bytes, (n + 7) / 8);
	} else {
		size_t width = type == PQ_INT32 ? 4 : 8;

		assert_int_equal(bytes, n * width);
		for (size_t i = 0; i < n; i++) {
			int32_t half;

			memcpy(&half, body + i * width, sizeof(half));
			out->words[i] = half;
			if (width == 8)
				memcpy(&out->words[i], body + i * width, width);
		}
	}
}

/* The same of values that are written as differences. */
static void
take_delta(const char *body, size_t bytes, size_t n, struct values *out)
{
	struct pq_delta d;
	uint64_t count;

	assert_true(pq_delta_init(&d, body, bytes, n, &count));
	assert_int_equal(count, n);
	assert_true(pq_delta_read(&d, out->words, n));
	assert_ptr_equal(pq_delta_end(&d), body + bytes);
}

/* -1, 0, 1 as a value lies below, in, above bounds that are there; NaN lies in all of them. */
static int
place(const struct pq_kind *kind, const struct values *v, size_t at, struct span min,
      struct span max)
{
	struct span value = { (const char *)&v->words[at], kind->width ? kind->width : 1 };
	double real;

	memcpy(&real, &v->words[at], sizeof(real));
	if (kind->type == PQ_DOUBLE && isnan(real))
		return 0;
	if (kind->type == PQ_BYTE_ARRAY)
		value = v->texts[at];
	if (pq_bound_compare(kind, value, min) < 0)
		return -1;
	return pq_bound_compare(kind, value, max) > 0;
}

struct column_look {
	size_t column;
	const struct pq_kind *kind;
	const struct pq_chunk *chunk;
	struct pq_offset_index offsets;
	struct pq_column_index bounds;
	bool has_bounds;
	struct values dictionary;
	size_t n_entries;
	bool *seen;       /* entries */
	size_t first_row; /* of the row group, in the table */
};

static void
compare_value(const struct look *l, const struct column_look *c, size_t row, bool valid,
	      const struct values *v, size_t at)
{
	const struct values *want = &l->table->columns[c->column];
	const char *name = l->table->schema.columns[c->column].name;

	if (valid != want->valid[row])
		fail_msg("column %s, row %zu: null or not", name, row);
	if (!valid)
		return;
	if (c->kind->type == PQ_BYTE_ARRAY ? !span_equal(v->texts[at], want->texts[row])
					   : v->words[at] != want->words[row])
		fail_msg("column %s, row %zu: another value", name, row);
	if (c->chunk->stats.has_min && c->chunk->stats.has_max &&
	    place(c->kind, v, at, c->chunk->stats.min, c->chunk->stats.max))
		fail_msg("column %s, row %zu: outside of the chunk's bounds", name, row);
}

/* A data page: its levels, its values, its bounds. */
static void
look_at_page(const struct look *l, struct column_look *c, size_t page,
	     const struct pq_page_header *h, const char *body)
{
	size_t rows = (size_t)h->n_values, n = 0, level_bytes;
	size_t first = (size_t)c->offsets.pages[page].first_row;
	struct values v = { .words = mem_new(rows, sizeof(int64_t)),
			    .texts = mem_new(rows, sizeof(struct span)) };
	uint32_t *levels = mem_new(rows, sizeof(*levels)), *codes = mem_new(rows, sizeof(*codes));
	uint32_t length;
	const char *values;
	struct pq_rle r;

	assert_int_equal(h->definition_encoding, PQ_RLE);
	memcpy(&length, body, sizeof(length));
	assert_true(pq_rle_init(&r, body + 4, length, 1) && pq_rle_read(&r, levels, rows));
	for (size_t i = 0; i < rows; i++)
		n += levels[i];
	values = body + 4 + length;
	level_bytes = 4 + length;
	if (h->encoding == PQ_PLAIN) {
		take_plain(c->kind->type, values, (size_t)h->unpacked_bytes - level_bytes, n, &v);
	} else if (h->encoding == PQ_DELTA_BINARY_PACKED) {
		assert_int_equal(c->kind->type, PQ_INT64);
		take_delta(values, (size_t)h->unpacked_bytes - level_bytes, n, &v);
	} else {
		assert_int_equal(h->encoding, PQ_RLE_DICTIONARY);
		assert_true(c->n_entries > 0);
		assert_int_equal(values[0], pq_bit_width((uint32_t)c->n_entries - 1));
		assert_true(pq_rle_init(&r, values + 1, (size_t)h->unpacked_bytes - level_bytes - 1,
					values[0]) &&
			    pq_rle_read(&r, codes, n));
		for (size_t i = 0; i < n; i++) {
			assert_true(codes[i] < c->n_entries);
			c->seen[codes[i]] = true;
			v.words[i] = c->dictionary.words[codes[i]];
			v.texts[i] = c->dictionary.texts[codes[i]];
		}
	}
	assert_true(rows <= PQ_PAGE_ROWS);
	assert_true(h->unpacked_bytes <= 1 << 20 || n == 1);
	for (size_t i = 0, at = 0; i < rows; i++) {
		compare_value(l, c, c->first_row + first + i, levels[i], &v, at);
		if (levels[i] && c->has_bounds)
			assert_int_equal(place(c->kind, &v, at, c->bounds.pages[page].min,
					       c->bounds.pages[page].max),
					 0);
		at += levels[i];
	}
	if (c->has_bounds) {
		assert_int_equal(c->bounds.pages[page].all_null, n == 0);
		assert_int_equal(c->bounds.pages[page].null_count, rows - n);
	}
	free(v.words);
	free(v.texts);
	free(levels);
	free(codes);
}

static void
read_indexes(struct look *l, struct column_look *c)
{
	const struct pq_chunk *k = c->chunk;

	assert_int_equal(pq_offset_index_read(&c->offsets, l->data + k->offset_index_at,
					      (size_t)k->offset_index_bytes, l->arena, NULL),
			 ERR_NONE);
	c->has_bounds = k->column_index_at >= 0;
	if (!c->has_bounds)
		return;
	assert_int_equal(pq_column_index_read(&c->bounds, l->data + k->column_index_at,
					      (size_t)k->column_index_bytes, l->arena, NULL),
			 ERR_NONE);
	assert_int_equal(c->bounds.n_pages, c->offsets.n_pages);
	assert_true(c->bounds.has_null_counts);
}

static int64_t
look_at_dictionary(struct look *l, struct column_look *c, char **body)
{
	int64_t at = c->chunk->dictionary_offset;
	struct pq_page_header h;

	*body = take_page(l, &at, &h);
	assert_int_equal(h.type, PQ_DICTIONARY_PAGE);
	assert_int_equal(h.encoding, PQ_PLAIN);
	assert_int_equal(at, c->chunk->data_offset);
	c->n_entries = (size_t)h.n_values;
	assert_true(c->n_entries <= PQ_DICT_ENTRIES_MAX && h.unpacked_bytes <= PQ_DICT_BYTES_MAX);
	c->dictionary.words = mem_new(c->n_entries, sizeof(int64_t));
	c->dictionary.texts = mem_new(c->n_entries, sizeof(struct span));
	c->seen = mem_new(c->n_entries, sizeof(bool));
	take_plain(c->kind->type, *body, (size_t)h.unpacked_bytes, c->n_entries, &c->dictionary);
	return (int64_t)h.unpacked_bytes;
}

/* A chunk: every page, and that what the footer says of it is true. */
static void
look_at_chunk(struct look *l, const struct pq_row_group *g, size_t column, size_t first_row)
{
	struct column_look c = { .column = column,
				 .kind = pq_kind_of(l->table->schema.columns[column].type),
				 .chunk = &g->chunks[column],
				 .first_row = first_row };
	bool has_codes = c.chunk->dictionary_offset >= 0;
	int64_t at = c.chunk->data_offset, rows = 0;
	char *dictionary = NULL;

	assert_int_equal(c.chunk->codec, PQ_ZSTD);
	assert_int_equal(c.chunk->type, c.kind->type);
	assert_int_equal(c.chunk->n_values, g->rows);
	read_indexes(l, &c);
	if (has_codes)
		(void)look_at_dictionary(l, &c, &dictionary);
	for (size_t i = 0; i < c.offsets.n_pages; i++) {
		struct pq_page_header h;
		char *body;

		assert_int_equal(c.offsets.pages[i].offset, at);
		assert_int_equal(c.offsets.pages[i].first_row, rows);
		body = take_page(l, &at, &h);
		assert_int_equal(h.type, PQ_DATA_PAGE);
		assert_int_equal(c.offsets.pages[i].packed_bytes, at - c.offsets.pages[i].offset);
		if (has_codes)
			assert_int_equal(h.encoding, PQ_RLE_DICTIONARY);
		else
			assert_int_equal(h.encoding, c.chunk->encodings[0]);
		look_at_page(l, &c, i, &h, body);
		rows += h.n_values;
		free(body);
	}
	assert_int_equal(rows, g->rows);
	assert_int_equal(at, (has_codes ? c.chunk->dictionary_offset : c.chunk->data_offset) +
				 c.chunk->packed_bytes);
	assert_int_equal(c.chunk->n_page_counts, 1 + has_codes);
	assert_int_equal(c.chunk->page_counts[has_codes].count, c.offsets.n_pages);
	for (size_t i = 0; i < c.n_entries; i++)
		assert_true(c.seen[i]);
	free(c.dictionary.words);
	free(c.dictionary.texts);
	free(c.seen);
	free(dictionary);
}

static void
check_counts(const struct look *l, size_t column, const struct pq_row_group *g, size_t first_row)
{
	const struct values *v = &l->table->columns[column];
	int64_t nulls = 0;

	for (size_t i = 0; i < (size_t)g->rows; i++)
		nulls += !v->valid[first_row + i];
	assert_true(g->chunks[column].stats.has_null_count);
	assert_int_equal(g->chunks[column].stats.null_count, nulls);
}

/* Everything: the file says of itself what is true, and holds the table. */
static void
look_at_file(struct look *l)
{
	size_t rows = 0;

	assert_int_equal(l->meta.version, 1);
	assert_string_equal(l->meta.created_by,
			    "tidemill version " TIDEMILL_VERSION " (build " TIDEMILL_VERSION ")");
	assert_int_equal(l->meta.rows, l->table->rows);
	assert_int_equal(l->meta.n_elements, l->table->schema.count + 1);
	assert_int_equal(l->meta.n_orders, l->table->schema.count);
	assert_int_equal(l->meta.n_key_values, 0);
	for (size_t i = 0; i < l->meta.n_groups; i++) {
		const struct pq_row_group *g = &l->meta.groups[i];
		int64_t packed = 0, unpacked = 0;

		assert_int_equal(g->n_chunks, l->table->schema.count);
		assert_int_equal(g->ordinal, i);
		for (size_t k = 0; k < g->n_chunks; k++) {
			look_at_chunk(l, g, k, rows);
			check_counts(l, k, g, rows);
			packed += g->chunks[k].packed_bytes;
			unpacked += g->chunks[k].unpacked_bytes;
		}
		assert_int_equal(g->packed_bytes, packed);
		assert_int_equal(g->bytes, unpacked);
		rows += (size_t)g->rows;
	}
	assert_int_equal(rows, l->table->rows);
}

/* ---- a file, read by the program itself ---- */

static void
compare_batch(const struct table *t, size_t from, const struct batch *b)
{
	for (size_t i = 0; i < t->schema.count; i++) {
		const struct values *want = &t->columns[i];

		for (size_t at = 0; at < b->rows; at++) {
			const struct col *c = &b->cols[i];
			size_t row = from + at;

			assert_int_equal(c->valid[at], want->valid[row]);
			if (!c->valid[at])
				continue;
			if (col_is_text(c->type))
				assert_true(span_equal(col_text(c, at), want->texts[row]));
			else if (c->type != COL_FLOAT64)
				assert_int_equal(col_int(c, at), want->words[row]);
			else if (!isnan(col_real(c, at)))
				assert_int_equal(col_int(c, at), want->words[row]);
		}
	}
}

/* The reader gives the table back, and what it gives, codes and all, makes the same file. */
static void
read_back(const struct table *t, const struct writer *w)
{
	const struct reader_options options = { .format = FORMAT_PARQUET, .schema = &t->schema };
	int fd = memfd_create("file", MFD_CLOEXEC);
	const struct batch *b = NULL;
	struct reader *r = NULL;
	struct writer again;
	struct err err = { 0 };
	size_t rows = 0;
	char path[64];

	assert_true(fd >= 0);
	assert_int_equal(write(fd, w->data, w->bytes), w->bytes);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (reader_open(&r, AT_FDCWD, path, "file", &options, &err))
		fail_msg("%s", err.msg);
	writer_open(&again, FORMAT_PARQUET, &t->schema);
	for (;;) {
		if (reader_next(r, &b, &err))
			fail_msg("%s", err.msg);
		if (!b)
			break;
		assert_int_equal(b->n_rejects, 0);
		compare_batch(t, rows, b);
		writer_add(&again, b, NULL, b->rows);
		rows += b->rows;
	}
	assert_int_equal(rows, t->rows);
	writer_end(&again);
	assert_int_equal(again.bytes, w->bytes);
	assert_memory_equal(again.data, w->data, w->bytes);
	writer_close(&again);
	reader_close(r);
	(void)close(fd);
}

/* Write a table and look at everything; *l is left open for more, with the bytes in *w. */
static void
write_and_look(const struct table *t, struct writer *w, struct look *l)
{
	write_table(w, t, &whole);
	look_open(l, w, t);
	look_at_file(l);
	read_back(t, w);
}

static void
done(struct writer *w, struct look *l)
{
	look_close(l);
	writer_close(w);
}

/* ---- every type ---- */

static const struct column all[] = {
	{ "i", COL_INT64 }, { "n", COL_INT32 },     { "f", COL_FLOAT64 }, { "s", COL_STRING },
	{ "b", COL_BOOL },  { "t", COL_TIMESTAMP }, { "d", COL_DATE },    { "j", COL_JSON },
};

/* Values that are few, many, or extremes; `pattern` says which rows are null. */
static void
fill_all(struct table *t, uint64_t seed, int pattern)
{
	static const int64_t ints[] = { INT64_MIN, INT64_MAX, 0, -1, 1, INT32_MIN, INT32_MAX };
	static const double reals[] = { 0.0, -0.0, 0.1, -1e308, INFINITY, -INFINITY, NAN, 5e-324 };
	static const char *const words[] = { "", "\xC3\xA9t\xC3\xA9 ", "a", "long enough " };
	uint64_t random = seed;

	for (size_t row = 0; row < t->rows; row++) {
		for (size_t i = 0; i < t->schema.count; i++) {
			uint64_t r = random_next(&random);
			uint64_t many = i < 4 ? 50 : 1 << 20, value = r >> 8;
			char text[40];

			if (pattern == 2 || (pattern == 1 && r % 5 == 0) ||
			    (pattern == 3 && row / 3000 % 2))
				continue;
			(void)snprintf(text, sizeof(text), "%s{\"k\": %llu}",
				       t->schema.columns[i].type == COL_JSON ? ""
									     : words[value % 4],
				       (unsigned long long)(value % many));
			if (col_is_text(t->schema.columns[i].type))
				set_text(t, i, row, r % 17 ? text : "0");
			else if (t->schema.columns[i].type == COL_BOOL)
				set_int(t, i, row, (int64_t)(value & 1));
			else if (t->schema.columns[i].type == COL_FLOAT64)
				set_real(t, i, row, reals[value % countof(reals)]);
			else if (t->schema.columns[i].type == COL_INT64 ||
				 t->schema.columns[i].type == COL_TIMESTAMP)
				set_int(t, i, row,
					r % 9 ? (int64_t)(value % many)
					      : ints[value % countof(ints)]);
			else
				set_int(t, i, row, (int32_t)(value % many) - 100);
		}
	}
}

static void
every_type_is_read_back_as_written(void **state)
{
	static const size_t sizes[] = { 1, 2, 9, 1000, 1025, 30000 };

	(void)state;
	for (size_t i = 0; i < countof(sizes); i++) {
		for (int pattern = 0; pattern < 4; pattern++) {
			struct table t;
			struct writer w;
			struct look l;

			table_init(&t, all, countof(all), sizes[i]);
			fill_all(&t, i * 10 + (size_t)pattern, pattern);
			write_and_look(&t, &w, &l);
			done(&w, &l);
			table_release(&t);
		}
	}
}

static void
the_schema_says_what_the_columns_are(void **state)
{
	static const struct {
		enum pq_type type;
		struct pq_logical logical;
	} want[] = {
		{ PQ_INT64, { .meaning = PQ_AS_IS } },
		{ PQ_INT32, { .meaning = PQ_AS_IS } },
		{ PQ_DOUBLE, { .meaning = PQ_AS_IS } },
		{ PQ_BYTE_ARRAY, { .meaning = PQ_STRING } },
		{ PQ_BOOLEAN, { .meaning = PQ_AS_IS } },
		{ PQ_INT64,
		  { .meaning = PQ_TIMESTAMP,
		    .unit_per_second = 1000000,
		    .adjusted_to_utc = true } },
		{ PQ_INT32, { .meaning = PQ_DATE } },
		{ PQ_BYTE_ARRAY, { .meaning = PQ_STRING } },
	};
	struct table t;
	struct writer w;
	struct look l;

	(void)state;
	table_init(&t, all, countof(all), 0);
	write_and_look(&t, &w, &l);
	assert_int_equal(l.meta.n_groups, 0);
	assert_int_equal(l.meta.elements[0].children, countof(all));
	for (size_t i = 0; i < countof(all); i++) {
		const struct pq_element *e = &l.meta.elements[i + 1];

		assert_string_equal(e->name, all[i].name);
		assert_int_equal(e->type, want[i].type);
		assert_int_equal(e->repetition, PQ_OPTIONAL);
		assert_int_equal(e->logical.meaning, want[i].logical.meaning);
		assert_int_equal(e->logical.unit_per_second, want[i].logical.unit_per_second);
		assert_int_equal(e->logical.adjusted_to_utc, want[i].logical.adjusted_to_utc);
		assert_int_equal(l.meta.orders[i], PQ_ORDER_TYPE);
	}
	done(&w, &l);
	table_release(&t);
}

static void
very_many_columns_are_written_and_read(void **state)
{
	enum { COLUMNS = 1000, ROWS = 9000 };
	struct column *columns = mem_new(COLUMNS, sizeof(*columns));
	struct table t;
	struct writer w;
	struct look l;

	(void)state;
	for (size_t i = 0; i < COLUMNS; i++)
		columns[i] = (struct column){ mem_format("c%zu", i), COL_INT64 };
	table_init(&t, columns, COLUMNS, ROWS);
	for (size_t i = 0; i < COLUMNS; i += 10)
		for (size_t row = 0; row < ROWS; row++)
			set_int(&t, i, row, (int64_t)(row * i));
	write_and_look(&t, &w, &l);
	/* 8 bytes of each of 1,000 columns: the row group is full after 8,389 rows. */
	assert_int_equal(l.meta.n_groups, 2);
	assert_int_equal(l.meta.groups[0].rows, GROUP_BYTES / 8000 + 1);
	done(&w, &l);
	table_release(&t);
	for (size_t i = 0; i < COLUMNS; i++)
		free((void *)(uintptr_t)columns[i].name);
	free(columns);
}

/* ---- where pages and row groups end ---- */

static size_t
count_pages(struct look *l, size_t group, size_t column)
{
	const struct pq_chunk *c = &l->meta.groups[group].chunks[column];

	return (size_t)c->page_counts[c->n_page_counts - 1].count;
}

static void
a_page_ends_after_its_number_of_rows(void **state)
{
	static const struct {
		size_t rows, pages;
	} cases[] = { { 19999, 1 }, { 20000, 1 }, { 20001, 2 }, { 40001, 3 } };
	static const struct column columns[] = { { "a", COL_INT64 }, { "b", COL_STRING } };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		struct writer w;
		struct look l;

		table_init(&t, columns, countof(columns), cases[i].rows);
		for (size_t row = 0; row < t.rows; row++)
			set_int(&t, 0, row, (int64_t)row);
		set_text(&t, 1, t.rows - 1, "all others are null");
		write_and_look(&t, &w, &l);
		assert_int_equal(count_pages(&l, 0, 0), cases[i].pages);
		assert_int_equal(count_pages(&l, 0, 1), cases[i].pages);
		done(&w, &l);
		table_release(&t);
	}
}

/* Texts of these sizes, one after the other; a null between each two of them. */
static void
a_page_ends_after_its_number_of_bytes(void **state)
{
	enum { MAX = PQ_PAGE_VALUE_BYTES };
	static const struct {
		const char *name;
		size_t bytes[5];
		size_t pages;
	} cases[] = {
		{ "one that fills a page", { MAX - 4 }, 1 },
		{ "one that is longer than a page", { MAX - 3 }, 1 },
		{ "two that fill a page", { 1000, MAX - 1008 }, 1 },
		{ "two that do not", { 1000, MAX - 1007 }, 2 },
		{ "a long one between short ones", { 10, 3 * MAX, 10 }, 3 },
		{ "three by three", { MAX / 3 - 4, MAX / 3 - 4, MAX / 3 - 4, 1, 1 }, 2 },
	};
	static const struct column columns[] = { { "s", COL_STRING } };
	char *text = mem_new(4 * MAX, 1);

	(void)state;
	for (size_t i = 0; i < 4 * MAX; i++)
		text[i] = (char)('a' + i % 7);
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		struct writer w;
		struct look l;

		table_init(&t, columns, 1, 10);
		for (size_t k = 0; k < 5 && cases[i].bytes[k]; k++)
			set_bytes(&t, 0, 2 * k, text + k, cases[i].bytes[k]);
		write_and_look(&t, &w, &l);
		if (count_pages(&l, 0, 0) != cases[i].pages)
			fail_msg("%s: %zu pages", cases[i].name, count_pages(&l, 0, 0));
		done(&w, &l);
		table_release(&t);
	}
	free(text);
}

/* A text that packs ten thousand times is read again. */
static void
a_text_that_packs_ten_thousand_times_is_read_again(void **state)
{
	enum { LONG = 32 << 20 };
	static const struct column columns[] = { { "t", COL_STRING } };
	char *letters = mem_new(LONG, 1);
	struct table t;
	struct writer w;
	struct look l;

	(void)state;
	memset(letters, 'x', LONG);
	table_init(&t, columns, 1, 2);
	set_bytes(&t, 0, 0, letters, LONG);
	set_text(&t, 0, 1, "short");
	write_and_look(&t, &w, &l);
	assert_true(w.bytes < LONG / 1024);
	done(&w, &l);
	table_release(&t);
	free(letters);
}

static void
a_row_group_ends_after_its_number_of_rows(void **state)
{
	static const struct {
		size_t rows, groups;
	} cases[] = { { GROUP_ROWS - 1, 1 }, { GROUP_ROWS, 1 }, { GROUP_ROWS + 1, 2 } };
	static const struct column columns[] = { { "a", COL_INT64 }, { "b", COL_STRING } };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		struct writer w;
		struct look l;

		table_init(&t, columns, countof(columns), cases[i].rows);
		for (size_t row = 0; row < t.rows; row++) {
			set_int(&t, 0, row, (int64_t)(row % 7));
			set_text(&t, 1, row, row % 2 ? "odd" : "even");
		}
		write_and_look(&t, &w, &l);
		assert_int_equal(l.meta.n_groups, cases[i].groups);
		done(&w, &l);
		table_release(&t);
	}
}

/* A row group ends behind the row that brings it to 64 MiB: 8 bytes, and the text. */
static void
a_row_group_ends_behind_the_row_that_fills_it(void **state)
{
	enum { TEXT = (1 << 20) - 8 };
	static const struct {
		size_t first, groups;
	} cases[] = { { TEXT - 1, 1 }, { TEXT, 2 } };
	static const struct column columns[] = { { "s", COL_STRING } };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		struct writer w;
		struct look l;

		table_init(&t, columns, 1, 65);
		for (size_t row = 0; row < t.rows; row++) {
			size_t bytes = row ? TEXT : cases[i].first;
			char *text = mem_new(bytes, 1);

			memset(text, (int)(row + 1), bytes);
			set_bytes(&t, 0, row, text, row < 64 ? bytes : 0);
			free(text);
		}
		write_and_look(&t, &w, &l);
		assert_int_equal(l.meta.n_groups, cases[i].groups);
		done(&w, &l);
		table_release(&t);
	}
}

/* ---- dictionary or not ---- */

/* Row i of so many distinct values in all, new ones in every `spread`th row. */
static int64_t
spread_value(size_t row, size_t distinct, size_t spread)
{
	return row % spread == spread - 1 && row / spread + 1 < distinct
		   ? (int64_t)(row / spread) + 1
		   : 0;
}

static void
a_dictionary_is_kept_as_long_as_it_pays(void **state)
{
	static const struct {
		const char *name;
		size_t rows, distinct, spread;
		bool has_codes;
	} cases[] = {
		{ "one value", 1000, 1, 2, true },
		{ "half", 10, 5, 2, true },
		{ "more than half", 9, 5, 2, false },
		{ "all different", 1000, 1000, 1, false },
		{ "two", 2, 2, 1, false },
		{ "as many entries as there may be", 200000, 65536, 3, true },
		{ "one more", 200000, 65537, 3, false },
		/* The first 8,192 decide, though most rows are the same. */
		{ "few enough at first", 30000, 7700, 1, true },
		{ "too many at first", 30000, 7701, 1, false },
	};
	static const struct column columns[] = { { "i", COL_INT64 },
						 { "n", COL_INT32 },
						 { "s", COL_STRING } };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		struct writer w;
		struct look l;

		table_init(&t, columns, countof(columns), cases[i].rows);
		for (size_t row = 0; row < t.rows; row++) {
			int64_t value = spread_value(row, cases[i].distinct, cases[i].spread);
			char text[24];

			(void)snprintf(text, sizeof(text), "%lld", (long long)value);
			set_int(&t, 0, row, -value);
			set_int(&t, 1, row, value);
			set_text(&t, 2, row, text);
		}
		write_and_look(&t, &w, &l);
		for (size_t k = 0; k < countof(columns); k++)
			if ((l.meta.groups[0].chunks[k].dictionary_offset >= 0) !=
			    cases[i].has_codes)
				fail_msg("%s, column %s", cases[i].name, columns[k].name);
		done(&w, &l);
		table_release(&t);
	}
}

static void
expect_same(const struct table *t, const struct cut *cut, const struct writer *want,
	    const char *name)
{
	struct writer w;

	write_table(&w, t, cut);
	if (w.bytes != want->bytes || memcmp(w.data, want->data, w.bytes) != 0)
		fail_msg("%s, random %llu, step %zu: other bytes", name,
			 (unsigned long long)cut->random, cut->step);
	writer_close(&w);
}

/* Where differences are small, and so many values that a block, or a page, ends among them. */
static int64_t
delta_value(int shape, size_t row, uint64_t random)
{
	switch (shape) {
	case 0:
		return (int64_t)row * 7919 - 5; /* a series */
	case 1:
		return INT64_MAX - (int64_t)row; /* and one that ends where integers do */
	case 2:
		return (int64_t)random;
	default: /* differences that wrap around */
		return row % 2 ? INT64_MIN + (int64_t)row : INT64_MAX - (int64_t)row;
	}
}

static void
fill_delta(struct table *t, int shape, bool has_nulls)
{
	uint64_t random = (uint64_t)shape + 1;

	for (size_t row = 0; row < t->rows; row++) {
		int64_t value = delta_value(shape, row, random_next(&random));

		/* A whole page without a value, and some here and there. */
		if (has_nulls && (row / 20000 == 1 || row % 11 == 3))
			continue;
		set_int(t, 0, row, value);
		set_int(t, 1, row, value);
	}
}

static void
integers_are_written_as_differences_where_that_is_smaller(void **state)
{
	static const size_t sizes[] = { 1, 2, 127, 128, 129, 130, 257, 20000, 60001 };
	static const struct column columns[] = { { "i", COL_INT64 }, { "t", COL_TIMESTAMP } };

	(void)state;
	for (size_t i = 0; i < countof(sizes); i++) {
		for (int shape = 0; shape < 8; shape++) {
			bool is_small = shape / 2 < 2 && sizes[i] > 1;
			struct table t;
			struct writer w;
			struct look l;

			table_init(&t, columns, countof(columns), sizes[i]);
			fill_delta(&t, shape / 2, shape % 2);
			write_and_look(&t, &w, &l);
			for (size_t k = 0; k < countof(columns); k++) {
				int encoding = l.meta.groups[0].chunks[k].encodings[0];

				if (sizes[i] >= 127 && shape / 2 < 3)
					assert_int_equal(encoding, is_small ? PQ_DELTA_BINARY_PACKED
									    : PQ_PLAIN);
			}
			expect_same(&t, &(struct cut){ .random = 5, .step = 3000 }, &w, "delta");
			expect_same(&t, &(struct cut){ .step = 32768, .coded = true }, &w,
				    "delta of codes");
			done(&w, &l);
			table_release(&t);
		}
	}
}

static void
plain_is_plain_for_old_readers(void **state)
{
	static const struct column columns[] = { { "i", COL_INT64 }, { "t", COL_TIMESTAMP } };
	uint64_t random = 1;
	struct table t;
	struct writer w;
	struct look l;

	(void)state;
	table_init(&t, columns, countof(columns), 30000);
	fill_delta(&t, 0, true);
	writer_open(&w, FORMAT_PARQUET, &t.schema);
	w.plain = true;
	add_rows(&w, &t, 0, t.rows, &whole, &random);
	writer_end(&w);
	look_open(&l, &w, &t);
	for (size_t k = 0; k < countof(columns); k++)
		assert_int_equal(l.meta.groups[0].chunks[k].encodings[0], PQ_PLAIN);
	look_close(&l);
	writer_close(&w);
	table_release(&t);
}

/* A dictionary of at most 1 MiB: 1,024 texts of 1,020 bytes with their lengths. */
static void
a_dictionary_has_at_most_a_mebibyte(void **state)
{
	static const struct column columns[] = { { "s", COL_STRING } };

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		size_t entries = PQ_DICT_BYTES_MAX / 1024;
		struct table t;
		struct writer w;
		struct look l;

		table_init(&t, columns, 1, 3 * entries);
		for (size_t row = 0; row < t.rows; row++) {
			char text[1021];

			memset(text, 'x', sizeof(text));
			(void)snprintf(text, sizeof(text), "%zu", row % entries);
			text[strlen(text)] = 'y';
			set_bytes(&t, 0, row, text, row % entries ? 1020 : 1020 + more);
		}
		write_and_look(&t, &w, &l);
		assert_int_equal(l.meta.groups[0].chunks[0].dictionary_offset >= 0, !more);
		done(&w, &l);
		table_release(&t);
	}
}

/* ---- statistics ---- */

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void
bounds_of_texts_are_cut_between_characters(void **state)
{
	static const struct {
		const char *text, *min, *max; /* max NULL: there is none */
		bool exact;
	} cases[] = {
		{ "", "", "", true },
		{ "a", "a", "a", true },
		{ SIXTY "abcd", SIXTY "abcd", SIXTY "abcd", true },
		{ SIXTY "abcde", SIXTY "abcd", SIXTY "abce", false },
		{ SIXTY "abc\x7f-", SIXTY "abc\x7f", SIXTY "abd", false },
		{ SIXTY "abc\xC3\xA9", SIXTY "abc", SIXTY "abd", false },
		{ SIXTY "ab\xC3\xA9-", SIXTY "ab\xC3\xA9", SIXTY "ab\xC3\xAA", false },
		{ SIXTY "ab\xDF\xBF-", SIXTY "ab\xDF\xBF", SIXTY "ac", false },
		{ SIXTY "a\xED\x9F\xBF-", SIXTY "a\xED\x9F\xBF", SIXTY "a\xEE\x80\x80", false },
		{ SIXTY "\xF4\x8F\xBF\xBF-", SIXTY "\xF4\x8F\xBF\xBF",
		  TEN TEN TEN TEN TEN "012345678:", false },
		{ SIXTY "\xF0\x9F\x98\x80-", SIXTY "\xF0\x9F\x98\x80", SIXTY "\xF0\x9F\x98\x81",
		  false },
		{ SIXTY "abc\xFF\xFF\xFF", SIXTY "abc\xFF", NULL, false },
		{ SIXTY "\x80\x80\x80\x80\x80\x80", SIXTY "\x80\x80\x80\x80", NULL, false },
	};
	const struct pq_kind *kind = pq_kind_of(COL_STRING);

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct span text = { cases[i].text, strlen(cases[i].text) };
		struct pq_values v = { 0 };
		struct pq_bounds b = { 0 };
		struct pq_bound_bytes bytes;
		struct pq_statistics s = { 0 };

		pq_values_add_texts(&v, &text, 1);
		pq_bounds_add(&b, kind, &v, 0, 1);
		pq_bounds_say(&b, kind, &bytes, &s);
		if (!s.has_min || !span_is(s.min, cases[i].min) || s.min_exact != cases[i].exact)
			fail_msg("case %zu: min %.*s", i, (int)s.min.bytes, s.min.data);
		if (s.has_max != (cases[i].max != NULL))
			fail_msg("case %zu: max or no max", i);
		if (s.has_max && (!span_is(s.max, cases[i].max) || s.max_exact != cases[i].exact))
			fail_msg("case %zu: max %.*s", i, (int)s.max.bytes, s.max.data);
		pq_values_release(&v);
	}
}

/* Nothing larger than 64 of the last character there is: no maximum, and no column index. */
static void
without_a_larger_text_there_is_no_maximum(void **state)
{
	static const struct column columns[] = { { "s", COL_STRING }, { "f", COL_FLOAT64 } };
	struct table t;
	struct writer w;
	struct look l;
	char text[68];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 4)
		memcpy(text + i, "\xF4\x8F\xBF\xBF", 4);
	table_init(&t, columns, countof(columns), 1);
	set_bytes(&t, 0, 0, text, sizeof(text));
	set_real(&t, 1, 0, NAN);
	write_and_look(&t, &w, &l);
	assert_true(l.meta.groups[0].chunks[0].stats.has_min);
	assert_false(l.meta.groups[0].chunks[0].stats.has_max);
	assert_false(l.meta.groups[0].chunks[1].stats.has_min);
	for (size_t i = 0; i < 2; i++) {
		assert_true(l.meta.groups[0].chunks[i].column_index_at < 0);
		assert_true(l.meta.groups[0].chunks[i].offset_index_at > 0);
	}
	done(&w, &l);
	table_release(&t);
}

static void
bounds_of_reals_know_zero_and_nan(void **state)
{
	static const struct {
		double values[3];
		double min, max;
	} cases[] = {
		{ { 1, 2, 3 }, 1, 3 },
		{ { NAN, 2, NAN }, 2, 2 },
		{ { 0.0, 0.0, 0.0 }, -0.0, 0.0 },
		{ { -0.0, -0.0, -0.0 }, -0.0, 0.0 },
		{ { -0.0, 5, 0.0 }, -0.0, 5 },
		{ { 0.0, -5, -0.0 }, -5, 0.0 },
		{ { INFINITY, NAN, -INFINITY }, -INFINITY, INFINITY },
	};
	static const struct column columns[] = { { "f", COL_FLOAT64 } };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct pq_statistics *s;
		struct table t;
		struct writer w;
		struct look l;

		table_init(&t, columns, 1, 3);
		for (size_t k = 0; k < 3; k++)
			set_real(&t, 0, k, cases[i].values[k]);
		write_and_look(&t, &w, &l);
		s = &l.meta.groups[0].chunks[0].stats;
		assert_true(s->has_min && s->has_max);
		assert_memory_equal(s->min.data, &cases[i].min, 8);
		assert_memory_equal(s->max.data, &cases[i].max, 8);
		done(&w, &l);
		table_release(&t);
	}
}

static void
ordered_pages_are_said_to_be_ordered(void **state)
{
	static const struct {
		const char *name;
		int64_t pages[4]; /* 99: a page of nulls */
		int32_t order;
	} cases[] = {
		{ "up", { 1, 2, 3, 4 }, 1 },
		{ "down", { 4, 3, -3, -4 }, 2 },
		{ "neither", { 1, 3, 2, 4 }, 0 },
		{ "all the same", { 5, 5, 5, 5 }, 1 },
		{ "nulls between", { 99, -7, 99, 7 }, 1 },
		{ "down with nulls", { 7, 99, -7, 99 }, 2 },
		{ "nulls only", { 99, 99, 99, 99 }, 1 },
	};
	static const struct column columns[] = { { "n", COL_INT32 }, { "f", COL_FLOAT64 } };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		struct writer w;
		struct look l;

		table_init(&t, columns, 2, 4 * PQ_PAGE_ROWS);
		for (size_t row = 0; row < t.rows; row++) {
			int64_t value = cases[i].pages[row / PQ_PAGE_ROWS];

			if (value == 99)
				continue;
			set_int(&t, 0, row, value);
			set_real(&t, 1, row, (double)value / 2);
		}
		write_and_look(&t, &w, &l);
		for (size_t k = 0; k < 2; k++) {
			const struct pq_chunk *c = &l.meta.groups[0].chunks[k];
			struct pq_column_index index;

			assert_int_equal(pq_column_index_read(&index, l.data + c->column_index_at,
							      (size_t)c->column_index_bytes,
							      l.arena, NULL),
					 ERR_NONE);
			if (index.boundary_order != cases[i].order)
				fail_msg("%s, column %s: order %d", cases[i].name, columns[k].name,
					 index.boundary_order);
		}
		done(&w, &l);
		table_release(&t);
	}
}

/* ---- the same rows, the same bytes ---- */

static void
the_same_rows_make_the_same_bytes(void **state)
{
	static const struct {
		const char *name;
		struct cut cut;
	} cases[] = {
		{ "one by one", { .step = 1 } },
		{ "sevens", { .step = 7 } },
		{ "1,023", { .step = 1023, .says_no_nulls = true } },
		{ "whole", { .step = 32768, .says_no_nulls = true } },
		{ "at random", { .random = 1, .step = 9000 } },
		{ "codes", { .step = 32768, .coded = true } },
		{ "codes twice", { .step = 30000, .coded = true, .doubled = true } },
		{ "codes, few rows", { .random = 2, .step = 40, .coded = true } },
		{ "some codes", { .random = 3, .step = 20000, .coded = true } },
		{ "selected", { .step = 5000, .selected = true } },
		{ "selected codes",
		  { .random = 4,
		    .step = 10000,
		    .selected = true,
		    .coded = true,
		    .doubled = true,
		    .says_no_nulls = true } },
	};

	(void)state;
	for (int pattern = 0; pattern < 4; pattern++) {
		struct table t;
		struct writer want;

		table_init(&t, all, countof(all), 40000);
		fill_all(&t, 99 + (uint64_t)pattern, pattern);
		write_table(&want, &t, &whole);
		for (size_t i = 0; i < countof(cases); i++)
			if (cases[i].cut.step > 1 || pattern == 1)
				expect_same(&t, &cases[i].cut, &want, cases[i].name);
		writer_close(&want);
		table_release(&t);
	}
}

/* Dictionaries that fill up, or stop to pay, in the middle of a batch. */
static void
dictionaries_given_up_in_a_batch_make_the_same_bytes(void **state)
{
	static const struct column columns[] = { { "i", COL_INT64 }, { "s", COL_STRING } };
	static const size_t spreads[] = { 1, 2, 3 };

	(void)state;
	for (size_t i = 0; i < countof(spreads); i++) {
		struct table t;
		struct writer want;

		table_init(&t, columns, countof(columns), 270000);
		for (size_t row = 0; row < t.rows; row++) {
			int64_t value = spread_value(row, SIZE_MAX, spreads[i]);
			char text[24];

			(void)snprintf(text, sizeof(text), "%lld", (long long)value);
			if (row % 11)
				set_int(&t, 0, row, value);
			set_text(&t, 1, row, text);
		}
		write_table(&want, &t, &whole);
		expect_same(&t, &(struct cut){ .step = 4999 }, &want, "values");
		expect_same(&t, &(struct cut){ .step = 65536, .coded = true }, &want, "codes");
		expect_same(&t, &(struct cut){ .random = 7, .step = 40000, .coded = true }, &want,
			    "some codes");
		writer_close(&want);
		table_release(&t);
	}
}

/* One processor or two. */
static void
one_lane_or_two_make_the_same_bytes(void **state)
{
	cpu_set_t before, one;
	struct table t;
	struct writer want;
	size_t cpu = 0;

	(void)state;
	table_init(&t, all, countof(all), 60000);
	fill_all(&t, 5, 1);
	write_table(&want, &t, &whole);
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	while (!CPU_ISSET(cpu, &before))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	expect_same(&t, &whole, &want, "one lane");
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	writer_close(&want);
	table_release(&t);
}

/* A file may end where a row group does, and nowhere else. */
static void
a_file_may_end_where_a_row_group_does(void **state)
{
	static const struct column columns[] = { { "i", COL_INT64 } };
	static const struct schema schema = { columns, 1 };
	struct batch b;
	struct writer w;
	size_t rows = 0;

	(void)state;
	batch_init(&b, &schema, NULL);
	batch_set_rows(&b, 60000);
	memset(b.cols[0].valid, false, b.rows);
	writer_open(&w, FORMAT_PARQUET, &schema);
	for (int i = 0; i < 5; i++) {
		size_t n = writer_add_some(&w, &b, NULL, 0, b.rows);

		rows += n;
		assert_int_equal(w.may_end, rows == GROUP_ROWS);
		assert_int_equal(n, i < 4 ? b.rows : GROUP_ROWS - 4 * b.rows);
	}
	assert_int_equal(writer_add_some(&w, &b, NULL, 22144, 1), 1);
	assert_false(w.may_end);
	assert_false(w.is_full);
	writer_end(&w);
	writer_close(&w);
	batch_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_read_back_as_written),
		cmocka_unit_test(the_schema_says_what_the_columns_are),
		cmocka_unit_test(very_many_columns_are_written_and_read),
		cmocka_unit_test(a_page_ends_after_its_number_of_rows),
		cmocka_unit_test(a_page_ends_after_its_number_of_bytes),
		cmocka_unit_test(a_text_that_packs_ten_thousand_times_is_read_again),
		cmocka_unit_test(a_row_group_ends_after_its_number_of_rows),
		cmocka_unit_test(a_row_group_ends_behind_the_row_that_fills_it),
		cmocka_unit_test(a_dictionary_is_kept_as_long_as_it_pays),
		cmocka_unit_test(integers_are_written_as_differences_where_that_is_smaller),
		cmocka_unit_test(plain_is_plain_for_old_readers),
		cmocka_unit_test(a_dictionary_has_at_most_a_mebibyte),
		cmocka_unit_test(bounds_of_texts_are_cut_between_characters),
		cmocka_unit_test(without_a_larger_text_there_is_no_maximum),
		cmocka_unit_test(bounds_of_reals_know_zero_and_nan),
		cmocka_unit_test(ordered_pages_are_said_to_be_ordered),
		cmocka_unit_test(the_same_rows_make_the_same_bytes),
		cmocka_unit_test(dictionaries_given_up_in_a_batch_make_the_same_bytes),
		cmocka_unit_test(one_lane_or_two_make_the_same_bytes),
		cmocka_unit_test(a_file_may_end_where_a_row_group_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
