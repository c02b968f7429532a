/* table.c - rows of a question as a table, one of them as a list of facts. */
#include "scheduler/page/table.h"

#include "core/base/size.h"
#include "core/time/grid.h"
#include "core/wire/held_json.h"
#include "scheduler/page/look.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { INPUTS_SHOWN = 8, SHORT_BYTES = 28 };

/* ---- values ---- */

/*
 * "2026-05-01T02:30:00.123456Z" as "2026-05-01 02:30:00", and as "2026-05-01" at midnight.  The
 * name of a partition that is no date, as it is.
 */
static void
put_time(struct buf *b, const char *text)
{
	size_t n = strlen(text);
	char shown[20];

	if (n != DATE_CHARS && n < sizeof("2026-05-01T02:30:00")) {
		html_text(b, text);
		return;
	}
	(void)snprintf(shown, sizeof(shown), "%s", text);
	if (n > DATE_CHARS)
		shown[10] = strcmp(text + 10, "T00:00:00Z") ? ' ' : '\0';
	html_lit(b, "<time datetime=\"");
	html_text(b, text);
	html_lit(b, "\">");
	html_text(b, shown);
	html_lit(b, "</time>");
}

static void
put_number(struct buf *b, int64_t value)
{
	char digits[24];
	size_t n = (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)value);

	for (size_t i = 0; i < n; i++) {
		buf_char(b, digits[i]);
		if ((n - i) % 3 == 1 && i + 1 < n && digits[i] != '-')
			buf_char(b, ',');
	}
}

static void
put_bytes(struct buf *b, int64_t bytes)
{
	char size[SIZE_CHARS];

	size_format(bytes, size);
	buf_text(b, size);
}

static bool
time_of(const json_t *row, const char *key, int64_t *us)
{
	const char *text = json_get_text(row, key, "");

	return timestamp_parse(text, strlen(text), us);
}

static void
put_duration(struct exchange *x, const json_t *row)
{
	int64_t from, to = x->now_us, took, seconds;

	if (!time_of(row, "started_at", &from))
		return;
	(void)time_of(row, "ended_at", &to);
	took = to > from ? to - from : 0;
	seconds = took / SECOND_US;
	if (seconds < 1)
		buf_format(&x->body, "%lld ms", (long long)(took / 1000));
	else if (seconds < 10)
		buf_format(&x->body, "%.1f s", (double)took / (double)SECOND_US);
	else if (seconds < 120)
		buf_format(&x->body, "%lld s", (long long)seconds);
	else if (seconds < 7200)
		buf_format(&x->body, "%lld min %02lld s", (long long)(seconds / 60),
			   (long long)(seconds % 60));
	else
		buf_format(&x->body, "%lld h %02lld min", (long long)(seconds / 3600),
			   (long long)(seconds / 60 % 60));
}

static void
put_attempt(struct exchange *x, const json_t *row)
{
	struct buf *b = &x->body;
	int64_t key = json_get_int(row, "attempt", json_get_int(row, "key", 0));

	if (!key)
		return;
	html_lit(b, "<a href=\"");
	html_text(b, x->prefix);
	buf_format(b, "/attempts/%lld\">log</a>", (long long)key);
}

static void
put_checks(struct exchange *x, const json_t *value)
{
	static const char *const kinds[] = { "pass", "warn", "fail" };

	for (size_t i = 0; i < countof(kinds); i++) {
		int64_t n = json_get_int(value, kinds[i], 0);

		if (!n)
			continue;
		buf_format(&x->body, "<span class=\"count\">%lld ", (long long)n);
		page_state(x, kinds[i]);
		html_lit(&x->body, "</span> ");
	}
}

static void
put_tasks(struct exchange *x, const json_t *row, const json_t *tasks)
{
	const json_t *task;
	size_t i;

	json_array_foreach(tasks, i, task)
	{
		if (i)
			html_lit(&x->body, ", ");
		page_link_task(x, json_get_text(row, "dag", ""), json_get_text(row, "run_id", ""),
			       json_is_string(task) ? json_string_value(task) : "");
	}
}

