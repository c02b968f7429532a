/* canon.c - the content digest: what rows say, not how a file spells them. */
#include "worker/rows/canon.h"

#include "core/base/mem.h"

#include <assert.h>
#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Small values go into a checksum together, in what stays in the first-level cache; a text that is
 * longer than this goes in from where it lies.
 */
enum { DATA_BYTES = 16 << 10, TEXT_BYTES_MAX = 4 << 10 };

static char *
put_word(uint64_t value, char *out)
{
	value = htole64(value);
	memcpy(out, &value, sizeof(value));
	return out + sizeof(value);
}

static void
digest_word(struct digest *d, uint64_t value)
{
	char raw[8];

	(void)put_word(value, raw);
	digest_add(d, raw, sizeof(raw));
}

static void
digest_text(struct digest *d, const char *text)
{
	digest_word(d, strlen(text));
	digest_add(d, text, strlen(text));
}

void
canon_init(struct canon *c, const struct schema *schema)
{
	*c = (struct canon){ .schema = schema, .data = mem_new(DATA_BYTES, 1) };
	/* A checksum wants more alignment than the heap gives. */
	c->columns = mem_new_aligned(schema->count, sizeof(*c->columns), 64);
	for (size_t i = 0; i < schema->count; i++) {
		checksum_init(&c->columns[i].values);
		checksum_init(&c->columns[i].nulls);
	}
}

void
canon_release(struct canon *c)
{
	free(c->columns);
	free(c->data);
	*c = (struct canon){ 0 };
}

static uint64_t
real_bits(double value)
{
	uint64_t bits;

	if (isnan(value))
		return UINT64_C(0x7ff8000000000000);
	value += 0.0; /* -0.0 becomes 0.0 */
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

size_t
canon_value_bytes(const struct col *col, size_t at)
{
	return 9 + (col_is_text(col->type) && col->valid[at] ? col_text(col, at).bytes : 0);
}

char *
canon_value(const struct col *col, size_t at, char *out)
{
	if (!col->valid[at]) {
		*out++ = 0;
		return out;
	}
	*out++ = (char)(1 + col->type);
	if (col->type == COL_FLOAT64)
		return put_word(real_bits(col_real(col, at)), out);
	if (!col_is_text(col->type))
		return put_word((uint64_t)col_int(col, at), out);
	out = put_word(col_text(col, at).bytes, out);
	if (col_text(col, at).bytes)
		memcpy(out, col_text(col, at).data, col_text(col, at).bytes);
	return out + col_text(col, at).bytes;
}

static void
add_nulls(struct canon *c, struct canon_column *sum, const struct col *col, const uint32_t *rows,
	  size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char raw[8];

		if (col->valid[rows ? rows[i] : i])
			continue;
		(void)put_word(c->rows + i, raw);
		checksum_add(&sum->nulls, raw, sizeof(raw));
	}
}

/* A short text without a call: both of its ends, which may overlap. */
static inline void
put_bytes(char *out, const char *data, size_t bytes)
{
	uint64_t first, last;
	uint32_t head, tail;

	if (bytes > 2 * sizeof(first)) {
		memcpy(out, data, bytes);
	} else if (bytes >= sizeof(first)) {
		memcpy(&first, data, sizeof(first));
		memcpy(&last, data + bytes - sizeof(last), sizeof(last));
		memcpy(out, &first, sizeof(first));
		memcpy(out + bytes - sizeof(last), &last, sizeof(last));
	} else if (bytes >= sizeof(head)) {
		memcpy(&head, data, sizeof(head));
		memcpy(&tail, data + bytes - sizeof(tail), sizeof(tail));
		memcpy(out, &head, sizeof(head));
		memcpy(out + bytes - sizeof(tail), &tail, sizeof(tail));
	} else if (bytes) {
		out[0] = data[0];
		out[bytes / 2] = data[bytes / 2];
		out[bytes - 1] = data[bytes - 1];
	}
}

