/*
 * keytable.h - items told apart by their keys, in a table that fits the cache.
 *
 *   keytable_init -> (keytable_reset -> keytable_get ...)* -> keytable_release
 *
 * An item is a few words, the first of them its key; word 0 is a good hash
 * (rowkey.h).  Its low 12 bits may be the same in all keys of a table: they chose the
 * partition that the table is for (shuffle.h).
 */
#ifndef WORKER_KEYS_KEYTABLE_H
#define WORKER_KEYS_KEYTABLE_H

#include "core/base/base.h"

struct keytable {
	unsigned key_words, item_words;
	uint64_t *items; /* in order of first appearance */
	size_t count, room;
	uint64_t *slots; /* half a hash above, the item's number + 1 below; 0 is free */
	size_t n_slots;  /* a power of two, at least twice count */
};

/* An empty one, for items of item_words words whose first key_words (at least 1) are the key. */
void keytable_init(struct keytable *t, unsigned key_words, unsigned item_words);

/* Free it; fine on a zeroed one. */
void keytable_release(struct keytable *t);

/*
 * Empty it, for records of which so many may be different.  What has the same key is not
 * known before: the table begins as large as it was last time, and grows.
 */
void keytable_reset(struct keytable *t, size_t records);

/* What a table of so many items takes at most, just after it grew. */
static inline size_t
keytable_bytes_max(size_t count, unsigned item_words)
{
	return count * (4 + item_words) * sizeof(uint64_t);
}

/* Double the slots; for keytable_get(). */
void keytable_grow(struct keytable *t);

/* The slot that holds a key, or the free one where it belongs. */
static inline size_t
keytable_probe(const struct keytable *t, const uint64_t *key)
{
	size_t mask = t->n_slots - 1, at = (key[0] >> 12) & mask;
	uint64_t half = key[0] >> 32;

	for (; t->slots[at]; at = (at + 1) & mask) {
		const uint64_t *item = t->items +
				       ((uint32_t)t->slots[at] - 1) * (size_t)t->item_words;
		unsigned same = 0;

		if (t->slots[at] >> 32 != half)
			continue;
		while (same < t->key_words && item[same] == key[same])
			same++;
		if (same == t->key_words)
			break;
	}
	return at;
}

/*
 * The item in the table that has the key of `item`; when there is none, `item` is copied into
 * it and *is_new is true.  Borrowed until the next call; all but the key may be changed.
 */
static inline uint64_t *
keytable_get(struct keytable *t, const uint64_t *item, bool *is_new)
{
	size_t at = keytable_probe(t, item), words = t->item_words;
	uint64_t *out;

	*is_new = !t->slots[at];
	if (!*is_new)
		return t->items + ((uint32_t)t->slots[at] - 1) * words;
	if ((t->count + 1) * 2 > t->n_slots) {
		keytable_grow(t);
		at = keytable_probe(t, item);
	}
	out = t->items + t->count * words;
	for (size_t i = 0; i < words; i++)
		out[i] = item[i];
	t->slots[at] = item[0] >> 32 << 32 | (uint32_t)++t->count;
	return out;
}

/* The item with a key, or NULL. */
static inline uint64_t *
keytable_find(const struct keytable *t, const uint64_t *key)
{
	size_t at = keytable_probe(t, key);

	return t->slots[at] ? t->items + ((uint32_t)t->slots[at] - 1) * (size_t)t->item_words
			    : NULL;
}

#endif
