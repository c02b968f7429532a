/*
 * canon.h - the content digest: what rows say, not how a file spells them.  Pure.
 *
 * SHA-256 over the canonical encoding of a schema and its rows in order:
 *
 *   schema   the number of columns, then of each its name and the name of its type
 *   row      of each column one byte, 0 for null, else 1 + its type, and the value:
 *            int64, int32, bool, timestamp, date: 8 bytes, two's complement
 *            float64: 8 bytes, IEEE 754; every NaN is one NaN, -0.0 is 0.0
 *            string, json: the length, then the bytes
 *
 * Numbers and lengths are 8 bytes, little-endian.  How rows are cut into batches
 * and files does not matter, nor does the format.
 */
#ifndef WORKER_CANON_H
#define WORKER_CANON_H

#include "core/hash.h"
#include "worker/batch.h"

struct canon {
	struct digest digest;
	char *data; /* encoded rows on their way into the digest */
	size_t room;
};

void canon_init(struct canon *c, const struct schema *schema);
void canon_release(struct canon *c);

/* Add rows[0..n) of a batch that has all columns; rows NULL: the first n. */
void canon_add(struct canon *c, const struct batch *b, const uint32_t *rows, size_t n);

/* The digest of everything; call it once. */
void canon_end(struct canon *c, char out[DIGEST_CHARS + 1]);

/*
 * Append the encoding of one value to `out`, which has room for 17 bytes and the
 * text: as above.  Returns behind it.
 */
char *canon_value(const struct col *col, size_t at, char *out);

/* An upper bound of what canon_value() writes. */
size_t canon_value_bytes(const struct col *col, size_t at);

#endif
