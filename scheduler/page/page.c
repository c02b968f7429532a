/* page.c - what every page begins and ends with. */
#include "scheduler/page/page.h"

#include "core/time/civil.h"
#include "scheduler/page/look.h"
#include "scheduler/page/notice.h"
#include "scheduler/page/pager.h"
#include "scheduler/page/style.h"

#include <string.h>

static const struct {
	const char *path, *name;
} places[] = {
	{ "/", "Overview" },         { "/dags", "DAGs" },   { "/runs", "Runs" },
	{ "/datasets", "Datasets" }, { "/pools", "Pools" },
};

static bool
is_refreshed(const struct exchange *x)
{
	return x->query(x, "refresh") != NULL;
}

static void
put_places(struct exchange *x, const char *here)
{
	struct buf *b = &x->body;

	html_lit(b, "<header><strong>Tidemill</strong><nav aria-label=\"Places\">");
	for (size_t i = 0; i < countof(places); i++) {
		html_lit(b, "<a href=\"");
		html_text(b, x->prefix);
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
put_trail(struct exchange *x, const struct page_head *head)
{
	struct buf *b = &x->body;

	if (!head->dag)
		return;
	html_lit(b, "<nav class=\"trail\" aria-label=\"The way here\"><ol><li>");
	page_link(x, "/dags", "", "DAGs");
	html_lit(b, "</li><li>");
	page_link(x, "/dags/", head->dag, head->dag);
	if (head->run) {
		html_lit(b, "</li><li>");
		page_link_run(x, head->dag, head->run);
	}
	if (head->run && head->task) {
		html_lit(b, "</li><li>");
		page_link_task(x, head->dag, head->run, head->task);
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
		html_lit(b, "<meta http-equiv=\"refresh\" content=\"" EXCHANGE_REFRESH "\">");
	html_lit(b, "<title>");
	html_text(b, head->title);
	html_lit(b, " · Tidemill</title>");
	style_link(b, x->prefix);
	html_lit(b, "</head>\n<body><a class=\"skip\" href=\"#main\">Skip to content</a>");
	put_places(x, head->place);
	html_lit(b, "<main id=\"main\">");
	put_trail(x, head);
	html_lit(b, "<h1>");
	html_text(b, head->title);
	html_lit(b, "</h1>\n");
	notice_nobody(x);
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
		pager_link(x, "refresh", NULL, "Stop refreshing");
	else
		pager_link(x, "refresh", EXCHANGE_REFRESH, "Refresh every " EXCHANGE_REFRESH " s");
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
