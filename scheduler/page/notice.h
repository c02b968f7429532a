/*
 * notice.h - what several pages say before anything else: what is wrong, how to begin.
 */
#ifndef SCHEDULER_PAGE_NOTICE_H
#define SCHEDULER_PAGE_NOTICE_H

#include "scheduler/page/exchange.h"

/* The problems of the DAG files as a table; nothing when there are none. */
void notice_problems(struct exchange *x);

/* That nobody runs what is due, in a project that has a past; nothing when somebody does. */
void notice_nobody(struct exchange *x);

/* That the schedule is held because the wall clock jumped ahead; nothing when it is not. */
void notice_clock(struct exchange *x);

/* How to begin, for a project in which nothing has run. */
void notice_nothing_yet(struct exchange *x);

#endif
