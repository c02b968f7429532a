/*
 * cut.h - the pages of one column of a row group: rows come, and full pages go to the press.
 *
 *   pq_cut_init -> (pq_cut_add ... -> pq_cut_end -> read its pages -> pq_cut_reset) ...
 *               -> pq_cut_release
 *
 * Where pages end and how they are encoded depends on the values and their order alone.
 */
#ifndef WORKER_PARQUET_WRITE_CUT_H
#define WORKER_PARQUET_WRITE_CUT_H

#include "worker/parquet/write/press.h"

struct pq_cut {
	const struct pq_kind *kind;
	struct pq_press *press; /* borrowed */
	bool is_chosen;         /* the encoding is known; until then pages wait here */
	enum pq_encoding encoding;
	size_t rows, n_values;       /* n_values: the rows that are not null */
	struct pq_made_page **pages; /* a dictionary first if there is one, then rows in order */
	size_t count, room;
	size_t n_full;  /* of them; one more may be filled just now */
	size_t n_taken; /* of those, by the press */
};

/* Some rows of a column. */
struct pq_rows {
	size_t n;
	const bool *valid; /* of each; NULL: none is null */
	/* Of those that are not null, one of these: */
	const uint64_t *words;
	const struct span *texts;
};

/* How many of so many rows are not null; valid NULL: all. */
size_t pq_count_values(const bool *valid, size_t rows);

/* No rows, of a column of that type. */
void pq_cut_init(struct pq_cut *c, enum col_type type, struct pq_press *press);

/* Free what it holds; no page waits in the press. */
void pq_cut_release(struct pq_cut *c);

/* Append rows; their texts are copied. */
void pq_cut_add(struct pq_cut *c, const struct pq_rows *rows);

/*
 * All n rows at once, by codes: of those that are not null, which valid[] says; NULL: none is.
 * The pages refer to all that is given.
 */
void pq_cut_codes(struct pq_cut *c, const struct pq_values *entries, const uint32_t *codes,
		  const bool *valid, size_t n);

/* No more rows: all pages are with the press. */
void pq_cut_end(struct pq_cut *c);

/* No rows; no page waits in the press. */
void pq_cut_reset(struct pq_cut *c);

#endif
