/*
 * guests.h - connections of the status page: how long one may take, and how many may wait.  Pure.
 *
 * A guest waits until its whole request is there, and is answered until the
 * answer was taken; then it waits again.  Each has a deadline, whatever trickles
 * in meanwhile.  Of those that wait there are GUESTS_WAITING_MAX: one more turns
 * out the one that has waited longest, so that whoever comes with a request
 * finds a place.
 *
 *   guest_come -> (guest_asked -> guest_answered)* -> guest_go
 *
 * Who is to be turned out is named by guests_surplus() and guests_overdue(),
 * once; the caller shuts its descriptor, and guest_go() follows from that.
 */
#ifndef SCHEDULER_WEB_GUESTS_H
#define SCHEDULER_WEB_GUESTS_H

#include "core/base/base.h"

enum {
	GUESTS_WAITING_MAX = 64,
	GUEST_WAIT_MS = 10000, /* for a whole request, from its connection or the last answer on */
	GUEST_ANSWER_MS = 60000, /* to take an answer */
};

struct guest {
	struct guest *before, *after;
	int fd;
	int64_t since_ms;
	bool asked, turned_out;
};

/* The zero value has none. */
struct guests {
	struct guest *first, *last; /* by since_ms, the longest first */
	size_t n_waiting;           /* neither answered nor turned out */
};

/* Somebody has come, on descriptor `fd`; freed by guest_go(). */
struct guest *guest_come(struct guests *g, int fd, int64_t now_ms);

/* Its whole request is there. */
void guest_asked(struct guests *g, struct guest *guest, int64_t now_ms);

/* It has its answer, and may ask again. */
void guest_answered(struct guests *g, struct guest *guest, int64_t now_ms);

/* It is gone; NULL is fine. */
void guest_go(struct guests *g, struct guest *guest);

/* When too many wait: the descriptor of who has waited longest; else -1. */
int guests_surplus(struct guests *g);

/* The descriptor of a guest that took longer than it may; -1: there is none, or no other. */
int guests_overdue(struct guests *g, int64_t now_ms);

#endif
