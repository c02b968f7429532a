/*
 * textset.h - is a text one of a few?  Asked of a dictionary once per entry, not once per row.
 */
#ifndef WORKER_KEYS_TEXTSET_H
#define WORKER_KEYS_TEXTSET_H

#include "worker/rows/batch.h"

struct textset {
	struct dict texts;
	bool *is_in; /* by code of the dictionary of `unit` */
	size_t room;
	uint64_t unit; /* 0: none */
};

/* A set of n texts, which are copied. */
void textset_init(struct textset *s, const char *const *texts, size_t n);

/* Free it; fine on a zeroed one. */
void textset_release(struct textset *s);

/* out[] (room for b->rows) tells of each row whether its text is one of them; null is none. */
void textset_read(struct textset *s, const struct batch *b, size_t column, bool *out);

#endif
