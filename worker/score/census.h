/*
 * census.h - distinct users, interactions and active days of each (tenant, feature), from rows
 * in any order, in memory that is bounded.
 *
 *   census_open -> census_add ... (in lanes) -> census_finish -> census_close
 *
 * What does not need the user is counted as rows come.  Users go to a shuffle by
 * (group, user), and are counted partition by partition.  With a dedup key every
 * row goes to a shuffle by that key first; of each key the first row in row order stays.
 * That comes before everything but the window: the first row of a key may be one
 * that does not count, and then none of that key does.  A row whose key has a null is a copy of
 * no other, as for operator dedup (worker/keys/dedup.h).
 */
#ifndef WORKER_SCORE_CENSUS_H
#define WORKER_SCORE_CENSUS_H

#include "worker/score/engagement.h"
#include "worker/keys/groups.h"
#include "worker/attempt/intake.h"

struct census;

/* Parts of an input are numbered with so many bits. */
enum { CENSUS_PART_BITS = 20 };

struct census_options {
	const struct schema *schema; /* of the rows; borrowed */
	int tenant, feature, user;   /* columns */
	int timestamp;               /* column; -1: the day of a row is ... */
	int date;                    /* ... in this column, or that of its partition */
	int count;    /* column: how many interactions a row stands for; -1: one, if ... */
	int event_id; /* ... this column has a value */
	int event_type;
	const char *const *event_types; /* rows of others do not count; borrowed */
	size_t n_event_types;           /* 0: any */
	const int *dedup;               /* columns of the key; copied */
	size_t n_dedup;                 /* 0: every row counts */
	struct day_window window;
	int lanes;
	int64_t rows;        /* about so many are expected; -1: nobody knows */
	size_t memory_bytes; /* what shuffles may take before they go to disk */
	size_t answer_bytes; /* what groups may take; what they leave is for partitions' tables */
	int64_t limit_bytes; /* `memory:` of the task, for messages */
	const char *dir;     /* where they go then */
};

/* Begin; options are copied but for what is borrowed.  ERR_SYSTEM: no room for the shuffles. */
enum err_code census_open(struct census **out, const struct census_options *options,
			  struct err *err) MUST_CHECK;

/* Free it, with what is in memory and on disk; NULL is fine. */
void census_close(struct census *t);

/*
 * An intake_batch_fn; arg is the census.  ERR_LIMIT: more parts than can be numbered, or
 * groups than fit into memory.  ERR_INPUT: interactions that cannot be counted.
 */
enum err_code census_add(void *arg, const struct intake_part *part, const struct batch *b,
			 struct err *err) MUST_CHECK;

/*
 * read = filtered + duplicates + aggregated.  Rows with a null in their dedup key are no copies of
 * others: they are counted like rows without such a key, and in null_keys besides.
 */
struct census_counts {
	int64_t read, filtered, duplicates, aggregated, null_keys;
};

/*
 * All rows were added: count.  out->features is borrowed from the census, which keeps nothing else.
 * ERR_LIMIT: too many different keys or users in one partition for its table.
 */
enum err_code census_finish(struct census *t, struct score_table *out, struct err *err) MUST_CHECK;

/* What became of the rows, after census_finish(). */
struct census_counts census_counts(const struct census *t);

/* How many bytes went to disk, after census_finish(). */
int64_t census_spilled_bytes(const struct census *t);

#endif
