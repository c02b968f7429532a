/*
 * canon.h - the content digest: what rows say, not how a file spells them.  Pure.
 *
 * SHA-256 over the number of rows and, of each column in order,
 *
 *   its name, the name of its type,
 *   the checksum of its values, nulls left out: int64, int32, bool, timestamp, date are 8
 *       bytes, two's complement; float64 8 bytes, IEEE 754, where every NaN is one NaN and
 *       -0.0 is 0.0; string and json the length, then the bytes,
 *   the checksum of the numbers of the rows where it is null, from 0.
 *
 * Numbers and lengths are 8 bytes, little-endian; names have a length before them; a checksum is
 * the 32 digits of hash.h.  Column by column, because that is how rows lie in
 * memory.  How they are cut into batches and files does not matter, nor does the format.
 */
#ifndef WORKER_ROWS_CANON_H
#define WORKER_ROWS_CANON_H

#include "core/base/hash.h"
#include "worker/rows/batch.h"

struct canon {
	const struct schema *schema; /* borrowed */
	struct canon_column {
		struct checksum values, nulls;
	} * columns;
	uint64_t rows;
	char *data; /* values on their way into a checksum */
};

/* Begin a digest of rows with these columns; the schema has to outlive it. */
void canon_init(struct canon *c, const struct schema *schema);

/* Free it, ended or not. */
void canon_release(struct canon *c);

/* Add rows[0..n) of a batch that has all columns; rows NULL: the first n. */
void canon_add(struct canon *c, const struct batch *b, const uint32_t *rows, size_t n);

/* The digest of everything; call it once. */
void canon_end(struct canon *c, char out[DIGEST_CHARS + 1]);

/*
 * A value as a key: one byte, 0 for null, else 1 + its type, then the value as above.  `out` has
 * room for canon_value_bytes().  Returns behind it.
 */
char *canon_value(const struct col *col, size_t at, char *out);

/* An upper bound of what canon_value() writes. */
size_t canon_value_bytes(const struct col *col, size_t at);

/* The digest of what one column says: its values and which rows have none. */
void canon_column(const struct canon *c, size_t column, char out[DIGEST_CHARS + 1]);

#endif
