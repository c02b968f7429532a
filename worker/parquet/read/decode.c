/* decode.c - the values of one page: its encoding becomes arrays. */
#include "worker/parquet/read/decode.h"

#include "core/base/mem.h"
#include "worker/parquet/code/bits.h"
#include "worker/parquet/code/delta.h"
#include "worker/parquet/code/delta_text.h"
#include "worker/parquet/code/plain.h"
#include "worker/parquet/code/rle.h"
#include "worker/parquet/meta/page_header.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* So many values are unpacked at once where they go through a buffer on the stack. */
enum { PIECE_VALUES = 256 };

typedef bool read_fn(struct pq_decoder *d, size_t n, union pq_array out);

enum pq_form
pq_form_of(enum pq_type type)
{
	switch (type) {
	case PQ_FLOAT:
	case PQ_DOUBLE:
		return PQ_REALS;
	case PQ_INT96:
	case PQ_BYTE_ARRAY:
	case PQ_FIXED:
		return PQ_TEXTS;
	default:
		return PQ_INTS;
	}
}

size_t
pq_form_bytes(enum pq_form form)
{
	return form == PQ_TEXTS ? sizeof(struct span) : sizeof(int64_t);
}

bool
pq_texts_fit(const struct span *texts, size_t n, const struct pq_budget *budget)
{
	size_t longest = 0;

	/* A text that is too long takes as much of the budget. */
	if (budget->used <= PQ_TEXT_BYTES_MAX)
		return true;
	for (size_t i = 0; i < n; i++)
		longest = texts[i].bytes > longest ? texts[i].bytes : longest;
	return longest <= PQ_TEXT_BYTES_MAX;
}

union pq_array
pq_array_from(union pq_array array, enum pq_form form, size_t at)
{
	return (union pq_array){ .any = (char *)array.any + at * pq_form_bytes(form) };
}

/* ---- memory of texts ---- */

void
pq_keep_block(struct pq_keep *k, struct pq_block *block)
{
	if (!block->data)
		return;
	k->blocks = mem_grow(k->blocks, k->n, &k->room, sizeof(*k->blocks));
	k->blocks[k->n++] = *block;
	*block = (struct pq_block){ 0 };
}

void *
pq_keep_get(struct pq_keep *k, size_t bytes)
{
	struct pq_block block = { 0 };

	if (!pq_block_need(&block, bytes, k->budget))
		return NULL;
	pq_keep_block(k, &block);
	return k->blocks[k->n - 1].data;
}

void
pq_keep_move(struct pq_keep *from, struct pq_keep *to)
{
	for (size_t i = 0; i < from->n; i++)
		pq_keep_block(to, &from->blocks[i]);
	from->n = 0;
}

void
pq_keep_empty(struct pq_keep *k)
{
	while (k->n)
		pq_block_free(&k->blocks[--k->n], k->budget);
}

void
pq_keep_release(struct pq_keep *k)
{
	pq_keep_empty(k);
	free(k->blocks);
	k->blocks = NULL;
	k->room = 0;
}

/* ---- PLAIN ---- */

/* Step over n values of the same width; NULL: the page ends before. */
static const uint8_t *
take(struct pq_decoder *d, size_t n)
{
	const uint8_t *at = d->at;

	if (n > (size_t)(d->end - at) / d->width)
		return NULL;
	d->at += n * d->width;
	return at;
}

static bool
plain_int32(struct pq_decoder *d, size_t n, union pq_array out)
{
	const uint8_t *at = take(d, n);

	for (size_t i = 0; at && i < n; i++) {
		uint32_t word;

		memcpy(&word, at + i * sizeof(word), sizeof(word));
		out.ints[i] = (int32_t)le32toh(word);
	}
	return at;
}

