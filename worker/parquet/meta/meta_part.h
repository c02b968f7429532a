/*
 * meta_part.h - what footer, page headers and page index are read and written with.
 *
 * Internal to the meta_*.c files and page_*.c files that implement meta.h.
 */
#ifndef WORKER_PARQUET_META_META_PART_H
#define WORKER_PARQUET_META_META_PART_H

#include "worker/parquet/meta/meta.h"
#include "worker/parquet/meta/thrift.h"

/*
 * A cursor that puts what it finds into an arena, at most a small multiple of the
 * bytes it reads: counts that lie take no memory.
 */
struct pq_reader {
	struct thrift thrift;
	struct arena *arena;
	size_t bytes_left; /* that may still be taken from the arena */
};

void pq_reader_init(struct pq_reader *r, const void *data, size_t bytes, struct arena *arena);

/* `count` zeroed elements of `bytes` each; NULL when there are none or the cursor has failed. */
void *pq_reader_take(struct pq_reader *r, size_t count, size_t bytes) MUST_CHECK;

/* The string that comes next, copied.  A NUL inside is wrong. */
const char *pq_reader_text(struct pq_reader *r) MUST_CHECK;

/* Bytes that were borrowed from what is being read, copied, with a NUL behind. */
struct span pq_reader_keep(struct pq_reader *r, struct span borrowed) MUST_CHECK;

/* The bytes that come next, copied, with a NUL behind. */
struct span pq_reader_span(struct pq_reader *r) MUST_CHECK;

/* A physical type; one that does not exist is wrong. */
enum pq_type pq_type_read(struct thrift *t);

/* An element of the schema, into a zeroed one.  The root needs no repetition. */
void pq_element_read(struct pq_reader *r, struct pq_element *e, bool is_root);

/*
 * The elements have to be one tree in depth-first order, at most PQ_NESTING_MAX
 * groups deep.  *n_leaves: the columns.  ERR_INPUT, ERR_LIMIT: too deep.
 */
enum err_code pq_schema_check(const struct pq_meta *m, size_t *n_leaves,
			      struct err *err) MUST_CHECK;

/* Statistics; the bounds are borrowed from the bytes that are being read. */
void pq_statistics_read(struct thrift *t, struct pq_statistics *out);

/* As field `id`; nothing when the statistics say nothing. */
void pq_statistics_write(struct thrift_out *w, int id, const struct pq_statistics *stats);

/* A LogicalType.  A member of the union that nobody knows: PQ_AS_IS, is_unknown. */
void pq_logical_read(struct thrift *t, struct pq_logical *out);

/* What a ConvertedType comes to; precision and scale are not part of it. */
struct pq_logical pq_logical_converted(int32_t converted);

/* False: the format does not allow this meaning for values of that type. */
bool pq_logical_fits(const struct pq_logical *logical, enum pq_type type, int type_length);

/* As field `id`; nothing when there is no such LogicalType. */
void pq_logical_write(struct thrift_out *w, int id, const struct pq_logical *logical);

/* The number of the ConvertedType that says the same; -1: there is none. */
int pq_logical_to_converted(const struct pq_logical *logical);

#endif
