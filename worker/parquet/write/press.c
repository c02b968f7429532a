/* press.c - the pages of a row group on their way: made as soon as they are full. */
#include "worker/parquet/write/press.h"

#include "core/base/mem.h"

#include <stdlib.h>

enum {
	LANES_BYTES = 1 << 20,        /* less is not worth a thread */
	WAIT_BYTES = 4 << 20,         /* so much keeps two lanes busy to about the same end */
	ROOM_BYTES_MAX = 2 << 20,     /* of texts: only one that is longer takes more */
	FIXED_BYTES = sizeof(size_t), /* of a value that is no text */
};

void
pq_press_init(struct pq_press *p)
{
	*p = (struct pq_press){ .lanes = crew_lanes() };
	for (int i = 0; i < CREW_LANES_MAX; i++)
		pq_maker_init(&p->makers[i]);
}

static struct pq_page_room **
rooms_of(struct pq_press *p, const struct pq_kind *kind)
{
	return &p->rooms[kind->type == PQ_BYTE_ARRAY];
}

struct pq_page_room *
pq_press_room(struct pq_press *p, const struct pq_kind *kind)
{
	struct pq_page_room **list = rooms_of(p, kind), *room = *list;

	if (!room)
		return mem_new(1, sizeof(*room));
	*list = room->next;
	pq_values_reset(&room->values);
	return room;
}

void
pq_press_give_back(struct pq_press *p, struct pq_made_page *page)
{
	struct pq_page_room **list = rooms_of(p, page->kind), *room = page->room;

	if (!room)
		return;
	if (room->values.text_room > ROOM_BYTES_MAX)
		pq_values_release(&room->values);
	room->next = *list;
	*list = room;
	page->room = NULL;
}

static void
forget_waiting(struct pq_press *p)
{
	for (size_t i = 0; i < p->n_waiting; i++)
		pq_press_give_back(p, p->waiting[i]);
	p->n_waiting = p->bytes = 0;
}

static enum err_code
make_pages(void *arg, int lane, struct err *err)
{
	struct pq_press *p = arg;
	size_t at;

	(void)err;
	while ((at = atomic_fetch_add(&p->next, 1)) < p->n_waiting)
		pq_page_make(&p->makers[lane], p->waiting[at]);
	return ERR_NONE;
}

void
pq_press_finish(struct pq_press *p)
{
	struct err err;

	atomic_store(&p->next, 0);
	/* Without a second thread one does all the work. */
	if (crew_run(p->bytes < LANES_BYTES ? 1 : p->lanes, make_pages, p, &err))
		(void)make_pages(p, 0, &err);
	forget_waiting(p);
}

/* What a page takes until it is made: its values as they are, and which rows of it are null. */
static size_t
page_bytes(const struct pq_made_page *page)
{
	size_t valid = page->n_values < page->rows ? page->rows : 0;

	if (!page->codes && page->kind->type == PQ_BYTE_ARRAY)
		return page->values->text_bytes + valid;
	return page->n_values * FIXED_BYTES + valid;
}

void
pq_press_take(struct pq_press *p, struct pq_made_page *page)
{
	p->waiting = mem_grow(p->waiting, p->n_waiting, &p->waiting_room,
			      sizeof(struct pq_made_page *));
	p->waiting[p->n_waiting++] = page;
	p->bytes += page_bytes(page);
	if (p->lanes == 1 || p->bytes >= WAIT_BYTES)
		pq_press_finish(p);
}

void
pq_press_reset(struct pq_press *p)
{
	forget_waiting(p);
	for (int i = 0; i < CREW_LANES_MAX; i++)
		p->makers[i].bytes = 0;
}

static void
free_room(struct pq_page_room *room)
{
	pq_values_release(&room->values);
	free(room);
}

void
pq_press_release(struct pq_press *p)
{
	pq_press_reset(p);
	for (size_t i = 0; i < countof(p->rooms); i++) {
		struct pq_page_room *next;

		for (struct pq_page_room *room = p->rooms[i]; room; room = next) {
			next = room->next;
			free_room(room);
		}
	}
	for (int i = 0; i < CREW_LANES_MAX; i++)
		pq_maker_release(&p->makers[i]);
	free(p->waiting);
}
