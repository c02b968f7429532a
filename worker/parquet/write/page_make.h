/*
 * page_make.h - pages out of a column that is gathered: planned all at once, made one by one.
 *
 * Making a page needs nothing but its column and a maker, so that every thread makes
 * some of them, each with a maker of its own; the bytes do not depend on which.
 */
#ifndef WORKER_PARQUET_WRITE_PAGE_MAKE_H
#define WORKER_PARQUET_WRITE_PAGE_MAKE_H

#include "worker/parquet/write/bounds.h"
#include "worker/parquet/code/codec.h"

enum {
	PQ_PAGE_ROWS = 20000,
	/* Of values; with levels a page is at most 1 MiB, if only it has more than one text. */
	PQ_PAGE_VALUE_BYTES = (1 << 20) - (4 << 10),
};

struct pq_made_page {
	const struct pq_build *build;
	bool is_dictionary;
	size_t row, rows, value, n_values; /* which part of the column; n_values: not null */
	/* Once it is made: */
	const struct pq_maker *maker;
	size_t at, bytes;      /* in the maker's `out`, with the header */
	size_t unpacked_bytes; /* with the header */
	struct pq_bounds bounds;
	struct pq_bound_bytes bound_bytes;
	struct pq_statistics stats; /* borrow from bound_bytes */
};

struct pq_page_list {
	struct pq_made_page *pages;
	size_t count, room;
};

struct pq_maker;

/*
 * Whether the plain values of a column are written as differences: where those of its first
 * values, packed, take less than 0.9 of what the values do.  Of the values alone, so that it does
 * not depend on how they came.
 */
void pq_page_choose(struct pq_maker *m, struct pq_build *build);

/* How the data pages of a column are written. */
enum pq_encoding pq_page_encoding(const struct pq_build *build);

/* Append the pages of a column: the dictionary first if there is one, then rows in order. */
void pq_page_plan(const struct pq_build *build, struct pq_page_list *list);

struct pq_maker {
	struct pq_packer *packer;
	struct buf out;  /* pages, one behind the other, with gaps */
	struct buf body; /* of a page, unpacked */
	struct buf header;
	uint32_t *levels; /* of a page */
	bool *used;       /* the entries of a dictionary that a page refers to */
};

/* A maker without pages; one for each thread. */
void pq_maker_init(struct pq_maker *m);

/* Free what it holds. */
void pq_maker_release(struct pq_maker *m);

/* Make a page at the end of m->out. */
void pq_page_make(struct pq_maker *m, struct pq_made_page *page);

#endif
