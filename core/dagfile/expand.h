/*
 * expand.h - what a run gives its tasks: outputs of others, and the lists of `expand:`.
 *
 * Read after the names of the file are resolved; what the lists come to in a run is asked of
 * items.h.
 */
#ifndef CORE_DAGFILE_EXPAND_H
#define CORE_DAGFILE_EXPAND_H

#include "core/parts/reader.h"

enum { EXPAND_TASK_MAX = 1000, EXPAND_RUN_MAX = 100000, EXPAND_LISTS_MAX = 10 };

/* Where a list comes from. */
enum expand_from { EXPAND_ITEMS, EXPAND_OUTPUT, EXPAND_PARAM };

/* One list. */
struct expand_list {
	enum expand_from from;
	const char *name;      /* what its items are called, item.NAME; NULL: item itself */
	const char *items;     /* ITEMS: those that are written down, a JSON list; else NULL */
	uint32_t task, output; /* OUTPUT: of which task of the dag, and which of its outputs */
	uint32_t param;        /* PARAM: which of the dag */
	const char *source;    /* what messages call it: outputs.TASK.NAME, or the key */
};

/*
 * What a task is expanded over: each item of its list, or each combination of those of several.
 * It has two levels when there are several lists (the first, then the combinations of the others),
 * and when each instance of another task left one (that instance, then its list).
 */
struct expand {
	const struct expand_list *lists;
	size_t n;
	int levels;
	bool nested;      /* its one list is of a task that is expanded, and each left a list */
	const char *text; /* two are the same if and only if this is */
};

/*
 * Resolve every outputs.TASK.NAME in the templates of the file, whose edges are known, into
 * `given` of its task, and look at the items that they name; mistakes are reported.
 */
void given_link(struct dagfile *f);

/* Read `expand:` of draft number `at`, whose upstreams are known; mistakes are reported. */
void expand_read(struct dagfile *f, size_t at);

/* All are read: none may be expanded over the lists of one that has two levels. */
void expand_check_depth(struct dagfile *f);

/* Is an output of the task one of its lists?  NULL is fine and has none. */
bool expand_names(const struct expand *x, uint32_t task);

#endif
