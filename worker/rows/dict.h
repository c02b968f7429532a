/*
 * dict.h - byte strings to small codes: 0, 1, 2 ... in order of first appearance.
 *
 * Group-by, distinct and de-duplication all ask the same question, "have I seen
 * this before, and as which number?", of a key made of one or more values.
 * Codes do not depend on the hash, so nothing that is written does either.
 */
#ifndef WORKER_ROWS_DICT_H
#define WORKER_ROWS_DICT_H

#include "core/base/base.h"

/* Bytes that somebody else owns. */
struct span {
	const char *data; /* never NULL when bytes > 0; not NUL-terminated */
	size_t bytes;
};

/* The same bytes? */
bool span_equal(struct span a, struct span b);

/* The bytes of this NUL-terminated text? */
bool span_is(struct span a, const char *text);

/* As strcmp(), by bytes; a prefix comes first. */
int span_compare(struct span a, struct span b);

struct dict_entry {
	const char *data;
	uint32_t bytes, hash;
};

struct dict {
	struct dict_entry *entries; /* by code */
	size_t count, room;
	uint32_t *slots; /* code + 1; 0 is free; a power of two of them, at most half full */
	size_t n_slots;
	uint64_t seed; /* of the hash; another one in every process */
	struct arena *text;
};

/* An empty one.  Keys are at most 4 GiB - 1 each, and so many at most. */
void dict_init(struct dict *d);

/* Free it with the keys. */
void dict_release(struct dict *d);

/* The code of a key, given out now if it is new.  The bytes are copied. */
uint32_t dict_code(struct dict *d, const void *data, size_t bytes);

/* False: never seen. */
bool dict_find(const struct dict *d, const void *data, size_t bytes, uint32_t *code);

/* The key of a code; borrowed until dict_release(). */
struct span dict_span(const struct dict *d, uint32_t code);

/* order[] (room for d->count) becomes the codes in order of their keys' bytes. */
void dict_sort(const struct dict *d, uint32_t *order);

#endif
