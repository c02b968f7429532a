/* window.h - the keys that say which partitions a task reads: window, map, at_least, after. */
#ifndef CORE_OP_WINDOW_H
#define CORE_OP_WINDOW_H

#include "core/model/dag.h"
#include "core/text/ykeys.h"

/* What they say, before the grid of the dag is asked; all zero: nothing. */
struct draft_window {
	const struct ynode *window; /* key, or NULL */
	int days, hours;            /* a length: one of them, or neither ... */
	struct input_window parts;  /* ... then this */
	const struct ynode *map;    /* key, or NULL */
	bool whole;
	const struct ynode *at_least; /* key, or NULL */
	int least, of;                /* `6 of 7`; of 0: not said */
	const struct ynode *after;    /* key, or NULL */
	int64_t after_us;             /* since midnight */
};

/* clang-format off */
/* Rows of a table whose struct has a struct draft_window at an offset (draft.h: of a task). */
#define WINDOW_KEYS(offset)                                                                        \
	{ "window", WANT_CUSTOM, .at = (offset), .read = window_read },                            \
	{ "map", WANT_CUSTOM, .at = (offset), .read = window_map },                                \
	{ "at_least", WANT_CUSTOM, .at = (offset), .read = window_at_least },                      \
	{ "after", WANT_CUSTOM, .at = (offset), .read = window_after }
/* clang-format on */

/* `read` function of a row: 7d, 24h or {from: -6, to: 0, in: partitions}. */
void window_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/* `read` function of a row: overlap or whole. */
void window_map(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/* `read` function of a row: 6 of 7, or 6. */
void window_at_least(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/* `read` function of a row: a time of day, 09:00. */
void window_after(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/*
 * Put it into an input of a task whose runs are on `grid`, or report why not; `task` is its name.
 * A window that is not said is `days` long, 0: the run's own interval.
 */
void window_settle(struct yreader *r, const struct draft_window *d, struct grid grid, int days,
		   struct input *in);

#endif
