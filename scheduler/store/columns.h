/*
 * columns.h - rows of scheduler/rows/rows.h to and from the columns of the database.
 *
 * Which member is which column stands in columns.inc and nowhere else.  A column
 * that is added there is written and read by that alone; the table gets it by a
 * migration (scheduler/store/sql/).
 */
#ifndef SCHEDULER_STORE_COLUMNS_H
#define SCHEDULER_STORE_COLUMNS_H

#include "core/base/db.h"

#define TABLE(name, row, how) TABLE_##name,
#define COLUMN(table, column, member, type, role)
enum stored_table {
#include "scheduler/store/columns.inc"
	TABLES
};
#undef COLUMN
#undef TABLE

enum { COLUMNS_MAX = 32 }; /* of one table, and of one query */

/* SQL that writes one row of a table, with a parameter per column; the caller frees it. */
char *columns_insert(enum stored_table table);

/*
 * Bind the parameters of columns_insert() from the struct that columns.inc names for the table.
 * What the row points to has to live until stmt_end().
 */
void columns_bind(struct stmt *s, enum stored_table table, const void *row);

/* Which member each column of a query is read into. */
struct columns_plan {
	const struct stored_column *of[COLUMNS_MAX]; /* NULL: the row has no such member */
	int n;
};

/* Plan the reading of a query by the names of its columns; once per query, before its rows. */
void columns_plan(struct columns_plan *plan, const struct stmt *s, enum stored_table table);

/*
 * The current row of the query as the struct that columns.inc names for the table; members without
 * a column stay as they are.  Texts are borrowed until the next stmt_row().
 */
void columns_read(const struct columns_plan *plan, const struct stmt *s, void *row);

#endif
