/*
 * reach.h - which parts of a dataset a run reads: from one grid to another.  Pure.
 *
 * A window is an interval of time first: so many parts of the reader's grid around
 * the run's own interval, or so many local days that end with it.  The parts of
 * the dataset that share an instant with it are what is read (grid_overlap): a day
 * of 23 or 25 hours, a half hour of Lord Howe or a week across two months is no
 * special case.  Or a window counts in the dataset's own parts, around the one
 * that holds the last instant of the run's interval.
 */
#ifndef CORE_TIME_REACH_H
#define CORE_TIME_REACH_H

#include "core/time/grid.h"

enum reach_unit {
	REACH_PARTS,      /* parts of the reader's grid; 0 is the run's own interval */
	REACH_DAYS,       /* `from` 1 - n, to 0: n local days that end where the interval does */
	REACH_PARTITIONS, /* parts of the dataset's grid; 0 holds the last instant */
};

/* From and to are both counted; from <= to. */
struct input_window {
	enum reach_unit unit;
	int64_t from, to;
};

enum { WINDOW_TEXT_CHARS = 64 };

/*
 * A window as a person reads it: "7d", "24h", "2 months" for what ends with the run's own interval,
 * else "-7 to -7 days" or "-2 to 0 partitions".  `reader` is the grid of the runs.
 */
void input_window_text(const struct input_window *w, struct grid reader,
		       char out[WINDOW_TEXT_CHARS + 1]);

/* What a run reads of a dataset. */
struct reach {
	int64_t start_us, end_us; /* instants that are asked for; of REACH_PARTITIONS whole parts */
	struct parts parts;       /* of the dataset; empty ones among them are passed over */
};

/*
 * The reach of a window for a run on the grid `reader` whose interval is [start_us, end_us).  A run
 * without a grid of its own (it runs by ticks) is on the days of its zone.
 */
struct reach reach_of(const struct input_window *window, struct grid reader, int64_t start_us,
		      int64_t end_us, struct grid dataset);

/* Do the edges of such a window fall on edges of the dataset's parts, always? */
bool reach_nests(const struct input_window *window, struct grid reader, struct grid dataset);

/* The instant at which the clock of a zone shows `after_us` since midnight on the day of end_us. */
int64_t reach_after(const struct zone *zone, int64_t end_us, int64_t after_us);

#endif
