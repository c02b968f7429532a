/*
 * digits.h - decimal digits, eight at a time.  Pure.
 *
 * A word holds eight characters as they stand in the text: the first in its lowest byte.
 */
#ifndef WORKER_ROWS_DIGITS_H
#define WORKER_ROWS_DIGITS_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DIGITS_ZERO UINT64_C(0x3030303030303030) /* "00000000" */

/* The eight characters at p. */
static inline uint64_t
digits_load(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

/* How many digits a word begins with, 0 to 8. */
static inline unsigned
digits_count(uint64_t word)
{
	/* A digit is 0x3n; the addition takes 0x3A to 0x3F out of the 0x3_. */
	uint64_t high = UINT64_C(0xF0F0F0F0F0F0F0F0), six = UINT64_C(0x0606060606060606);
	uint64_t other = (word & high) ^ DIGITS_ZERO;

	other |= ((word & ~high) + six) & high;
	return other ? (unsigned)__builtin_ctzll(other) >> 3 : 8;
}

/* The first n (1 to 8) characters moved to the end, with zeros before them. */
static inline uint64_t
digits_right(uint64_t word, unsigned n)
{
	return word << (64 - 8 * n) | DIGITS_ZERO >> (4 * n) >> (4 * n);
}

/* The value of eight digits: pairs, then fours, then all. */
static inline uint32_t
digits_value(uint64_t word)
{
	word = (word & UINT64_C(0x0F0F0F0F0F0F0F0F)) * (10 * 256 + 1) >> 8;
	word = (word & UINT64_C(0x00FF00FF00FF00FF)) * (100 * 65536 + 1) >> 16;
	word = (word & UINT64_C(0x0000FFFF0000FFFF)) * (10000 * (UINT64_C(1) << 32) + 1) >> 32;
	return (uint32_t)word;
}

#endif
