/* wakes.h - the keys of a schedule that name datasets: datasets, on_update, debounce. */
#ifndef CORE_PARTS_WAKES_H
#define CORE_PARTS_WAKES_H

#include "core/parts/reader.h"

/* These keys, as they were found in the map of the schedule; NULL: not there. */
struct draft_wakes {
	const struct ynode *datasets, *on_update, *debounce;
	int rerun; /* index of the word */
	int64_t debounce_us;
};

/*
 * The datasets that wake the dag, into its rule.  `fires`: a key that says when to fire, or NULL;
 * what does not go together was reported.  The dag's partitions are known.
 */
void dagfile_read_wakes(struct dagfile *f, const struct draft_wakes *d, const struct ynode *fires);

#endif
