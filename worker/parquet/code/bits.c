/* bits.c - what the encodings share: varints, fields of a few bits. */
#include "worker/parquet/code/bits.h"

#include <assert.h>

/*
 * Each width has a body of its own: with the width known, every shift and offset of the
 * unrolled group is a constant, and a value takes one load, shift, mask and store.
 */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* A value of at most 32 bits begins within the first 8 bits of its word, so one load has it all. */
ALWAYS_INLINE void
unpack(const uint8_t *restrict in, uint32_t *restrict out, size_t groups, unsigned width)
{
	const uint32_t mask = (uint32_t)bits_mask((int)width);

	for (; groups; groups--, in += width, out += BITS_GROUP)
#pragma GCC unroll 8
		for (unsigned i = 0; i < BITS_GROUP; i++)
			out[i] = (uint32_t)(bits_load64(in + i * width / 8) >> i * width % 8) &
				 mask;
}

/* Half words go out as they fill up; a last, partly filled one is overwritten by the next group. */
ALWAYS_INLINE void
pack(const uint32_t *restrict in, uint8_t *restrict out, size_t groups, unsigned width)
{
	for (; groups; groups--, in += BITS_GROUP, out += width) {
		uint64_t word = 0;
		unsigned used = 0, at = 0;

#pragma GCC unroll 8
		for (unsigned i = 0; i < BITS_GROUP; i++) {
			word |= (uint64_t)in[i] << used;
			used += width;
			if (used >= 32) {
				memcpy(out + at, &word, 4);
				word >>= 32;
				used -= 32;
				at += 4;
			}
		}
		memcpy(out + at, &word, 4);
	}
}

#define CASE(what, width)                     \
	case width:                           \
		what(in, out, groups, width); \
		break

/* All widths but 0, for which there are no bytes. */
#define CASES(what)     \
	CASE(what, 1);  \
	CASE(what, 2);  \
	CASE(what, 3);  \
	CASE(what, 4);  \
	CASE(what, 5);  \
	CASE(what, 6);  \
	CASE(what, 7);  \
	CASE(what, 8);  \
	CASE(what, 9);  \
	CASE(what, 10); \
	CASE(what, 11); \
	CASE(what, 12); \
	CASE(what, 13); \
	CASE(what, 14); \
	CASE(what, 15); \
	CASE(what, 16); \
	CASE(what, 17); \
	CASE(what, 18); \
	CASE(what, 19); \
	CASE(what, 20); \
	CASE(what, 21); \
	CASE(what, 22); \
	CASE(what, 23); \
	CASE(what, 24); \
	CASE(what, 25); \
	CASE(what, 26); \
	CASE(what, 27); \
	CASE(what, 28); \
	CASE(what, 29); \
	CASE(what, 30); \
	CASE(what, 31); \
	CASE(what, 32)

void
bits_unpack(const uint8_t *in, int width, uint32_t *out, size_t groups)
{
	assert(width >= 0 && width <= BITS_WIDTH_MAX);
	switch (width) {
		CASES(unpack);
	default:
		memset(out, 0, groups * BITS_GROUP * sizeof(*out));
	}
}

void
bits_pack(const uint32_t *in, int width, uint8_t *out, size_t groups)
{
	assert(width >= 0 && width <= BITS_WIDTH_MAX);
	switch (width) {
		CASES(pack);
	default:
		break;
	}
}

bool
bits_varint_read(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
	const uint8_t *p = *at;
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && p < end; shift += 7) {
		uint64_t seven = *p & 0x7f;

		if (shift == 63 && seven > 1)
			return false;
		value |= seven << shift;
		if (!(*p++ & 0x80)) {
			*at = p;
			*out = value;
			return true;
		}
	}
	return false;
}

void
bits_varint_write(uint64_t value, struct buf *out)
{
	uint8_t bytes[10];
	size_t n = 0;

	do {
		bytes[n++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
	buf_add(out, bytes, n);
}
