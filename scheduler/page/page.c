/* page.c - what every page begins and ends with. */
#include "scheduler/page/page.h"

#include "core/time/civil.h"
#include "scheduler/page/look.h"

#include <string.h>

enum { REFRESH_SECONDS = 10 };

static const struct {
	const char *path, *name;
} places[] = {
	{ "/", "Overview" },
	{ "/dags", "DAGs" },
	{ "/datasets", "Datasets" },
};

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
	page_link(b, "/dags", "", "DAGs");
	html_lit(b, "</li><li>");
	page_link(b, "/dags/", head->dag, head->dag);
	if (head->run) {
		html_lit(b, "</li><li>");
		page_link_run(b, head->dag, head->run);
	}
	if (head->run && head->task) {
		html_lit(b, "</li><li>");
		page_link_task(b, head->dag, head->run, head->task);
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
