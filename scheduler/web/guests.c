/* guests.c - connections of the status page: how long one may take, and how many may wait. */
#include "scheduler/web/guests.h"

#include "core/base/mem.h"

#include <stdlib.h>

static bool
waits(const struct guest *guest)
{
	return !guest->asked && !guest->turned_out;
}

static void
take_out(struct guests *g, struct guest *guest)
{
	*(guest->before ? &guest->before->after : &g->first) = guest->after;
	*(guest->after ? &guest->after->before : &g->last) = guest->before;
}

static void
put_last(struct guests *g, struct guest *guest, int64_t now_ms)
{
	guest->since_ms = now_ms;
	guest->before = g->last;
	guest->after = NULL;
	*(g->last ? &g->last->after : &g->first) = guest;
	g->last = guest;
}

struct guest *
guest_come(struct guests *g, int fd, int64_t now_ms)
{
	struct guest *guest = mem_new(1, sizeof(*guest));

	guest->fd = fd;
	put_last(g, guest, now_ms);
	g->n_waiting++;
	return guest;
}

/* What it does from now on is counted anew. */
static void
turn(struct guests *g, struct guest *guest, bool asked, int64_t now_ms)
{
	g->n_waiting -= waits(guest);
	guest->asked = asked;
	g->n_waiting += waits(guest);
	take_out(g, guest);
	put_last(g, guest, now_ms);
}

void
guest_asked(struct guests *g, struct guest *guest, int64_t now_ms)
{
	if (!guest->asked)
		turn(g, guest, true, now_ms);
}

void
guest_answered(struct guests *g, struct guest *guest, int64_t now_ms)
{
	turn(g, guest, false, now_ms);
}

void
guest_go(struct guests *g, struct guest *guest)
{
	if (!guest)
		return;
	g->n_waiting -= waits(guest);
	take_out(g, guest);
	free(guest);
}

static int
turn_out(struct guests *g, struct guest *guest)
{
	g->n_waiting -= waits(guest);
	guest->turned_out = true;
	return guest->fd;
}

int
guests_surplus(struct guests *g)
{
	if (g->n_waiting <= GUESTS_WAITING_MAX)
		return -1;
	for (struct guest *guest = g->first; guest; guest = guest->after)
		if (waits(guest))
			return turn_out(g, guest);
	return -1;
}

int
guests_overdue(struct guests *g, int64_t now_ms)
{
	for (struct guest *guest = g->first; guest; guest = guest->after) {
		int64_t most = guest->asked ? GUEST_ANSWER_MS : GUEST_WAIT_MS;

		if (!guest->turned_out && now_ms - guest->since_ms >= most)
			return turn_out(g, guest);
	}
	return -1;
}
