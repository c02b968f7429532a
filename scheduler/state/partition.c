/* partition.c - what is published. */
#include "scheduler/state/partition.h"

#include <assert.h>
#include <stdlib.h>

static struct partition *
add_partition(struct engine *e, const char *dataset, int64_t day)
{
	struct partition *p = mem_new(1, sizeof(*p));
	char key[PARTITION_KEY_BYTES];
	bool good = partition_key(dataset, day, key);

	assert(good);
	p->key = mem_str(key);
	p->dataset = mem_str(dataset);
	index_add_name(&e->partitions, p, p->key);
	return p;
}

struct partition *
partition_set(struct engine *e, const struct partition_row *row)
{
	struct partition *p = partition_find(e, row->dataset, row->day);
	char *inputs = mem_str(row->inputs ? row->inputs : "[]");

	if (!p)
		p = add_partition(e, row->dataset, row->day);
	free(p->inputs);
	p->inputs = inputs;
	p->row = *row;
	p->row.dataset = p->dataset;
	p->row.inputs = p->inputs;
	return p;
}
