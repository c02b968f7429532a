/*
 * page.h - the parts that every page of the status page is made of.
 */
#ifndef SCHEDULER_PAGE_PAGE_H
#define SCHEDULER_PAGE_PAGE_H

#include "scheduler/page/html.h"
#include "scheduler/page/route.h"

/* Where a page stands: what it is in, not what it is; NULL for what it is not in. */
struct page_head {
	const char *title; /* the h1 */
	const char *place; /* the entry of the navigation, "/dags" */
	const char *dag, *run, *task;
};

/* Head, navigation, the way here, the opening of <main> and the h1; then the end. */
void page_begin(struct exchange *x, const struct page_head *head);
void page_end(struct exchange *x);

/* A whole page that says one sentence; what was in the body before is dropped. */
void page_sentence(struct exchange *x, const char *title, const char *sentence);

/* What to do with the value of a cell. */
enum cell_kind {
	CELL_TEXT,
	CELL_NUMBER, /* 1,234,567; to the right */
	CELL_BYTES,  /* 1.2 MiB; to the right */
	CELL_TIME, /* RFC 3339, shown without T, fraction and Z, and without the time at midnight */
	CELL_DURATION, /* from the row's started_at to its ended_at or to now; to the right */
	CELL_STATE,    /* glyph, word and colour */
	CELL_YES,      /* "yes" or nothing */
	CELL_DAG,      /* linked to the dag */
	CELL_RUN,      /* the run id, linked; the row has "dag" */
	CELL_TASK,     /* linked; the row has "dag" and "run_id" */
	CELL_TASKS,    /* an array of these */
	CELL_DATASET,  /* linked to the dataset */
	CELL_ATTEMPT,  /* "log", linked to the attempt; the row has "key" or "attempt" */
	CELL_CHECKS,   /* {pass, warn, fail} */
	CELL_DAY,      /* a day number, shown as a date */
	CELL_INPUTS,   /* [{dataset, partition or day}] */
};

struct page_column {
	const char *key, *title;
	enum cell_kind kind;
};

enum { PAGE_COLUMNS_MAX = 16 };

/*
 * A table of an array of objects, without the columns that say nothing in any
 * row; `empty` is said instead when there is no row.
 */
void page_table(struct exchange *x, const json_t *rows, const struct page_column *columns, size_t n,
		const char *empty);

/*
 * "name: value" lines of an object, as a definition list; columns choose and
 * order them.  What is absent, null, false or empty is left out.
 */
void page_facts(struct exchange *x, const json_t *object, const struct page_column *columns,
		size_t n);

/* The address of a task in a run, for an href. */
void page_task_address(struct buf *b, const char *dag, const char *run_id, const char *task);

/* How a state looks; what has no look of its own gets a quiet one.  Never NULL. */
struct page_look {
	const char *state, *glyph, *css;
};
const struct page_look *page_look(const char *state);

/* A state as glyph, word and colour; and all states of tasks, for reading a grid. */
void page_state(struct exchange *x, const char *state);
void page_legend(struct exchange *x);

#endif
