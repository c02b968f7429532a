/*
 * page_make.h - a page of a column, from its values to packed bytes.
 *
 * Making a page needs nothing but the page and a maker, so that every thread makes
 * some of them, each with a maker of its own; the bytes do not depend on which.
 */
#ifndef WORKER_PARQUET_WRITE_PAGE_MAKE_H
#define WORKER_PARQUET_WRITE_PAGE_MAKE_H

#include "worker/parquet/write/bounds.h"
#include "worker/parquet/code/codec.h"

enum {
	PQ_PAGE_ROWS = 20000,
	/* Of values; with levels a page is at most 1 MiB, if only it has more than one text. */
	PQ_PAGE_VALUE_BYTES = (1 << 20) - PQ_VALUES_GAP,
	PQ_DICT_ENTRIES_MAX = 1 << 16,
	PQ_DICT_BYTES_MAX = 1 << 20, /* of the dictionary page, unpacked */
};

struct pq_maker;

/* Where the values of a page without codes are until it is made. */
struct pq_page_room {
	struct pq_values values;
	bool valid[PQ_PAGE_ROWS];  /* of each row; meaningless while none is null */
	struct pq_page_room *next; /* of those that are free */
};

struct pq_made_page {
	const struct pq_kind *kind;
	enum pq_encoding encoding; /* of the values */
	bool is_dictionary;
	size_t row, rows, n_values;     /* which rows of the row group; n_values: not null */
	struct pq_page_room *room;      /* until it is made: what it has for itself, or NULL */
	const bool *valid;              /* of each row; meaningless while none is null */
	const struct pq_values *values; /* all of these, or the dictionary of the codes */
	const uint32_t *codes;          /* n_values of them; NULL: there are none */
	/* Once it is made: */
	const struct pq_maker *maker;
	size_t at, bytes;      /* in what the maker has, with the header */
	size_t unpacked_bytes; /* with the header */
	struct pq_bounds bounds;
	struct pq_bound_texts bound_texts; /* from which bounds borrow */
	struct pq_bound_bytes bound_bytes;
	struct pq_statistics stats; /* borrow from bound_bytes */
};

struct pq_maker {
	struct pq_packer *packer;
	char *made; /* pages, one behind the other, with gaps */
	size_t bytes, room;
	struct buf body; /* of a page, unpacked; or what of it does not lie in memory as it is */
	struct buf header;
	uint32_t *levels; /* of a page */
	bool *used;       /* the entries of a dictionary that a page refers to */
};

/* A maker without pages; one for each thread. */
void pq_maker_init(struct pq_maker *m);

/* Free what it holds. */
void pq_maker_release(struct pq_maker *m);

/*
 * How a column of INT64 without a dictionary is written, that begins with these n values: as
 * differences where those, packed, take less than 0.9 of what the values do.  No page is made.
 */
enum pq_encoding pq_page_choose(struct pq_maker *m, const int64_t *values, size_t n);

/* Make a page behind those that are made.  Its values are not needed any more. */
void pq_page_make(struct pq_maker *m, struct pq_made_page *page);

#endif
