/*
 * pager.h - links to the same page with another query: the next rows, a filter, a refresh.
 */
#ifndef SCHEDULER_PAGE_PAGER_H
#define SCHEDULER_PAGE_PAGER_H

#include "scheduler/page/exchange.h"

/*
 * A link to this page in which `name` has `value`, or is absent for NULL.  What
 * else the query has stays, but for the place in a list (before, after, page),
 * where `name` is no refresh.
 */
void pager_link(struct exchange *x, const char *name, const char *value, const char *text);

#endif
