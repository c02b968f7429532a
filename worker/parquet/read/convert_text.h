/*
 * convert_text.h - bytes become texts: checked, in hexadecimal, as a UUID.  Pure.
 */
#ifndef WORKER_PARQUET_READ_CONVERT_TEXT_H
#define WORKER_PARQUET_READ_CONVERT_TEXT_H

#include "worker/parquet/read/job.h"

/* Texts as they are; one that is no UTF-8 (or, is_json, no JSON) is a fault. */
void pq_check_text(const struct pq_convert *c, struct pq_job *job);

/* Bytes in lower-case hexadecimal digits. */
void pq_put_hex(const struct pq_convert *c, struct pq_job *job);

/* 16 bytes as 8-4-4-4-12 hexadecimal digits. */
void pq_put_uuid(const struct pq_convert *c, struct pq_job *job);

#endif
