/* dataset.c - all datasets, and one with its partitions and checks. */
#include "scheduler/page/dataset.h"

#include "core/view/dataset.h"
#include "scheduler/page/notice.h"
#include "scheduler/page/page.h"
#include "scheduler/page/pager.h"
#include "scheduler/page/table.h"

#include <string.h>

enum { DATASETS_SHOWN = 200, PARTITIONS_SHOWN = 100, CHECKS_SHOWN = 100 };

enum err_code
page_datasets(struct exchange *x, struct err *err)
{
	static const struct page_column columns[] = {
		{ "dataset", "Dataset", CELL_DATASET },
		{ "partitions", "Partitions", CELL_NUMBER },
		{ "rows", "Rows", CELL_NUMBER },
		{ "bytes", "Size", CELL_BYTES },
		{ "latest_partition", "Latest partition", CELL_TIME },
		{ "latest_published_at", "Last published", CELL_TIME },
		{ "stale", "Stale", CELL_NUMBER },
	};
	const char *before = x->query(x, "before"), *after = x->query(x, "after");
	json_t *rows = NULL;
	enum err_code code = ERR_NONE;

	if (before && after)
		return err_set(err, ERR_INPUT, "before and after do not go together");
	if (x->view)
		code = view_datasets_page(x->view, before, after, DATASETS_SHOWN + 1, &rows, err);
	if (code)
		return code;
	page_begin(x, &(struct page_head){ .title = "Datasets", .place = "/datasets" });
	if (x->view) {
		bool more = json_array_size(rows) > DATASETS_SHOWN;

		if (more)
			(void)json_array_remove(rows, before ? 0 : DATASETS_SHOWN);
		TABLE(x, rows, columns, "Nothing is published yet.");
		pager_put_names(x, rows, "dataset", after || (before && more), before || more);
	} else {
		notice_nothing_yet(x);
	}
	page_end(x);
	json_decref(rows);
	return ERR_NONE;
}

static void
put_partitions(struct exchange *x, json_t *rows, const struct partitions_page *page)
{
	static const struct page_column columns[] = {
		{ "partition", "Partition", CELL_TIME },
		{ "condition", "Condition", CELL_STATE },
		{ "rows", "Rows", CELL_NUMBER },
		{ "bytes", "Size", CELL_BYTES },
		{ "version", "Version", CELL_NUMBER },
		{ "published_at", "Published", CELL_TIME },
		{ "run_id", "By run", CELL_RUN },
		{ "attempt", "Log", CELL_ATTEMPT },
		{ "checks", "Checks", CELL_CHECKS },
		{ "partial", "Partial", CELL_YES },
		{ "preliminary", "Preliminary", CELL_YES },
		{ "stale_because", "Stale because", CELL_TEXT },
		{ "stale_inputs", "Replaced since it was read", CELL_INPUTS },
	};
	bool more = json_array_size(rows) > PARTITIONS_SHOWN;
	json_t *row;
	size_t i;

	if (more)
		(void)json_array_remove(rows, page->after ? 0 : PARTITIONS_SHOWN);
	json_array_foreach(rows, i, row)
	{
		const char *word = json_get_bool(row, "stale", false) ? "stale" : "current";

		(void)json_object_set_new(row, "condition", json_text_new(word));
	}
	html_lit(&x->body, "<h2>Partitions</h2>");
	TABLE(x, rows, columns, "No partition is published yet.");
	pager_put_partitions(x, rows, page->after ? more : page->before != NULL,
			     page->after ? strcmp(page->after, VIEW_FROM_EARLIEST) != 0 : more);
	html_lit(&x->body,
		 "<p class=\"empty\">Stale: its definition is another one now, or it was "
		 "computed from a version of an input that has been replaced since, or will be. "
		 "Partial: its window reaches back before its input begins.</p>\n");
}

enum err_code
page_dataset(struct exchange *x, struct err *err)
{
	static const struct page_column checks[] = {
		{ "partition", "Partition", CELL_TIME }, { "name", "Check", CELL_TEXT },
		{ "status", "Status", CELL_STATE },      { "observed", "Observed", CELL_TEXT },
		{ "expected", "Expected", CELL_TEXT },   { "message", "Message", CELL_TEXT },
		{ "task", "Task", CELL_TASK },           { "attempt", "Log", CELL_ATTEMPT },
	};
	struct check_filter filter = { .dataset = x->args[0], .limit = CHECKS_SHOWN };
	json_t *rows = NULL, *results = NULL;
	const struct partitions_page page = {
		.dataset = x->args[0],
		.before = x->query(x, "before"),
		.after = x->query(x, "after"),
		.limit = PARTITIONS_SHOWN + 1,
	};
	enum err_code code = ERR_NONE;

	if (page.before && page.after)
		return err_set(err, ERR_INPUT, "before and after do not go together");
	code = view_partitions_page(x->view, &page, &rows, err);
	if (!code)
		code = view_checks(x->view, &filter, &results, err);
	if (!code) {
		page_begin(x, &(struct page_head){ .title = x->args[0], .place = "/datasets" });
		put_partitions(x, rows, &page);
		html_lit(&x->body, "<h2>Checks</h2>");
		table_bad_first(results, "status");
		TABLE(x, results, checks, "No check was made on it.");
		page_end(x);
	}
	json_decref(rows);
	json_decref(results);
	return code;
}
