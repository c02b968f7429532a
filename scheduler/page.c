/* page.c - the parts that every page of the status page is made of. */
#include "scheduler/page.h"

#include <string.h>

/* Never by colour alone: each state has a glyph of its own. */
static const struct {
	const char *state, *glyph, *css;
} looks[] = {
	{ "success", "✓", "good" },      { "pass", "✓", "good" },
	{ "failed", "✗", "bad" },        { "fail", "✗", "bad" },
	{ "error", "✗", "bad" },         { "upstream_failed", "⤫", "bad" },
	{ "gate_failed", "✗", "bad" },   { "lost", "?", "bad" },
	{ "running", "▶", "busy" },      { "starting", "▷", "busy" },
	{ "publishing", "⇪", "busy" },   { "killing", "⨯", "busy" },
	{ "queued", "…", "wait" },       { "scheduled", "…", "wait" },
	{ "up_for_retry", "↻", "wait" }, { "warn", "!", "wait" },
	{ "skipped", "⤼", "quiet" },     { "skip", "⤼", "quiet" },
	{ "cancelled", "⊘", "quiet" },   { "none", "·", "quiet" },
};

static const struct {
	const char *path, *name;
} places[] = {
	{ "/", "Overview" },
	{ "/dags", "DAGs" },
	{ "/datasets", "Datasets" },
};

void
page_begin(struct exchange *x, const char *title)
{
	struct buf *b = &x->body;

	x->type = "text/html; charset=utf-8";
	html_lit(b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		    "<meta name=\"color-scheme\" content=\"light dark\"><title>");
	html_text(b, title);
	html_lit(b,
		 " · Tidemill</title><link rel=\"stylesheet\" href=\"/style.css\"></head>\n<body>"
		 "<a class=\"skip\" href=\"#main\">Skip to content</a>"
		 "<header><strong>Tidemill</strong><nav aria-label=\"Places\">");
	for (size_t i = 0; i < countof(places); i++) {
		html_lit(b, "<a href=\"");
		html_text(b, places[i].path);
		html_lit(b, "\">");
		html_text(b, places[i].name);
		html_lit(b, "</a>");
	}
	html_lit(b, "</nav></header>\n<main id=\"main\"><h1>");
	html_text(b, title);
	html_lit(b, "</h1>\n");
}

void
page_end(struct exchange *x)
{
	html_lit(&x->body, "</main>\n<footer>Tidemill " TIDEMILL_VERSION
			   " · times are UTC · reload to refresh</footer></body></html>\n");
}

void
page_state(struct exchange *x, const char *state)
{
	size_t i = 0;

	while (i < countof(looks) && strcmp(looks[i].state, state) != 0)
		i++;
	html_lit(&x->body, "<span class=\"state ");
	html_text(&x->body, i < countof(looks) ? looks[i].css : "quiet");
	html_lit(&x->body, "\"><span aria-hidden=\"true\">");
	html_text(&x->body, i < countof(looks) ? looks[i].glyph : "·");
	html_lit(&x->body, "</span> ");
	html_text(&x->body, state);
	html_lit(&x->body, "</span>");
}

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

/* "2026-05-01T02:30:00.123456Z" as "2026-05-01 02:30:00". */
static void
put_time(struct buf *b, const char *text)
{
	char shown[20] = "";

	if (strlen(text) < 20) {
		html_text(b, text);
		return;
	}
	memcpy(shown, text, 19);
	shown[10] = ' ';
	html_lit(b, "<time>");
	html_text(b, shown);
	html_lit(b, "</time>");
}

static void
put_run(struct buf *b, const json_t *row, const char *run_id)
{
	html_lit(b, "<a href=\"/dags/");
	html_path(b, json_get_text(row, "dag", ""));
	link_to(b, "/runs/", run_id, run_id);
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
		buf_format(&x->body, "%lld ", (long long)n);
		page_state(x, kinds[i]);
		buf_char(&x->body, ' ');
	}
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
		put_run(b, row, text);
		break;
	default:
		html_text(b, text);
	}
}

static void
put_cell(struct exchange *x, const json_t *row, const struct page_column *c)
{
	const json_t *value = json_object_get(row, c->key);

	if (c->kind == CELL_ATTEMPT)
		put_attempt(&x->body, row);
	else if (c->kind == CELL_CHECKS)
		put_checks(x, value);
	else if (json_is_string(value))
		put_text(x, row, c, json_string_value(value));
	else if (json_is_integer(value))
		buf_format(&x->body, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		buf_format(&x->body, "%g", json_real_value(value));
	else if (json_is_true(value))
		html_lit(&x->body, "yes");
}

void
page_table(struct exchange *x, const json_t *rows, const struct page_column *columns, size_t n,
	   const char *empty)
{
	struct buf *b = &x->body;
	const json_t *row;
	size_t i;

	if (!json_array_size(rows)) {
		html_lit(b, "<p class=\"empty\">");
		html_text(b, empty);
		html_lit(b, "</p>\n");
		return;
	}
	html_lit(b, "<div class=\"scroll\"><table><thead><tr>");
	for (size_t c = 0; c < n; c++) {
		buf_text(b, columns[c].kind == CELL_NUMBER ? "<th scope=\"col\" class=\"number\">"
							   : "<th scope=\"col\">");
		html_text(b, columns[c].title);
		html_lit(b, "</th>");
	}
	html_lit(b, "</tr></thead><tbody>\n");
	json_array_foreach(rows, i, row)
	{
		html_lit(b, "<tr>");
		for (size_t c = 0; c < n; c++) {
			buf_text(b,
				 columns[c].kind == CELL_NUMBER ? "<td class=\"number\">" : "<td>");
			put_cell(x, row, &columns[c]);
			html_lit(b, "</td>");
		}
		html_lit(b, "</tr>\n");
	}
	html_lit(b, "</tbody></table></div>\n");
}

void
page_facts(struct exchange *x, const json_t *object, const struct page_column *columns, size_t n)
{
	struct buf *b = &x->body;

	html_lit(b, "<dl>");
	for (size_t c = 0; c < n; c++) {
		const json_t *value = json_object_get(object, columns[c].key);

		if (!value || json_is_null(value) || json_is_false(value) ||
		    (json_is_string(value) && !*json_string_value(value)))
			continue;
		html_lit(b, "<dt>");
		html_text(b, columns[c].title);
		html_lit(b, "</dt><dd>");
		put_cell(x, object, &columns[c]);
		html_lit(b, "</dd>");
	}
	html_lit(b, "</dl>\n");
}
