/* page.c - the parts that every page of the status page is made of. */
#include "scheduler/page/page.h"

#include "core/time/civil.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { INPUTS_SHOWN = 8, REFRESH_SECONDS = 10 };

/* Never by colour alone: each state has a glyph of its own.  Those of tasks first. */
static const struct page_look looks[] = {
	{ "success", "✓", "good" },
	{ "failed", "✗", "bad" },
	{ "upstream_failed", "△", "bad blocked" },
	{ "running", "▶", "busy" },
	{ "queued", "…", "wait" },
	{ "scheduled", "◌", "wait" },
	{ "up_for_retry", "↻", "wait" },
	{ "skipped", "⤼", "quiet" },
	{ "cancelled", "⊘", "quiet" },
	{ "none", "·", "quiet" },
	{ "pass", "✓", "good" },
	{ "ok", "✓", "good" },
	{ "fail", "✗", "bad" },
	{ "error", "✗", "bad" },
	{ "gate_failed", "✗", "bad" },
	{ "lost", "?", "bad" },
	{ "signal", "✗", "bad" },
	{ "timeout", "✗", "bad" },
	{ "missing", "✗", "bad" },
	{ "input_changed", "✗", "bad" },
	{ "launch_failed", "✗", "bad" },
	{ "publish_failed", "✗", "bad" },
	{ "starting", "▷", "busy" },
	{ "publishing", "⇪", "busy" },
	{ "killing", "⨯", "busy" },
	{ "warn", "!", "wait" },
	{ "warning", "!", "wait" },
	{ "skip", "⤼", "quiet" },
	{ "active", "✓", "good" },
	{ "paused", "‖", "wait" },
	{ "absent", "?", "bad" },
	{ "idle", "○", "quiet" },
	{ "current", "✓", "good" },
	{ "stale", "!", "wait" },
};

enum { TASK_LOOKS = 10 };

static const struct {
	const char *path, *name;
} places[] = {
	{ "/", "Overview" },
	{ "/dags", "DAGs" },
	{ "/datasets", "Datasets" },
};

const struct page_look *
page_look(const char *state)
{
	static const struct page_look other = { "", "·", "quiet" };

	for (size_t i = 0; i < countof(looks); i++)
		if (!strcmp(looks[i].state, state))
			return &looks[i];
	return &other;
}

void
page_state(struct exchange *x, const char *state)
{
	const struct page_look *look = page_look(state);

	html_lit(&x->body, "<span class=\"state ");
	html_text(&x->body, look->css);
	html_lit(&x->body, "\"><span aria-hidden=\"true\">");
	html_text(&x->body, look->glyph);
	html_lit(&x->body, "</span> ");
	html_text(&x->body, state);
	html_lit(&x->body, "</span>");
}

void
page_legend(struct exchange *x)
{
	html_lit(&x->body, "<ul class=\"legend\" aria-label=\"Legend\">");
	for (size_t i = 0; i < TASK_LOOKS; i++) {
		html_lit(&x->body, "<li>");
		page_state(x, looks[i].state);
		html_lit(&x->body, "</li>");
	}
	html_lit(&x->body, "</ul>\n");
}

/* ---- addresses ---- */

static void
link_to(struct buf *b, const char *where, const char *segment, const char *text)
{
	html_lit(b, "<a href=\"");
	html_text(b, where);
	html_path(b, segment);
	html_lit(b, "\">");
	html_text(b, text);
	html_lit(b, "</a>");
}

static void
link_run(struct buf *b, const char *dag, const char *run_id)
{
	html_lit(b, "<a href=\"/dags/");
	html_path(b, dag);
	html_lit(b, "/runs/");
	html_path(b, run_id);
	html_lit(b, "\">");
	html_text(b, run_id);
	html_lit(b, "</a>");
}

void
page_task_address(struct buf *b, const char *dag, const char *run_id, const char *task)
{
	html_lit(b, "/dags/");
	html_path(b, dag);
	html_lit(b, "/runs/");
	html_path(b, run_id);
	html_lit(b, "/tasks/");
	html_path(b, task);
}

static void
link_task(struct buf *b, const char *dag, const char *run_id, const char *task)
{
	html_lit(b, "<a href=\"");
	page_task_address(b, dag, run_id, task);
	html_lit(b, "\">");
	html_text(b, task);
	html_lit(b, "</a>");
}

/* ---- head and foot ---- */

static bool
is_refreshed(const struct exchange *x)
{
	return x->query(x, "refresh") != NULL;
}

static void
put_places(struct buf *b, const char *here)
{
	html_lit(b, "<header><strong>Tidemill</strong><nav aria-label=\"Places\">");
	for (size_t i = 0; i < countof(places); i++) {
		html_lit(b, "<a href=\"");
		html_text(b, places[i].path);
		html_lit(b, "\"");
		if (here && !strcmp(here, places[i].path))
			html_lit(b, " aria-current=\"page\"");
		html_lit(b, ">");
		html_text(b, places[i].name);
		html_lit(b, "</a>");
	}
	html_lit(b, "</nav></header>\n");
}

