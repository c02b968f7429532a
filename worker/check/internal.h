/*
 * internal.h - what the files of check share: a check and what its lanes saw.
 */
#ifndef WORKER_CHECK_INTERNAL_H
#define WORKER_CHECK_INTERNAL_H

#include "worker/check/check.h"
#include "worker/keys/repeats.h"
#include "worker/keys/rowkey.h"

#include <pthread.h>

enum {
	CHECK_SAMPLES_MAX = REPEATS_FIRST_MAX,
	CHECK_MEMO_VALUES = 256,
	CHECK_PART_SHIFT = 40, /* of the part in a place; below it the row's number in the part */
	CHECK_PARTS_MAX = 1 << 23,
};

/* What a check says of a row. */
enum finding { PASSES, FAILS, IS_MISSING };

/* Findings by the code of a dictionary. */
struct entry_memo {
	uint64_t unit; /* of the batch whose dictionary it is; 0: none */
	uint8_t *of;   /* enum finding + 1; 0: not looked at yet */
	size_t count, room;
};

/* The finding of a value that is no text, by the hash of its bits. */
struct value_memo {
	uint64_t bits;
	uint8_t of; /* as above */
};

/* A failing row for people to look at. */
struct check_sample {
	uint64_t place; /* part and number */
	json_t *row;    /* without its number; NULL: its values were not seen */
};

/* What one lane saw of one check. */
struct sight {
	int64_t rows, missing, failed;
	int64_t moved; /* of failed: gone to quarantine */
	struct check_sample samples[CHECK_SAMPLES_MAX];
	size_t n_samples;
	struct entry_memo entries;
	struct value_memo *values; /* CHECK_MEMO_VALUES; NULL: the check does not need it */
	struct rowkey key;         /* unique */
};

/* One check. */
struct check_watch {
	const struct check *check;
	char *name;        /* "not_null(tenant_id)" */
	int *columns;      /* indexes of check->columns */
	struct dict words; /* accepted_values */
	/* accepted_range: what is accepted, both inclusive. */
	int64_t int_min, int_max;
	double real_min, real_max;
	/* unique */
	uint64_t seed;
	struct repeats *keys;                         /* of the share that is looked at now */
	struct repeats_verdict verdict;               /* of the shares before */
	struct check_sample later[REPEATS_FIRST_MAX]; /* surplus rows that were found at the end */
	size_t n_later;
	struct sight *sights; /* by lane */
};

/* Rows of unique on their way into a table of keys; one lane's. */
struct check_lane {
	uint8_t *findings;        /* BATCH_ROWS_MAX; by index in check_rows.rows */
	uint64_t *keys, *numbers; /* ROWKEY_ROWS_MAX */
	uint32_t *index;          /* in findings */
	uint8_t *answers;
};

struct checks {
	const struct check_subject *subject;
	struct check_watch *watches;
	size_t count, n_unique;
	int n_lanes;
	struct check_lane *lanes;
	/*
	 * Which rows are shown.  Round 0 is for all checks; unique looks at share 0 of
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

/*
 * The findings of rows[0..n), NULL for the first n, for a check that looks at one row at a time.
 * False: all pass, and out is not written.
 */
bool watch_judge(const struct check_watch *t, struct sight *seen, const struct batch *b,
		 const uint32_t *rows, size_t n, uint8_t *out);

/* What accepted_range accepts, from its bounds. */
void watch_set_range(struct check_watch *t);

/* The values of a failing row for people to look at: what was checked, and where it came from. */
json_t *watch_sample(const struct check_watch *t, const struct batch *b, uint32_t row);

/*
 * Append the result of a check.  Returns true when it failed with error severity; *message
 * (appended) then says so.
 */
bool watch_finish(const struct checks *c, const struct check_watch *t, json_t *results,
		  struct buf *message);

#endif
