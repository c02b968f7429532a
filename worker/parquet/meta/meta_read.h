/*
 * meta_read.h - the footer of a file, decoded and checked to fit together.  Pure.
 */
#ifndef WORKER_PARQUET_META_META_READ_H
#define WORKER_PARQUET_META_META_READ_H

#include "core/base/mem.h"
#include "worker/parquet/meta/meta.h"

/*
 * Decode a footer.  The result lives in `arena`, at most about 16 bytes for each
 * of the footer; it is written only on success.  ERR_INPUT: damaged, with what and
 * where; ERR_LIMIT: a bound above.
 *
 * What holds then: elements[] is one tree, its root first; each row group has one
 * chunk for each leaf, in order, of the leaf's type (an encrypted one perhaps
 * without anything else); all physical types exist; n_orders is 0 or the number of
 * leaves.  Counts and sizes are as the file says them, only never negative where
 * that makes no sense: who uses an offset checks it against the file.  Not checked:
 * that rows add up, codecs, encodings, paths.  Bytes behind the footer (a
 * signature) do not matter.
 */
enum err_code pq_meta_read(struct pq_meta *out, const void *data, size_t bytes, struct arena *arena,
			   struct err *err) MUST_CHECK;

#endif
