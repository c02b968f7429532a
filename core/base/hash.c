/* hash.c - digests that go into files, and fast hashes that stay in memory. */
#include "core/base/hash.h"

#include <assert.h>
#include <nettle/sha2.h>
#include <nettle/version.h>
#include <stdio.h>

/* Shows the size of its state. */
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

static_assert(sizeof(struct sha256_ctx) <= sizeof(struct digest), "digest holds nettle's state");

static struct sha256_ctx *
state_of(struct digest *d)
{
	return (struct sha256_ctx *)(void *)d->opaque;
}

void
digest_init(struct digest *d)
{
	sha256_init(state_of(d));
}

void
digest_add(struct digest *d, const void *data, size_t bytes)
{
	sha256_update(state_of(d), bytes, data);
}

static void
put_hex(const uint8_t *raw, size_t bytes, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes; i++) {
		out[2 * i] = digits[raw[i] >> 4];
		out[2 * i + 1] = digits[raw[i] & 15];
	}
	out[2 * bytes] = '\0';
}

void
digest_end(struct digest *d, char out[DIGEST_CHARS + 1])
{
	uint8_t raw[SHA256_DIGEST_SIZE];

	sha256_digest(state_of(d), sizeof(raw), raw);
	put_hex(raw, sizeof(raw), out);
}

void
digest_of(const void *data, size_t bytes, char out[DIGEST_CHARS + 1])
{
	struct digest d = { 0 };

	digest_init(&d);
	digest_add(&d, data, bytes);
	digest_end(&d, out);
}

static_assert(sizeof(XXH3_state_t) <= sizeof(struct checksum), "checksum holds XXH3's state");

void
checksum_init(struct checksum *c)
{
	(void)XXH3_128bits_reset((XXH3_state_t *)(void *)c->opaque);
}

void
checksum_add(struct checksum *c, const void *data, size_t bytes)
{
	if (bytes)
		(void)XXH3_128bits_update((XXH3_state_t *)(void *)c->opaque, data, bytes);
}

void
checksum_end(const struct checksum *c, char out[CHECKSUM_CHARS + 1])
{
	XXH128_canonical_t raw;

	XXH128_canonicalFromHash(
	    &raw, XXH3_128bits_digest((const XXH3_state_t *)(const void *)c->opaque));
	put_hex(raw.digest, sizeof(raw.digest), out);
}

struct print
print_of(const void *data, size_t bytes, uint64_t seed)
{
	XXH128_hash_t h = XXH3_128bits_withSeed(data, bytes, seed);

	return (struct print){ h.low64, h.high64 };
}

uint64_t
hash_bytes(const void *data, size_t bytes, uint64_t seed)
{
	const unsigned char *p = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ seed;

	for (size_t i = 0; i < bytes; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return hash_word(h);
}

uint64_t
hash_word(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t
random_next(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	return hash_word(*state);
}

void
hash_libraries(struct library_list *list)
{
	unsigned xxhash = XXH_versionNumber();

	library_add_numbers(list, "xxHash", xxhash / 10000, xxhash / 100 % 100, xxhash % 100);
	library_add(list, "Nettle", "");
	(void)snprintf(list->items[list->n - 1].version, LIBRARY_VERSION_CHARS + 1, "%d.%d",
		       nettle_version_major(), nettle_version_minor());
}
