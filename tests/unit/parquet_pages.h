/*
 * parquet_pages.h - every decoder of encoding.h behind one call, for bytes that nobody vouches for.
 *
 * Shared by the unit tests and the fuzz target.  A page is copied to the end of an exactly sized
 * piece of the heap, so that the address sanitizer sees a read behind PQ_PAD, and
 * every byte that a decoder hands out is looked at.
 */
#ifndef TESTS_UNIT_PARQUET_PAGES_H
#define TESTS_UNIT_PARQUET_PAGES_H

#include "worker/parquet/encoding.h"

#include <stdlib.h>
#include <string.h>

enum { PAGES_TEXT_BYTES_MAX = 1 << 20, PAGES_VALUES_MAX = 20000 };

/* A copy with PQ_PAD bytes of rubbish behind it; the caller frees it. */
static inline uint8_t *
page_copy(const void *data, size_t bytes)
{
	uint8_t *page = malloc(bytes + PQ_PAD);

	if (!page)
		abort();
	if (bytes)
		memcpy(page, data, bytes);
	memset(page + bytes, 0xa5, PQ_PAD);
	return page;
}

static inline void
page_look(const struct span *spans, size_t n)
{
	volatile unsigned sum = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < spans[i].bytes; k++)
			sum += (unsigned char)spans[i].data[k];
	(void)sum;
}

/* The first byte is the bit width, as in a page of dictionary codes; no value may be wider. */
static inline bool
page_rle(const uint8_t *data, size_t bytes, size_t n)
{
	uint32_t *out = malloc((n + 1) * sizeof(*out));
	struct pq_rle r, again;
	bool ok = out && bytes && pq_rle_init(&r, data + 1, bytes - 1, data[0]);

	if (ok) {
		again = r;
		(void)pq_rle_is_run(&r, n, 0);
		ok = pq_rle_read(&r, out, n);
		for (size_t i = 0; ok && data[0] < 32 && i < n; i++)
			if (out[i] >> data[0])
				abort();
		if (pq_rle_skip(&again, n) != ok)
			abort();
	}
	free(out);
	return ok;
}

static inline bool
page_bit_packed(const uint8_t *data, size_t bytes, size_t n)
{
	uint32_t *out = malloc((n + 1) * sizeof(*out));
	bool ok = out && bytes && pq_bit_packed_read(data + 1, bytes - 1, data[0], n, out);

	free(out);
	return ok;
}

/* All values that the page says it has, in pieces of n. */
static inline bool
page_delta(const uint8_t *data, size_t bytes, size_t n)
{
	struct pq_delta d;
	uint64_t count;
	int64_t *out = malloc((n + 1) * sizeof(*out));
	bool ok = out && pq_delta_init(&d, data, bytes, PAGES_VALUES_MAX, &count);

	for (uint64_t left = ok ? count : 0; ok && n && left;) {
		size_t some = n < left ? n : (size_t)left;

		ok = pq_delta_read(&d, out, some);
		left -= some;
	}
	if (ok && (pq_delta_end(&d) > data + bytes || pq_delta_end(&d) < data))
		abort();
	free(out);
	return ok;
}

static inline bool
page_delta_length(const uint8_t *data, size_t bytes, size_t n)
{
	struct span *spans = malloc((n + 1) * sizeof(*spans));
	bool ok = spans && pq_delta_length_read(data, bytes, n, spans);

	if (ok)
		page_look(spans, n);
	free(spans);
	return ok;
}

static inline bool
page_delta_text(const uint8_t *data, size_t bytes, size_t n)
{
	struct span *spans = malloc((n + 1) * sizeof(*spans));
	struct buf text;
	bool ok;

	buf_init(&text, PAGES_TEXT_BYTES_MAX);
	ok = spans && pq_delta_text_read(data, bytes, n, &text, spans);
	if (ok)
		page_look(spans, n);
	if (text.bytes > PAGES_TEXT_BYTES_MAX)
		abort();
	buf_release(&text);
	free(spans);
	return ok;
}

static inline bool
page_texts(const uint8_t *data, size_t bytes, size_t n)
{
	struct span *spans = malloc((n + 1) * sizeof(*spans));
	const uint8_t *at = data;
	bool ok = spans && pq_plain_texts(&at, data + bytes, n, spans);

	if (ok)
		page_look(spans, n);
	free(spans);
	return ok;
}

static inline bool
page_bools(const uint8_t *data, size_t bytes, size_t n)
{
	int64_t *out = malloc((n + 1) * sizeof(*out));
	size_t bit = bytes ? data[0] : 0;
	bool ok = out && pq_plain_bools(data, data + bytes, &bit, n, out);

	free(out);
	return ok;
}

/* The first byte is the width of a value. */
static inline bool
page_split(const uint8_t *data, size_t bytes, size_t n)
{
	size_t width = bytes ? data[0] : 0, first = n / 3;
	uint8_t *out = malloc((n - first) * width + 1);
	bool ok =
	    out && bytes && pq_split_read(data + 1, bytes - 1, n, width, first, n - first, out);

	free(out);
	return ok;
}

static const struct page_decoder {
	const char *name;
	bool (*decode)(const uint8_t *data, size_t bytes, size_t n);
} page_decoders[] = {
	{ "rle", page_rle },
	{ "bit packed", page_bit_packed },
	{ "delta", page_delta },
	{ "delta length", page_delta_length },
	{ "delta text", page_delta_text },
	{ "texts", page_texts },
	{ "bools", page_bools },
	{ "split", page_split },
};

/* Give a copy of the bytes to a decoder, for n values. */
static inline bool
page_feed(const struct page_decoder *decoder, const void *data, size_t bytes, size_t n)
{
	uint8_t *page = page_copy(data, bytes);
	bool ok = decoder->decode(page, bytes, n);

	free(page);
	return ok;
}

#endif
