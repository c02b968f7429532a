/* recall.c - runs that have ended, read again for a command that is about them. */
#include "scheduler/store/recall.h"

#include "core/dagfile/dagfile.h"
#include "scheduler/store/internal.h"
#include "scheduler/store/sql.h"

#include <string.h>

/* The definition with a digest; *out NULL: it is not there, or not understood any more. */
static enum err_code
read_def(struct db *db, const char *digest, struct dag **out, struct err *err)
{
	struct def_row row = { 0 };
	struct columns_plan plan;
	struct diags diags;
	struct stmt s;

	*out = NULL;
	stmt_begin(&s, db, sql_recall_def);
	stmt_text(&s, 1, digest);
	columns_plan(&plan, &s, TABLE_def);
	if (stmt_row(&s)) {
		columns_read(&plan, &s, &row);
		diags_init(&diags);
		*out = dagfile_read(row.file, row.text, strlen(row.text), &diags);
		diags_release(&diags);
	}
	return stmt_end(&s, err);
}

/* The definition of a run: the last one that was read, if it is that, else *last becomes it. */
static enum err_code
find_def(struct db *db, const char *digest, struct dag **last, struct err *err)
{
	if (*last && !strcmp((*last)->digest, digest))
		return ERR_NONE;
	dag_unref(*last);
	return read_def(db, digest, last, err);
}

/* Add the run; *there: with its definition, so that tasks may follow. */
static enum err_code
read_run(struct db *db, int64_t key, struct dag **def, struct recall *out, bool *there,
	 struct err *err)
{
	enum err_code code = ERR_NONE, end;
	struct run_row row = { 0 };
	struct columns_plan plan;
	struct stmt s;

	*there = false;
	stmt_begin(&s, db, sql_recall_run);
	stmt_int(&s, 1, key);
	columns_plan(&plan, &s, TABLE_run);
	if (stmt_row(&s)) {
		columns_read(&plan, &s, &row);
		code = find_def(db, row.digest, def, err);
		*there = !code && *def && run_is_final(row.state);
		if (*there)
			recall_run(out, &row, *def);
	}
	end = stmt_end(&s, code ? NULL : err);
	return code ? code : end;
}

static enum err_code
read_tasks(struct db *db, int64_t key, struct recall *out, struct err *err)
{
	struct columns_plan plan;
	struct stmt s;

	stmt_begin(&s, db, sql_recall_tasks);
	stmt_int(&s, 1, key);
	columns_plan(&plan, &s, TABLE_task);
	while (stmt_row(&s)) {
		struct task_row row = { 0 };

		columns_read(&plan, &s, &row);
		recall_task(out, &row);
	}
	return stmt_end(&s, err);
}

enum err_code
store_recall(struct store *s, const int64_t *runs, size_t n, struct recall *out, struct err *err)
{
	enum err_code code = ERR_NONE;
	struct dag *def = NULL;
	bool there;

	for (size_t i = 0; !code && i < n; i++) {
		code = read_run(s->db, runs[i], &def, out, &there, err);
		if (!code && there)
			code = read_tasks(s->db, runs[i], out, err);
	}
	dag_unref(def);
	return code;
}

enum err_code
store_answered(struct store *s, const char *key, struct recall *out, struct err *err)
{
	struct command_row row = { 0 };
	struct columns_plan plan;
	struct stmt stmt;

	stmt_begin(&stmt, s->db, sql_recall_answer);
	stmt_text(&stmt, 1, key);
	columns_plan(&plan, &stmt, TABLE_command);
	if (stmt_row(&stmt)) {
		columns_read(&plan, &stmt, &row);
		recall_answer(out, &row);
	}
	return stmt_end(&stmt, err);
}
