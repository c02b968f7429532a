/*
 * keeper.h - the status page beside the scheduler: when it ends it is said, and started again.
 *
 *   main starts it -> keeper_watch -> keeper_unwatch -> keeper_end
 *
 * It has the address it had, and whoever was logged in still is.  At most one start in two seconds;
 * one that ends five times in a row soon after its start is left alone, and the scheduler goes on.
 */
#ifndef SCHEDULER_DAEMON_KEEPER_H
#define SCHEDULER_DAEMON_KEEPER_H

#include "core/base/log.h"

#include <sys/types.h>
#include <uv.h>

enum {
	KEEPER_PAUSE_US = 2 * 1000 * 1000,  /* between two starts */
	KEEPER_QUICK_US = 10 * 1000 * 1000, /* who lives shorter has ended soon */
	KEEPER_QUICK_MAX = 5,               /* so often in a row */
};

/* When to start it; times are of the boot. */
struct keeper_life {
	int64_t begun_us; /* its last start, tried or done */
	int quick;        /* how often in a row it ended soon */
	bool over;        /* it is not started any more */
};

struct page_keeper {
	const char *address; /* where it answers, "127.0.0.1:8080" */
	char **alone;        /* command line of the page alone */
	char **together;     /* of scheduler and page */
	pid_t pid;           /* 0: there is none */
	struct keeper_life life;
	bool short_said; /* that it could not be started was said */
	struct log log;
	uv_timer_t look;
};

/* It has ended; false: that was once too often. */
bool keeper_life_ended(struct keeper_life *life, int64_t now_us);

/* There is none: may one be started now? */
bool keeper_life_due(const struct keeper_life *life, int64_t now_us);

/* Look at it now and then, and start it when there is none; `p` stays where it is. */
void keeper_watch(struct page_keeper *p, uv_loop_t *loop, const struct log *log);

/* The loop has to run on until the timer is closed. */
void keeper_unwatch(struct page_keeper *p);

/* End it and wait for that, for some seconds; false: there was none. */
bool keeper_end(struct page_keeper *p);

#endif
