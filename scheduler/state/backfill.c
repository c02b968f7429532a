/* backfill.c - backfills by key. */
#include "scheduler/state/backfill.h"

#include "scheduler/state/slot.h"

struct backfill *
backfill_make(struct engine *e, int64_t key)
{
	struct backfill *b = index_find_number(&e->backfills, key);

	if (b)
		return b;
	b = mem_new(1, sizeof(*b));
	b->row.key = key;
	group_init(&b->group, NULL, 1);
	index_add_number(&e->backfills, b, b->row.key);
	return b;
}