/* The name of a partition; what a worker of before says is a day may be any number. */
static void
put_part(struct buf *b, const json_t *row)
{
	const json_t *value = json_object_get(row, "day");
	int64_t day = json_is_integer(value) ? json_integer_value(value) : INT64_MIN;
	char date[GRID_TEXT_CHARS + 1];

	html_text(b, json_get_text(row, "partition", ""));
	if (!grid_has_text(grid_days, day))
		return;
	grid_text(grid_days, day, date);
	html_text(b, date);
}

static void
put_inputs(struct exchange *x, const json_t *inputs)
{
	struct buf *b = &x->body;
	size_t n = json_array_size(inputs);

	for (size_t i = 0; i < n && i < INPUTS_SHOWN; i++) {
		const json_t *input = json_array_get(inputs, i);
		const char *dataset = json_get_text(input, "dataset", "");

		if (i)
			html_lit(b, ", ");
		page_link(x, "/datasets/", dataset, dataset);
		html_lit(b, " ");
		put_part(b, input);
	}
	if (n > INPUTS_SHOWN)
		buf_format(b, " and %zu more", n - INPUTS_SHOWN);
}

static void
put_text(struct exchange *x, const json_t *row, const struct page_column *c, const char *text)
{
	struct buf *b = &x->body;

	switch (c->kind) {
	case CELL_TIME:
		put_time(b, text);
		break;
	case CELL_STATE:
		page_state(x, text);
		break;
	case CELL_DAG:
		page_link(x, "/dags/", text, text);
		break;
	case CELL_DATASET:
		page_link(x, "/datasets/", text, text);
		break;
	case CELL_RUN:
		page_link_run(x, json_get_text(row, "dag", ""), text);
		break;
	case CELL_TASK:
		page_link_task(x, json_get_text(row, "dag", ""), json_get_text(row, "run_id", ""),
			       text);
		break;
	default:
		html_text(b, text);
	}
}

static void
put_plain(struct exchange *x, const json_t *row, const struct page_column *c)
{
	const json_t *value = json_object_get(row, c->key);
	struct buf *b = &x->body;

	if (json_is_string(value))
		put_text(x, row, c, json_string_value(value));
	else if (json_is_integer(value) && c->kind == CELL_BYTES)
		put_bytes(b, json_integer_value(value));
	else if (json_is_integer(value) && c->kind == CELL_NUMBER)
		put_number(b, json_integer_value(value));
	else if (json_is_integer(value))
		buf_format(b, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value) && c->kind == CELL_SECONDS)
		buf_format(b, "%.2f s", json_real_value(value));
	else if (json_is_real(value))
		buf_format(b, "%g", json_real_value(value));
	else if (json_is_true(value))
		html_lit(b, "yes");
}

static void
put_cell(struct exchange *x, const json_t *row, const struct page_column *c)
{
	const json_t *value = json_object_get(row, c->key);
	struct held_to held;

	switch (c->kind) {
	case CELL_ATTEMPT:
		put_attempt(x, row);
		break;
	case CELL_CHECKS:
		put_checks(x, value);
		break;
	case CELL_DURATION:
		put_duration(x, row);
		break;
	case CELL_TASKS:
		put_tasks(x, row, value);
		break;
	case CELL_PART:
		put_part(&x->body, row);
		break;
	case CELL_LIMITS:
		held_from_json(value, &held);
		held_words(&held, &x->body);
		break;
	case CELL_INPUTS:
		put_inputs(x, value);
		break;
	default:
		put_plain(x, row, c);
	}
}

/* ---- tables ---- */

static bool
is_right(enum cell_kind kind)
{
	return kind == CELL_NUMBER || kind == CELL_BYTES || kind == CELL_DURATION ||
	       kind == CELL_SECONDS;
}

