/* pager.c - links to the same page with another query: the next rows, a filter, a refresh. */
#include "scheduler/page/pager.h"

#include "scheduler/page/html.h"

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

/* Everything that the query has and that stays. */
static int
put_rest(struct exchange *x, const char *name)
{
	static const char refresh[] = "refresh";
	bool places = !strcmp(name, refresh);
	int n = 0;

	for (const char *p = x->params; *p;) {
		size_t bytes = strcspn(p, " ");
		char key[32];

		if (bytes < sizeof(key)) {
			const char *value;

			memcpy(key, p, bytes);
			key[bytes] = '\0';
			value = x->query(x, key);
			if (value && strcmp(key, name) != 0 &&
			    (places || !exchange_names("before after page", p, bytes)))
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
