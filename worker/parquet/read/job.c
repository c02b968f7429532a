/* job.c - a batch of values on its way through a conversion, and what may be wrong with one. */
#include "worker/parquet/read/job.h"

#include <string.h>

const char *
pq_fault_reason(enum pq_fault fault)
{
	static const char *const reasons[] = {
		[PQ_FINE] = "",
		[PQ_OUT_OF_RANGE] = "out_of_range",
		[PQ_NOT_UTF8] = "not_utf8",
		[PQ_NOT_JSON] = "wrong_type",
		[PQ_NOT_NULL] = "wrong_type",
		[PQ_JSON_NULL] = "",
	};

	return reasons[fault];
}

const char *
pq_fault_text(enum pq_fault fault)
{
	static const char *const texts[] = {
		[PQ_FINE] = "",
		[PQ_OUT_OF_RANGE] = "the value does not fit into",
		[PQ_NOT_UTF8] = "the bytes are not UTF-8, and no",
		[PQ_NOT_JSON] = "the text is no",
		[PQ_NOT_NULL] = "the file says that all are null, and has no",
		[PQ_JSON_NULL] = "",
	};

	return texts[fault];
}

void
pq_job_fault(struct pq_job *job, size_t i, enum pq_fault fault)
{
	if (!job->n_faults++)
		memset(job->faults, PQ_FINE, job->n);
	job->faults[i] = (uint8_t)fault;
}
