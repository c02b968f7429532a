/* retain.c - which versions nobody needs any longer. */
#include "scheduler/store/retain.h"

#include "scheduler/store/internal.h"
#include "scheduler/store/sql.h"

#include <stdio.h>

/* The unit of a row; one that nobody knows is read as days, whose directories are not there. */
static enum grid_unit
unit_of(const char *name)
{
	int unit = grid_unit_of(name);

	return unit < 0 ? GRID_DAY : (enum grid_unit)unit;
}

enum err_code
store_old_versions(struct store *s, int retain, int64_t replaced_before_us, struct old_version *out,
		   size_t max, size_t *n, struct err *err)
{
	enum err_code code;
	struct stmt stmt;
	size_t found = 0;

	stmt_begin(&stmt, s->db, sql_old_versions);
	stmt_int(&stmt, 1, retain);
	stmt_int(&stmt, 2, replaced_before_us);
	stmt_int(&stmt, 3, (int64_t)max);
	while (found < max && stmt_row(&stmt)) {
		struct old_version *v = &out[found++];

		(void)snprintf(v->dataset, sizeof(v->dataset), "%s", stmt_col_text(&stmt, 0));
		v->part = stmt_col_int(&stmt, 1);
		v->version = stmt_col_int(&stmt, 2);
		(void)snprintf(v->digest, sizeof(v->digest), "%s", stmt_col_text(&stmt, 3));
		v->grid = (struct grid){ .unit = unit_of(stmt_col_text(&stmt, 4)) };
	}
	code = stmt_end(&stmt, err);
	if (!code)
		*n = found;
	return code;
}

enum err_code
store_version_collected(struct store *s, const struct old_version *v, struct err *err)
{
	struct stmt stmt;

	stmt_begin(&stmt, s->db, sql_version_collected);
	stmt_text(&stmt, 1, v->dataset);
	stmt_int(&stmt, 2, v->part);
	stmt_int(&stmt, 3, v->version);
	(void)stmt_row(&stmt);
	return stmt_end(&stmt, err);
}

enum err_code
store_attempt_end(struct store *s, int64_t attempt, struct attempt_end *out, struct err *err)
{
	struct stmt stmt;
	int outcome;

	*out = (struct attempt_end){ 0 };
	stmt_begin(&stmt, s->db, sql_attempt_end);
	stmt_int(&stmt, 1, attempt);
	if (stmt_row(&stmt)) {
		outcome = outcome_of(stmt_col_text(&stmt, 0));
		out->outcome = outcome < 0 ? OUTCOME_GATE_FAILED : (enum outcome)outcome;
		out->ended_us = stmt_col_int(&stmt, 1);
	}
	return stmt_end(&stmt, err);
}
