/*
 * sieve.h - rows of a part that lie outside of what its reader asked for are left out.
 *
 * Where the edges of two grids do not nest, a part that the reader's interval overlaps
 * holds rows of its neighbours too: they belong there by the dataset's event time, and are counted.
 */
#ifndef WORKER_ATTEMPT_SIEVE_H
#define WORKER_ATTEMPT_SIEVE_H

#include "core/wire/spec.h"
#include "worker/rows/batch.h"

struct sieve {
	size_t column;       /* that says when a row was */
	int64_t first, last; /* values inside, both inclusive: instants, or day numbers of a date */
	int64_t outside;     /* rows that were left out */
	struct batch kept;
	uint32_t *rows;
};

/*
 * Make a sieve for the parts of an input that are cut.  ERR_INPUT: its event time is no column
 * of type timestamp or date.
 */
enum err_code sieve_open(struct sieve *s, const struct spec_input *in, struct err *err) MUST_CHECK;

/* Free what it took; zeroed is fine. */
void sieve_close(struct sieve *s);

/*
 * The rows of a batch that are inside: the batch itself, or one that is borrowed until the
 * next call.  The column has to be there.
 */
const struct batch *sieve_batch(struct sieve *s, const struct batch *b);

#endif
