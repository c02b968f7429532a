/*
 * expand.h - what a run gives its tasks: outputs of others, and the items of `expand:`.
 *
 * Read after the names of the file are resolved; the items are asked for by the engine when all
 * tasks whose outputs are lists of it have ended.
 */
#ifndef CORE_DAGFILE_EXPAND_H
#define CORE_DAGFILE_EXPAND_H

#include "core/parts/reader.h"

enum { EXPAND_TASK_MAX = 1000, EXPAND_RUN_MAX = 100000, EXPAND_LISTS_MAX = 10 };

/* One list. */
struct expand_list {
	const char *name;      /* what its items are called, item.NAME; NULL: item itself */
	const char *items;     /* those that are written down, a JSON list; NULL: of an output */
	uint32_t task, output; /* then: of which task of the dag, and which of its outputs */
	const char *source;    /* what messages call it: outputs.TASK.NAME, or the key */
};

/* What a task is expanded over: each item of its list, or each combination of those of several. */
struct expand {
	const struct expand_list *lists;
	size_t n;
	const char *text; /* two are the same if and only if this is */
};

/* What the lists are asked of.  Everything is borrowed. */
struct expand_facts {
	/* What a task of the run left, a JSON object; NULL: nothing. */
	const char *(*outputs)(const void *ctx, uint32_t task);
	const void *ctx;
};

/* The items of all lists together, each what {{ item }} stands for, as JSON. */
struct expand_items {
	const char **items;
	size_t n;
};

/*
 * Resolve every outputs.TASK.NAME in the templates of the file, whose edges are known, into
 * `given` of its task, and look at the items that they name; mistakes are reported.
 */
void given_link(struct dagfile *f);

/* Read `expand:` of draft number `at`, whose upstreams are known; mistakes are reported. */
void expand_read(struct dagfile *f, size_t at);

/* Is an output of the task one of its lists?  NULL is fine and has none. */
bool expand_names(const struct expand *x, uint32_t task);

/*
 * The items, in the arena: of several lists every combination, the last list turning fastest.
 * `dag` is the definition it is of.  ERR_INPUT: there is no list, or an item is no single value;
 * ERR_LIMIT: there are more than EXPAND_TASK_MAX.  The sentence names the list.
 */
enum err_code expand_make(const struct expand *x, const struct dag *dag,
			  const struct expand_facts *facts, struct arena *arena,
			  struct expand_items *out, struct err *err) MUST_CHECK;

/*
 * Append the value of item, item.NAME in an item, as people read it.  `name` NULL: of the item
 * itself.
 */
void expand_value(const char *item, const char *name, struct buf *out);

#endif
