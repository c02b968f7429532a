/*
 * simd.h - sixteen bytes at a time: which of them are what, as one bit for each byte.
 *
 * SSE2 is part of every x86-64, so there is no processor to ask; elsewhere two words of
 * eight bytes give the same answers, and -DNO_SIMD tests them.  Pure.
 */
#ifndef WORKER_ROWS_SIMD_H
#define WORKER_ROWS_SIMD_H

#include "core/base/base.h"

#include <endian.h>
#include <string.h>

#if defined(__SSE2__) && !defined(NO_SIMD)

#include <emmintrin.h>

struct bytes16 {
	__m128i v;
};

/* Sixteen bytes from p, which may stand anywhere. */
static inline struct bytes16
bytes16_load(const char *p)
{
	return (struct bytes16){ _mm_loadu_si128((const __m128i *)(const void *)p) };
}

/* Write them to p, which may stand anywhere. */
static inline void
bytes16_store(char *p, struct bytes16 b)
{
	_mm_storeu_si128((__m128i *)(void *)p, b.v);
}

/* A bit is set where it is in one of the two. */
static inline struct bytes16
bytes16_or(struct bytes16 a, struct bytes16 b)
{
	return (struct bytes16){ _mm_or_si128(a.v, b.v) };
}

/* 0xFF where the bytes are the same, else 0. */
static inline struct bytes16
bytes16_same(struct bytes16 a, struct bytes16 b)
{
	return (struct bytes16){ _mm_cmpeq_epi8(a.v, b.v) };
}

/* 0xFF where a byte is `c`, else 0. */
static inline struct bytes16
bytes16_is(struct bytes16 b, char c)
{
	return (struct bytes16){ _mm_cmpeq_epi8(b.v, _mm_set1_epi8(c)) };
}

/* 0xFF where a byte is a control character of ASCII (below 0x20), else 0. */
static inline struct bytes16
bytes16_control(struct bytes16 b)
{
	return (struct bytes16){ _mm_cmpeq_epi8(_mm_min_epu8(b.v, _mm_set1_epi8(0x1F)), b.v) };
}

/* The highest bit of each byte. */
static inline uint32_t
bytes16_bits(struct bytes16 b)
{
	return (uint32_t)_mm_movemask_epi8(b.v);
}

#else

struct bytes16 {
	uint64_t word[2]; /* little-endian: the first byte is the lowest */
};

#define EACH_BYTE(c) ((uint64_t)(c)*UINT64_C(0x0101010101010101))

/* 0xFF for each byte whose highest bit is set. */
static inline uint64_t
spread_high(uint64_t word)
{
	return ((word & EACH_BYTE(0x80)) >> 7) * 0xFF;
}

/* 0xFF for each byte that is 0. */
static inline uint64_t
word_is_zero(uint64_t word)
{
	return spread_high(~(((word & EACH_BYTE(0x7F)) + EACH_BYTE(0x7F)) | word));
}

/* Sixteen bytes from p, which may stand anywhere. */
static inline struct bytes16
bytes16_load(const char *p)
{
	struct bytes16 b;

	memcpy(&b, p, sizeof(b));
	return (struct bytes16){ { le64toh(b.word[0]), le64toh(b.word[1]) } };
}

/* Write them to p, which may stand anywhere. */
static inline void
bytes16_store(char *p, struct bytes16 b)
{
	b = (struct bytes16){ { htole64(b.word[0]), htole64(b.word[1]) } };
	memcpy(p, &b, sizeof(b));
}

/* A bit is set where it is in one of the two. */
static inline struct bytes16
bytes16_or(struct bytes16 a, struct bytes16 b)
{
	return (struct bytes16){ { a.word[0] | b.word[0], a.word[1] | b.word[1] } };
}

/* 0xFF where the bytes are the same, else 0. */
static inline struct bytes16
bytes16_same(struct bytes16 a, struct bytes16 b)
{
	return (struct bytes16){ { word_is_zero(a.word[0] ^ b.word[0]),
				   word_is_zero(a.word[1] ^ b.word[1]) } };
}

