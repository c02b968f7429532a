/* pager.c - links to the same page with another query: the next rows, a filter, a refresh. */
#include "scheduler/page/pager.h"

#include "core/view/dataset.h"
#include "core/view/paged.h"
#include "scheduler/page/html.h"

#include <stdio.h>
#include <string.h>

/* One more `name=value` of a query; *n counts them. */
static void
put_param(struct buf *b, const char *name, size_t name_bytes, const char *value, int *n)
{
	buf_text(b, (*n)++ ? "&amp;" : "?");
	buf_add(b, name, name_bytes);
	buf_char(b, '=');
	html_path(b, value);
}

/* Does a link that changes `name` leave `other` as it is? */
static bool
stays(const char *name, const char *other, size_t bytes)
{
	static const char runs[] = "before after", all[] = "before after page";

	if (exchange_names(name, other, bytes))
		return false;
	if (!strcmp(name, "refresh"))
		return true;
	if (exchange_names(runs, name, strlen(name)))
		return !exchange_names(runs, other, bytes);
	return !strcmp(name, "page") || !exchange_names(all, other, bytes);
}

/* Everything that the query has and that stays; how many parameters that were. */
static int
put_rest(struct exchange *x, const char *name)
{
	int n = 0;

	for (const char *p = x->params; *p;) {
		size_t bytes = strcspn(p, " ");
		char key[32];
		const char *value;

		if (bytes < sizeof(key) && stays(name, p, bytes)) {
			memcpy(key, p, bytes);
			key[bytes] = '\0';
			value = x->query(x, key);
			if (value)
				put_param(&x->body, p, bytes, value, &n);
		}
		p += bytes;
		p += *p == ' ';
	}
	return n;
}

void
pager_link(struct exchange *x, const char *name, const char *value, const char *text)
{
	struct buf *b = &x->body;
	int n;

	html_lit(b, "<a href=\"");
	n = put_rest(x, name);
	if (value)
		put_param(b, name, strlen(name), value, &n);
	if (!n)
		html_lit(b, "?");
	html_lit(b, "\">");
	html_text(b, text);
	html_lit(b, "</a>");
}

void
pager_choice(struct exchange *x, const char *title, const char *name, const char *const *words)
{
	const char *chosen = x->query(x, name);
	struct buf *b = &x->body;

	html_lit(b, "<p class=\"choice\">");
	html_text(b, title);
	html_lit(b, ": ");
	if (chosen)
		pager_link(x, name, NULL, "all");
	else
		html_lit(b, "<strong>all</strong>");
	for (size_t i = 0; words[i]; i++) {
		html_lit(b, " · ");
		if (chosen && !strcmp(chosen, words[i])) {
			html_lit(b, "<strong>");
			html_text(b, words[i]);
			html_lit(b, "</strong>");
		} else {
			pager_link(x, name, words[i], words[i]);
		}
	}
	html_lit(b, "</p>\n");
}

void
pager_trim_runs(json_t *rows, size_t limit, int64_t before, int64_t after, struct pager_runs *p)
{
	bool more = json_array_size(rows) > limit;

	if (more)
		(void)json_array_remove(rows, after ? 0 : limit);
	*p = (struct pager_runs){
		.newer = after ? more : before != 0,
		.older = after ? after != VIEW_FROM_OLDEST : more,
		.first = json_get_int(json_array_get(rows, 0), "key", 0),
	};
	if (json_array_size(rows))
		p->last = json_get_int(json_array_get(rows, json_array_size(rows) - 1), "key", 0);
}

/* A link where it leads anywhere, else the words alone. */
static void
put_step(struct exchange *x, bool leads, const char *name, const char *value, const char *text)
{
	html_lit(&x->body, "<li>");
	if (leads) {
		pager_link(x, name, value, text);
	} else {
		html_lit(&x->body, "<span class=\"quiet\">");
		html_text(&x->body, text);
		html_lit(&x->body, "</span>");
	}
	html_lit(&x->body, "</li>");
}

static void
put_number_step(struct exchange *x, bool leads, const char *name, int64_t value, const char *text)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%lld", (long long)value);
	put_step(x, leads, name, digits, text);
}

static void
begin_steps(struct exchange *x)
{
	html_lit(&x->body, "<nav class=\"pager\" aria-label=\"More of this list\"><ul>");
}

static void
end_steps(struct exchange *x)
{
	html_lit(&x->body, "</ul></nav>\n");
}

void
pager_put_runs(struct exchange *x, const struct pager_runs *p)
{
	if (!p->newer && !p->older)
		return;
	begin_steps(x);
	put_step(x, p->newer, "before", NULL, "Newest");
	put_number_step(x, p->newer && p->first, "after", p->first, "Newer");
	put_number_step(x, p->older && p->last, "before", p->last, "Older");
	put_step(x, p->older, "after", "oldest", "Oldest");
	end_steps(x);
}

void
pager_put_partitions(struct exchange *x, const json_t *rows, bool later, bool earlier)
{
	size_t n = json_array_size(rows);
	const char *first = json_get_text(json_array_get(rows, 0), "partition", "");
	const char *last = n ? json_get_text(json_array_get(rows, n - 1), "partition", "") : "";

	if (!later && !earlier)
		return;
	begin_steps(x);
	put_step(x, later, "before", NULL, "Latest");
	put_step(x, later && n, "after", first, "Later");
	put_step(x, earlier && n, "before", last, "Earlier");
	put_step(x, earlier, "after", VIEW_FROM_EARLIEST, "Earliest");
	end_steps(x);
}

void
pager_put_pages(struct exchange *x, int64_t page, int64_t pages)
{
	if (pages < 2)
		return;
	begin_steps(x);
	put_number_step(x, page > 1, "page", 1, "First");
	put_number_step(x, page > 1, "page", page - 1, "Previous");
	buf_format(&x->body, "<li>Page %lld of %lld</li>", (long long)page, (long long)pages);
	put_number_step(x, page < pages, "page", page + 1, "Next");
	put_number_step(x, page < pages, "page", pages, "Last");
	end_steps(x);
}

void
pager_put_names(struct exchange *x, const json_t *rows, const char *key, bool previous, bool next)
{
	size_t n = json_array_size(rows);
	const char *first = json_get_text(json_array_get(rows, 0), key, "");
	const char *last = n ? json_get_text(json_array_get(rows, n - 1), key, "") : "";

	if (!previous && !next)
		return;
	begin_steps(x);
	put_step(x, previous, "after", NULL, "First");
	put_step(x, previous && n, "before", first, "Previous");
	put_step(x, next && n, "after", last, "Next");
	end_steps(x);
}
