/*
 * look.h - how states look and where links lead, on every page.
 */
#ifndef SCHEDULER_PAGE_LOOK_H
#define SCHEDULER_PAGE_LOOK_H

#include "scheduler/page/exchange.h"
#include "scheduler/page/html.h"

/* Never by colour alone: each state has a glyph of its own. */
struct page_look {
	const char *state, *glyph, *css;
};

/* How a state looks; what has no look of its own gets a quiet one.  Never NULL. */
const struct page_look *page_look(const char *state);

/* A state as glyph, word and colour. */
void page_state(struct exchange *x, const char *state);

/* All states that a task can have, for reading a grid. */
void page_legend(struct exchange *x);

/* A link to `where`, an address of ours, and one segment below it, which is encoded. */
void page_link(struct exchange *x, const char *where, const char *segment, const char *text);

/* A run id, linked to its page. */
void page_link_run(struct exchange *x, const char *dag, const char *run_id);

/* The name of a task, linked to its page in the run. */
void page_link_task(struct exchange *x, const char *dag, const char *run_id, const char *task);

/* The address of a task in a run, for an href. */
void page_task_address(struct exchange *x, const char *dag, const char *run_id, const char *task);

/* The address of a run, for an href. */
void page_run_address(struct exchange *x, const char *dag, const char *run_id);

#endif
