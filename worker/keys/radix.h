/*
 * radix.h - sorting records of a few words by bytes of them.
 */
#ifndef WORKER_KEYS_RADIX_H
#define WORKER_KEYS_RADIX_H

#include "core/base/base.h"

enum { RADIX_WORDS_MAX = 4 };

/* Bytes [from, to) of a word, 0 being its lowest. */
struct radix_field {
	unsigned word, from, to;
};

/*
 * Sort n records of `words` words each by fields[0..n_fields), the least significant first;
 * equal ones stay as they are.  `spare` is as large as `records`; the result is in the one that is
 * returned, the other is rubble.  Bytes that are the same in all records cost nothing.
 */
uint64_t *radix_sort(uint64_t *records, uint64_t *spare, size_t n, unsigned words,
		     const struct radix_field *fields, size_t n_fields) MUST_CHECK;

/* An integer as a word in the same order. */
static inline uint64_t
radix_int(int64_t value)
{
	return (uint64_t)value ^ UINT64_C(1) << 63;
}

/* The integer that radix_int() made a word of. */
static inline int64_t
radix_int_back(uint64_t word)
{
	return (int64_t)(word ^ UINT64_C(1) << 63);
}

#endif
