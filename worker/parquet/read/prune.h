/*
 * prune.h - rows that need not be read, because the file says what is in them.
 *
 * Statistics are advice from outside: only what the format defines and no
 * known writer gets wrong is trusted.  What is not trusted prunes nothing.
 */
#ifndef WORKER_PARQUET_READ_PRUNE_H
#define WORKER_PARQUET_READ_PRUNE_H

#include "worker/parquet/read/column.h"
#include "worker/format/reader.h"
#include "worker/parquet/meta/page_index.h"
#include "worker/parquet/read/job.h"

/* A hint, and the column of this file that it is about. */
struct pq_filter {
	const struct reader_hint *hint;
	const struct pq_leaf *leaf;
	struct pq_convert convert;
	struct pq_column *column; /* NULL: nobody wants its values */
};

/* Rows [first, end) of a row group. */
struct pq_range {
	int64_t first, end;
};

/* Ascending, not empty, and with rows between them. */
struct pq_ranges {
	struct pq_range *items;
	size_t n, room;
};

/* Bounds of a chunk or page, as values of the column. */
struct pq_limits {
	int64_t min, max; /* of integers */
	struct span text_min, text_max;
};

/* False: nothing is known that could be trusted.  The texts borrow from the statistics. */
bool pq_limits_get(const struct pq_file *f, const struct pq_leaf *leaf,
		   const struct pq_convert *convert, struct span min, struct span max,
		   struct pq_limits *out);

/* True: statistics say that no row of the row group is of interest. */
bool pq_prune_group(const struct pq_filter *filter, const struct pq_file *f, size_t group);

/*
 * True: no entry of the column's dictionary is of interest, and all of its pages use it.
 * Reads the dictionary; the column was just opened and has not been begun.
 */
enum err_code pq_prune_dictionary(const struct pq_filter *filter, const struct pq_file *f,
				  size_t group, bool *pruned, struct err *err) MUST_CHECK;

/*
 * Take out of `ranges` the rows of pages that the page index says are of no interest.  An index for
 * which the budget has no room is not read.
 */
void pq_prune_pages(const struct pq_filter *filter, const struct pq_file *f, size_t group,
		    struct pq_budget *budget, struct pq_ranges *ranges);

/*
 * Where the pages of a chunk are; NULL: there is no page index, or it makes no sense.  What it
 * takes in the arena is counted in the budget: who frees the one gives back the other.
 */
const struct pq_offset_index *pq_offset_index_get(const struct pq_file *f, size_t group,
						  const struct pq_leaf *leaf, struct arena *arena,
						  struct pq_budget *budget);

/* All values of a chunk lie on one day, and there are no nulls: *value is one of them. */
bool pq_single_day(const struct pq_file *f, size_t group, const struct pq_leaf *leaf,
		   const struct pq_convert *convert, int64_t *value);

#endif