/* On a wide table a short text stays in its line, and a sentence is not broken at every word. */
static const char *
class_of(const json_t *row, const struct page_column *c)
{
	const json_t *value = json_object_get(row, c->key);

	if (is_right(c->kind))
		return " class=\"number\"";
	if (!json_is_string(value) || (c->kind != CELL_TEXT && c->kind != CELL_TIME))
		return "";
	return json_string_length(value) <= SHORT_BYTES ? " class=\"short\"" : " class=\"words\"";
}

static bool
says_nothing(const json_t *value)
{
	return !value || json_is_null(value) || json_is_false(value) ||
	       (json_is_string(value) && !*json_string_value(value)) ||
	       (json_is_array(value) && !json_array_size(value));
}

/* A column that says nothing in any row is not shown. */
static bool
is_shown(const json_t *rows, const struct page_column *column)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (!says_nothing(json_object_get(row, column->key)))
			return true;
	}
	return false;
}

static void
put_row(struct exchange *x, const json_t *row, const struct page_column *columns, size_t n,
	const bool *shown)
{
	html_lit(&x->body, "<tr>");
	for (size_t c = 0; c < n; c++) {
		if (!shown[c])
			continue;
		/* On a narrow screen a cell stands below the one before, with its title. */
		html_lit(&x->body, "<td data-is=\"");
		html_text(&x->body, columns[c].title);
		html_lit(&x->body, "\"");
		buf_text(&x->body, class_of(row, &columns[c]));
		html_lit(&x->body, ">");
		put_cell(x, row, &columns[c]);
		html_lit(&x->body, "</td>");
	}
	html_lit(&x->body, "</tr>\n");
}

void
page_table(struct exchange *x, const json_t *rows, const struct page_column *columns, size_t n,
	   const char *empty)
{
	bool shown[PAGE_COLUMNS_MAX];
	struct buf *b = &x->body;
	const json_t *row;
	size_t i;

	assert(n <= PAGE_COLUMNS_MAX);
	if (!json_array_size(rows)) {
		html_lit(b, "<p class=\"empty\">");
		html_text(b, empty);
		html_lit(b, "</p>\n");
		return;
	}
	html_lit(b, "<div class=\"scroll\"><table class=\"rows\"><thead><tr>");
	for (size_t c = 0; c < n; c++) {
		shown[c] = is_shown(rows, &columns[c]);
		if (!shown[c])
			continue;
		buf_text(b, is_right(columns[c].kind) ? "<th scope=\"col\" class=\"number\">"
						      : "<th scope=\"col\">");
		html_text(b, columns[c].title);
		html_lit(b, "</th>");
	}
	html_lit(b, "</tr></thead><tbody>\n");
	json_array_foreach(rows, i, row)
	{
		put_row(x, row, columns, n, shown);
	}
	html_lit(b, "</tbody></table></div>\n");
}

void
page_facts(struct exchange *x, const json_t *object, const struct page_column *columns, size_t n)
{
	struct buf *b = &x->body;

	html_lit(b, "<dl>");
	for (size_t c = 0; c < n; c++) {
		if (says_nothing(json_object_get(object, columns[c].key)))
			continue;
		html_lit(b, "<dt>");
		html_text(b, columns[c].title);
		html_lit(b, "</dt><dd>");
		put_cell(x, object, &columns[c]);
		html_lit(b, "</dd>");
	}
	html_lit(b, "</dl>\n");
}

void
table_bad_first(json_t *rows, const char *key)
{
	static const char *const ranks[] = { "bad", "wait" };
	json_t *sorted = json_array(), *row;
	size_t i;

	for (size_t rank = 0; rank <= countof(ranks); rank++) {
		json_array_foreach(rows, i, row)
		{
			const char *css = page_look(json_get_text(row, key, ""))->css;
			size_t is = 0;

			while (is < countof(ranks) && strcmp(ranks[is], css) != 0)
				is++;
			if (is == rank)
				(void)json_array_append(sorted, row);
		}
	}
	(void)json_array_clear(rows);
	(void)json_array_extend(rows, sorted);
	json_decref(sorted);
}
