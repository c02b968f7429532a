/* plain.c - PLAIN strings and booleans, and BYTE_STREAM_SPLIT. */
#include "worker/parquet/code/plain.h"

#include "worker/parquet/code/bits.h"

enum { LENGTH_BYTES = 4, CHUNK_BYTES = 4096 };

/* One comparison for both the length and the bytes: a length may be loaded behind the end. */
bool
pq_plain_texts(const uint8_t **at, const uint8_t *end, size_t n, struct span *spans)
{
	const uint8_t *p = *at;

	for (size_t i = 0; i < n; i++) {
		uint64_t bytes = bits_load32(p);

		if (bytes + LENGTH_BYTES > (uint64_t)(end - p))
			return false;
		spans[i] = (struct span){ (const char *)p + LENGTH_BYTES, bytes };
		p += bytes + LENGTH_BYTES;
	}
	*at = p;
	return true;
}

bool
pq_plain_bools(const uint8_t *data, const uint8_t *end, size_t *bit, size_t n, int64_t *out)
{
	size_t bits = (size_t)(end - data) * 8, at = *bit;

	if (at > bits || n > bits - at)
		return false;
	*bit += n;
	for (; n && at % 8; n--, at++)
		*out++ = data[at / 8] >> at % 8 & 1;
	for (; n >= 8; n -= 8, at += 8, out += 8)
		for (int i = 0; i < 8; i++)
			out[i] = data[at / 8] >> i & 1;
	for (; n; n--, at++)
		*out++ = data[at / 8] >> at % 8 & 1;
	return true;
}

/* Value i is byte i of each stream in turn; streams are `stride` bytes apart. */
static void
gather(const uint8_t *restrict in, size_t stride, size_t width, size_t n, uint8_t *restrict out)
{
	for (size_t k = 0; k < width; k++)
		for (size_t i = 0; i < n; i++)
			out[i * width + k] = in[k * stride + i];
}

/* Blocks of a known length, so that the compiler turns them into wide instructions. */
enum { BLOCK = 16 };

static void
gather4(const uint8_t *restrict in, size_t stride, uint8_t *restrict out)
{
	uint32_t words[BLOCK];

	for (int i = 0; i < BLOCK; i++)
		words[i] = in[i] | (uint32_t)in[stride + (size_t)i] << 8 |
			   (uint32_t)in[2 * stride + (size_t)i] << 16 |
			   (uint32_t)in[3 * stride + (size_t)i] << 24;
	memcpy(out, words, sizeof(words));
}

static void
gather8(const uint8_t *restrict in, size_t stride, uint8_t *restrict out)
{
	uint32_t low[BLOCK], high[BLOCK];
	uint64_t words[BLOCK];

	gather4(in, stride, (uint8_t *)low);
	gather4(in + 4 * stride, stride, (uint8_t *)high);
	for (int i = 0; i < BLOCK; i++)
		words[i] = low[i] | (uint64_t)high[i] << 32;
	memcpy(out, words, sizeof(words));
}

bool
pq_split_read(const void *data, size_t bytes, size_t count, size_t width, size_t first, size_t n,
	      uint8_t *out)
{
	const uint8_t *in = data;
	size_t done = 0;

	if ((width && count > bytes / width) || first > count || n > count - first)
		return false;
	if (!n || !width)
		return true;
	in += first;
	for (; width == 4 && n - done >= BLOCK; done += BLOCK)
		gather4(in + done, count, out + done * width);
	for (; width == 8 && n - done >= BLOCK; done += BLOCK)
		gather8(in + done, count, out + done * width);
	gather(in + done, count, width, n - done, out + done * width);
	return true;
}
