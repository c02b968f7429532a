/* dataset.c - the questions about datasets. */
#include "core/view/dataset.h"

#include "core/time/grid.h"
#include "core/view/answer.h"
#include "core/view/internal.h"
#include "core/view/sql.h"
#include "core/view/defined.h"
#include "core/view/stale.h"

#include <stdlib.h>
#include <string.h>

enum err_code
view_datasets(struct view *v, json_t **out, struct err *err)
{
	return view_datasets_page(v, NULL, NULL, 0, out, err);
}

enum err_code
view_datasets_page(struct view *v, const char *before, const char *after, int limit, json_t **out,
		   struct err *err)
{
	struct stale_counts counts = { 0 };
	json_t *rows = NULL;
	enum err_code code = stale_count(v, &counts, err);
	struct stmt s;

	if (code)
		goto out;
	stmt_begin(&s, v->db, before ? sql_datasets_back : sql_datasets);
	stmt_text(&s, 1, counts.facts);
	stmt_text(&s, 2, before ? before : after);
	stmt_int(&s, 3, answer_limit(limit));
	code = answer_rows(&s, &rows, err);
	if (code)
		goto out;
	stale_tell_counts(&counts, rows);
	*out = before ? answer_reversed(rows) : rows;
out:
	stale_counts_release(&counts);
	return code;
}

/* ERR_NOT_FOUND unless a partition of it was published.  *unit: of its partitions. */
static enum err_code
know_dataset(struct view *v, const char *dataset, enum grid_unit *unit, struct err *err)
{
	enum err_code code;
	int found = -1;
	bool known;
	struct stmt s;

	stmt_begin(&s, v->db, sql_know_dataset);
	stmt_text(&s, 1, dataset);
	known = stmt_row(&s);
	if (known && stmt_col_text(&s, 0))
		found = grid_unit_of(stmt_col_text(&s, 0));
	*unit = found < 0 ? GRID_DAY : (enum grid_unit)found;
	code = stmt_end(&s, err);
	if (!code && !known)
		code = err_set(err, ERR_NOT_FOUND, "no partition of dataset '%s' was published yet",
			       dataset);
	return code;
}

/* Read the name of a partition as those of the dataset are. */
static enum err_code
find_part(const char *name, enum grid_unit unit, int64_t *part, struct err *err)
{
	const struct grid grid = { .unit = unit };
	char example[GRID_TEXT_CHARS + 1];

	if (grid_parse(grid, name, strlen(name), part))
		return ERR_NONE;
	grid_text(grid, grid_part(grid, INT64_C(1777640400) * SECOND_US), example);
	return err_set(err, ERR_INPUT, "'%s' is not %s %s, such as %s", name,
		       unit == GRID_HOUR ? "an" : "a", grid_unit_name(unit), example);
}

enum err_code
view_partitions_page(struct view *v, const struct partitions_page *page, json_t **out,
		     struct err *err)
{
	const char *dataset = page->dataset, *text = sql_dataset, *at = page->before;
	json_t *defined = NULL;
	char *facts = NULL;
	enum grid_unit unit;
	enum err_code code;
	int64_t part = 0;
	struct stmt s;

	if (page->after) {
		text = sql_dataset_up;
		at = strcmp(page->after, VIEW_FROM_EARLIEST) != 0 ? page->after : NULL;
	}
	code = know_dataset(v, dataset, &unit, err);
	if (!code && at)
		code = find_part(at, unit, &part, err);
	if (!code)
		code = defined_now(v, dataset, &defined, err);
	if (!code)
		code = stale_facts(v, dataset, defined, &facts, err);
	if (code)
		goto out;
	stmt_begin(&s, v->db, text);
	stmt_text(&s, 1, facts);
	stmt_text(&s, 2, dataset);
	stmt_text(&s, 3, page->partition);
	stmt_int(&s, 4, answer_limit(page->limit));
	if (at)
		stmt_int(&s, 5, part);
	code = answer_rows(&s, out, err);
	if (!code)
		code = defined_reasons(v, defined, *out, err);
out:
	json_decref(defined);
	free(facts);
	return code;
}

enum err_code
view_dataset(struct view *v, const char *dataset, const char *partition, int limit, json_t **out,
	     struct err *err)
{
	const struct partitions_page page = {
		.dataset = dataset,
		.partition = partition,
		.limit = limit,
	};

	return view_partitions_page(v, &page, out, err);
}

enum err_code
view_versions(struct view *v, const char *dataset, const char *partition, json_t **out,
	      struct err *err)
{
	enum grid_unit unit;
	enum err_code code;
	struct stmt s;

	code = know_dataset(v, dataset, &unit, err);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_versions);
	stmt_text(&s, 1, dataset);
	stmt_text(&s, 2, partition);
	return answer_rows(&s, out, err);
}

enum err_code
view_checks(struct view *v, const struct check_filter *filter, json_t **out, struct err *err)
{
	struct stmt s;

	if (filter->attempt)
		stmt_begin(&s, v->db, sql_checks_of_attempt);
	else if (filter->dataset && filter->partition)
		stmt_begin(&s, v->db, sql_checks_of_partition);
	else
		stmt_begin(&s, v->db, filter->dataset ? sql_checks_of_dataset : sql_checks);
	stmt_text(&s, 1, filter->dataset);
	stmt_text(&s, 2, filter->partition);
	stmt_int(&s, 3, answer_limit(filter->limit));
	if (filter->attempt)
		stmt_int(&s, 4, filter->attempt);
	return answer_rows(&s, out, err);
}
