/* overview.c - the state of everything, in numbers and short lists. */
#include "core/view/overview.h"

#include "core/view/answer.h"
#include "core/view/keeper.h"
#include "core/view/internal.h"
#include "core/view/known.h"
#include "core/view/sql.h"
#include "core/view/stale.h"

/* One part of the overview: what its statement gives becomes a member of `into`. */
static enum err_code
add_rows(struct view *v, struct stmt *s, json_t *into, const char *name, struct err *err)
{
	json_t *rows = NULL;
	enum err_code code = answer_rows(s, &rows, err);

	if (!code)
		code = known_partitions(v, rows, err);
	if (!code)
		(void)json_object_set_new(into, name, rows);
	else
		json_decref(rows);
	return code;
}

static enum err_code
count_all(struct view *v, json_t **out, struct err *err)
{
	struct stale_counts counts = { 0 };
	enum err_code code = stale_count(v, &counts, err);
	struct stmt s;

	if (!code) {
		stmt_begin(&s, v->db, sql_overview);
		stmt_text(&s, 1, counts.facts);
		code = answer_row(&s, out, err);
	}
	if (!code && counts.of)
		(void)json_object_set_new(json_object_get(*out, "datasets"), "stale_partitions",
					  json_integer(counts.stale));
	stale_counts_release(&counts);
	return code;
}

/* What no schedule comes to any more is not next. */
static void
drop_over(json_t *rows)
{
	for (size_t i = json_array_size(rows); i-- > 0;)
		if (json_is_null(json_object_get(json_array_get(rows, i), "next_partition")))
			(void)json_array_remove(rows, i);
}

static enum err_code
add_lists(struct view *v, int64_t now_us, json_t *into, struct err *err)
{
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, sql_overview_running);
	code = add_rows(v, &s, into, "running", err);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_overview_failed);
	stmt_int(&s, 1, now_us - DAY_US);
	code = add_rows(v, &s, into, "failed", err);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_overview_failed_total);
	stmt_int(&s, 1, now_us - DAY_US);
	if (stmt_row(&s))
		(void)json_object_set_new(into, "failed_total", json_integer(stmt_col_int(&s, 0)));
	code = stmt_end(&s, err);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_overview_next);
	code = add_rows(v, &s, into, "next", err);
	if (!code)
		drop_over(json_object_get(into, "next"));
	return code;
}

enum err_code
view_overview(struct view *v, int64_t now_us, json_t **out, struct err *err)
{
	json_t *all = NULL, *clock = NULL;
	enum err_code code;

	code = count_all(v, &all, err);
	if (!code)
		code = view_clock(v, &clock, err);
	if (!code)
		(void)json_object_set_new(all, "clock", clock);
	if (!code)
		code = add_lists(v, now_us, all, err);
	if (code)
		json_decref(all);
	else
		*out = all;
	return code;
}
