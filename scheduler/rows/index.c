/* index.c - a hash table with chains that also is a list. */
#include "scheduler/rows/index.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 8 }; /* a power of two, as every later size */

static struct index_item **
bucket(const struct index *ix, int64_t number)
{
	return &ix->buckets[hash_word((uint64_t)number) & (ix->room - 1)];
}

static int64_t
number_of(const char *name)
{
	return (int64_t)hash_bytes(name, strlen(name), 0);
}

/* At most one thing per bucket on average. */
static void
grow(struct index *ix)
{
	if (ix->n < ix->room)
		return;
	free(ix->buckets);
	ix->room = ix->room ? 2 * ix->room : ROOM_MIN;
	ix->buckets = mem_new(ix->room, sizeof(struct index_item *));
	for (struct index_item *i = ix->first; i; i = i->next) {
		i->chain = *bucket(ix, i->number);
		*bucket(ix, i->number) = i;
	}
}

static void
add(struct index *ix, struct index_item *item, const char *name, int64_t number)
{
	grow(ix);
	*item = (struct index_item){
		.chain = *bucket(ix, number),
		.prev = ix->last,
		.name = name,
		.number = number,
	};
	*bucket(ix, number) = item;
	if (ix->last)
		ix->last->next = item;
	else
		ix->first = item;
	ix->last = item;
	ix->n++;
}

void
index_add_name(struct index *ix, void *thing, const char *name)
{
	assert(!index_find_name(ix, name));
	add(ix, thing, name, number_of(name));
}

void
index_add_number(struct index *ix, void *thing, int64_t number)
{
	assert(!index_find_number(ix, number));
	add(ix, thing, NULL, number);
}

void
index_remove(struct index *ix, void *thing)
{
	struct index_item *item = thing, **at = bucket(ix, item->number);

	while (*at != item)
		at = &(*at)->chain;
	*at = item->chain;
	if (item->next)
		item->next->prev = item->prev;
	else
		ix->last = item->prev;
	if (item->prev)
		item->prev->next = item->next;
	else
		ix->first = item->next;
	ix->n--;
}

void *
index_find_name(const struct index *ix, const char *name)
{
	int64_t number = number_of(name);
	struct index_item *i;

	if (!ix->n)
		return NULL;
	for (i = *bucket(ix, number); i; i = i->chain)
		if (i->number == number && !strcmp(i->name, name))
			break;
	return i;
}

void *
index_find_number(const struct index *ix, int64_t number)
{
	struct index_item *i;

	if (!ix->n)
		return NULL;
	for (i = *bucket(ix, number); i; i = i->chain)
		if (i->number == number)
			break;
	return i;
}

void *
index_first(const struct index *ix)
{
	return ix->first;
}

void *
index_next(const void *thing)
{
	const struct index_item *item = thing;

	return item->next;
}

void
index_release(struct index *ix)
{
	free(ix->buckets);
	*ix = (struct index){ 0 };
}
