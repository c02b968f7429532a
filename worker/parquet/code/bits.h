/*
 * bits.h - what the encodings share: words from bytes, varints, fields of a few bits.  Pure.
 *
 * Bit-packed values lie least significant bit first, one behind the other; eight of
 * them, a group, are `width` bytes.  Words are loaded whole: up to 8 bytes
 * behind the last one that counts are read.
 */
#ifndef WORKER_PARQUET_CODE_BITS_H
#define WORKER_PARQUET_CODE_BITS_H

#include "core/base/buf.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the words of Parquet are little-endian");

enum { BITS_GROUP = 8, BITS_WIDTH_MAX = 32, BITS_SLACK = 8 };

/*
 * Every decoder of this room is a cursor over bytes that somebody else owns and gives out values in
 * order; it never reads behind `end`, whatever the bytes are, and says false when they are damaged
 * or too few.  So many bytes behind `end` have to be readable (not meaningful), so that words may
 * be loaded whole.
 */
enum { PQ_PAD = 64 };

/* The four bytes at `at`. */
static inline uint32_t
bits_load32(const uint8_t *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* The eight bytes at `at`. */
static inline uint64_t
bits_load64(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* The lowest `width` bits, 0 to 64. */
static inline uint64_t
bits_mask(int width)
{
	return width ? UINT64_MAX >> (64 - width) : 0;
}

/* Bits that `value` needs; 0 for 0. */
static inline int
bits_needed(uint64_t value)
{
	return value ? 64 - __builtin_clzll(value) : 0;
}

/* out[] becomes the values of `groups` groups; width 0 to BITS_WIDTH_MAX. */
void bits_unpack(const uint8_t *in, int width, uint32_t *out, size_t groups);

/*
 * The opposite; every value has to fit into `width` bits.  `out` has room for groups * width +
 * BITS_SLACK bytes; what is written into the slack has no meaning.
 */
void bits_pack(const uint32_t *in, int width, uint8_t *out, size_t groups);

/* ULEB128: false when it goes on behind `end` or says more than 64 bits; then *at stays. */
bool bits_varint_read(const uint8_t **at, const uint8_t *end, uint64_t *out) MUST_CHECK;

/* Append a varint: seven bits a byte, the lowest first. */
void bits_varint_write(uint64_t value, struct buf *out);

/* Signed numbers as unsigned ones, small where the number is near 0. */
static inline uint64_t
bits_zigzag(int64_t value)
{
	return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

/* And back. */
static inline uint64_t
bits_unzigzag(uint64_t value)
{
	return value >> 1 ^ (value & 1 ? UINT64_MAX : 0);
}

#endif
