/* hash.c - digests that go into files, and fast hashes that stay in memory. */
#include "core/hash.h"

#include <assert.h>
#include <nettle/sha2.h>

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

void
digest_end(struct digest *d, char out[DIGEST_CHARS + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t raw[SHA256_DIGEST_SIZE];

	sha256_digest(state_of(d), sizeof(raw), raw);
	for (size_t i = 0; i < sizeof(raw); i++) {
		out[2 * i] = digits[raw[i] >> 4];
		out[2 * i + 1] = digits[raw[i] & 15];
	}
	out[DIGEST_CHARS] = '\0';
}

void
digest_of(const void *data, size_t bytes, char out[DIGEST_CHARS + 1])
{
	struct digest d = { 0 };

	digest_init(&d);
	digest_add(&d, data, bytes);
	digest_end(&d, out);
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
