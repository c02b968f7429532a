/* reach.c - which parts of a dataset a run reads: from one grid to another. */
#include "core/time/reach.h"

#include "core/time/zone.h"

#include <assert.h>
#include <stdio.h>

void
input_window_text(const struct input_window *w, struct grid reader, char out[WINDOW_TEXT_CHARS + 1])
{
	long long n = 1 - (long long)w->from;
	const char *unit = grid_unit_name(reader.unit);

	if (w->unit == REACH_DAYS || (w->unit == REACH_PARTS && !w->to && reader.unit == GRID_DAY))
		(void)snprintf(out, WINDOW_TEXT_CHARS + 1, "%lldd", n);
	else if (w->unit == REACH_PARTS && !w->to && reader.unit == GRID_HOUR)
		(void)snprintf(out, WINDOW_TEXT_CHARS + 1, "%lldh", n);
	else if (w->unit == REACH_PARTS && !w->to)
		(void)snprintf(out, WINDOW_TEXT_CHARS + 1, "%lld %s%s", n, unit, n > 1 ? "s" : "");
	else
		(void)snprintf(out, WINDOW_TEXT_CHARS + 1, "%lld to %lld %ss", (long long)w->from,
			       (long long)w->to, w->unit == REACH_PARTITIONS ? "partition" : unit);
}

/*
 * The parts of the reader's grid around the interval's own, which is one; a run by ticks may begin
 * in one and end in another.
 */
static void
reach_parts(const struct input_window *w, struct grid reader, struct reach *r)
{
	int64_t first = grid_part(reader, r->start_us), last = grid_part(reader, r->end_us - 1);

	if (w->from)
		r->start_us = grid_start(reader, (w->from > 0 ? last : first) + w->from);
	if (w->to)
		r->end_us = grid_end(reader, (w->to < 0 ? first : last) + w->to);
}

/* Local days that end with the interval. */
static void
reach_days(const struct input_window *w, struct grid reader, struct reach *r)
{
	struct grid days = { .unit = GRID_DAY, .zone = reader.zone };
	int64_t last = grid_part(days, r->end_us - 1);

	r->start_us = grid_start(days, last + w->from);
}

struct reach
reach_of(const struct input_window *w, struct grid reader, int64_t start_us, int64_t end_us,
	 struct grid dataset)
{
	struct reach r = { .start_us = start_us, .end_us = end_us };
	int64_t last;

	assert(start_us < end_us && w->from <= w->to);
	switch (w->unit) {
	case REACH_PARTS:
		reach_parts(w, reader, &r);
		break;
	case REACH_DAYS:
		reach_days(w, reader, &r);
		break;
	case REACH_PARTITIONS:
		last = grid_part(dataset, end_us - 1);
		r.parts = (struct parts){ last + w->from, last + w->to };
		r.start_us = grid_start(dataset, r.parts.first);
		r.end_us = grid_end(dataset, r.parts.last);
		return r;
	}
	r.parts = grid_overlap(dataset, r.start_us, r.end_us);
	return r;
}

bool
reach_nests(const struct input_window *w, struct grid reader, struct grid dataset)
{
	struct grid days = { .unit = GRID_DAY, .zone = reader.zone };

	if (w->unit == REACH_PARTITIONS)
		return true;
	return grid_nests(dataset, reader) && (w->unit == REACH_PARTS || grid_nests(dataset, days));
}

int64_t
reach_after(const struct zone *zone, int64_t end_us, int64_t after_us)
{
	struct grid days = { .unit = GRID_DAY, .zone = zone };
	int64_t local_us = grid_part(days, end_us) * DAY_US + after_us, earlier, later;

	if (!zone)
		return local_us;
	(void)zone_instants(zone, local_us, &earlier, &later);
	return earlier;
}