static void
add_texts(struct canon *c, struct canon_column *sum, const struct col *col, const uint32_t *rows,
	  size_t n)
{
	const char *end = c->data + DATA_BYTES - TEXT_BYTES_MAX - sizeof(uint64_t);
	char *out = c->data;

	for (size_t i = 0; i < n; i++) {
		size_t at = rows ? rows[i] : i;
		struct span text;

		if (!col->valid[at])
			continue;
		text = col_text(col, at);
		out = put_word(text.bytes, out);
		if (text.bytes <= TEXT_BYTES_MAX) {
			put_bytes(out, text.data, text.bytes);
			out += text.bytes;
			if (out <= end)
				continue;
		}
		checksum_add(&sum->values, c->data, (size_t)(out - c->data));
		out = c->data;
		if (text.bytes > TEXT_BYTES_MAX)
			checksum_add(&sum->values, text.data, text.bytes);
	}
	checksum_add(&sum->values, c->data, (size_t)(out - c->data));
}

/* The words of n rows that are not null go to `out`; returns behind them. */
static char *
put_words(const struct col *col, const uint32_t *rows, size_t from, size_t n, char *out)
{
	for (size_t i = from; i < from + n; i++) {
		size_t at = rows ? rows[i] : i;

		if (!col->no_nulls && !col->valid[at])
			continue;
		out = put_word(col->type == COL_FLOAT64 ? real_bits(col_real(col, at))
							: (uint64_t)col_int(col, at),
			       out);
	}
	return out;
}

static void
add_words(struct canon *c, struct canon_column *sum, const struct col *col, const uint32_t *rows,
	  size_t n)
{
	enum { WORDS = DATA_BYTES / sizeof(uint64_t) };

	if (!rows && !col->dict && col->no_nulls && col->type != COL_FLOAT64 &&
	    __BYTE_ORDER == __LITTLE_ENDIAN) {
		checksum_add(&sum->values, col->ints, n * sizeof(*col->ints));
		return;
	}
	for (size_t i = 0; i < n; i += WORDS) {
		char *end = put_words(col, rows, i, n - i < WORDS ? n - i : WORDS, c->data);

		checksum_add(&sum->values, c->data, (size_t)(end - c->data));
	}
}

void
canon_add(struct canon *c, const struct batch *b, const uint32_t *rows, size_t n)
{
	for (size_t i = 0; i < c->schema->count; i++) {
		const struct col *col = &b->cols[i];

		if (!col->no_nulls)
			add_nulls(c, &c->columns[i], col, rows, n);
		if (col_is_text(col->type))
			add_texts(c, &c->columns[i], col, rows, n);
		else
			add_words(c, &c->columns[i], col, rows, n);
	}
	c->rows += n;
}

void
canon_end(struct canon *c, char out[DIGEST_CHARS + 1])
{
	struct digest d;

	digest_init(&d);
	digest_word(&d, c->rows);
	digest_word(&d, c->schema->count);
	for (size_t i = 0; i < c->schema->count; i++) {
		char sum[CHECKSUM_CHARS + 1];

		digest_text(&d, c->schema->columns[i].name);
		digest_text(&d, col_type_name(c->schema->columns[i].type));
		checksum_end(&c->columns[i].values, sum);
		digest_add(&d, sum, CHECKSUM_CHARS);
		checksum_end(&c->columns[i].nulls, sum);
		digest_add(&d, sum, CHECKSUM_CHARS);
	}
	digest_end(&d, out);
}

static_assert(2 * CHECKSUM_CHARS == DIGEST_CHARS, "two checksums are as long as a digest");

void
canon_column(const struct canon *c, size_t column, char out[DIGEST_CHARS + 1])
{
	checksum_end(&c->columns[column].values, out);
	checksum_end(&c->columns[column].nulls, out + CHECKSUM_CHARS);
}
