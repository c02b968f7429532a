/* html.c - a page that cannot be injected into by accident. */
#include "scheduler/page/html.h"

#include <string.h>

/* Bytes of the UTF-8 sequence at p (RFC 3629), or 0 when there is no valid one. */
static size_t
sequence(const unsigned char *p, size_t left)
{
	size_t n = p[0] < 0x80       ? 1
		   : p[0] >> 5 == 6  ? 2
		   : p[0] >> 4 == 14 ? 3
		   : p[0] >> 3 == 30 ? 4
				     : 0;

	if (n == 0 || n > left || p[0] == 0xc0 || p[0] == 0xc1 || p[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)))
		return 0;
	if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)))
		return 0;
	return n;
}

static const char *
entity(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? "\xef\xbf\xbd" : NULL;
	}
}

void
html_bytes(struct buf *b, const char *text, size_t bytes)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < bytes;) {
		size_t n = sequence(p + i, bytes - i);
		const char *replacement = n == 1 ? entity(p[i]) : n ? NULL : "\xef\xbf\xbd";

		if (replacement)
			buf_text(b, replacement);
		else
			buf_add(b, p + i, n);
		i += n ? n : 1;
	}
}

void
html_text(struct buf *b, const char *text)
{
	html_bytes(b, text, strlen(text));
}

void
html_path(struct buf *b, const char *segment)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:";

	for (const char *p = segment; *p; p++) {
		if (strchr(plain, *p))
			buf_char(b, *p);
		else
			buf_format(b, "%%%02X", (unsigned)(unsigned char)*p);
	}
}
