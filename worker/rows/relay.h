/*
 * relay.h - batches that one thread makes and another one uses, in order.
 *
 *   relay_open -> relay_next ... (until out->batch is NULL) -> relay_close
 *
 * So a file is read while what was read of it is written.  The maker is ahead by a few batches,
 * and waits then: what it made stands in places, which come round again and again.
 */
#ifndef WORKER_ROWS_RELAY_H
#define WORKER_ROWS_RELAY_H

#include "core/base/err.h"
#include "worker/rows/hold.h"

enum { RELAY_PLACES_MAX = 16 };

struct relay_batch {
	size_t place;              /* below what relay_open() was given; set before it is made */
	const struct batch *batch; /* NULL: there are no more */
	bool is_lent;              /* it is void as soon as the next one is made */
};

/*
 * Make the next batch, in the maker's thread.  It has to stay as it is until a batch is made for
 * the same place; one that is lent ends the running ahead until it was used.
 */
typedef enum err_code relay_fn(void *arg, struct relay_batch *out, struct err *err);

/* For a relay_fn: give b as a copy in the hold of its place, or lend it where that is too much. */
void relay_give(struct relay_batch *out, struct batch_hold *hold, const struct batch *b);

struct relay;

/*
 * Begin; the maker's thread calls fn until the end or its first error, and whatever fn touches is
 * its own until then.  NULL: a second thread is not worth it here, or cannot be had; make them
 * yourself.
 */
struct relay *relay_open(relay_fn *fn, void *arg, size_t places) MUST_CHECK;

/*
 * The next batch, borrowed until the next call.  The error of fn comes where the batch would
 * have come.  Once it failed, or gave NULL, the maker is done.
 */
enum err_code relay_next(struct relay *r, struct relay_batch *out, struct err *err) MUST_CHECK;

/* Stop the maker, wherever it is, and free it; NULL is fine. */
void relay_close(struct relay *r);

#endif
