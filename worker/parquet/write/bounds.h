/*
 * bounds.h - the smallest and the largest of some values, as statistics say them.  Pure.
 */
#ifndef WORKER_PARQUET_WRITE_BOUNDS_H
#define WORKER_PARQUET_WRITE_BOUNDS_H

#include "worker/parquet/code/values.h"

enum { PQ_BOUND_BYTES_MAX = 64 }; /* of a text; a longer one is cut */

/*
 * Order is that of the type: integers signed, false before true, texts by bytes, reals without
 * NaN and with -0.0 equal to 0.0.
 */
struct pq_bounds {
	bool known; /* there is a value that can be compared */
	uint64_t min_word, max_word;
	struct span min_text, max_text; /* borrowed from the values */
};

/* Widen by values [from, from + n). */
void pq_bounds_add(struct pq_bounds *b, const struct pq_kind *kind, const struct pq_values *v,
		   size_t from, size_t n);

/* Widen by those of the first n values that are marked in used[]. */
void pq_bounds_add_used(struct pq_bounds *b, const struct pq_kind *kind, const struct pq_values *v,
			const bool *used, size_t n);

/*
 * Where bounds keep texts: as far as anything said of them depends on it, which is up to the byte
 * behind the cut.
 */
struct pq_bound_texts {
	char min[PQ_BOUND_BYTES_MAX + 1], max[PQ_BOUND_BYTES_MAX + 1];
};

/* Let bounds borrow from *texts and no longer from the values. */
void pq_bounds_keep(struct pq_bounds *b, const struct pq_kind *kind, struct pq_bound_texts *texts);

/* Widen by other bounds of the same kind. */
void pq_bounds_merge(struct pq_bounds *b, const struct pq_kind *kind,
		     const struct pq_bounds *other);

/* Where statistics keep their bytes. */
struct pq_bound_bytes {
	char min[PQ_BOUND_BYTES_MAX], max[PQ_BOUND_BYTES_MAX];
};

/*
 * Set the bounds of *stats, which borrow from *bytes.  Texts are cut between two
 * characters; the maximum is then the next larger text of that length, or absent when there is
 * none.  Reals: a minimum of 0.0 becomes -0.0, a maximum of -0.0 becomes 0.0.
 */
void pq_bounds_say(const struct pq_bounds *b, const struct pq_kind *kind,
		   struct pq_bound_bytes *bytes, struct pq_statistics *stats);

/* As strcmp(), for two bounds as statistics have them. */
int pq_bound_compare(const struct pq_kind *kind, struct span a, struct span b);

#endif
