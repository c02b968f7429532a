/*
 * fuzz_parquet_encoding.c - decoders of Parquet on any bytes, and encoders there and back.
 *
 * The first byte chooses a decoder or an encoder and how many values are wanted; the
 * rest is the page, or the values to write.
 */
#include "tests/fixture/parquet_pages.h"
#include "tests/fixture/encode.h"
#include "worker/parquet/code/bits.h"
#include "worker/parquet/code/delta.h"
#include "worker/parquet/code/delta_text.h"
#include "worker/parquet/code/plain.h"
#include "worker/parquet/code/rle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static const char *
padded(struct buf *b, size_t *bytes)
{
	static const char pad[PQ_PAD];

	*bytes = b->bytes;
	buf_add(b, pad, sizeof(pad));
	check(!b->full);
	return b->data;
}

/* Codes of one width, whole bytes or repeated ones. */
static void
round_rle(const uint8_t *data, size_t bytes)
{
	int width = bytes ? *data % 33 : 0;
	uint32_t mask = width ? UINT32_MAX >> (32 - width) : 0;
	uint32_t *in = calloc(bytes + 1, sizeof(*in)), *out = calloc(bytes + 1, sizeof(*out));
	struct buf b;
	struct pq_rle r;
	const char *page;
	size_t page_bytes;

	check(in && out);
	for (size_t i = 0; i < bytes; i++)
		in[i] = data[i] * UINT32_C(0x01010101) & mask;
	buf_init(&b, SIZE_MAX / 2);
	pq_rle_write(in, bytes, width, &b);
	page = padded(&b, &page_bytes);
	check(pq_rle_init(&r, page, page_bytes, width));
	check(pq_rle_read(&r, out, bytes / 3) &&
	      pq_rle_read(&r, out + bytes / 3, bytes - bytes / 3));
	check(memcmp(in, out, bytes * sizeof(*in)) == 0);
	buf_release(&b);
	free(in);
	free(out);
}

static void
round_delta(const uint8_t *data, size_t bytes)
{
	size_t n = bytes / sizeof(int64_t);
	int64_t *in = calloc(n + 1, sizeof(*in)), *out = calloc(n + 1, sizeof(*out));
	bool is_int32 = bytes % 2;
	struct buf b;
	struct pq_delta d;
	uint64_t count;
	const char *page;
	size_t page_bytes;

	check(in && out);
	if (n)
		memcpy(in, data, n * sizeof(*in));
	for (size_t i = 0; is_int32 && i < n; i++)
		in[i] = (int32_t)in[i];
	buf_init(&b, SIZE_MAX / 2);
	pq_delta_write(in, n, is_int32, &b);
	page = padded(&b, &page_bytes);
	check(pq_delta_init(&d, page, page_bytes, n, &count) && count == n);
	check(pq_delta_read(&d, out, n / 3) && pq_delta_read(&d, out + n / 3, n - n / 3));
	check(pq_delta_end(&d) == (const uint8_t *)page + page_bytes);
	for (size_t i = 0; i < n; i++)
		check(is_int32 ? (int32_t)in[i] == (int32_t)out[i] : in[i] == out[i]);
	buf_release(&b);
	free(in);
	free(out);
}

/* Each text is as long as its first byte says. */
static void
round_texts(const uint8_t *data, size_t bytes)
{
	struct span *in = calloc(bytes + 1, sizeof(*in)), *out = calloc(bytes + 1, sizeof(*out));
	struct buf b, text;
	const char *page;
	size_t n = 0, page_bytes;

	check(in && out);
	for (size_t at = 0; at < bytes; n++) {
		size_t some = data[at] < bytes - at ? data[at] : bytes - at;

		in[n] = (struct span){ (const char *)data + at, some };
		at += some ? some : 1;
	}
	buf_init(&b, SIZE_MAX / 2);
	buf_init(&text, SIZE_MAX / 2);
	pq_delta_length_write(in, n, &b);
	page = padded(&b, &page_bytes);
	check(pq_delta_length_read(page, page_bytes, n, out));
	for (size_t i = 0; i < n; i++)
		check(span_equal(in[i], out[i]));
	buf_reset(&b);
	delta_text_write(in, n, &b);
	page = padded(&b, &page_bytes);
	check(delta_text_read(page, page_bytes, n, &text, out));
	for (size_t i = 0; i < n; i++)
		check(span_equal(in[i], out[i]));
	buf_release(&text);
	buf_release(&b);
	free(in);
	free(out);
}

static void
round_split(const uint8_t *data, size_t bytes)
{
	size_t width = bytes ? 1 + *data % 17 : 1, n = bytes / width;
	uint8_t *out = calloc(bytes + 1, 1);
	struct buf b;

	check(out);
	buf_init(&b, SIZE_MAX / 2);
	split_write(data, n, width, &b);
	check(b.bytes == n * width && pq_split_read(b.data, b.bytes, n, width, 0, n, out));
	check(n == 0 || memcmp(data, out, n * width) == 0);
	buf_release(&b);
	free(out);
}

static void (*const rounds[])(const uint8_t *data, size_t bytes) = { round_rle, round_delta,
								     round_texts, round_split };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	enum { DECODERS = countof(page_decoders), KINDS = DECODERS + countof(rounds) };
	size_t kind, step;

	if (!bytes)
		return 0;
	kind = data[0] % KINDS;
	step = data[0] / KINDS;
	if (kind >= DECODERS)
		rounds[kind - DECODERS](data + 1, bytes - 1);
	else
		(void)page_feed(&page_decoders[kind], data + 1, bytes - 1, step * step * step);
	return 0;
}
