/* dataset.c - the questions about datasets. */
#include "core/view/dataset.h"

#include "core/view/answer.h"
#include "core/view/internal.h"
#include "core/view/sql.h"
#include "core/view/stale.h"

#include <stdlib.h>

enum err_code
view_datasets(struct view *v, json_t **out, struct err *err)
{
	char *files = NULL;
	enum err_code code;
	struct stmt s;

	code = stale_files(v, NULL, &files, err);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_datasets);
	stmt_text(&s, 1, files);
	code = answer_rows(&s, out, err);
	free(files);
	return code;
}

/* ERR_NOT_FOUND unless a partition of it was published. */
static enum err_code
know_dataset(struct view *v, const char *dataset, struct err *err)
{
	enum err_code code;
	bool known;
	struct stmt s;

	stmt_begin(&s, v->db, sql_know_dataset);
	stmt_text(&s, 1, dataset);
	known = stmt_row(&s);
	code = stmt_end(&s, err);
	if (!code && !known)
		code = err_set(err, ERR_NOT_FOUND, "no partition of dataset '%s' was published yet",
			       dataset);
	return code;
}

enum err_code
view_dataset(struct view *v, const char *dataset, const char *partition, int limit, json_t **out,
	     struct err *err)
{
	char *files = NULL;
	enum err_code code;
	struct stmt s;

	code = know_dataset(v, dataset, err);
	if (!code)
		code = stale_files(v, dataset, &files, err);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_dataset);
	stmt_text(&s, 1, files);
	stmt_text(&s, 2, dataset);
	stmt_text(&s, 3, partition);
	stmt_int(&s, 4, answer_limit(limit));
	code = answer_rows(&s, out, err);
	free(files);
	return code;
}

enum err_code
view_versions(struct view *v, const char *dataset, const char *partition, json_t **out,
	      struct err *err)
{
	enum err_code code;
	struct stmt s;

	code = know_dataset(v, dataset, err);
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
