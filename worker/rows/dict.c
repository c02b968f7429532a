/* dict.c - byte strings to small codes. */
#include "worker/rows/dict.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 64 };

bool
span_equal(struct span a, struct span b)
{
	return a.bytes == b.bytes && (!a.bytes || memcmp(a.data, b.data, a.bytes) == 0);
}

bool
span_is(struct span a, const char *text)
{
	return span_equal(a, (struct span){ text, strlen(text) });
}

int
span_compare(struct span a, struct span b)
{
	size_t shared = a.bytes < b.bytes ? a.bytes : b.bytes;
	int order = shared ? memcmp(a.data, b.data, shared) : 0;

	return order ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

/*
 * Eight bytes at a time: keys are short and there are many of them.  Keys come
 * from files, so nobody may know which of them collide: the seed is where the
 * kernel put our memory.  The codes do not show the hash.
 */
static uint32_t
hash_key(uint64_t seed, const char *p, size_t bytes)
{
	uint64_t h = seed + bytes, word;

	for (; bytes >= sizeof(word); p += sizeof(word), bytes -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = hash_word(h ^ word);
	}
	if (bytes) {
		word = 0;
		memcpy(&word, p, bytes);
		h = hash_word(h ^ word);
	}
	return (uint32_t)(h >> 32);
}

void
dict_init(struct dict *d)
{
	*d = (struct dict){ .n_slots = SLOTS_MIN,
			    .slots = mem_new(SLOTS_MIN, sizeof(*d->slots)),
			    .text = arena_new() };
	d->seed = hash_word((uint64_t)(uintptr_t)d->text);
}

void
dict_release(struct dict *d)
{
	free(d->entries);
	free(d->slots);
	arena_free(d->text);
	*d = (struct dict){ 0 };
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t
probe(const struct dict *d, const char *data, size_t bytes, uint32_t hash)
{
	size_t mask = d->n_slots - 1, at = hash & mask;

	for (; d->slots[at]; at = (at + 1) & mask) {
		const struct dict_entry *e = &d->entries[d->slots[at] - 1];

		if (e->hash == hash && e->bytes == bytes &&
		    (!bytes || memcmp(e->data, data, bytes) == 0))
			break;
	}
	return at;
}

static void
grow_slots(struct dict *d)
{
	size_t mask;

	d->n_slots *= 2;
	mask = d->n_slots - 1;
	free(d->slots);
	d->slots = mem_new(d->n_slots, sizeof(*d->slots));
	for (size_t i = 0; i < d->count; i++) {
		size_t at = d->entries[i].hash & mask;

		while (d->slots[at])
			at = (at + 1) & mask;
		d->slots[at] = (uint32_t)i + 1;
	}
}

uint32_t
dict_code(struct dict *d, const void *data, size_t bytes)
{
	uint32_t hash = hash_key(d->seed, data, bytes);
	size_t at = probe(d, data, bytes, hash);

	if (d->slots[at])
		return d->slots[at] - 1;
	assert(bytes < UINT32_MAX && d->count < UINT32_MAX - 1);
	d->entries = mem_grow(d->entries, d->count, &d->room, sizeof(*d->entries));
	d->entries[d->count++] = (struct dict_entry){ .data = arena_bytes(d->text, data, bytes),
						      .bytes = (uint32_t)bytes,
						      .hash = hash };
	d->slots[at] = (uint32_t)d->count;
	if (d->count * 2 > d->n_slots)
		grow_slots(d);
	return (uint32_t)d->count - 1;
}

bool
dict_find(const struct dict *d, const void *data, size_t bytes, uint32_t *code)
{
	size_t at = probe(d, data, bytes, hash_key(d->seed, data, bytes));

	if (!d->slots[at])
		return false;
	*code = d->slots[at] - 1;
	return true;
}

struct span
dict_span(const struct dict *d, uint32_t code)
{
	assert(code < d->count);
	return (struct span){ d->entries[code].data, d->entries[code].bytes };
}

static int
compare_codes(const void *a, const void *b, void *dict)
{
	const uint32_t *left = a, *right = b;

	return span_compare(dict_span(dict, *left), dict_span(dict, *right));
}

void
dict_sort(const struct dict *d, uint32_t *order)
{
	struct dict borrowed = *d;

	for (size_t i = 0; i < d->count; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, d->count, sizeof(*order), compare_codes, &borrowed);
}
