/*
 * hash.h - digests that go into files, and fast hashes that stay in memory.
 */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include "core/base.h"

/* A running SHA-256 (FIPS 180-4).  Plain memory: nothing to release. */
struct digest {
	_Alignas(8) unsigned char opaque[160];
};

void digest_init(struct digest *d);
void digest_add(struct digest *d, const void *data, size_t bytes);

/* Finish: 64 lower-case hexadecimal digits and a NUL. */
void digest_end(struct digest *d, char out[DIGEST_CHARS + 1]);

/* The digest of one piece of memory. */
void digest_of(const void *data, size_t bytes, char out[DIGEST_CHARS + 1]);

/*
 * A 64-bit hash of bytes, the same on every machine and in every version (the
 * retry delay is made from it): FNV-1a 64, then the finaliser of splitmix64.
 * Not for hostile keys in unbounded tables.
 */
uint64_t hash_bytes(const void *data, size_t bytes, uint64_t seed);

/* Mix one word: the finaliser of splitmix64 (Steele, Lea, Flood 2014). */
uint64_t hash_word(uint64_t word);

/* The next number of a splitmix64 generator whose state is *state. */
uint64_t random_next(uint64_t *state);

#endif
