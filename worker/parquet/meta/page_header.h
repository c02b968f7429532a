/*
 * page_header.h - what stands before each page.  Pure.
 */
#ifndef WORKER_PARQUET_META_PAGE_HEADER_H
#define WORKER_PARQUET_META_PAGE_HEADER_H

#include "worker/parquet/meta/meta.h"

enum pq_page_type { PQ_DATA_PAGE, PQ_INDEX_PAGE, PQ_DICTIONARY_PAGE, PQ_DATA_PAGE_V2 };

struct pq_page_header {
	int type; /* an enum pq_page_type, or a number nobody knows: step over the page */
	int32_t packed_bytes, unpacked_bytes;
	bool has_crc;
	uint32_t crc;
	int encoding;                                 /* data and dictionary pages */
	int32_t n_values;                             /* nulls too */
	int definition_encoding, repetition_encoding; /* DATA_PAGE */
	int32_t n_nulls, n_rows;                      /* DATA_PAGE_V2 */
	int32_t definition_bytes, repetition_bytes;   /* DATA_PAGE_V2: of the levels */
	bool is_packed;                               /* DATA_PAGE_V2; default true */
	bool is_sorted;                               /* DICTIONARY_PAGE */
	struct pq_statistics stats; /* written only for DATA_PAGE when has_min or has_null_count */
};

/* What came of reading a page header from the first bytes of something longer. */
enum pq_header_status { PQ_HEADER_OK, PQ_HEADER_SHORT, PQ_HEADER_BAD };

/*
 * Decode a page header; *used is its length.  PQ_HEADER_SHORT: the header goes on
 * behind `bytes`.  PQ_HEADER_BAD: *why (static text) says what is wrong.  Bounds of the
 * statistics point into `data`.  Negative sizes and counts, a page above PQ_PAGE_BYTES_MAX,
 * a header above PQ_PAGE_HEADER_BYTES_MAX, in a DATA_PAGE_V2 more nulls than values or levels
 * longer than the page are PQ_HEADER_BAD.
 */
enum pq_header_status pq_page_header_read(struct pq_page_header *out, const void *data,
					  size_t bytes, size_t *used, const char **why) MUST_CHECK;

/* Append a page header; the same struct gives the same bytes. */
void pq_page_header_write(const struct pq_page_header *header, struct buf *out);

#endif
