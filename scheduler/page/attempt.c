/* attempt.c - one attempt with its log, its counters and its checks. */
#include "scheduler/page/attempt.h"

#include "core/base/mem.h"
#include "core/view/dataset.h"
#include "core/view/run.h"
#include "scheduler/page/html.h"
#include "scheduler/page/logtail.h"
#include "scheduler/page/page.h"
#include "scheduler/page/table.h"

#include <stdlib.h>

static enum err_code
put_log(struct exchange *x, const json_t *attempt, struct err *err)
{
	char *path = logtail_path(x->project_dir, attempt);
	int64_t skipped = 0, key = json_get_int(attempt, "key", 0);
	struct buf *b = &x->body, log;
	enum err_code code;

	buf_init(&log, LOGTAIL_BYTES);
	code = logtail_read(path, LOGTAIL_BYTES, &log, &skipped, err);
	free(path);
	html_lit(b, "<h2>Log</h2>");
	if (!code && !log.bytes) {
		html_lit(b, "<p class=\"empty\">It wrote nothing.</p>\n");
	} else if (!code) {
		html_lit(b, "<p>");
		if (skipped)
			buf_format(b, "The last %zu bytes; %lld before them are left out. ",
				   log.bytes, (long long)skipped);
		html_lit(b, "<a href=\"");
		html_text(b, x->prefix);
		buf_format(b,
			   "/attempts/%lld/log?tail=%d\">As plain text</a></p>"
			   "<pre class=\"log\" tabindex=\"0\" aria-label=\"Log\">",
			   (long long)key, LOGTAIL_BYTES_MAX);
		logtail_html(&log, b);
		html_lit(b, "</pre>\n");
	}
	buf_release(&log);
	return code;
}

/* Counters of a worker's result, in its order. */
static void
put_counters(struct exchange *x, json_t *counters)
{
	const char *name;
	json_t *value;

	if (!json_object_size(counters))
		return;
	html_lit(&x->body, "<h2>Counters</h2>");
	json_object_foreach(counters, name, value)
	{
		const struct page_column column = { name, name, CELL_NUMBER };

		page_facts(x, counters, &column, 1);
	}
}

static void
put_result(struct exchange *x, const json_t *attempt, const json_t *checks)
{
	static const struct page_column outputs[] = {
		{ "dataset", "Dataset", CELL_DATASET }, { "day", "Partition", CELL_DAY },
		{ "rows", "Rows", CELL_NUMBER },        { "version", "Version", CELL_NUMBER },
		{ "changed", "Changed", CELL_YES },
	};
	static const struct page_column results[] = {
		{ "dataset", "Dataset", CELL_DATASET }, { "partition", "Partition", CELL_TIME },
		{ "name", "Check", CELL_TEXT },         { "status", "Status", CELL_STATE },
		{ "observed", "Observed", CELL_TEXT },  { "expected", "Expected", CELL_TEXT },
		{ "message", "Message", CELL_TEXT },
	};
	const json_t *result = json_object_get(attempt, "result");

	if (json_array_size(json_object_get(result, "outputs"))) {
		html_lit(&x->body, "<h2>Outputs</h2>");
		TABLE(x, json_object_get(result, "outputs"), outputs, "");
	}
	put_counters(x, json_object_get(result, "counters"));
	if (json_array_size(checks)) {
		html_lit(&x->body, "<h2>Checks</h2>");
		TABLE(x, checks, results, "");
	}
}

/* Everything about an attempt; its log, the usual reason to come, before the numbers. */
enum err_code
attempt_put(struct exchange *x, const json_t *attempt, struct err *err)
{
	static const struct page_column facts[] = {
		{ "state", "State", CELL_STATE },        { "outcome", "Outcome", CELL_STATE },
		{ "message", "Message", CELL_TEXT },     { "try_number", "Try", CELL_NUMBER },
		{ "exit_code", "Exit code", CELL_TEXT }, { "started_at", "Started", CELL_TIME },
		{ "ended_at", "Ended", CELL_TIME },      { "started_at", "Took", CELL_DURATION },
		{ "inputs", "Inputs", CELL_INPUTS },
	};
	struct check_filter filter = { .attempt = json_get_int(attempt, "key", 0) };
	json_t *checks = NULL;
	enum err_code code = view_checks(x->view, &filter, &checks, err);

	if (code)
		return code;
	FACTS(x, attempt, facts);
	code = put_log(x, attempt, err);
	put_result(x, attempt, checks);
	json_decref(checks);
	return code;
}

static enum err_code
find_attempt(struct exchange *x, json_t **out, struct err *err)
{
	int64_t key = 0;

	if (!exchange_number(x->args[0], &key))
		return err_set(err, ERR_NOT_FOUND, "there is no attempt '%s'", x->args[0]);
	return view_attempt(x->view, key, out, err);
}

enum err_code
page_attempt(struct exchange *x, struct err *err)
{
	json_t *attempt = NULL;
	enum err_code code = find_attempt(x, &attempt, err);
	char *title;

	if (code)
		return code;
	title = mem_format("%s, try %lld", json_get_text(attempt, "task", ""),
			   (long long)json_get_int(attempt, "try_number", 0));
	page_begin(x, &(struct page_head){ .title = title,
					   .place = "/dags",
					   .dag = json_get_text(attempt, "dag", ""),
					   .run = json_get_text(attempt, "run_id", ""),
					   .task = json_get_text(attempt, "task", "") });
	code = attempt_put(x, attempt, err);
	page_end(x);
	free(title);
	json_decref(attempt);
	return code;
}

enum err_code
attempt_log(struct exchange *x, struct err *err)
{
	const char *tail = x->query(x, "tail");
	int64_t bytes = LOGTAIL_BYTES, skipped;
	json_t *attempt = NULL;
	enum err_code code;

	if (tail && (!exchange_number(tail, &bytes) || bytes > LOGTAIL_BYTES_MAX))
		return err_set(err, ERR_INPUT, "tail has to be a number of bytes from 1 to %d",
			       LOGTAIL_BYTES_MAX);
	code = find_attempt(x, &attempt, err);
	if (!code) {
		char *path = logtail_path(x->project_dir, attempt);

		x->type = "text/plain; charset=utf-8";
		code = logtail_read(path, bytes, &x->body, &skipped, err);
		free(path);
	}
	json_decref(attempt);
	return code;
}
