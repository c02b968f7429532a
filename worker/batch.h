/*
 * batch.h - up to 65,536 rows as typed columns.
 *
 * A reader makes batches, operators look at them column by column, writers turn
 * them into bytes.  A batch that came from a reader is valid until the reader's
 * next call; texts point into the reader's memory.  Columns outside the
 * projection have no values at all (`wanted` is false).
 */
#ifndef WORKER_BATCH_H
#define WORKER_BATCH_H

#include "core/dag.h"
#include "worker/dict.h"

enum { BATCH_ROWS_MAX = 65536, REJECT_DETAIL_CHARS = 200, REJECT_RAW_BYTES_MAX = 64 << 10 };

/*
 * One column.  Where valid[i] is false the row is null and its value is
 * undefined.  int64, int32, bool (0 and 1), timestamp (microseconds) and date
 * (day number) are all in `ints`; float64 in `reals`; string and json in
 * `texts`.  A format that stores a dictionary gives string columns codes too;
 * csv and jsonl do not, and col_codes() hides the difference.
 */
struct col {
	enum col_type type;
	bool wanted;
	bool *valid;
	union {
		int64_t *ints;
		double *reals;
		struct span *texts;
	};
	const struct dict *dict; /* of codes, or NULL */
	const uint32_t *codes;   /* with dict: one for each row */
};

/* A record that is no row, and why. */
struct reject {
	int64_t row_no;     /* as in struct batch */
	const char *reason; /* one word, stable: "malformed", "out_of_range" ... ; static */
	char detail[REJECT_DETAIL_CHARS];
	struct span raw; /* as it stands in the file, perhaps cut; may be any bytes */
};

struct batch {
	const struct schema *schema; /* borrowed */
	struct col *cols;            /* schema->count of them */
	size_t rows, room;
	int64_t *row_no; /* of each row in its file, from 1: the line, or the csv record */
	struct reject *rejects;
	size_t n_rejects, rejects_room;
	int64_t unknown_keys; /* values of keys that the schema does not have */
};

/* wanted[] has schema->count entries; NULL wants all.  The schema has to outlive the batch. */
void batch_init(struct batch *b, const struct schema *schema, const bool *wanted);
void batch_release(struct batch *b);

/* No rows, no rejects; the room stays. */
void batch_reset(struct batch *b);

/*
 * Make room for one more row, all of its values null, and count it.  False: the batch
 * is full.  Pointers into columns may move.
 */
bool batch_push(struct batch *b, int64_t row_no);

/* Take the newest row back. */
void batch_pop(struct batch *b);

/* Count one more reject; the caller fills what is not set: detail is "". */
struct reject *batch_reject(struct batch *b, int64_t row_no, const char *reason);

/* True for the types whose values are in `ints`, and in `texts`. */
bool col_is_int(enum col_type type);
bool col_is_text(enum col_type type);

/*
 * out[] (room for `rows`) becomes the codes of a text column in dictionary *d,
 * whatever the column has itself; null rows become UINT32_MAX.
 */
void col_codes(const struct col *c, size_t rows, struct dict *d, uint32_t *out);

#endif
