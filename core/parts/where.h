/*
 * where.h - `where:` of a task: an expression over the columns of what it reads.
 *
 * Rows of which it is not true are left out before the operator sees them.  It is read with the
 * columns of one dataset or of the files of `from:`: when the file is checked, to tell what is
 * wrong, and again by the worker, to be asked.
 */
#ifndef CORE_PARTS_WHERE_H
#define CORE_PARTS_WHERE_H

#include "core/expr/columns.h"
#include "core/model/dag.h"
#include "core/op/draft.h"
#include "core/text/diag.h"
#include "core/text/ytree.h"

enum { WHERE_ZONES_MAX = 64 }; /* that one expression names */

/* One that was read; it holds the zones that it names. */
struct where_read {
	struct arena *arena;
	const struct expr *expr; /* of type bool, or null */
	struct zone *zones[WHERE_ZONES_MAX];
	size_t n_zones;
};

/*
 * Read a text with the names of *columns, which is borrowed for as long as this takes.  `here` is
 * the zone of the dag, borrowed as long as *out.  On success *out is to be released.  ERR_INPUT,
 * ERR_LIMIT: a sentence in `err`, the place and help in *bad.
 */
enum err_code where_read(struct where_read *out, const char *text,
			 const struct expr_columns *columns, const struct zone *here,
			 struct expr_mistake *bad, struct err *err) MUST_CHECK;

/* Free it; zeroed is fine. */
void where_release(struct where_read *w);

/*
 * Report what is wrong with the expression of a key, under the part of its value that it is about.
 * The value is of that source, or made up of the text, line and column that it had there.
 */
void where_report(struct diags *diags, const struct source *source, const struct ynode *value,
		  const char *key, const struct expr_mistake *bad, const char *message);

/*
 * Check the expression of a key, true or false, against the columns of what is read, which messages
 * call `of`; reports.  Its constants are the parameters of the dag.
 */
void where_check(struct diags *diags, const struct source *source, const struct ynode *value,
		 const char *key, const struct dag *dag, const struct schema *schema,
		 const char *of);

/* The code of what is wrong with an expression. */
enum code where_code(const struct expr_mistake *bad);

/*
 * checks_report(), and where_check() of the expressions of those checks of a task that are about
 * the dataset.  They have no constants.
 */
void where_check_checks(struct yreader *r, const struct dag *dag, const struct draft_task *t,
			const struct dataset *d);

/* Is `where` of a task, if it has one, about its input number `at`? */
bool where_is_about(const struct task *task, size_t at);

/* where_check() of the `where` of a task against the dataset that is its input. */
void where_check_input(struct diags *diags, const struct source *source, const struct ynode *value,
		       const struct dag *dag, const struct op_def *op, const struct dataset *d);

/* The same of a task that reads files in place of a dataset; of others nothing. */
void where_check_files(struct diags *diags, const struct source *source, const struct ynode *value,
		       const struct dag *dag, const struct task *task);

#endif