/* INT64 and DOUBLE: as they are. */
static bool
plain_words(struct pq_decoder *d, size_t n, union pq_array out)
{
	const uint8_t *at = take(d, n);

	if (!at)
		return false;
	memcpy(out.any, at, n * sizeof(uint64_t));
#if __BYTE_ORDER == __BIG_ENDIAN
	for (size_t i = 0; i < n; i++)
		out.ints[i] = (int64_t)le64toh((uint64_t)out.ints[i]);
#endif
	return true;
}

static double
float_of(const uint8_t *at)
{
	uint32_t word;
	float value;

	memcpy(&word, at, sizeof(word));
	word = le32toh(word);
	memcpy(&value, &word, sizeof(value));
	return (double)value;
}

static bool
plain_float(struct pq_decoder *d, size_t n, union pq_array out)
{
	const uint8_t *at = take(d, n);

	for (size_t i = 0; at && i < n; i++)
		out.reals[i] = float_of(at + i * sizeof(float));
	return at;
}

static bool
plain_bool(struct pq_decoder *d, size_t n, union pq_array out)
{
	return pq_plain_bools(d->at, d->end, &d->bit, n, out.ints);
}

static bool
plain_text(struct pq_decoder *d, size_t n, union pq_array out)
{
	return pq_plain_texts(&d->at, d->end, n, out.texts);
}

/* INT96 and FIXED. */
static bool
plain_fixed(struct pq_decoder *d, size_t n, union pq_array out)
{
	const uint8_t *at = take(d, n);

	for (size_t i = 0; at && i < n; i++)
		out.texts[i] = (struct span){ (const char *)at + i * d->width, d->width };
	return at;
}

/* ---- RLE, DELTA_BINARY_PACKED ---- */

static bool
rle_bool(struct pq_decoder *d, size_t n, union pq_array out)
{
	uint32_t piece[PIECE_VALUES];

	for (size_t done = 0; done < n;) {
		size_t k = n - done < PIECE_VALUES ? n - done : PIECE_VALUES;

		if (!pq_rle_read(&d->rle, piece, k))
			return false;
		for (size_t i = 0; i < k; i++)
			out.ints[done + i] = piece[i] & 1;
		done += k;
	}
	return true;
}

static bool
delta_int64(struct pq_decoder *d, size_t n, union pq_array out)
{
	return pq_delta_read(&d->delta, out.ints, n);
}

static bool
delta_int32(struct pq_decoder *d, size_t n, union pq_array out)
{
	if (!pq_delta_read(&d->delta, out.ints, n))
		return false;
	for (size_t i = 0; i < n; i++)
		out.ints[i] = (int32_t)(uint32_t)out.ints[i];
	return true;
}

/* ---- BYTE_STREAM_SPLIT ---- */

static bool
split_raw(struct pq_decoder *d, size_t n, uint8_t *raw)
{
	if (n > d->count - d->given ||
	    !pq_split_read(d->at, (size_t)(d->end - d->at), d->count, d->width, d->given, n, raw))
		return false;
	d->given += n;
	return true;
}

static bool
split_words(struct pq_decoder *d, size_t n, union pq_array out)
{
	if (!split_raw(d, n, out.any))
		return false;
	for (size_t i = 0; i < n; i++)
		out.ints[i] = (int64_t)le64toh((uint64_t)out.ints[i]);
	return true;
}

/* Half as wide as what comes out: the first half of `out` is widened from its end. */
static bool
split_int32(struct pq_decoder *d, size_t n, union pq_array out)
{
	const uint8_t *raw = out.any;

	if (!split_raw(d, n, out.any))
		return false;
	for (size_t i = n; i-- > 0;) {
		uint32_t word;

		memcpy(&word, raw + i * sizeof(word), sizeof(word));
		out.ints[i] = (int32_t)le32toh(word);
	}
	return true;
}

static bool
split_float(struct pq_decoder *d, size_t n, union pq_array out)
{
	const uint8_t *raw = out.any;

	if (!split_raw(d, n, out.any))
		return false;
	for (size_t i = n; i-- > 0;)
		out.reals[i] = float_of(raw + i * sizeof(float));
	return true;
}

