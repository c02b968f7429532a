/*
 * values.h - values of one column in memory, and how the column is stored.  Pure.
 */
#ifndef WORKER_PARQUET_CODE_VALUES_H
#define WORKER_PARQUET_CODE_VALUES_H

#include "core/model/schema.h"
#include "worker/parquet/meta/meta.h"

/* How a column type is stored. */
struct pq_kind {
	enum pq_type type;
	struct pq_logical logical;
	size_t width;  /* bytes of a PLAIN value; 0: bits or texts */
	bool is_coded; /* a dictionary is worth a try */
};

/* How a column type is written. */
const struct pq_kind *pq_kind_of(enum col_type type);

/* In front of words and of texts there is room for so many bytes: for what a page has there. */
enum { PQ_VALUES_GAP = 4 << 10 };

/* Values that are not null, in order: words (all but texts), or texts. */
struct pq_values {
	size_t count, room;
	uint64_t *words; /* integers sign-extended, bool as 0 and 1, float64 as its bits */
	char *text;      /* PLAIN: each text has its length, 4 bytes, before it */
	size_t text_bytes, text_room;
	uint32_t *ends; /* where each text ends in `text` */
};

/* Room for at least `want` things of which there is room for `room`: doubled, so that growing is
 * cheap. */
size_t pq_values_grown(size_t room, size_t want);

/* Free what it holds; fine on a zeroed one. */
void pq_values_release(struct pq_values *v);

/* No values; the room stays. */
void pq_values_reset(struct pq_values *v);

/* Room for n more words behind the last one; who fills it moves v->count. */
uint64_t *pq_values_room(struct pq_values *v, size_t n);

/* Append texts, all together less than 4 GiB. */
void pq_values_add_texts(struct pq_values *v, const struct span *texts, size_t n);

/* Where text `at` begins in v->text, its length included. */
static inline size_t
pq_values_start(const struct pq_values *v, size_t at)
{
	return at ? v->ends[at - 1] : 0;
}

/* The bytes of a text, without its length. */
static inline struct span
pq_values_text(const struct pq_values *v, size_t at)
{
	size_t start = pq_values_start(v, at) + sizeof(uint32_t);

	return (struct span){ v->text + start, v->ends[at] - start };
}

/* Where all values lie as PLAIN has them, PQ_VALUES_GAP bytes behind where their memory begins;
 * NULL: they do not. */
char *pq_values_plain(const struct pq_values *v, const struct pq_kind *kind);

/* How many bytes these are. */
size_t pq_values_plain_bytes(const struct pq_values *v, const struct pq_kind *kind);

/* Append values [from, from + n) in PLAIN encoding. */
void pq_values_write(const struct pq_values *v, const struct pq_kind *kind, size_t from, size_t n,
		     struct buf *out);

#endif
