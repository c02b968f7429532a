/*
 * job.h - a batch of values on its way through a conversion, and what may be wrong with one.  Pure.
 */
#ifndef WORKER_PARQUET_READ_JOB_H
#define WORKER_PARQUET_READ_JOB_H

#include "core/model/schema.h"
#include "worker/parquet/read/decode.h"

/* PQ_JSON_NULL is none for long: the row's value becomes null, as it is in a line of JSON. */
enum pq_fault {
	PQ_FINE,
	PQ_OUT_OF_RANGE,
	PQ_NOT_UTF8,
	PQ_NOT_JSON,
	PQ_NOT_NULL,
	PQ_JSON_NULL,
};

/* The stable word for a reject. */
const char *pq_fault_reason(enum pq_fault fault);

/* What it means, before the name of a type: "the value does not fit into". */
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
	/* Convert all values of a job; NULL: they are good as they are. */
	void (*run)(const struct pq_convert *c, struct pq_job *job);
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

/* Value i of the job has a fault. */
void pq_job_fault(struct pq_job *job, size_t i, enum pq_fault fault);

/* A conversion of all values of a job; what `run` of a pq_convert points to. */
typedef void pq_convert_fn(const struct pq_convert *c, struct pq_job *job);

#endif
