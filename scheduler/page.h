/*
 * page.h - the parts that every page of the status page is made of.
 */
#ifndef SCHEDULER_PAGE_H
#define SCHEDULER_PAGE_H

#include "scheduler/html.h"
#include "scheduler/route.h"

/* Head, navigation, the opening of <main> and the h1; then the end. */
void page_begin(struct exchange *x, const char *title);
void page_end(struct exchange *x);

/* What to do with the value of a cell. */
enum cell_kind {
	CELL_TEXT,
	CELL_NUMBER,
	CELL_TIME,    /* RFC 3339, shown without T and Z */
	CELL_STATE,   /* glyph, word and colour */
	CELL_YES,     /* "yes" or nothing */
	CELL_DAG,     /* linked to the dag */
	CELL_RUN,     /* the run id, linked; the row has "dag" */
	CELL_DATASET, /* linked to the dataset */
	CELL_ATTEMPT, /* "log", linked to the attempt; the row has "key" or "attempt" */
	CELL_CHECKS,  /* {pass, warn, fail} */
};

struct page_column {
	const char *key, *title;
	enum cell_kind kind;
};

/* A table of an array of objects; `empty` is said instead when there is no row. */
void page_table(struct exchange *x, const json_t *rows, const struct page_column *columns, size_t n,
		const char *empty);

/* "name: value" lines of an object, as a definition list; columns choose and order them. */
void page_facts(struct exchange *x, const json_t *object, const struct page_column *columns,
		size_t n);

/* A state as glyph, word and colour. */
void page_state(struct exchange *x, const char *state);

#endif
