/* diag.c - mistakes in a file, as a compiler would show them. */
#include "core/text/diag.h"

#include "core/base/mem.h"
#include "core/text/wrap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SHOWN_CHARS = 110, /* of a source line; more is cut around the caret */
	SHOWN_LEAST = 20,  /* on the narrowest terminal */
	BEFORE_CHARS =
	    40, /* kept before the caret when the start is cut, or half of what is shown */
	MARGIN_CHARS = 11, /* what stands before it: its number, and where it was cut */
	HELP_COLUMN = 14,  /* behind "= help: " */
	INDENT_CHARS = 6,  /* of what goes on in the next line */
	WORD_MAX = 127,    /* longer words get no suggestion */
	CODE_CHARS = 16,
	MESSAGE_BYTES = 800 /* longer messages are cut */
};

void
diags_init(struct diags *d)
{
	*d = (struct diags){ 0 };
}

void
diags_release(struct diags *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free(d->items[i].file);
		free(d->items[i].message);
		free(d->items[i].help);
		free(d->items[i].source);
	}
	free(d->items);
	*d = (struct diags){ 0 };
}

/* The bytes of the line break at p, 0 if there is none.  The same breaks that YAML 1.1 counts. */
static size_t
break_bytes(const char *p, const char *end)
{
	size_t left = (size_t)(end - p);

	if (left >= 2 && p[0] == '\r' && p[1] == '\n')
		return 2;
	if (left >= 1 && (p[0] == '\n' || p[0] == '\r'))
		return 1;
	if (left >= 2 && memcmp(p, "\xc2\x85", 2) == 0)
		return 2;
	if (left >= 3 && (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0))
		return 3;
	return 0;
}

size_t
place_byte(const char *text, size_t bytes, uint32_t line, uint32_t column)
{
	const char *p = text, *end = text + bytes;

	if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (line > 1 && p < end) {
		size_t n = break_bytes(p, end);

		line -= n > 0;
		p += n ? n : 1;
	}
	for (; column > 1 && p < end; column--) {
		p++;
		while (p < end && ((unsigned char)*p & 0xc0) == 0x80)
			p++;
	}
	return (size_t)(p - text);
}

