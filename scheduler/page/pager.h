/*
 * pager.h - links to the same page with another query: the next rows, a filter, a refresh.
 */
#ifndef SCHEDULER_PAGE_PAGER_H
#define SCHEDULER_PAGE_PAGER_H

#include "scheduler/page/exchange.h"

/*
 * A link to this page in which `name` has `value`, or is absent for NULL.  What
 * else the query has stays, but for places in lists that `name` makes void: a
 * filter begins every list anew, before and after replace each other.
 */
void pager_link(struct exchange *x, const char *name, const char *value, const char *text);

/* A choice of a filter: a link for each of `words` (ends with NULL) and one for all of them. */
void pager_choice(struct exchange *x, const char *title, const char *name,
		  const char *const *words);

/* Where a list of runs can go on. */
struct pager_runs {
	bool newer, older;
	int64_t first, last; /* keys of the rows that are shown */
};

/*
 * A list that was asked for one row more than `limit`, the newest first, loses
 * that row again; what it tells of is in *p.
 */
void pager_trim_runs(json_t *rows, size_t limit, int64_t before, int64_t after,
		     struct pager_runs *p);

/* Newest, newer, older, oldest: those that lead anywhere. */
void pager_put_runs(struct exchange *x, const struct pager_runs *p);

/* The same of partitions, by their names. */
void pager_put_partitions(struct exchange *x, const json_t *rows, bool later, bool earlier);

/* "Page 2 of 50" with links beside it; nothing when there is one page. */
void pager_put_pages(struct exchange *x, int64_t page, int64_t pages);

/* Previous and next of a list by name, which its rows have under `key`. */
void pager_put_names(struct exchange *x, const json_t *rows, const char *key, bool previous,
		     bool next);

#endif