/* 0xFF where a byte is `c`, else 0. */
static inline struct bytes16
bytes16_is(struct bytes16 b, char c)
{
	uint64_t all = EACH_BYTE((unsigned char)c);

	return bytes16_same(b, (struct bytes16){ { all, all } });
}

/* A byte is below 0x20 when its three highest bits are zero. */
static inline struct bytes16
bytes16_control(struct bytes16 b)
{
	return (struct bytes16){ { word_is_zero(b.word[0] & EACH_BYTE(0xE0)),
				   word_is_zero(b.word[1] & EACH_BYTE(0xE0)) } };
}

/* The multiplication brings the eight highest bits together, none of them twice. */
static inline uint32_t
word_bits(uint64_t word)
{
	return (uint32_t)(((word & EACH_BYTE(0x80)) >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

/* The highest bit of each byte, the first byte's lowest. */
static inline uint32_t
bytes16_bits(struct bytes16 b)
{
	return word_bits(b.word[0]) | word_bits(b.word[1]) << 8;
}

#endif

/* Four times sixteen bytes. */
struct bytes64 {
	struct bytes16 part[4];
};

/* Sixty-four bytes from p, which may stand anywhere. */
static inline struct bytes64
bytes64_load(const char *p)
{
	return (struct bytes64){ { bytes16_load(p), bytes16_load(p + 16), bytes16_load(p + 32),
				   bytes16_load(p + 48) } };
}

/* The highest bit of each of 64 bytes, the first byte's lowest. */
static inline uint64_t
bits64(struct bytes16 a, struct bytes16 b, struct bytes16 c, struct bytes16 d)
{
	return bytes16_bits(a) | bytes16_bits(b) << 16 | (uint64_t)bytes16_bits(c) << 32 |
	       (uint64_t)bytes16_bits(d) << 48;
}

/* A bit for each byte that is `c`. */
static inline uint64_t
bytes64_is(const struct bytes64 *b, char c)
{
	return bits64(bytes16_is(b->part[0], c), bytes16_is(b->part[1], c),
		      bytes16_is(b->part[2], c), bytes16_is(b->part[3], c));
}

/* A bit for each control character of ASCII. */
static inline uint64_t
bytes64_control(const struct bytes64 *b)
{
	return bits64(bytes16_control(b->part[0]), bytes16_control(b->part[1]),
		      bytes16_control(b->part[2]), bytes16_control(b->part[3]));
}

/* A bit for each byte that is not ASCII. */
static inline uint64_t
bytes64_high(const struct bytes64 *b)
{
	return bits64(b->part[0], b->part[1], b->part[2], b->part[3]);
}

/*
 * The marked ones of the 64 bytes from `base` on.  Where the next mark is needed sooner than a
 * load and a compare would give it, they are found for many steps at once.
 */
struct ahead {
	const char *base;
	uint64_t marks;
};

/* The first mark from p on; NULL: there is none in these 64 bytes, or p is behind them. */
static inline const char *
ahead_next(const struct ahead *a, const char *p)
{
	size_t at = (size_t)(p - a->base);

	return at < 64 && a->marks >> at ? p + __builtin_ctzll(a->marks >> at) : NULL;
}

/*
 * Characters that come in pairs, such as a backslash and what it escapes, or two quotes in csv:
 * `marks` has a bit for each mark in 64 bytes.  The result has a bit for each second half of a
 * pair, mark or not.  *carry says that the first byte is one, and then what the next 64 begin with.
 */
static inline uint64_t
bits_second_halves(uint64_t marks, uint64_t *carry)
{
	const uint64_t even = UINT64_C(0x5555555555555555);
	uint64_t behind, odd_starts, sum;

	marks &= ~*carry;
	behind = marks << 1 | *carry;
	/*
	 * Adding its first bit to a run of marks clears the run and sets the bit behind it.  Runs
	 * that start at an odd place have their pairs shifted by one.
	 */
	odd_starts = marks & ~even & ~behind;
	*carry = __builtin_add_overflow(odd_starts, marks, &sum);
	return (even ^ sum << 1) & behind;
}

#endif
