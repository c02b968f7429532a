/*
 * items.h - the instances that an expanded task comes to: their items, indexes and names.  Pure.
 *
 * An instance has one number for each level of its task.  Its map_index is that number, of two
 * levels 1,000 times the first and the second: so load[3,7] is 3007 however long the lists before
 * it are, and what is known of it stays its own when they grow.
 */
#ifndef CORE_DAGFILE_ITEMS_H
#define CORE_DAGFILE_ITEMS_H

#include "core/base/json.h"
#include "core/dagfile/expand.h"

enum { INSTANCE_LABEL_ROOM = NAME_MAX_BYTES + 16 };

/* What the lists are asked of.  Everything is borrowed. */
struct expand_facts {
	/*
	 * The value of an output of a task that succeeded, to let go of; of one that is expanded
	 * those of its instances, null where one left none.  NULL: there is no value.
	 */
	json_t *(*value)(const void *ctx, uint32_t task, uint32_t output);
	const void *ctx;
	const char *params; /* those of the run, a JSON object */
};

/* The items of all lists together, each what {{ item }} stands for, as JSON. */
struct expand_items {
	const char **items;
	int32_t *at; /* the map_index of each, ascending */
	size_t n;
};

/*
 * The items, in the arena: of several lists every combination, the last list turning fastest; of a
 * list of lists those of each.  `dag` is the definition it is of.  ERR_INPUT: there is no list, or
 * an item is no single value; ERR_LIMIT: there are more than EXPAND_TASK_MAX in a level, or than
 * EXPAND_RUN_MAX together.  The sentence names the list.
 */
enum err_code expand_make(const struct expand *x, const struct dag *dag,
			  const struct expand_facts *facts, struct arena *arena,
			  struct expand_items *out, struct err *err) MUST_CHECK;

/*
 * Append the value of item, item.NAME in an item, as people read it.  `name` NULL: of the item
 * itself.
 */
void expand_value(const char *item, const char *name, struct buf *out);

/* What people call an instance of task `id`: load[3], load[3,7]. */
void expand_label(const struct expand *x, const char *id, int map_index,
		  char out[INSTANCE_LABEL_ROOM]);

/* The map_index of "[3]", "[3,7]", spelled just so; -1: no instance of x is called that. */
int expand_index(const struct expand *x, const char *numbers);

#endif