/* From the place to what the page is in. */
static void
put_trail(struct buf *b, const struct page_head *head)
{
	if (!head->dag)
		return;
	html_lit(b, "<nav class=\"trail\" aria-label=\"The way here\"><ol><li>");
	link_to(b, "/dags", "", "DAGs");
	html_lit(b, "</li><li>");
	link_to(b, "/dags/", head->dag, head->dag);
	if (head->run) {
		html_lit(b, "</li><li>");
		link_run(b, head->dag, head->run);
	}
	if (head->run && head->task) {
		html_lit(b, "</li><li>");
		link_task(b, head->dag, head->run, head->task);
	}
	html_lit(b, "</li></ol></nav>\n");
}

void
page_begin(struct exchange *x, const struct page_head *head)
{
	struct buf *b = &x->body;

	x->type = "text/html; charset=utf-8";
	html_lit(b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		    "<meta name=\"color-scheme\" content=\"light dark\">");
	if (is_refreshed(x))
		buf_format(b, "<meta http-equiv=\"refresh\" content=\"%d\">", REFRESH_SECONDS);
	html_lit(b, "<title>");
	html_text(b, head->title);
	html_lit(b,
		 " · Tidemill</title><link rel=\"stylesheet\" href=\"/style.css\"></head>\n<body>"
		 "<a class=\"skip\" href=\"#main\">Skip to content</a>");
	put_places(b, head->place);
	html_lit(b, "<main id=\"main\">");
	put_trail(b, head);
	html_lit(b, "<h1>");
	html_text(b, head->title);
	html_lit(b, "</h1>\n");
}

void
page_end(struct exchange *x)
{
	char now[TIMESTAMP_CHARS + 1];
	struct buf *b = &x->body;

	timestamp_format(x->now_us, now);
	html_lit(b, "</main>\n<footer>Tidemill " TIDEMILL_VERSION " · as of ");
	html_bytes(b, now, 10);
	html_lit(b, " ");
	html_bytes(b, now + 11, 8);
	html_lit(b, " · all times are UTC · ");
	if (is_refreshed(x))
		html_lit(b, "<a href=\"?\">Stop refreshing</a>");
	else
		buf_format(b, "<a href=\"?refresh=%d\">Refresh every %d s</a>", REFRESH_SECONDS,
			   REFRESH_SECONDS);
	html_lit(b, "</footer></body></html>\n");
}

void
page_sentence(struct exchange *x, const char *title, const char *sentence)
{
	buf_reset(&x->body);
	page_begin(x, &(struct page_head){ .title = title });
	html_lit(&x->body, "<p>");
	html_text(&x->body, sentence);
	html_lit(&x->body, "</p>\n");
	page_end(x);
}

/* ---- values ---- */

/* "2026-05-01T02:30:00.123456Z" as "2026-05-01 02:30:00", and as "2026-05-01" at midnight. */
static void
put_time(struct buf *b, const char *text)
{
	char shown[20];

	(void)snprintf(shown, sizeof(shown), "%s", text);
	if (strlen(text) > 10)
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
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double amount = (double)bytes;
	size_t i = 0;

	while (amount >= 1024 && i + 1 < countof(units)) {
		amount /= 1024;
		i++;
	}
	buf_format(b, "%.*f %s", i && amount < 100 ? 1 : 0, amount, units[i]);
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
put_attempt(struct buf *b, const json_t *row)
{
	int64_t key = json_get_int(row, "attempt", json_get_int(row, "key", 0));

	if (key)
		buf_format(b, "<a href=\"/attempts/%lld\">log</a>", (long long)key);
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
		link_task(&x->body, json_get_text(row, "dag", ""), json_get_text(row, "run_id", ""),
			  json_is_string(task) ? json_string_value(task) : "");
	}
}

/* What a worker says is a day may be any number. */
static void
put_day(struct buf *b, const json_t *value)
{
	int64_t day = json_is_integer(value) ? json_integer_value(value) : INT64_MIN;
	char date[DATE_CHARS + 1];

	if (day < civil_day(1, 1, 1) || day > civil_day(9999, 12, 31))
		return;
	date_format(day, date);
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
		link_to(b, "/datasets/", dataset, dataset);
		html_lit(b, " ");
		html_text(b, json_get_text(input, "partition", ""));
		put_day(b, json_object_get(input, "day"));
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
		link_to(b, "/dags/", text, text);
		break;
	case CELL_DATASET:
		link_to(b, "/datasets/", text, text);
		break;
	case CELL_RUN:
		link_run(b, json_get_text(row, "dag", ""), text);
		break;
	case CELL_TASK:
		link_task(b, json_get_text(row, "dag", ""), json_get_text(row, "run_id", ""), text);
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
	else if (json_is_real(value))
		buf_format(b, "%g", json_real_value(value));
	else if (json_is_true(value))
		html_lit(b, "yes");
}

static void
put_cell(struct exchange *x, const json_t *row, const struct page_column *c)
{
	const json_t *value = json_object_get(row, c->key);

	switch (c->kind) {
	case CELL_ATTEMPT:
		put_attempt(&x->body, row);
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
	case CELL_DAY:
		put_day(&x->body, value);
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
	return kind == CELL_NUMBER || kind == CELL_BYTES || kind == CELL_DURATION;
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
		buf_text(&x->body, is_right(columns[c].kind) ? "<td class=\"number\">" : "<td>");
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
	html_lit(b, "<div class=\"scroll\"><table><thead><tr>");
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