static bool
split_fixed(struct pq_decoder *d, size_t n, union pq_array out)
{
	uint8_t *raw;

	if (n > d->count - d->given)
		return false;
	raw = pq_keep_get(d->keep, n * d->width);
	d->too_large = !raw;
	if (!raw || !split_raw(d, n, raw))
		return false;
	for (size_t i = 0; i < n; i++)
		out.texts[i] = (struct span){ (char *)raw + i * d->width, d->width };
	return true;
}

/* ---- DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY ---- */

static bool
whole_text(struct pq_decoder *d, size_t n, union pq_array out)
{
	if (n > d->count - d->given)
		return false;
	if (n)
		memcpy(out.texts, d->spans + d->given, n * sizeof(*out.texts));
	d->given += n;
	return true;
}

/* ---- which one ---- */

enum { ENCODINGS = PQ_BYTE_STREAM_SPLIT + 1 };

static read_fn *const readers[ENCODINGS][PQ_TYPE_COUNT] = {
	[PQ_PLAIN] = {
		[PQ_BOOLEAN] = plain_bool,
		[PQ_INT32] = plain_int32,
		[PQ_INT64] = plain_words,
		[PQ_INT96] = plain_fixed,
		[PQ_FLOAT] = plain_float,
		[PQ_DOUBLE] = plain_words,
		[PQ_BYTE_ARRAY] = plain_text,
		[PQ_FIXED] = plain_fixed,
	},
	[PQ_RLE] = { [PQ_BOOLEAN] = rle_bool },
	[PQ_DELTA_BINARY_PACKED] = { [PQ_INT32] = delta_int32, [PQ_INT64] = delta_int64 },
	[PQ_DELTA_LENGTH_BYTE_ARRAY] = { [PQ_BYTE_ARRAY] = whole_text },
	[PQ_DELTA_BYTE_ARRAY] = { [PQ_BYTE_ARRAY] = whole_text, [PQ_FIXED] = whole_text },
	[PQ_BYTE_STREAM_SPLIT] = {
		[PQ_INT32] = split_int32,
		[PQ_INT64] = split_words,
		[PQ_FLOAT] = split_float,
		[PQ_DOUBLE] = split_words,
		[PQ_FIXED] = split_fixed,
	},
};

static size_t
width_of(const struct pq_element *e)
{
	switch (e->type) {
	case PQ_INT32:
	case PQ_FLOAT:
		return 4;
	case PQ_INT96:
		return 12;
	case PQ_FIXED:
		return (size_t)e->type_length;
	default:
		return 8;
	}
}

static const char damaged[] = "its values are damaged";
static const char too_large[] = "its texts need more than 1 GiB of memory";

static const char *
open_rle(struct pq_decoder *d)
{
	uint32_t bytes;

	if (d->end - d->at < (ptrdiff_t)sizeof(bytes))
		return damaged;
	memcpy(&bytes, d->at, sizeof(bytes));
	bytes = le32toh(bytes);
	d->at += sizeof(bytes);
	if (bytes > d->end - d->at || !pq_rle_init(&d->rle, d->at, bytes, 1))
		return damaged;
	return NULL;
}

static const char *
open_delta(struct pq_decoder *d, int32_t values_max)
{
	if (!pq_delta_init(&d->delta, d->at, (size_t)(d->end - d->at), (uint64_t)values_max,
			   &(uint64_t){ 0 }))
		return damaged;
	return NULL;
}

/* Both text encodings begin with the lengths, or prefix lengths, of all values. */
static const char *
count_texts(struct pq_decoder *d, int32_t values_max, struct pq_block *spans)
{
	uint64_t count = 0;

	if (!pq_delta_init(&d->delta, d->at, (size_t)(d->end - d->at), (uint64_t)values_max,
			   &count))
		return damaged;
	d->count = (size_t)count;
	if (!pq_block_need(spans, d->count * sizeof(struct span), d->keep->budget))
		return too_large;
	d->spans = (struct span *)(void *)spans->data;
	return NULL;
}

