/* edge.c - who waits for whom in a DAG file that is being read. */
#include "core/parts/edge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
edges_take(struct dagfile *f, const struct ynode *at)
{
	if (++f->n_edges == (size_t)DAG_EDGES_MAX + 1)
		ykeys_say(&f->y, at, E0306, NULL, "a dag has at most %d dependencies",
			  DAG_EDGES_MAX);
	return f->n_edges <= DAG_EDGES_MAX;
}

bool
edges_add(struct dagfile *f, uint32_t down, uint32_t up, const struct ynode *at)
{
	if (!edges_take(f, at))
		return false;
	f->added = mem_grow(f->added, f->n_added, &f->room_added, sizeof(*f->added));
	f->added[f->n_added++] = (struct draft_edge){ down, up };
	return true;
}

static int
by_down(const void *a, const void *b)
{
	const struct draft_edge *x = a, *y = b;

	if (x->down != y->down)
		return x->down < y->down ? -1 : 1;
	return x->up < y->up ? -1 : x->up > y->up;
}

/* Two sorted lists of upstreams into one, in scratch. */
static void
merge(struct dagfile *f, struct draft_task *t, const struct draft_edge *more, size_t n)
{
	uint32_t *all = arena_get(f->y.scratch, (t->n_edges + n) * sizeof(*all));
	size_t i = 0, k = 0, kept = 0;

	while (i < t->n_edges || k < n) {
		uint32_t next = k == n || (i < t->n_edges && t->edges[i] < more[k].up)
				    ? t->edges[i++]
				    : more[k++].up;

		if (!kept || all[kept - 1] != next)
			all[kept++] = next;
	}
	t->edges = all;
	t->n_edges = kept;
}

void
edges_settle(struct dagfile *f)
{
	size_t to;

	if (f->n_added)
		qsort(f->added, f->n_added, sizeof(*f->added), by_down);
	for (size_t from = 0; from < f->n_added; from = to) {
		uint32_t down = f->added[from].down;

		for (to = from; to < f->n_added && f->added[to].down == down; to++)
			;
		merge(f, &f->tasks[down], &f->added[from], to - from);
	}
	f->n_added = 0;
}

const char *
group_member_name(struct dagfile *f, int32_t group, const char *name)
{
	char text[NAME_MAX_BYTES + 1];
	int n;

	if (group < 0)
		return arena_str(f->y.arena, name);
	n = snprintf(text, sizeof(text), "%s.%s", f->groups[group]->id, name);
	return n < (int)sizeof(text) ? arena_str(f->y.arena, text) : NULL;
}
