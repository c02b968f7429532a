/*
 * hold.h - a batch that was copied, so that it stays while its reader goes on.
 */
#ifndef WORKER_ROWS_HOLD_H
#define WORKER_ROWS_HOLD_H

#include "worker/rows/batch.h"

/* What a copy takes at most, but for its dictionaries. */
enum { BATCH_HOLD_BYTES_MAX = 8 << 20 };

/* A dictionary of a column, and of which unit it is. */
struct hold_dict {
	struct col_dict dict;
	uint64_t unit; /* 0: there is none yet */
	void *values;
	char *texts;
};

struct batch_hold {
	struct batch batch;
	struct hold_dict *dicts; /* by column */
	char *texts;             /* of all columns that have values, and of rejects */
	size_t texts_room;
};

/*
 * Make h->batch the same as *from, with all that it points to but the schema.  The hold is zeroed,
 * or was made of the same reader's batches; a dictionary that it has already is not copied again.
 * False, and nothing is copied: it would take more than BATCH_HOLD_BYTES_MAX.
 */
bool batch_hold_copy(struct batch_hold *h, const struct batch *from);

/* Free it; fine on a zeroed one. */
void batch_hold_release(struct batch_hold *h);

#endif
