/* partition.c - what is published: the live version of each partition. */
#include "scheduler/state/partition.h"

#include <stdlib.h>
#include <string.h>

/* The place of the first part that is not before this one. */
static size_t
place(const struct shelf *s, int64_t part)
{
	size_t low = 0, high = s->n;

	/* Most are added behind the last. */
	if (high && s->items[high - 1].part < part)
		return high;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->items[mid].part < part)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct live_partition *
partition_find(const struct engine *e, const char *dataset, int64_t part)
{
	const struct shelf *s = index_find_name(&e->shelves, dataset);
	size_t at = s ? place(s, part) : 0;

	return s && at < s->n && s->items[at].part == part ? &s->items[at] : NULL;
}

static struct shelf *
find_shelf(struct engine *e, const char *dataset)
{
	struct shelf *s = index_find_name(&e->shelves, dataset);

	if (s)
		return s;
	s = mem_new(1, sizeof(*s));
	s->dataset = mem_str(dataset);
	index_add_name(&e->shelves, s, s->dataset);
	return s;
}

void
partition_set(struct engine *e, const struct partition_row *row)
{
	struct shelf *s = find_shelf(e, row->dataset);
	size_t at = place(s, row->part);

	if (at == s->n || s->items[at].part != row->part) {
		s->items = mem_grow(s->items, s->n, &s->room, sizeof(*s->items));
		memmove(&s->items[at + 1], &s->items[at], (s->n - at) * sizeof(*s->items));
		s->n++;
	}
	s->items[at] = (struct live_partition){
		.version = row->version,
		.rows = row->rows,
		.part = (int32_t)row->part,
		.preliminary = row->preliminary != NULL,
	};
	memcpy(s->items[at].digest, row->digest, sizeof(row->digest));
}

void
partitions_free(struct engine *e)
{
	struct shelf *s;

	while ((s = index_first(&e->shelves))) {
		index_remove(&e->shelves, s);
		free(s->dataset);
		free(s->items);
		free(s);
	}
}
