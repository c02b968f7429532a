/* history.c - runs by when they were worked on, and how many there are. */
#include "core/view/history.h"

#include "core/model/state.h"
#include "core/view/answer.h"
#include "core/view/internal.h"
#include "core/view/keeper.h"
#include "core/view/sql.h"

#include <string.h>

/* The text whose index finds what the filter wants. */
static const char *
text_for(const struct history_filter *f)
{
	if (f->by_date)
		return sql_history_by_date;
	if (f->state && strcmp(f->state, run_state_name(RUN_SUCCESS)) != 0)
		return sql_history_in_state;
	return f->dag ? sql_history_of_dag : sql_history;
}

static void
bind(struct stmt *s, const struct history_filter *f)
{
	stmt_text(s, 1, f->dag);
	stmt_text(s, 2, f->state);
	if (f->since_us)
		stmt_int(s, 3, f->since_us);
}

static enum err_code
count(struct view *v, const struct history_filter *f, int64_t *total, struct err *err)
{
	bool all = !f->dag && !f->state && !f->since_us;
	struct stmt s;

	stmt_begin(&s, v->db, all ? sql_history_count_all : sql_history_count);
	if (!all)
		bind(&s, f);
	if (stmt_row(&s))
		*total = stmt_col_int(&s, 0);
	return stmt_end(&s, err);
}

enum err_code
view_history(struct view *v, const struct history_filter *filter, json_t **out, int64_t *total,
	     struct err *err)
{
	json_t *rows = NULL;
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, text_for(filter));
	bind(&s, filter);
	stmt_int(&s, 4, answer_limit(filter->limit));
	code = keeper_runs(v, &s, &rows, err);
	if (!code && total) {
		*total = (int64_t)json_array_size(rows);
		if (*total >= answer_limit(filter->limit))
			code = count(v, filter, total, err);
	}
	if (code)
		json_decref(rows);
	else
		*out = rows;
	return code;
}

enum err_code
view_last_attempts(struct view *v, int64_t run, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, sql_last_attempts);
	stmt_int(&s, 1, run);
	return answer_rows(&s, out, err);
}
