/*
 * dictionary.h - the values that the codes of a chunk stand for.
 */
#ifndef WORKER_PARQUET_READ_DICTIONARY_H
#define WORKER_PARQUET_READ_DICTIONARY_H

#include "worker/rows/batch.h"
#include "worker/parquet/read/job.h"

/* The values that codes stand for. */
struct pq_dictionary {
	struct col_dict entries;
	struct pq_block body, raw, made, spans, faults;
	struct pq_keep keep;
	size_t n_faults;
	union {
		int64_t number;
		struct span text;
	} single; /* what there is without a dictionary; codes of nulls point here */
};

/* Decode the dictionary page that was just read. */
enum err_code pq_dictionary_read(struct pq_dictionary *d, struct pq_pages *pages,
				 const struct pq_convert *convert, struct err *err) MUST_CHECK;

/* No entries. */
void pq_dictionary_clear(struct pq_dictionary *d, const struct pq_convert *convert);

/* Free what it holds, giving the bytes back to the budget. */
void pq_dictionary_release(struct pq_dictionary *d, struct pq_budget *budget);

#endif
