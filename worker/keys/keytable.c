/* keytable.c - items told apart by their keys, in a table that fits the cache. */
#include "worker/keys/keytable.h"

#include "core/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 64 };

void
keytable_init(struct keytable *t, unsigned key_words, unsigned item_words)
{
	assert(key_words > 0 && item_words >= key_words);
	*t = (struct keytable){ .key_words = key_words, .item_words = item_words };
	keytable_reset(t, 0);
}

void
keytable_release(struct keytable *t)
{
	mem_large_free(t->items);
	mem_large_free(t->slots);
	*t = (struct keytable){ 0 };
}

static void
set_room(struct keytable *t, size_t n_slots)
{
	assert(n_slots / 2 < UINT32_MAX);
	t->n_slots = n_slots;
	if (t->room >= n_slots / 2)
		return;
	t->room = n_slots / 2;
	t->items = mem_large_resize(t->items, t->room, t->item_words * sizeof(*t->items));
}

void
keytable_reset(struct keytable *t, size_t records)
{
	size_t n = SLOTS_MIN;

	while (n / 2 < records && n < t->n_slots)
		n *= 2;
	t->count = 0;
	if (n <= t->n_slots && n * 4 >= t->n_slots) {
		memset(t->slots, 0, t->n_slots * sizeof(*t->slots));
		return;
	}
	mem_large_free(t->slots);
	t->slots = mem_large_new(n, sizeof(*t->slots));
	set_room(t, n);
}

void
keytable_grow(struct keytable *t)
{
	mem_large_free(t->slots);
	t->slots = mem_large_new(t->n_slots * 2, sizeof(*t->slots));
	set_room(t, t->n_slots * 2);
	for (size_t i = 0; i < t->count; i++) {
		const uint64_t *item = t->items + i * t->item_words;
		size_t mask = t->n_slots - 1, at = (item[0] >> 12) & mask;

		while (t->slots[at])
			at = (at + 1) & mask;
		t->slots[at] = item[0] >> 32 << 32 | (uint32_t)(i + 1);
	}
}