/* A copy of line number `line` (from 1), or NULL if there is none. */
static char *
source_line(const struct place *at)
{
	const char *p = at->text, *end, *start;
	uint32_t line = 1;

	if (!p || at->line == 0)
		return NULL;
	end = p + at->text_bytes;
	while (line < at->line) {
		size_t n = 0;

		while (p < end && (n = break_bytes(p, end)) == 0)
			p++;
		if (p == end)
			return NULL;
		p += n;
		line++;
	}
	if (at->line == 1 && p + 3 <= end && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3; /* a byte order mark is not part of the line */
	start = p;
	while (p < end && break_bytes(p, end) == 0)
		p++;
	return mem_bytes(start, (size_t)(p - start));
}

void
diags_say(struct diags *d, enum code code, const struct place *at, const char *help,
	  const char *fmt, ...)
{
	const struct code_row *row = code_row(code);
	char message[MESSAGE_BYTES];
	struct diag *item;
	va_list ap;

	if (row->level == DIAG_ERROR)
		d->errors++;
	else
		d->warnings++;
	if (d->count == DIAGS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (at->origin) {
		size_t n = strlen(message);

		(void)snprintf(message + n, sizeof(message) - n, " (template in %s:%u:%u)",
			       at->origin, at->origin_line, at->origin_column);
	}
	d->items = mem_grow(d->items, d->count, &d->room, sizeof(*d->items));
	item = &d->items[d->count++];
	*item = (struct diag){
		.level = row->level,
		.code = row->id,
		.file = mem_str(at->file),
		.line = at->line,
		.column = at->line && !at->column ? 1 : at->column,
		.width = at->width ? at->width : 1,
		.message = mem_str(message),
		.help = mem_str(help),
		.source = source_line(at),
	};
}

static int
by_place(const void *a, const void *b)
{
	const struct diag *x = a, *y = b;
	int order = strcmp(x->file, y->file);

	if (order)
		return order;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return strcmp(x->message, y->message);
}

void
diags_sort(struct diags *d)
{
	if (d->count)
		qsort(d->items, d->count, sizeof(*d->items), by_place);
}

/* The bytes of the UTF-8 character at p, at least 1; false if it is not to be shown as it is. */
static bool
char_at(const char *p, size_t *bytes)
{
	unsigned char c = (unsigned char)p[0];
	size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	*bytes = 1;
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	if (c < 0xc2 || c > 0xf4)
		return false;
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return false;
	}
	*bytes = n;
	return c != 0xc2 || (unsigned char)p[1] >= 0xa0; /* not a C1 control */
}

/* Add text that came from a file: what could move a terminal's cursor becomes '?'. */
static void
add_clean(struct buf *out, const char *text)
{
	size_t n;

	for (const char *p = text; *p; p += n) {
		if (char_at(p, &n))
			buf_add(out, p, n);
		else
			buf_char(out, '?');
	}
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How much of a source line is shown on a terminal; 0: on none. */
static uint32_t
room_of(size_t columns)
{
	if (!columns)
		return SHOWN_CHARS;
	return (uint32_t)least(columns > MARGIN_CHARS + SHOWN_LEAST ? columns - MARGIN_CHARS
								    : SHOWN_LEAST,
			       SHOWN_CHARS);
}

/* The source line and the caret line below it, cut to what fits. */
static void
add_source(struct buf *out, const struct diag *d, size_t columns, const char *on, const char *off)
{
	uint32_t room = room_of(columns), before = (uint32_t)least(BEFORE_CHARS, room / 2);
	uint32_t from = d->column > room ? d->column - before : 1, at = 1, shown = 0;
	struct buf pad;
	size_t n;

	buf_init(&pad, 4096);
	buf_format(out, "%5u | %s", d->line, from > 1 ? "..." : "");
	buf_text(&pad, from > 1 ? "   " : "");
	for (const char *p = d->source; *p && at < from + room; p += n, at++) {
		bool plain = char_at(p, &n);

		if (at < from)
			continue;
		if (*p == '\t' || plain)
			buf_add(out, p, n);
		else
			buf_char(out, '?');
		if (at < d->column)
			buf_char(&pad, *p == '\t' ? '\t' : ' ');
		shown = at;
	}
	buf_format(out, "\n      | %s%s^", pad.data, on);
	for (uint32_t i = 1; i < d->width && d->column + i <= shown; i++)
		buf_char(out, '^');
	buf_format(out, "%s\n", off);
	buf_release(&pad);
}

/* A sentence from column `at` on, what goes on below it from `indent` on, and its end. */
static void
add_sentence(struct buf *out, const char *text, const char *end, size_t at, size_t indent,
	     size_t columns)
{
	struct buf clean;

	buf_init(&clean, SIZE_MAX / 2);
	add_clean(&clean, text);
	buf_text(&clean, end);
	wrap_words(clean.data, at, indent, columns, out);
	buf_char(out, '\n');
	buf_release(&clean);
}

static void
add_one(struct buf *out, const struct diag *d, bool color, size_t columns)
{
	bool error = d->level == DIAG_ERROR;
	const char *on = !color ? "" : error ? "\033[1;31m" : "\033[1;33m";
	const char *off = color ? "\033[0m" : "";
	const char *level = error ? "error" : "warning";
	size_t begin = out->bytes, at;
	char code[CODE_CHARS];

	add_clean(out, d->file);
	if (d->line)
		buf_format(out, ":%u:%u", d->line, d->column);
	at = wrap_width(out->data + begin) + strlen(": : ") + strlen(level);
	buf_format(out, ": %s%s:%s ", on, level, off);
	(void)snprintf(code, sizeof(code), " [%s]", d->code);
	add_sentence(out, d->message, code, at, INDENT_CHARS, columns);
	if (d->source)
		add_source(out, d, columns, on, off);
	if (d->help) {
		buf_text(out, "      = help: ");
		add_sentence(out, d->help, "", HELP_COLUMN, HELP_COLUMN, columns);
	}
}

void
diags_render(const struct diags *d, bool color, size_t columns, struct buf *out)
{
	size_t all = d->errors + d->warnings;

	for (size_t i = 0; i < d->count; i++)
		add_one(out, &d->items[i], color, columns);
	if (all > d->count)
		buf_format(out, "and %zu more\n", all - d->count);
}

/*
 * The number of insertions, deletions, replacements and swaps of neighbours
 * that make b of a (optimal string alignment).
 */
static size_t
distance(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b_bytes; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_bytes; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= b_bytes; j++) {
			size_t cost = a[i - 1] != b[j - 1];

			now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b_bytes];
}

const char *
diag_nearest(const char *word, const char *const *words, size_t n)
{
	size_t bytes = strlen(word), best = SIZE_MAX;
	const char *found = NULL;

	if (bytes > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(words[i]), longer = length > bytes ? length : bytes;
		size_t allowed = longer / 3 ? longer / 3 : 1, away;

		/* A difference in length alone costs as much. */
		if (length > WORD_MAX || longer - least(length, bytes) > allowed)
			continue;
		away = distance(word, bytes, words[i], length);
		if (away <= allowed && away < best) {
			best = away;
			found = words[i];
		}
	}
	return found;
}
