/*
 * fuzz_parquet_write.c - any rows as a Parquet file: read back they are the same rows, and however
 * they are cut into batches the bytes are the same.
 *
 * The first bytes choose how often the rows are repeated, mostly once, and how they are cut; the
 * rest are values, one tag byte before each: null, a small number, or one that follows.
 */
#include "core/base/mem.h"
#include "worker/format/reader.h"
#include "worker/format/writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ROWS_MAX = 45000, TEXT_BYTES_MAX = 300, REPEAT_FROM = 252 };

static const struct column columns[] = {
	{ "i", COL_INT64 }, { "n", COL_INT32 },     { "f", COL_FLOAT64 }, { "s", COL_STRING },
	{ "b", COL_BOOL },  { "t", COL_TIMESTAMP }, { "d", COL_DATE },    { "j", COL_JSON },
};
static const struct schema schema = { columns, countof(columns) };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct tape {
	const uint8_t *data;
	size_t bytes;
};

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static uint64_t
take(struct tape *in, size_t bytes)
{
	uint64_t value = 0;

	for (; bytes && in->bytes; bytes--, in->bytes--)
		value = value << 8 | *in->data++;
	return value;
}

/* A text: characters of one to four bytes, and of json a number. */
static struct span
take_text(struct tape *in, uint64_t tag, bool is_json, struct arena *arena)
{
	static const char *const characters[] = {
		"a", "b", "\x7f", "\xC3\xA9", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"
	};
	char text[TEXT_BYTES_MAX + 4];
	size_t n = 0, want = tag < 128 ? tag % 8 : (size_t)take(in, 2) % TEXT_BYTES_MAX;
	uint64_t pick = tag < 128 ? tag : take(in, 2);

	if (is_json)
		n = (size_t)snprintf(text, sizeof(text), "%llu", (unsigned long long)pick);
	while (!is_json && n < want) {
		const char *c = characters[pick++ % countof(characters)];

		memcpy(text + n, c, strlen(c));
		n += strlen(c);
	}
	return (struct span){ arena_bytes(arena, text, n), n };
}

static void
take_value(struct tape *in, struct col *c, size_t at, struct arena *arena)
{
	uint64_t tag = take(in, 1), word = tag < 128 ? tag : take(in, tag % 8 + 1);

	c->valid[at] = tag % 8 != 7;
	if (col_is_text(c->type))
		c->texts[at] = take_text(in, tag, c->type == COL_JSON, arena);
	else if (c->type == COL_FLOAT64)
		memcpy(&c->reals[at], &word, sizeof(word));
	else if (c->type == COL_INT64)
		c->ints[at] = (int64_t)word;
	else if (c->type == COL_INT32)
		c->ints[at] = (int32_t)word;
	else if (c->type == COL_BOOL)
		c->ints[at] = word & 1;
	else if (c->type == COL_TIMESTAMP)
		c->ints[at] = (int64_t)word % INT64_C(60000000000000000);
	else
		c->ints[at] = (int64_t)word % 700000;
}

static void
fill(struct batch *b, struct tape *in, size_t times, struct arena *arena)
{
	size_t rows = 0;

	batch_init(b, &schema, NULL);
	while (in->bytes && rows < ROWS_MAX) {
		batch_set_rows(b, ++rows);
		for (size_t i = 0; i < schema.count; i++)
			take_value(in, &b->cols[i], rows - 1, arena);
	}
	for (size_t n = rows * times < ROWS_MAX ? rows * times : ROWS_MAX; rows < n; rows++) {
		batch_set_rows(b, rows + 1);
		for (size_t i = 0; i < schema.count; i++) {
			struct col *c = &b->cols[i];

			c->valid[rows] = c->valid[rows / 2];
			if (col_is_text(c->type))
				c->texts[rows] = c->texts[rows / 2];
			else
				c->ints[rows] = c->ints[rows / 2];
		}
	}
}

/* The text columns by codes: an entry for every row, in another order. */
static void
with_codes(struct batch *b, struct col_dict *dict, struct span *texts, size_t column)
{
	uint32_t *codes = batch_codes(b, column);

	for (size_t i = 0; i < b->rows; i++) {
		codes[i] = (uint32_t)(b->rows - 1 - i);
		texts[codes[i]] = b->cols[column].texts[i];
	}
	dict->count = b->rows;
	dict->texts = texts;
	b->cols[column].dict = dict;
}

/* The same rows, a few at a time and by codes. */
static void
write_again(struct batch *b, size_t step, const struct writer *want)
{
	struct span *texts = mem_new(b->rows + 1, sizeof(*texts));
	struct col_dict dict = { 0 };
	struct writer w;

	with_codes(b, &dict, texts, 3);
	writer_open(&w, FORMAT_PARQUET, &schema);
	for (size_t at = 0; at < b->rows;) {
		size_t n = b->rows - at < step ? b->rows - at : step;

		at += writer_add_some(&w, b, NULL, at, n);
	}
	writer_end(&w);
	check(w.bytes == want->bytes && memcmp(w.data, want->data, w.bytes) == 0);
	writer_close(&w);
	b->cols[3].dict = NULL;
	free(texts);
}

static void
compare(const struct batch *want, size_t from, const struct batch *got)
{
	check(!got->n_rejects && from + got->rows <= want->rows);
	for (size_t i = 0; i < schema.count; i++) {
		const struct col *a = &want->cols[i], *b = &got->cols[i];

		for (size_t at = 0; at < got->rows; at++) {
			check(a->valid[from + at] == b->valid[at]);
			if (!b->valid[at])
				continue;
			if (col_is_text(a->type))
				check(span_equal(a->texts[from + at], col_text(b, at)));
			else if (a->type == COL_FLOAT64 && isnan(a->reals[from + at]))
				check(isnan(col_real(b, at)));
			else
				check(a->ints[from + at] == col_int(b, at));
		}
	}
}

static void
read_back(const struct batch *want, const struct writer *w)
{
	const struct reader_options options = { .format = FORMAT_PARQUET, .schema = &schema };
	int fd = memfd_create("input", MFD_CLOEXEC);
	const struct batch *b = NULL;
	struct reader *r = NULL;
	size_t rows = 0;
	char path[64];

	check(fd >= 0 && write(fd, w->data, w->bytes) == (ssize_t)w->bytes);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check(reader_open(&r, -1, path, "input", &options, NULL) == ERR_NONE);
	for (;;) {
		check(reader_next(r, &b, NULL) == ERR_NONE);
		if (!b)
			break;
		compare(want, rows, b);
		rows += b->rows;
	}
	check(rows == want->rows);
	reader_close(r);
	(void)close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct tape in = { data, bytes };
	size_t times = (size_t)take(&in, 1), step = (size_t)take(&in, 2) + 1;
	struct arena *arena = arena_new();
	struct batch b;
	struct writer w;

	times = times < REPEAT_FROM ? 1 : 1 + (times - REPEAT_FROM) * 16;
	fill(&b, &in, times, arena);
	writer_open(&w, FORMAT_PARQUET, &schema);
	writer_add(&w, &b, NULL, b.rows);
	writer_end(&w);
	read_back(&b, &w);
	write_again(&b, step < 100 && b.rows > 2000 ? 1000 + step : step, &w);
	writer_close(&w);
	batch_release(&b);
	arena_free(arena);
	return 0;
}
