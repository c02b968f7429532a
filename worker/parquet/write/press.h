/*
 * press.h - the pages of a row group on their way: made as soon as they are full.
 *
 *   pq_press_init -> (pq_press_room, pq_press_take ... -> pq_press_finish -> read the pages
 *                     -> pq_press_reset) ... -> pq_press_release
 *
 * With one processor a page is made when it is taken, while its values are in the cache; with more
 * a few of them wait for each other, and all lanes make some.
 */
#ifndef WORKER_PARQUET_WRITE_PRESS_H
#define WORKER_PARQUET_WRITE_PRESS_H

#include "worker/rows/crew.h"
#include "worker/parquet/write/page_make.h"

#include <stdatomic.h>

struct pq_press {
	int lanes;
	bool
	    plain; /* no encoding that came after PLAIN and dictionaries; set it before rows come */
	struct pq_made_page **waiting;
	size_t n_waiting, waiting_room, bytes; /* bytes: of their values */
	atomic_size_t next;                    /* of them that no lane makes yet */
	struct pq_page_room *rooms[2];         /* that are free, for words and for texts */
	struct pq_maker makers[CREW_LANES_MAX];
};

/* No pages. */
void pq_press_init(struct pq_press *p);

/* Free what it holds. */
void pq_press_release(struct pq_press *p);

/* Room without values for a page of that kind; it comes back by pq_press_take() or _give_back(). */
struct pq_page_room *pq_press_room(struct pq_press *p, const struct pq_kind *kind);

/* Take back the room of a page, if it has any. */
void pq_press_give_back(struct pq_press *p, struct pq_made_page *page);

/* Make a page, now or later: it is borrowed until pq_press_finish(), and so is what it refers to.
 */
void pq_press_take(struct pq_press *p, struct pq_made_page *page);

/* Make all pages that wait. */
void pq_press_finish(struct pq_press *p);

/* Forget the bytes of the pages that are made, and the pages that wait. */
void pq_press_reset(struct pq_press *p);

#endif
