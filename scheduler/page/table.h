/*
 * table.h - rows of a question as a table, one of them as a list of facts.
 */
#ifndef SCHEDULER_PAGE_TABLE_H
#define SCHEDULER_PAGE_TABLE_H

#include "scheduler/page/exchange.h"

/* What to do with the value of a cell. */
enum cell_kind {
	CELL_TEXT,
	CELL_NUMBER, /* 1,234,567; to the right */
	CELL_BYTES,  /* 1.2 MiB; to the right */
	CELL_TIME, /* RFC 3339, shown without T, fraction and Z, and without the time at midnight */
	CELL_DURATION, /* from the row's started_at to its ended_at or to now; to the right */
	CELL_SECONDS,  /* 1.25 s; to the right */
	CELL_STATE,    /* glyph, word and colour */
	CELL_YES,      /* "yes" or nothing */
	CELL_DAG,      /* linked to the dag */
	CELL_RUN,      /* the run id, linked; the row has "dag" */
	CELL_TASK,     /* linked; the row has "dag" and "run_id" */
	CELL_TASKS,    /* an array of these */
	CELL_DATASET,  /* linked to the dataset */
	CELL_ATTEMPT,  /* "log", linked to the attempt; the row has "key" or "attempt" */
	CELL_CHECKS,   /* {pass, warn, fail} */
	CELL_PART,     /* the name of a partition, of `partition` or `day` */
	CELL_LIMITS,   /* limits of an attempt, core/wire/held_json.h */
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

/* Rows whose `key` says that something is wrong come first; their order is else as it was. */
void table_bad_first(json_t *rows, const char *key);

/* The same with an array of columns. */
#define TABLE(x, rows, columns, empty) page_table(x, rows, columns, countof(columns), empty)
#define FACTS(x, object, columns) page_facts(x, object, columns, countof(columns))

#endif
