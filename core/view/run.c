/* run.c - the questions about runs, tasks, attempts and backfills. */
#include "core/view/run.h"

#include "core/time/civil.h"
#include "core/view/answer.h"
#include "core/view/internal.h"
#include "core/view/keeper.h"
#include "core/view/known.h"
#include "core/view/sql.h"

#include <string.h>

/* The text whose index finds what the filter wants. */
static const char *
runs_by(const struct run_filter *filter)
{
	if (filter->backfill)
		return sql_runs_of_backfill;
	if (filter->state)
		return filter->dag ? sql_runs_of_dag_in_state : sql_runs_in_state;
	return filter->dag ? sql_runs_of_dag : sql_runs;
}

enum err_code
view_runs(struct view *v, const struct run_filter *filter, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, runs_by(filter));
	stmt_text(&s, 1, filter->dag);
	stmt_text(&s, 2, filter->state);
	if (filter->backfill)
		stmt_int(&s, 3, filter->backfill);
	stmt_int(&s, 4, answer_limit(filter->limit));
	return keeper_runs(v, &s, out, err);
}

enum err_code
view_run(struct view *v, const char *dag, const char *run, json_t **out, struct err *err)
{
	json_t *rows = NULL;
	enum err_code code;
	int64_t logical_us;
	struct stmt s;

	code = known_dag(v, dag, err);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_run);
	stmt_text(&s, 1, dag);
	stmt_text(&s, 2, run);
	if (run && known_logical(v, dag, run, &logical_us))
		stmt_int(&s, 3, logical_us);
	code = keeper_runs(v, &s, &rows, err);
	if (!code && !json_array_size(rows))
		code = run ? err_set(err, ERR_NOT_FOUND, "dag '%s' has no run '%s'", dag, run)
			   : err_set(err, ERR_NOT_FOUND, "dag '%s' has no run yet", dag);
	if (!code)
		*out = json_incref(json_array_get(rows, 0));
	json_decref(rows);
	return code;
}

enum err_code
view_grid(struct view *v, const char *dag, int limit, json_t **out, struct err *err)
{
	enum err_code code;
	struct stmt s;

	code = known_dag(v, dag, err);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_grid);
	stmt_text(&s, 1, dag);
	stmt_int(&s, 2, answer_limit(limit));
	return keeper_runs(v, &s, out, err);
}

enum err_code
view_tasks(struct view *v, int64_t run, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, sql_tasks);
	stmt_int(&s, 1, run);
	return keeper_tasks(v, run, &s, out, err);
}

enum err_code
view_attempts(struct view *v, int64_t run, const char *task, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, sql_attempts);
	stmt_int(&s, 1, run);
	stmt_text(&s, 2, task);
	return answer_rows(&s, out, err);
}

enum err_code
view_attempt(struct view *v, int64_t key, json_t **out, struct err *err)
{
	json_t *row = NULL;
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, sql_attempt);
	stmt_int(&s, 1, key);
	code = answer_row(&s, &row, err);
	if (!code && !row)
		return err_set(err, ERR_NOT_FOUND, "there is no attempt %lld", (long long)key);
	if (!code)
		*out = row;
	return code;
}

enum err_code
view_backfills(struct view *v, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, sql_backfills);
	return answer_rows(&s, out, err);
}
