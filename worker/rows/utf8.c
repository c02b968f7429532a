/* utf8.c - which bytes are UTF-8 (RFC 3629). */
#include "worker/rows/utf8.h"

#include "worker/rows/simd.h"

size_t
utf8_length(const unsigned char *p, size_t bytes)
{
	size_t n;

	if (!bytes)
		return 0;
	if (p[0] < 0x80)
		return 1;
	n = p[0] >= 0xF0 ? 4 : (p[0] >= 0xE0 ? 3 : 2);
	if (p[0] < 0xC2 || p[0] > 0xF4 || bytes < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
	    (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return n;
}

/*
 * The length of the well-formed sequence of two to four bytes that a word begins with, or 0.  The
 * first byte is the lowest of the word.  Each test compares the bits that all such sequences share
 * and then those that tell which code point it is not.
 */
static inline size_t
sequence_length(uint32_t word)
{
	if ((word & 0x0000C0E0) == 0x000080C0)
		return word & 0x0000001E ? 2 : 0; /* U+0080 at least */
	if ((word & 0x00C0C0F0) == 0x008080E0) {
		uint32_t top = word & 0x0000200F; /* U+0800 at least, no surrogate */

		return top && top != 0x0000200D ? 3 : 0;
	}
	if ((word & 0xC0C0C0F8) == 0x808080F0) {
		uint32_t plane = (word & 7) << 2 | (word >> 12 & 3);

		return plane >= 1 && plane <= 16 ? 4 : 0;
	}
	return 0;
}

bool
utf8_valid(const char *text, size_t bytes)
{
	const char *p = text, *end = text + bytes;

	while (end - p >= 16) {
		uint32_t high = bytes16_bits(bytes16_load(p));

		if (!high) {
			p += 16;
			continue;
		}
		p += __builtin_ctz(high);
		while (end - p >= 4 && (*p & 0x80)) {
			uint32_t word;
			size_t n;

			memcpy(&word, p, sizeof(word));
			n = sequence_length(le32toh(word));
			if (!n)
				return false;
			p += n;
		}
	}
	/* The usual end: sixteen bytes, perhaps seen before, are all ASCII. */
	if (end - text >= 16 && !bytes16_bits(bytes16_load(end - 16)))
		return true;
	while (p < end) {
		size_t n = utf8_length((const unsigned char *)p, (size_t)(end - p));

		if (!n)
			return false;
		p += n;
	}
	return true;
}