static const char *
open_delta_length(struct pq_decoder *d)
{
	if (!pq_delta_length_read(d->at, (size_t)(d->end - d->at), d->count, d->spans))
		return damaged;
	return NULL;
}

/* Put the texts together in memory of their exact length. */
static const char *
join_texts(struct pq_decoder *d, struct span *suffixes)
{
	size_t bytes;
	char *text;

	if (!pq_delta_text_measure(d->at, (size_t)(d->end - d->at), d->count, d->spans, suffixes,
				   &bytes))
		return damaged;
	text = bytes > PQ_MEMORY_BYTES_MAX ? NULL : pq_keep_get(d->keep, bytes);
	if (!text)
		return too_large;
	/* Who looks at the last text may load whole words from there. */
	memset(text + bytes, 0, PQ_PAD);
	return pq_delta_text_join(d->spans, d->count, suffixes, text) ? NULL : damaged;
}

static const char *
open_delta_text(struct pq_decoder *d)
{
	struct pq_block suffixes = { 0 };
	const char *why;

	if (!pq_block_need(&suffixes, d->count * sizeof(struct span), d->keep->budget))
		return too_large;
	why = join_texts(d, (struct span *)(void *)suffixes.data);
	pq_block_free(&suffixes, d->keep->budget);
	return why;
}

static const char *
open_encoding(struct pq_decoder *d, const struct pq_page *page, int encoding,
	      struct pq_block *spans)
{
	int32_t values_max = page->header.n_values;
	const char *why;

	switch (encoding) {
	case PQ_RLE:
		return open_rle(d);
	case PQ_DELTA_BINARY_PACKED:
		return open_delta(d, values_max);
	case PQ_DELTA_LENGTH_BYTE_ARRAY:
		why = count_texts(d, values_max, spans);
		return why ? why : open_delta_length(d);
	case PQ_DELTA_BYTE_ARRAY:
		why = count_texts(d, values_max, spans);
		return why ? why : open_delta_text(d);
	case PQ_BYTE_STREAM_SPLIT:
		d->count = (size_t)(d->end - d->at) / d->width;
		return (size_t)(d->end - d->at) % d->width ? damaged : NULL;
	default:
		return NULL;
	}
}

/* Values of a fixed length came as texts of any. */
static const char *
check_widths(const struct pq_decoder *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->spans[i].bytes != d->width)
			return damaged;
	return NULL;
}

const char *
pq_decoder_open(struct pq_decoder *d, const struct pq_element *e, const struct pq_page *page,
		struct pq_block *spans, struct pq_keep *keep)
{
	int encoding = page->header.encoding;
	const char *why;

	/* A dictionary's entries are PLAIN, whatever the older writers call that. */
	if (page->header.type == PQ_DICTIONARY_PAGE && encoding == PQ_PLAIN_DICTIONARY)
		encoding = PQ_PLAIN;
	*d = (struct pq_decoder){
		.at = page->values,
		.end = page->end,
		.width = width_of(e),
		.keep = keep,
	};
	if (encoding >= 0 && encoding < ENCODINGS)
		d->read = readers[encoding][e->type];
	if (!d->read)
		return "its encoding is not supported for values of this type";
	/* A page of nulls alone may have nothing here, not even a header. */
	if (d->at == d->end) {
		d->read = encoding == PQ_BYTE_STREAM_SPLIT ? d->read : readers[PQ_PLAIN][e->type];
		return NULL;
	}
	why = open_encoding(d, page, encoding, spans);
	d->too_large = why == too_large;
	if (!why && encoding == PQ_DELTA_BYTE_ARRAY && e->type == PQ_FIXED)
		why = check_widths(d);
	return why;
}
