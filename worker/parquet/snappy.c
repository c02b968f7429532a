/* snappy.c - unpacking Snappy, for pages of numbers. */
#include "worker/parquet/snappy.h"

#include <endian.h>
#include <string.h>

/*
 * As long as so many bytes are left on both sides, no step of the fast loop can reach
 * beyond them: a tag, its four bytes, and 64 bytes of a literal or copy.
 */
enum { SLACK = 80, LENGTH_SHIFT_MAX = 28 };

/* The low bits of a tag; the upper six are of the length, and of the offset of NEAR. */
enum { LITERAL, NEAR, FAR, FARTHEST };

/* A literal's length up to here stands in its tag; above, how many bytes of it follow. */
enum { SHORT_LITERAL = 60 };

struct unpack {
	const uint8_t *at, *end; /* what is read */
	uint8_t *start, *to, *to_end;
};

static uint32_t
load32(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return le32toh(word);
}

static void
copy8(uint8_t *to, const uint8_t *from)
{
	memcpy(to, from, 8);
}

/* The two may overlap when `from` is not within the 16 bytes before `to`. */
static void
copy16(uint8_t *to, const uint8_t *from)
{
	char bytes[16];

	memcpy(bytes, from, sizeof(bytes));
	memcpy(to, bytes, sizeof(bytes));
}

static void
copy48(uint8_t *to, const uint8_t *from)
{
	copy16(to, from);
	copy16(to + 16, from + 16);
	copy16(to + 32, from + 32);
}

/* A little-endian number of `bytes` bytes; false: it is cut off. */
static bool
read_number(struct unpack *u, unsigned bytes, size_t *out)
{
	size_t number = 0;

	if ((size_t)(u->end - u->at) < bytes)
		return false;
	for (unsigned i = 0; i < bytes; i++)
		number |= (size_t)*u->at++ << 8 * i;
	*out = number;
	return true;
}

static bool
take_literal(struct unpack *u, size_t n)
{
	if (n > (size_t)(u->end - u->at) || n > (size_t)(u->to_end - u->to))
		return false;
	memcpy(u->to, u->at, n);
	u->to += n;
	u->at += n;
	return true;
}

/* A literal whose length is not in its tag. */
static bool
long_literal(struct unpack *u, uint32_t tag)
{
	size_t n;

	return read_number(u, (tag >> 2) + 1 - SHORT_LITERAL, &n) && take_literal(u, n + 1);
}

/* The rest, byte by byte, with everything checked. */
static bool
finish(struct unpack *u)
{
	while (u->at < u->end) {
		uint32_t tag = *u->at++, kind = tag & 3;
		size_t n = (tag >> 2) + 1, offset;

		if (kind == LITERAL) {
			if (n > SHORT_LITERAL ? !long_literal(u, tag) : !take_literal(u, n))
				return false;
			continue;
		}
		if (!read_number(u, kind == FARTHEST ? 4 : kind, &offset))
			return false;
		if (kind == NEAR) {
			n = (tag >> 2 & 7) + 4;
			offset |= (tag >> 5) << 8;
		}
		if (!offset || offset > (size_t)(u->to - u->start) ||
		    n > (size_t)(u->to_end - u->to))
			return false;
		for (; n; n--, u->to++)
			*u->to = *(u->to - offset);
	}
	return u->to == u->to_end;
}

/*
 * NEAR or FAR, whichever it is: the two take turns at random in a page of numbers, so that a branch
 * would be mispredicted every other time.  Returns how long the rest of the tag is.
 */
static size_t
decode_copy(const uint8_t *at, uint32_t tag, size_t *n, size_t *offset)
{
	uint32_t word = load32(at), is_far = tag >> 1 & 1;
	uint32_t far_bits = 0 - is_far, near_offset = (tag >> 5) << 8 | (word & 0xff);

	*offset = (word & 0xffff & far_bits) | (near_offset & ~far_bits);
	*n = (((tag >> 2) + 1) & far_bits) | (((tag >> 2 & 7) + 4) & ~far_bits);
	return 1 + is_far;
}

/* Copy what came `offset` bytes before, up to 64 bytes of it; more may be written behind. */
static void
repeat(uint8_t *to, size_t offset, size_t n)
{
	const uint8_t *from = to - offset;

	if (offset >= 16) {
		copy16(to, from);
		if (n > 16)
			copy48(to + 16, from + 16);
	} else if (offset >= 8) {
		for (size_t i = 0; i < n; i += 8)
			copy8(to + i, from + i);
	} else {
		for (size_t i = 0; i < n; i++)
			to[i] = from[i];
	}
}

/* What can be done without looking at the ends. */
static bool
run(struct unpack *all)
{
	struct unpack u = *all;

	while (u.end - u.at >= SLACK && u.to_end - u.to >= SLACK) {
		uint32_t tag = *u.at++, kind = tag & 3;
		size_t n = (tag >> 2) + 1, offset;

		if (kind == LITERAL && n <= SHORT_LITERAL) {
			copy16(u.to, u.at);
			if (n > 16)
				copy48(u.to + 16, u.at + 16);
			u.to += n;
			u.at += n;
			continue;
		}
		if (kind == LITERAL) {
			if (!long_literal(&u, tag))
				return false;
			continue;
		}
		if (kind == FARTHEST) {
			offset = load32(u.at);
			u.at += 4;
		} else {
			u.at += decode_copy(u.at, tag, &n, &offset);
		}
		/* 0 is as wrong as too much. */
		if (offset - 1 >= (size_t)(u.to - u.start))
			return false;
		repeat(u.to, offset, n);
		u.to += n;
	}
	*all = u;
	return true;
}

bool
pq_snappy_unpack(const void *data, size_t bytes, void *out, size_t out_bytes)
{
	struct unpack u = { .at = data, .start = out, .to = out };
	size_t length = 0;
	uint8_t byte = 0x80;

	if (!bytes || (!out && out_bytes))
		return false;
	u.end = u.at + bytes;
	u.to_end = u.start + out_bytes;
	for (int shift = 0; byte & 0x80; shift += 7) {
		if (u.at == u.end || shift > LENGTH_SHIFT_MAX)
			return false;
		byte = *u.at++;
		length |= (size_t)(byte & 0x7f) << shift;
	}
	return length == out_bytes && run(&u) && finish(&u);
}
