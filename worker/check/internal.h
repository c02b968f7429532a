/*
 * internal.h - what the files of this room share: the row of a kind, a check, what its lanes saw.
 */
#ifndef WORKER_CHECK_INTERNAL_H
#define WORKER_CHECK_INTERNAL_H

#include "core/check/check.h"
#include "worker/check/check.h"
#include "worker/keys/repeats.h"
#include "worker/keys/rowkey.h"

#include <pthread.h>

enum {
	CHECK_SAMPLES_MAX = REPEATS_FIRST_MAX,
	CHECK_PART_SHIFT = 40, /* of the part in a place; below it the row's number in the part */
	CHECK_PARTS_MAX = 1 << 23,
};

/* What a check says of a row. */
enum finding { PASSES, FAILS, IS_MISSING, IS_FILTERED };

/* Findings by the code of a dictionary. */
struct entry_memo {
	uint64_t unit; /* of the batch whose dictionary it is; 0: none */
	uint8_t *of;   /* enum finding + 1; 0: not looked at yet */
	size_t count, room;
};

/* A failing row for people to look at. */
struct check_sample {
	uint64_t place; /* part and number */
	json_t *row;    /* without its number; NULL: its values were not seen */
};

/* What one lane saw of one check. */
struct sight {
	int64_t rows, missing, failed;
	int64_t filtered; /* it does not look at them */
	int64_t moved;    /* of failed: gone to quarantine */
	struct check_sample samples[CHECK_SAMPLES_MAX];
	size_t n_samples;
	struct entry_memo entries;
	struct rowkey key; /* SHAPE_KEYS */
};

/* What all lanes saw of one check. */
struct check_total {
	int64_t rows, missing, filtered, failed, moved;
};

/* What one check comes to, before it is JSON. */
struct check_result {
	bool failed;        /* as bad as the severity says */
	bool warned;        /* only a warning, whatever the severity */
	bool skipped;       /* it could not be judged */
	const char *reason; /* docs/CHECKS.md 4; static, or NULL */
	json_t *observed;   /* owned; NULL is null */
	json_t *extra;      /* owned; keys that only this kind has, or NULL */
	char expected[200], message[400];
};

struct check_watch;

/* How a kind of check is judged; what it is called and takes is in core/check. */
struct check_judge {
	const char *fails; /* "have a null": what the rows do that fail; for result_of_rows() */
	/*
	 * Make t->own from the parameters, when name and columns are known.  ERR_INPUT: it cannot
	 * be made on them.  NULL: nothing to make.
	 */
	enum err_code (*open)(struct check_watch *t, const struct check_subject *subject,
			      struct err *err);
	/* Free t->own, which may be NULL.  NULL: there is none. */
	void (*close)(struct check_watch *t);
	/* By column of the dataset: does it look at it, besides those that it names?  NULL: none.
	 */
	const bool *(*named)(const struct check_watch *t);
	/*
	 * Of SHAPE_ROW: the findings (enum finding) of rows[0..n) of a batch, NULL for the first
	 * n, into out.  Lanes may call at once, each with its own `seen`.  False: all pass, and
	 * out is not written.
	 */
	bool (*judge)(const struct check_watch *t, struct sight *seen, const struct batch *b,
		      const uint32_t *rows, size_t n, uint8_t *out);
	/* All rows were shown: what it comes to, into *r, which is zeroed. */
	void (*finish)(const struct check_watch *t, const struct check_subject *subject,
		       const struct check_total *sum, struct check_result *r);
};

/* The rows, each in the file of its family. */
#define CHECK(ID, name, family) extern const struct check_judge check_judge_##name;
#include "core/check/list.inc"
#undef CHECK

/* One check. */
struct check_watch {
	const struct check *check;
	const struct check_judge *judge;
	char *name;   /* "not_null(tenant_id)" */
	int *columns; /* indexes of check->columns */
	void *own;    /* what its kind made of the parameters */
	/* SHAPE_KEYS */
	uint64_t seed;
	struct repeats *keys;                         /* of the share that is looked at now */
	struct repeats_verdict verdict;               /* of the shares before */
	struct check_sample later[REPEATS_FIRST_MAX]; /* surplus rows that were found at the end */
	size_t n_later;
	struct sight *sights; /* by lane */
};

/* Rows on their way into a table of keys; one lane's. */
struct check_lane {
	uint8_t *findings;        /* BATCH_ROWS_MAX; by index in check_rows.rows */
	uint64_t *keys, *numbers; /* ROWKEY_ROWS_MAX */
	uint32_t *index;          /* in findings */
	uint8_t *answers;
};

struct checks {
	const struct check_subject *subject;
	struct check_watch *watches;
	size_t count, n_by_key;
	int n_lanes;
	struct check_lane *lanes;
	/*
	 * Which rows are shown.  Round 0 is for all checks; those by key look at share 0 of
	 * n_shares of the keys in the first round that knows how many rows there are, then
	 * at the next; the last round is for samples.
	 */
	int round;
	int64_t share, n_shares; /* share -1: it has not begun */
	int64_t share_rows;      /* about how many rows have a key of one share */
	bool sampling;
	pthread_mutex_t lock; /* guards the rest */
	int64_t *part_rows;   /* by part, as far as they were shown */
	size_t n_parts, parts_room;
};

/* The number in its part of in->rows[at]. */
static inline int64_t
check_number(const struct check_rows *in, size_t at)
{
	return in->first_row + (in->places ? in->places[at] : in->rows[at]);
}

/* The part, and a number in it. */
static inline uint64_t
check_place(const struct check_rows *in, int64_t number)
{
	return (uint64_t)in->part << CHECK_PART_SHIFT | (uint64_t)number;
}

#endif
