/*
 * convert.h - what a Parquet column holds becomes one of our column types.  Pure.
 *
 * Exactly, or not at all: a value that does not fit is a fault of its row.
 */
#ifndef WORKER_PARQUET_READ_CONVERT_H
#define WORKER_PARQUET_READ_CONVERT_H

#include "core/model/schema.h"
#include "worker/parquet/read/decode.h"

/* Decimals of more digits than this cannot be read. */
enum { PQ_DECIMAL_DIGITS_MAX = 150 };

enum pq_fault { PQ_FINE, PQ_OUT_OF_RANGE, PQ_NOT_UTF8, PQ_NOT_JSON, PQ_NOT_NULL };

/* The stable word for a reject, and what it means. */
const char *pq_fault_reason(enum pq_fault fault);
const char *pq_fault_text(enum pq_fault fault);

/* One call's worth of values. */
struct pq_job {
	union pq_array in, out; /* not the same memory */
	size_t n;
	struct pq_keep *keep; /* of texts that are made */
	uint8_t *faults;      /* room for n; meaningless as long as n_faults is 0 */
	size_t n_faults;
	bool too_large; /* the budget is used up: give up */
};

struct pq_convert {
	void (*run)(const struct pq_convert *c, struct pq_job *job); /* NULL: values are good as
									they are */
	enum pq_form from, into;
	bool borrows;  /* texts point into the page */
	bool is_plain; /* texts are the file's own bytes, their order is that of the file */
	bool any_bytes;
	bool is_json;
	bool is_signed;
	int64_t scale; /* of decimals and times: units in 1 */
	int64_t min, max;
	int digits; /* behind the point */
};

/* False: nothing of the kind can become a column of that type. */
bool pq_convert_init(struct pq_convert *c, const struct pq_element *e, enum col_type to,
		     bool any_bytes);

/* The kind of array that a column type is kept in. */
enum pq_form pq_form_of_col(enum col_type type);

/* For the files that implement this. */

/* Value i of the job has a fault. */
void pq_job_fault(struct pq_job *job, size_t i, enum pq_fault fault);

/* Bytes of texts: what they are made into. */
typedef void pq_convert_fn(const struct pq_convert *c, struct pq_job *job);
pq_convert_fn pq_check_text, pq_put_hex, pq_put_uuid;

/* Decimals, from integers and from big-endian bytes of any length. */
pq_convert_fn pq_decimal_text, pq_decimal_real, pq_decimal_int;

#endif
