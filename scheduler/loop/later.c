/* later.c - the mailbox for what is found out below and has to be told to the engine. */
#include "scheduler/loop/later.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/wire/attempt.h"

#include <stdlib.h>

/* What the engine is told of; what it makes of it is its own. */
#define APART_US SECOND_US

/* A machine that was started before is not one: somebody pretends another boot clock. */
#define BOOT_US_MIN (3650 * DAY_US)

void
later_init(struct later *l, struct turn *turn)
{
	*l = (struct later){ .turn = turn };
}

static void
drop(struct later_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(items[i].why);
	free(items);
}

void
later_release(struct later *l)
{
	drop(l->items, l->n_items);
	l->items = NULL;
	l->n_items = l->room_items = 0;
}

void
later_touch(struct later *l)
{
	l->touched = true;
}

void
later_clock(struct later *l)
{
	int64_t now_us = clock_wall_us(), offset_us = now_us - clock_boot_us();

	if (*l->boot && offset_us - l->offset_us < APART_US && l->offset_us - offset_us < APART_US)
		return;
	if (offset_us < BOOT_US_MIN)
		return;
	if (!*l->boot)
		boot_id(l->boot);
	l->offset_us = offset_us;
	turn_event(l->turn,
		   &(struct event){ .kind = EVENT_CLOCK, .boot = l->boot, .offset_us = offset_us },
		   now_us);
	later_touch(l);
}

void
later_event(struct later *l, const struct event *event)
{
	later_clock(l);
	turn_event(l->turn, event, clock_wall_us());
	later_touch(l);
}

static void
add(struct later *l, int64_t attempt, const char *why, int error)
{
	l->items = mem_grow(l->items, l->n_items, &l->room_items, sizeof(*l->items));
	l->items[l->n_items++] = (struct later_item){ attempt, mem_str(why), error };
	later_touch(l);
}

void
later_look(struct later *l, int64_t attempt)
{
	add(l, attempt, NULL, 0);
}

void
later_failed(struct later *l, int64_t attempt, const char *why, int error)
{
	add(l, attempt, why, error);
}

void
later_broken(struct later *l, const char *why)
{
	l->broken = why;
}

void
later_take(struct later *l)
{
	struct later_item *items = l->items;
	size_t n = l->n_items;

	l->items = NULL;
	l->n_items = l->room_items = 0;
	if (n)
		later_clock(l);
	l->touched = false;
	for (size_t i = 0; i < n; i++) {
		if (items[i].why)
			turn_launch_failed(l->turn, items[i].attempt, items[i].why, items[i].error,
					   clock_wall_us());
		else
			turn_look(l->turn, items[i].attempt, clock_wall_us());
	}
	drop(items, n);
}
