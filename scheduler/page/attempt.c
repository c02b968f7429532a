/* attempt.c - one attempt with its log, its counters and its checks. */
#include "scheduler/page/attempt.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "core/model/output.h"
#include "core/view/dataset.h"
#include "core/view/run.h"
#include "core/wire/attempt.h"
#include "scheduler/page/html.h"
#include "scheduler/page/logtail.h"
#include "scheduler/page/look.h"
#include "scheduler/page/page.h"
#include "scheduler/page/table.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_SHOWN = 40 };

/* Where the last so many lines begin; 0: there are no more. */
static size_t
last_lines(const struct buf *log, int lines)
{
	size_t at = log->bytes;

	if (at && log->data[at - 1] == '\n')
		at--;
	while (at > 0) {
		if (log->data[at - 1] == '\n' && --lines == 0)
			return at;
		at--;
	}
	return 0;
}

static void
put_lines(struct exchange *x, const struct buf *log, size_t from, size_t to, const char *label)
{
	struct buf lines;

	buf_init(&lines, LOGTAIL_BYTES);
	buf_add(&lines, log->data + from, to - from);
	html_lit(&x->body, "<pre class=\"log\" tabindex=\"0\" aria-label=\"");
	html_text(&x->body, label);
	html_lit(&x->body, "\">");
	logtail_html(&lines, &x->body);
	html_lit(&x->body, "</pre>\n");
	buf_release(&lines);
}

/* What went wrong stands at the end of a log, so that is what is seen first. */
static void
put_log_text(struct exchange *x, const json_t *attempt, const struct buf *log, int64_t skipped)
{
	size_t end = last_lines(log, LINES_SHOWN);
	struct buf *b = &x->body;

	html_lit(b, "<p>");
	if (end || skipped)
		buf_format(b, "The last %d lines. ", LINES_SHOWN);
	html_lit(b, "<a href=\"");
	html_text(b, x->prefix);
	buf_format(b, "/attempts/%lld/log?tail=%d\">As plain text</a></p>",
		   (long long)json_get_int(attempt, "key", 0), LOGTAIL_BYTES_MAX);
	/* Of one that went wrong the last line is in sight before anything is scrolled. */
	buf_text(b, !strcmp(page_look(json_get_text(attempt, "state", ""))->css, "bad")
			? "<div class=\"end\">"
			: "<div>");
	put_lines(x, log, end, log->bytes, "End of the log");
	html_lit(b, "</div>\n");
	if (!end)
		return;
	buf_format(b, "<details><summary>What stands before them");
	if (skipped)
		buf_format(b, "; %lld more bytes are in the file", (long long)skipped);
	html_lit(b, "</summary>\n");
	put_lines(x, log, 0, end, "Log before that");
	html_lit(b, "</details>\n");
}

