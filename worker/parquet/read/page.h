/*
 * page.h - the pages of one column chunk, one after the other.
 *
 *   pq_pages_open -> pq_pages_next -> [pq_page_unpack] -> pq_pages_next ... -> pq_pages_close
 *
 * Headers and small pages are read through a small window; the body of a page that is
 * stepped over is not read.  All sizes that headers and footer give are checked against the
 * file before memory is taken for them.
 */
#ifndef WORKER_PARQUET_READ_PAGE_H
#define WORKER_PARQUET_READ_PAGE_H

#include "worker/parquet/code/codec.h"
#include "worker/parquet/read/file.h"
#include "worker/parquet/meta/page_header.h"

/*
 * Bounds on memory.  Up to PQ_PAGE_FREE_BYTES a page is read however well it is packed: a text that
 * repeats itself packs ten thousand times, and what a bomb can take is bounded by the budget.  A
 * larger page may be 2^10 times as large unpacked as packed, plus PQ_SLACK_BYTES.
 */
enum {
	PQ_MEMORY_BYTES_MAX = 1 << 30, /* of one reader at any time */
	PQ_RATIO_MAX = 1 << 10,
	PQ_SLACK_BYTES = 16 << 20,
	/* Of a text: with the levels around it, it is written as a page that is read again. */
	PQ_TEXT_BYTES_MAX = PQ_PAGE_FREE_BYTES - (4 << 10),
};

/* What one reader has taken. */
struct pq_budget {
	size_t used;
};

/* Count so many bytes.  False: there are not so many left, and none is counted. */
bool pq_budget_take(struct pq_budget *budget, size_t bytes) MUST_CHECK;

/* Give back what was taken. */
void pq_budget_give(struct pq_budget *budget, size_t bytes);

/* Memory out of a budget.  Starts as zero bytes. */
struct pq_block {
	uint8_t *data;
	size_t room;
};

/* Room for bytes and PQ_PAD behind, what was there is lost.  False: the budget is used up. */
bool pq_block_need(struct pq_block *b, size_t bytes, struct pq_budget *budget) MUST_CHECK;

/* Free it, giving the bytes back to the budget. */
void pq_block_free(struct pq_block *b, struct pq_budget *budget);

/* What the columns of one reader share. */
struct pq_desk {
	struct pq_budget budget;
	struct pq_packer *packer;
	struct pq_block packed; /* a page that is longer than a window */
};

/* A page whose header was read. */
struct pq_page {
	struct pq_page_header header;
	size_t number;       /* among the data pages, from 0 */
	int64_t at, body_at; /* in the file */
	/* Once unpacked: */
	const uint8_t *levels; /* definition levels */
	size_t level_bytes;
	const uint8_t *values, *end; /* PQ_PAD more bytes can be read */
};

struct pq_pages {
	const struct pq_file *file;
	const struct pq_leaf *leaf;
	const struct pq_chunk *chunk;
	struct pq_desk *desk;
	size_t group;        /* the row group's number, in messages */
	int64_t at;          /* the next header */
	int64_t limit;       /* headers begin before it */
	int64_t slack;       /* so much farther may the last page reach */
	int64_t n_values;    /* of the data pages so far */
	size_t n_data_pages; /* so far */
	struct pq_page page; /* the newest */
	struct pq_block window;
	int64_t window_at; /* in the file */
	size_t window_bytes;
};

/* Where the first page of a chunk begins: its dictionary's, if it has one. */
int64_t pq_chunk_start(const struct pq_chunk *chunk);

/* Begin with the first page of a chunk.  *p was zero bytes, or belongs to an earlier chunk. */
enum err_code pq_pages_open(struct pq_pages *p, const struct pq_file *file,
			    const struct pq_leaf *leaf, size_t group, struct pq_desk *desk,
			    struct err *err) MUST_CHECK;

/* Free what it holds; fine on zero bytes. */
void pq_pages_close(struct pq_pages *p);

/*
 * The header of the next dictionary or data page: p->page.  Others are stepped
 * over.  That there is none is an error: who calls knows that values are missing.
 */
enum err_code pq_pages_next(struct pq_pages *p, struct err *err) MUST_CHECK;

/* Go on with the data page at this offset, the `number`th of the chunk. */
void pq_pages_seek(struct pq_pages *p, int64_t at, size_t number, int64_t n_values);

/* Verify and unpack p->page into `block`, and find its levels and values. */
enum err_code pq_page_unpack(struct pq_pages *p, struct pq_block *block,
			     struct err *err) MUST_CHECK;

/* "read 'file': column 'c', row group 0, page 3 at byte 1234: " and the rest. */
enum err_code pq_page_error(const struct pq_pages *p, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* The same with ERR_LIMIT, for a budget that is used up. */
enum err_code pq_page_too_large(const struct pq_pages *p, struct err *err);

/* The same for a text of more than PQ_TEXT_BYTES_MAX. */
enum err_code pq_page_text_too_long(const struct pq_pages *p, struct err *err);

#endif
