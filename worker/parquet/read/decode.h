/*
 * decode.h - the values of one page: its encoding becomes arrays.  Pure.
 */
#ifndef WORKER_PARQUET_READ_DECODE_H
#define WORKER_PARQUET_READ_DECODE_H

#include "worker/parquet/read/page.h"
#include "worker/parquet/code/delta.h"
#include "worker/parquet/code/rle.h"

/*
 * As what values come out.  Booleans are 0 and 1, INT32 is sign-extended; INT96 and
 * fixed-length values are texts of their bytes, as byte arrays are.
 */
enum pq_form { PQ_INTS, PQ_REALS, PQ_TEXTS };

/* The form of a physical type. */
enum pq_form pq_form_of(enum pq_type type);

/* Bytes of one element in an array of that form. */
size_t pq_form_bytes(enum pq_form form);

union pq_array {
	void *any;
	int64_t *ints;
	double *reals;
	struct span *texts;
};

/* False: one is longer than PQ_TEXT_BYTES_MAX.  They lie in memory out of the budget. */
bool pq_texts_fit(const struct span *texts, size_t n, const struct pq_budget *budget);

/* The same array from element `at` on. */
union pq_array pq_array_from(union pq_array array, enum pq_form form, size_t at);

/* Memory that spans point into, until it is emptied.  Starts as zero bytes and a budget. */
struct pq_keep {
	struct pq_block *blocks;
	size_t n, room;
	struct pq_budget *budget;
};

/* Memory of `bytes` bytes; NULL: over the budget. */
void *pq_keep_get(struct pq_keep *k, size_t bytes) MUST_CHECK;

/* Take over a block, which is empty then. */
void pq_keep_block(struct pq_keep *k, struct pq_block *block);

/* All of `from` goes to `to`. */
void pq_keep_move(struct pq_keep *from, struct pq_keep *to);

/* Free the blocks: what was borrowed from them is gone. */
void pq_keep_empty(struct pq_keep *k);

/* Free all of it, giving the bytes back to the budget. */
void pq_keep_release(struct pq_keep *k);

struct pq_decoder {
	/* The next n values into `out`; false: they are not there, or damaged. */
	bool (*read)(struct pq_decoder *d, size_t n, union pq_array out);
	const uint8_t *at, *end;
	size_t width; /* bytes of a value, where they have all the same */
	size_t bit;   /* of booleans */
	size_t count, given;
	struct pq_rle rle;
	struct pq_delta delta;
	struct span *spans;   /* all texts of the page, for encodings that are decoded at once */
	struct pq_keep *keep; /* of texts that are put together */
	bool too_large;       /* what went wrong is that the budget is used up */
};

/*
 * Begin with the values of a page.  NULL, or what is wrong (static text; see d->too_large). `spans`
 * is memory of the caller's that is kept between pages.  Texts borrow from the page and from
 * `keep`.
 */
const char *pq_decoder_open(struct pq_decoder *d, const struct pq_element *e,
			    const struct pq_page *page, struct pq_block *spans,
			    struct pq_keep *keep);

/* The next n values that are not null.  False: the page ends before, or is damaged. */
static inline bool
pq_decoder_read(struct pq_decoder *d, size_t n, union pq_array out)
{
	return d->read(d, n, out);
}

#endif
