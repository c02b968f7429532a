/*
 * convert_decimal.h - decimals, from integers and from big-endian bytes of any length.  Pure.
 */
#ifndef WORKER_PARQUET_READ_CONVERT_DECIMAL_H
#define WORKER_PARQUET_READ_CONVERT_DECIMAL_H

#include "worker/parquet/read/job.h"

/* Decimals of more digits than this cannot be read. */
enum { PQ_DECIMAL_DIGITS_MAX = 150 };

/* Exactly, as text. */
void pq_decimal_text(const struct pq_convert *c, struct pq_job *job);

/* To the nearest double. */
void pq_decimal_real(const struct pq_convert *c, struct pq_job *job);

/* To an integer; one with digits behind the point, or out of range, is a fault. */
void pq_decimal_int(const struct pq_convert *c, struct pq_job *job);

#endif
