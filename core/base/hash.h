/*
 * hash.h - digests that go into files, and fast hashes that stay in memory.
 */
#ifndef CORE_BASE_HASH_H
#define CORE_BASE_HASH_H

#include "core/base/base.h"
#include "core/base/library.h"

/* A running SHA-256 (FIPS 180-4).  Plain memory: nothing to release. */
struct digest {
	_Alignas(8) unsigned char opaque[160];
};

/* Begin. */
void digest_init(struct digest *d);

/* Go on with `bytes` bytes; how they are cut into calls does not matter. */
void digest_add(struct digest *d, const void *data, size_t bytes);

/* Finish: 64 lower-case hexadecimal digits and a NUL. */
void digest_end(struct digest *d, char out[DIGEST_CHARS + 1]);

/* The digest of one piece of memory. */
void digest_of(const void *data, size_t bytes, char out[DIGEST_CHARS + 1]);

/*
 * A running XXH3-128 (github.com/Cyan4973/xxHash): ten times as fast as a digest, as good against
 * accidents, no good against malice.  For content that is compared with itself.
 */
struct checksum {
	_Alignas(64) unsigned char opaque[576];
};

enum { CHECKSUM_CHARS = 32 };

/* Begin. */
void checksum_init(struct checksum *c);

/* Go on with `bytes` bytes; how they are cut into calls does not matter. */
void checksum_add(struct checksum *c, const void *data, size_t bytes);

/* The checksum so far: 32 lower-case hexadecimal digits and a NUL. */
void checksum_end(const struct checksum *c, char out[CHECKSUM_CHARS + 1]);

/*
 * 128 bits that stand for a key in memory.  Two keys that differ have the same
 * print with a chance of 2^-128 each; `seed` is secret to the process, so that
 * nobody can look for two that do.
 */
struct print {
	uint64_t low, high;
};

/* The print of a key of `bytes` bytes (XXH3-128 with the seed). */
struct print print_of(const void *data, size_t bytes, uint64_t seed);

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

/* Add the libraries of digests and hashes to the list. */
void hash_libraries(struct library_list *list);

#endif