static enum err_code
put_log(struct exchange *x, const json_t *attempt, struct err *err)
{
	char *path = logtail_path(x->project_dir, attempt);
	int64_t skipped = 0;
	enum err_code code;
	struct buf log;

	buf_init(&log, LOGTAIL_BYTES);
	code = logtail_read(path, LOGTAIL_BYTES, &log, &skipped, err);
	free(path);
	html_lit(&x->body, "<h2>Log</h2>");
	if (!code && !log.bytes)
		html_lit(&x->body, "<p class=\"empty\">It wrote nothing.</p>\n");
	else if (!code)
		put_log_text(x, attempt, &log, skipped);
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

/* The first rows that fail, where a check has kept some. */
static void
put_samples(struct exchange *x, const json_t *checks)
{
	const json_t *check, *row;
	size_t i, k;

	json_array_foreach(checks, i, check)
	{
		const json_t *sample = json_object_get(check, "sample");

		if (!json_array_size(sample))
			continue;
		html_lit(&x->body, "<h3>First rows that fail: ");
		html_text(&x->body, json_get_text(check, "name", ""));
		html_lit(&x->body, "</h3><pre>");
		json_array_foreach(sample, k, row)
		{
			char *text = json_dumps(row, JSON_COMPACT);

			html_text(&x->body, text ? text : "");
			html_lit(&x->body, "\n");
			free(text);
		}
		html_lit(&x->body, "</pre>");
	}
}

/* What it left for the tasks after it, by name. */
static void
put_left(struct exchange *x, json_t *outputs)
{
	const char *name;
	json_t *value;

	if (!json_object_size(outputs))
		return;
	html_lit(&x->body, "<h2>Left for the tasks after it</h2>");
	json_object_foreach(outputs, name, value)
	{
		const struct page_column column = { name, name, CELL_TEXT };
		json_t *one = json_object();
		struct buf text;

		buf_init(&text, SIZE_MAX);
		output_text(value, &text);
		(void)json_object_set_new(one, name, json_text_new(text.data));
		page_facts(x, one, &column, 1);
		buf_release(&text);
		json_decref(one);
	}
}

/* The files that it left, each to be saved; what was not kept, and why. */
static void
put_artifacts(struct exchange *x, const json_t *attempt)
{
	const json_t *all = json_object_get(attempt, "artifacts"), *one;
	struct buf *b = &x->body;
	size_t i;

	if (!json_array_size(all))
		return;
	html_lit(b, "<h2>Artifacts</h2><ul>\n");
	json_array_foreach(all, i, one)
	{
		const char *dropped = json_get_text(one, "dropped", "");
		int64_t bytes = json_get_int(one, "bytes", 0);
		bool link = !*dropped && bytes < PAGE_BYTES_MAX;

		html_lit(b, "<li>");
		if (link) {
			html_lit(b, "<a href=\"");
			html_text(b, x->prefix);
			buf_format(b, "/attempts/%lld/artifacts/%zu\">",
				   (long long)json_get_int(attempt, "key", 0), i + 1);
		}
		html_text(b, json_get_text(one, "name", ""));
		buf_format(b, "%s, %s", link ? "</a>" : "", SIZE_TEXT(bytes));
		if (*dropped) {
			html_lit(b, ", not kept: ");
			html_text(b, dropped);
		} else if (!link) {
			html_lit(b, ", too large to be saved from here");
		}
		html_lit(b, "</li>\n");
	}
	html_lit(b, "</ul>\n");
}

static void
put_result(struct exchange *x, const json_t *attempt, const json_t *checks)
{
	static const struct page_column outputs[] = {
		{ "dataset", "Dataset", CELL_DATASET }, { "partition", "Partition", CELL_PART },
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
		put_samples(x, json_object_get(result, "checks"));
	}
}

/* Everything about an attempt; its log, the usual reason to come, before the numbers. */
enum err_code
attempt_put(struct exchange *x, const json_t *attempt, struct err *err)
{
	static const struct page_column facts[] = {
		{ "state", "State", CELL_STATE },
		{ "outcome", "Outcome", CELL_STATE },
		{ "message", "Message", CELL_TEXT },
		{ "try_number", "Try", CELL_NUMBER },
		{ "look", "Look", CELL_NUMBER },
		{ "waiting_since", "Waited since", CELL_TIME },
		{ "exit_code", "Exit code", CELL_TEXT },
		{ "started_at", "Started", CELL_TIME },
		{ "ended_at", "Ended", CELL_TIME },
		{ "started_at", "Took", CELL_DURATION },
		{ "cpu_seconds", "Processor time", CELL_SECONDS },
		{ "peak_bytes", "Peak memory", CELL_BYTES },
		{ "limits", "Held to", CELL_LIMITS },
		{ "read_bytes", "Read", CELL_BYTES },
		{ "written_bytes", "Written", CELL_BYTES },
		{ "inputs", "Inputs", CELL_INPUTS },
	};
	struct check_filter filter = { .attempt = json_get_int(attempt, "key", 0) };
	json_t *checks = NULL;
	enum err_code code = view_checks(x->view, &filter, &checks, err);

	if (code)
		return code;
	table_bad_first(checks, "status");
	FACTS(x, attempt, facts);
	code = put_log(x, attempt, err);
	put_artifacts(x, attempt);
	put_left(x, json_object_get(attempt, "outputs"));
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

/* The bytes of a file that is listed; it may have gone since. */
static enum err_code
read_artifact(struct exchange *x, const json_t *attempt, const char *name, struct err *err)
{
	char *dir = attempt_artifacts_path(
	    x->project_dir, json_get_text(attempt, "dag", ""), json_get_text(attempt, "run_id", ""),
	    json_get_text(attempt, "task", ""), (int)json_get_int(attempt, "try_number", 0));
	char *path = mem_format("%s/%s", dir, name);
	int64_t skipped = 0;
	enum err_code code;

	code = logtail_read(path, PAGE_BYTES_MAX - 1, &x->body, &skipped, err);
	if (!code && skipped)
		code = err_set(err, ERR_INPUT, "'%s' is larger than %s: take it from %s", name,
			       SIZE_TEXT(PAGE_BYTES_MAX), path);
	free(path);
	free(dir);
	return code;
}

enum err_code
attempt_artifact(struct exchange *x, struct err *err)
{
	json_t *attempt = NULL;
	const json_t *one;
	const char *name;
	enum err_code code;
	int64_t number = 0;

	if (!exchange_number(x->args[1], &number))
		return err_set(err, ERR_NOT_FOUND, "there is no artifact '%s'", x->args[1]);
	code = find_attempt(x, &attempt, err);
	if (code)
		return code;
	one = json_array_get(json_object_get(attempt, "artifacts"), (size_t)number - 1);
	name = json_get_text(one, "name", "");
	if (!one || json_object_get(one, "dropped"))
		code = err_set(err, ERR_NOT_FOUND, "attempt %s has no artifact %lld", x->args[0],
			       (long long)number);
	else
		code = read_artifact(x, attempt, name, err);
	if (!code && (int64_t)x->body.bytes != json_get_int(one, "bytes", 0))
		code = err_set(err, ERR_NOT_FOUND, "'%s' is not there any more as it was left",
			       name);
	if (!code) {
		/* Whatever it is, a browser is to save it and not to show it. */
		x->type = "application/octet-stream";
		x->saved_as = mem_str(strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
	} else {
		buf_reset(&x->body);
	}
	json_decref(attempt);
	return code;
}
