/* wrap.c - lines that fit: how wide text is on a terminal, and breaking it between words. */
#include "core/text/wrap.h"

#include "core/base/unicode.h"

#include <string.h>

/* U+0300 to U+036F and the other blocks of combining marks, zero width space to joiner, BOM. */
static bool
is_combining(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36F) || (c >= 0x483 && c <= 0x489) ||
	       (c >= 0x591 && c <= 0x5BD) || (c >= 0x610 && c <= 0x61A) ||
	       (c >= 0x64B && c <= 0x65F) || (c >= 0x1AB0 && c <= 0x1AFF) ||
	       (c >= 0x1DC0 && c <= 0x1DFF) || (c >= 0x200B && c <= 0x200F) ||
	       (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE00 && c <= 0xFE0F) ||
	       (c >= 0xFE20 && c <= 0xFE2F) || c == 0xFEFF;
}

/* The wide and fullwidth ranges of Unicode's East Asian Width, in blocks, and emoji. */
static bool
is_wide(uint32_t c)
{
	return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0x303E) ||
	       (c >= 0x3041 && c <= 0x33FF) || (c >= 0x3400 && c <= 0x4DBF) ||
	       (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xA000 && c <= 0xA4CF) ||
	       (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
	       (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
	       (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1F64F) ||
	       (c >= 0x1F900 && c <= 0x1F9FF) || (c >= 0x20000 && c <= 0x3FFFD);
}

/* The columns of the character at text, and its bytes; a byte that is none takes one. */
static size_t
char_width(const char *text, size_t *bytes)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t n = unicode_bytes(text, strnlen(text, 4));
	uint32_t point;

	*bytes = n ? n : 1;
	if (n <= 1)
		return 1;
	point = n == 2 ? c[0] & 0x1FU : n == 3 ? c[0] & 0x0FU : c[0] & 0x07U;
	for (size_t i = 1; i < n; i++)
		point = point << 6 | (c[i] & 0x3FU);
	return is_combining(point) ? 0 : is_wide(point) ? 2 : 1;
}

/* The columns of the first n bytes of a text. */
static size_t
wrap_bytes(const char *text, size_t n)
{
	size_t width = 0, bytes;

	for (size_t at = 0; at < n; at += bytes)
		width += char_width(text + at, &bytes);
	return width;
}

size_t
wrap_width(const char *text)
{
	return wrap_bytes(text, strlen(text));
}

size_t
wrap_line(const char *text, size_t columns)
{
	size_t at = 0, width = 0, space = 0, bytes;

	for (; text[at] && text[at] != '\n'; at += bytes) {
		size_t wide = char_width(text + at, &bytes);

		if (text[at] == ' ' && at)
			space = at;
		if (width + wide > columns && text[at] != ' ' && at)
			return space ? space : at;
		if (width + wide > columns && at)
			return at;
		width += wide;
	}
	return at;
}

void
wrap_text(const char *text, size_t at, size_t indent, size_t columns, struct buf *out)
{
	while (*text) {
		size_t room = columns > at + 1 ? columns - at : 1;
		size_t n = wrap_line(text, room);

		buf_add(out, text, n);
		text += n;
		text += *text == '\n' ? 1 : strspn(text, " ");
		if (!*text)
			break;
		buf_char(out, '\n');
		for (size_t i = 0; i < indent; i++)
			buf_char(out, ' ');
		at = indent;
	}
}

/* The bytes of the word at text, `several words` between backticks among them. */
static size_t
word_bytes(const char *text)
{
	bool quoted = false;
	size_t n = 0;

	for (; text[n] && text[n] != '\n' && (quoted || text[n] != ' '); n++)
		if (text[n] == '`' && (quoted || strchr(text + n + 1, '`')))
			quoted = !quoted;
	return n;
}

void
wrap_words(const char *text, size_t at, size_t indent, size_t columns, struct buf *out)
{
	size_t spaces, n, width;

	while (*text) {
		spaces = strspn(text, " ");
		n = word_bytes(text + spaces);
		width = wrap_bytes(text + spaces, n);
		if (spaces && n && columns && at > indent && at + spaces + width > columns) {
			buf_format(out, "\n%*s", (int)indent, "");
			at = indent;
		} else {
			buf_add(out, text, spaces);
			at += spaces;
		}
		buf_add(out, text + spaces, n);
		at += width;
		text += spaces + n;
		if (*text != '\n')
			continue;
		buf_char(out, *text++);
		at = 0;
	}
}
