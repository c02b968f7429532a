/*
 * rollup_cursor.h - one day of a rollup, group by group.
 *
 *   rollup_cursor_open -> (rollup_cursor_fill -> move `at`) ... -> rollup_cursor_close
 *
 * Checks the order of the rows as they come.
 */
#ifndef WORKER_SCORE_ROLLUP_CURSOR_H
#define WORKER_SCORE_ROLLUP_CURSOR_H

#include "worker/attempt/intake.h"
#include "worker/keys/textset.h"

/* Tenants of interest, both inclusive. */
struct tenant_range {
	int64_t first, last;
};

/* The last row that was checked. */
struct rollup_row {
	bool is_any;
	int64_t tenant;
	uint32_t feature;
	int64_t user;
};

/*
 * The features that a lane has met, as codes that compare as their bytes do: most of them have a
 * rank, and those that came later than that are compared byte by byte.
 */
struct rollup_features {
	struct dict texts;
	uint32_t *rank; /* by code, of the first n_ranked */
	size_t n_ranked;
};

/* The rows of one tenant and feature that stand in a batch one behind the other. */
struct rollup_group {
	int64_t tenant;
	int64_t sum;      /* of the interactions; -1: more than an int64 counts */
	uint32_t feature; /* code in rollup_features */
	uint32_t end;     /* the row behind the last one */
};

struct rollup_cursor {
	struct intake *in;
	int64_t day;
	struct tenant_range range;
	struct reader_hint hint;
	int tenant, feature, user, date, count;
	int event_type;                   /* column, as the others; -1: not asked for */
	struct rollup_features *features; /* of the lane; borrowed */
	struct code_map feature_map;
	struct textset types;
	struct rollup_row last;
	int64_t read, filtered;
	bool ended; /* there are no more batches */
	bool mixed; /* a row is of another day than the partition: that is why there is an error */
	/*
	 * The groups of the batch that count are [next, n_groups); row `at` is the first of `next`
	 * that was not taken.  The last group may go on in the next batch.
	 */
	struct rollup_group *groups;
	size_t next, n_groups, at;
	const int64_t *users; /* by row; who is null is INT64_MIN */
	const bool *has_user; /* NULL: all rows have one */
	/* Interactions by row: count_values[count_codes[row]], or without codes count_values[row].
	 */
	const int64_t *count_values;
	const uint32_t *count_codes;
	int64_t count_bits; /* all of the batch, or-ed */
	/* Where values are put that do not stand in the batch as they are needed. */
	uint32_t *feature_room;
	int64_t *user_room, *count_room;
	bool *has_user_room, *is_in;
};

struct rollup_cursor_options {
	struct op_ctx *ctx;
	const char *dataset;
	int64_t day;
	struct tenant_range range;
	const char *const *event_types;
	size_t n_event_types;
};

/*
 * Open one day of the dataset; `features` takes the codes and is borrowed.  On error the cursor
 * has to be closed too.  ERR_INPUT: a column that a rollup has is missing.
 */
enum err_code rollup_cursor_open(struct rollup_cursor *c,
				 const struct rollup_cursor_options *options,
				 struct rollup_features *features, struct err *err) MUST_CHECK;

/* Free it; fine on a zeroed one. */
void rollup_cursor_close(struct rollup_cursor *c);

/*
 * Where all groups of the batch were taken (next == n_groups), get the next batch; if there is no
 * group even then, there are no more.  ERR_INPUT: they are not in order, or not of one day
 * (c->mixed).
 */
enum err_code rollup_cursor_fill(struct rollup_cursor *c, struct err *err) MUST_CHECK;

/* No features yet. */
void rollup_features_init(struct rollup_features *f);

/* Free them; fine on zeroed ones. */
void rollup_features_release(struct rollup_features *f);

/* Negative: feature a, a code, comes before b, which is another one. */
static inline int
rollup_compare_features(const struct rollup_features *f, uint32_t a, uint32_t b)
{
	if (a < f->n_ranked && b < f->n_ranked)
		return f->rank[a] < f->rank[b] ? -1 : 1;
	return span_compare(dict_span(&f->texts, a), dict_span(&f->texts, b));
}

/* Negative: the first comes before the second. */
static inline int
rollup_compare(const struct rollup_features *f, int64_t tenant_a, uint32_t feature_a,
	       int64_t tenant_b, uint32_t feature_b)
{
	if (tenant_a != tenant_b)
		return tenant_a < tenant_b ? -1 : 1;
	return feature_a == feature_b ? 0 : rollup_compare_features(f, feature_a, feature_b);
}

#endif
