/*
 * page.h - what every page begins and ends with.
 */
#ifndef SCHEDULER_PAGE_PAGE_H
#define SCHEDULER_PAGE_PAGE_H

#include "scheduler/page/exchange.h"
#include "scheduler/page/html.h"

/* Where a page stands: what it is in, not what it is; NULL for what it is not in. */
struct page_head {
	const char *title; /* the h1 */
	const char *place; /* the entry of the navigation, "/dags" */
	const char *dag, *run, *task;
};

/* Head, navigation, the way here, the opening of <main> and the h1. */
void page_begin(struct exchange *x, const struct page_head *head);

/* The end of <main>, and the foot of the page. */
void page_end(struct exchange *x);

/* A whole page that says one sentence; what was in the body before is dropped. */
void page_sentence(struct exchange *x, const char *title, const char *sentence);

#endif
