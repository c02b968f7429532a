/*
 * index.h - things found by a name or by a number, and walked in the order they came.
 *
 * What is put in begins with a struct index_item and is never copied or owned;
 * functions take and give pointers to the whole thing.  A thing is in one index
 * at a time.  The order of a walk depends on nothing but the order of adding.
 */
#ifndef SCHEDULER_ROWS_INDEX_H
#define SCHEDULER_ROWS_INDEX_H

#include "core/base/base.h"

struct index_item {
	struct index_item *chain;       /* next in its bucket */
	struct index_item *next, *prev; /* in order of adding */
	const char *name;               /* the key, borrowed from the thing; NULL: the number is */
	int64_t number;                 /* the key, or the hash of the name */
};

/* Zero is an empty one. */
struct index {
	struct index_item **buckets;
	struct index_item *first, *last;
	size_t n, room;
};

/* Add a thing under a name that is not in there; the name has to live as long as it is. */
void index_add_name(struct index *ix, void *thing, const char *name);

/* Add a thing under a number that is not in there. */
void index_add_number(struct index *ix, void *thing, int64_t number);

/* It is in there. */
void index_remove(struct index *ix, void *thing);

/* The thing with a name; NULL: not there. */
void *index_find_name(const struct index *ix, const char *name);

/* The thing with a number; NULL: not there. */
void *index_find_number(const struct index *ix, int64_t number);

/* The first thing of a walk, or NULL. */
void *index_first(const struct index *ix);

/* The thing behind a thing, or NULL. */
void *index_next(const void *thing);

/* Frees the table; what is in there is left alone. */
void index_release(struct index *ix);

#endif
