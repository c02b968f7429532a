/*
 * stats.h - what is in the columns of some files: nulls, distinct values, least and greatest.
 */
#ifndef WORKER_LOOK_STATS_H
#define WORKER_LOOK_STATS_H

#include "worker/look/source.h"

struct data_stats;

/* The schema has to outlive it. */
struct data_stats *data_stats_new(const struct schema *schema) MUST_CHECK;

/* Free it; NULL is fine. */
void data_stats_free(struct data_stats *s);

/* Count the rows of a batch, which has the same schema. */
void data_stats_add(struct data_stats *s, const struct batch *b);

/* Count what a Parquet file says of its size; a file of text counts nothing. */
void data_stats_add_file(struct data_stats *s, const struct data_source *source);

/*
 * The answer to DATA_STATS: a row per column.  "distinct" is null where counting ended early, and
 * "distinct_over" says then how many there were at least, less one.
 */
void data_stats_answer(const struct data_stats *s, struct data_answer *out);

#endif
