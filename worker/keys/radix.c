/* radix.c - sorting records of a few words by bytes of them. */
#include "worker/keys/radix.h"

#include <assert.h>
#include <string.h>

enum { DIGITS = 256 };

/* Move records to their places by one byte; where[] is where the first of each digit goes. */
static inline void
move(const uint64_t *from, uint64_t *to, size_t n, unsigned words, unsigned word, unsigned shift,
     size_t *where)
{
	for (size_t i = 0; i < n; i++) {
		const uint64_t *record = from + i * words;
		uint64_t *place = to + where[record[word] >> shift & (DIGITS - 1)]++ * words;

		for (unsigned k = 0; k < words; k++)
			place[k] = record[k];
	}
}

/* Sort by one byte. */
static void
pass(const uint64_t *from, uint64_t *to, size_t n, unsigned words, unsigned word, unsigned shift)
{
	size_t where[DIGITS] = { 0 }, at = 0;

	for (size_t i = 0; i < n; i++)
		where[from[i * words + word] >> shift & (DIGITS - 1)]++;
	for (size_t digit = 0; digit < DIGITS; digit++) {
		size_t count = where[digit];

		where[digit] = at;
		at += count;
	}
	/* With the number of words known, a record is moved by a few instructions. */
	switch (words) {
	case 1:
		move(from, to, n, 1, word, shift, where);
		break;
	case 2:
		move(from, to, n, 2, word, shift, where);
		break;
	case 3:
		move(from, to, n, 3, word, shift, where);
		break;
	default:
		move(from, to, n, 4, word, shift, where);
	}
}

/* The bits in which any two records differ. */
static uint64_t
difference(const uint64_t *records, size_t n, unsigned words, unsigned word)
{
	uint64_t bits = 0;

	for (size_t i = 1; i < n; i++)
		bits |= records[i * words + word] ^ records[word];
	return bits;
}

uint64_t *
radix_sort(uint64_t *records, uint64_t *spare, size_t n, unsigned words,
	   const struct radix_field *fields, size_t n_fields)
{
	assert(words >= 1 && words <= RADIX_WORDS_MAX);
	for (size_t f = 0; f < n_fields && n > 1; f++) {
		uint64_t bits = difference(records, n, words, fields[f].word);

		for (unsigned byte = fields[f].from; byte < fields[f].to; byte++) {
			uint64_t *sorted = spare;

			if (!(bits >> 8 * byte & (DIGITS - 1)))
				continue;
			pass(records, spare, n, words, fields[f].word, 8 * byte);
			spare = records;
			records = sorted;
		}
	}
	return records;
}
