/* yfault.c - why a text is not YAML, in words of our own. */
#include "core/text/yfault.h"

#include <stdio.h>
#include <string.h>

enum { BRACKETS_MAX = 64 }; /* deeper ones are not told apart */

/* One mistake on its way to a message. */
struct telling {
	struct diags *diags;
	const struct yfault *fault;
	const char *text;
	size_t bytes;
	struct place place; /* where the caret goes; begins where reading stopped */
};

static size_t
byte_at(const struct telling *t, struct yspot spot)
{
	return place_byte(t->text, t->bytes, spot.line, spot.column);
}

static char
char_of(const struct telling *t, size_t byte)
{
	return byte < t->bytes ? t->text[byte] : '\0';
}

static size_t
line_start(const struct telling *t, size_t byte)
{
	while (byte > 0 && t->text[byte - 1] != '\n')
		byte--;
	return byte;
}

/* Nothing but blanks stands before this byte in its line. */
static bool
begins_line(const struct telling *t, size_t byte)
{
	for (size_t i = line_start(t, byte); i < byte; i++) {
		if (t->text[i] != ' ' && t->text[i] != '\t')
			return false;
	}
	return true;
}

/* A '{{' stands in the line of this byte, before it. */
static bool
behind_template(const struct telling *t, size_t byte)
{
	for (size_t i = line_start(t, byte); i + 1 < byte; i++) {
		if (t->text[i] == '{' && t->text[i + 1] == '{')
			return true;
	}
	return false;
}

static void
say(struct telling *t, enum code code, const char *help, const char *message)
{
	diags_say(t->diags, code, &t->place, help, "%s", message);
}

static void
point(struct telling *t, struct yspot spot, uint32_t width)
{
	if (spot.line) {
		t->place.line = spot.line;
		t->place.column = spot.column;
		t->place.width = width;
	}
}

/* The byte behind a quoted text that begins at `byte`. */
static size_t
behind_quotes(const struct telling *t, size_t byte)
{
	char quote = t->text[byte++];

	while (byte < t->bytes && t->text[byte] != quote)
		byte += t->text[byte] == '\\' && quote == '"' ? 2 : 1;
	return byte + 1;
}

/* Is the bracket at `byte` closed by one of its kind, however deep others stand inside? */
static bool
is_closed(const struct telling *t, size_t byte)
{
	char open[BRACKETS_MAX];
	size_t depth = 0;

	while (byte < t->bytes) {
		char c = t->text[byte];

		if ((c == '"' || c == '\'') && byte && strchr(" ,[{:\n", t->text[byte - 1])) {
			byte = behind_quotes(t, byte);
			continue;
		}
		if (c == '#' && byte && (t->text[byte - 1] == ' ' || t->text[byte - 1] == '\n')) {
			while (byte < t->bytes && t->text[byte] != '\n')
				byte++;
			continue;
		}
		if ((c == '{' || c == '[') && depth < BRACKETS_MAX)
			open[depth++] = c;
		if (depth && (c == '}' || c == ']')) {
			if (open[--depth] != (c == '}' ? '{' : '['))
				return false;
			if (depth == 0)
				return true;
		}
		byte++;
	}
	return false;
}

/* ---- what each problem of the reader means ---- */

static void
unclosed_quotes(struct telling *t)
{
	point(t, t->fault->open, 1);
	say(t, E0104, "close them where the value ends",
	    "the quotes that open here are never closed");
}

/* What to do about a value that ended too early between brackets; NULL: no idea. */
static const char *
help_bracket(const struct telling *t, size_t open, size_t at)
{
	size_t last = at;
	int depth = 0;

	if (behind_template(t, at))
		return "put a value with {{ ... }} in quotes";
	for (size_t i = open; i < at; i++)
		depth += (char_of(t, i) == '(') - (char_of(t, i) == ')');
	if (depth > 0)
		return "put a value with a ',' in quotes, all of it";
	while (last > open && char_of(t, last - 1) == ' ')
		last--;
	if (char_of(t, open) == '{' && last > open &&
	    (char_of(t, last - 1) == '\'' || char_of(t, last - 1) == '"'))
		return "a value ends with the quotes that it began with: put all of it in quotes";
	return NULL;
}

/* The list or map goes on without a comma; or it was meant to end long before. */
static void
in_brackets(struct telling *t)
{
	size_t open = byte_at(t, t->fault->open), at = byte_at(t, t->fault->at);
	char bracket = char_of(t, open), message[80], help[80];

	if (t->fault->open.line && (bracket == '{' || bracket == '[') && !is_closed(t, open)) {
		point(t, t->fault->open, 1);
		(void)snprintf(message, sizeof(message), "the '%c' that opens here is never closed",
			       bracket);
		(void)snprintf(help, sizeof(help), "reading stopped in line %u, column %u",
			       t->fault->at.line, t->fault->at.column);
		say(t, E0104, help, message);
		return;
	}
	say(t, E0104, help_bracket(t, open, at),
	    bracket == '[' ? "the list in [ ] goes on here without a ','"
			   : "the map in { } goes on here without a ','");
}

/* In a block: something stands behind a value, or the indentation is off. */
static void
in_block(struct telling *t)
{
	size_t at = byte_at(t, t->fault->at);
	char c = char_of(t, at), message[80];

	if (c == '}' || c == ']') {
		(void)snprintf(message, sizeof(message), "this '%c' closes nothing", c);
		say(t, E0104,
		    behind_template(t, at) ? "put a value with {{ ... }} in quotes" : NULL,
		    message);
	} else if (!begins_line(t, at)) {
		say(t, E0104,
		    behind_template(t, at)
			? "put a value with {{ ... }} in quotes"
			: "put the whole value in quotes, or in the lines below a '|'",
		    "there is more behind the end of this value");
	} else {
		say(t, E0104, "blanks at the start of a line say what it belongs to",
		    strstr(t->fault->problem, "'-'")
			? "a list item '- ...' is expected here; the indentation does not fit"
			: "a key is expected here; the indentation does not fit");
	}
}

/* "owner: data: team", or a key that stands deeper than the one above, which has a value. */
static void
extra_colon(struct telling *t)
{
	size_t at = byte_at(t, t->fault->at), from = line_start(t, at);
	bool key = true;

	while (from < at && t->text[from] == ' ')
		from++;
	for (size_t i = from; i < at; i++)
		key = key && t->text[i] != ' ' && t->text[i] != ':';
	if (!key || at == from) {
		say(t, E0104,
		    "put a value that contains ': ' in quotes, or in the lines below a '|'",
		    "a ':' is not expected here");
		return;
	}
	t->place.column -= (uint32_t)(at - from);
	t->place.width = (uint32_t)(at - from);
	say(t, E0104, "indent it like the keys beside it",
	    "this key stands deeper than the line above, which has a value already");
}

static void
no_colon(struct telling *t)
{
	point(t, t->fault->open, 1);
	say(t, E0104, "write a ':' and a blank between key and value",
	    "this line is not 'key: value'");
}

/* A value that begins with a character of YAML's own. */
static void
needs_quotes(struct telling *t, struct yspot spot)
{
	size_t from = byte_at(t, spot), n = 0;
	char message[60], help[120];
	char c = char_of(t, from);

	point(t, spot, 1);
	while (from + n < t->bytes && n < 60 && !strchr("\"\r\n#,}]", t->text[from + n]))
		n++;
	while (n > 1 && t->text[from + n - 1] == ' ')
		n--;
	(void)snprintf(message, sizeof(message), "a value cannot begin with '%c'", c);
	(void)snprintf(help, sizeof(help), "put it in quotes: \"%.*s\"", (int)n, t->text + from);
	say(t, E0106, help, message);
}

static void
strange_start(struct telling *t)
{
	if (char_of(t, byte_at(t, t->fault->at)) == '\t')
		say(t, E0105, "use spaces", "a tab cannot be indentation");
	else
		needs_quotes(t, t->fault->at);
}

static void
star_or_anchor(struct telling *t)
{
	needs_quotes(t, t->fault->open);
}

static void
a_tag(struct telling *t)
{
	point(t, t->fault->open, 1);
	say(t, E0109, "put a value that begins with '!' in quotes", "tags are not allowed");
}

static void
a_tab(struct telling *t)
{
	say(t, E0105, "use spaces", "a tab cannot be indentation");
}

static void
a_directive(struct telling *t)
{
	say(t, E0106, "put it in quotes", "a line cannot begin with '%'");
}

static void
no_escape(struct telling *t)
{
	say(t, E0104, "write \\\\ for a backslash, or put the value in 'single quotes'",
	    "'\\' begins no escape that there is");
}

static void
no_value(struct telling *t)
{
	size_t at = byte_at(t, t->fault->at);

	if (char_of(t, at) == ',')
		say(t, E0104, "take the ',' out, or write ''", "nothing stands before this ','");
	else if (behind_template(t, at))
		say(t, E0104, "put a value with {{ ... }} in quotes", "a value is expected here");
	else
		say(t, E0104, NULL, "a value is expected here");
}

static void
list_in_line(struct telling *t)
{
	say(t, E0104, "begin the list in a line of its own, or write it as [a, b]",
	    "a list item '- ...' cannot stand here");
}

static void
behind_block_mark(struct telling *t)
{
	say(t, E0104, "the text begins in the next line",
	    "nothing may stand behind '|' or '>' in its line");
}

static void
more_behind(struct telling *t)
{
	say(t, E0104, "a DAG file is one map of 'key: value' lines",
	    "there is more behind the end of the document");
}

static void
key_mark(struct telling *t)
{
	needs_quotes(t, t->fault->at);
}

/* The reader's words: a part of the problem and of the context, and what they mean. */
static const struct meaning {
	const char *problem, *context; /* NULL: any */
	void (*tell)(struct telling *t);
} meanings[] = {
	{ "found a tab character", NULL, a_tab },
	{ NULL, "scanning a directive", a_directive },
	{ NULL, "scanning a %", a_directive },
	{ "%YAML directive", NULL, a_directive },
	{ "incompatible YAML", NULL, a_directive },
	{ NULL, "scanning an alias", star_or_anchor },
	{ NULL, "scanning an anchor", star_or_anchor },
	{ NULL, "a tag", a_tag },
	{ "tag handle", NULL, a_tag },
	{ "unexpected end of stream", NULL, unclosed_quotes },
	{ "unexpected document indicator", NULL, unclosed_quotes },
	{ NULL, "scanning a block scalar", behind_block_mark },
	{ "escape", NULL, no_escape },
	{ "expected hexdecimal", NULL, no_escape },
	{ "cannot start any token", NULL, strange_start },
	{ "mapping values are not allowed", NULL, extra_colon },
	{ "could not find expected ':'", NULL, no_colon },
	{ "block sequence entries", NULL, list_in_line },
	{ "mapping keys are not allowed", NULL, key_mark },
	{ "expected ',' or", NULL, in_brackets },
	{ "expected key", NULL, in_block },
	{ "expected '-'", NULL, in_block },
	{ "expected node content", NULL, no_value },
	{ "expected <document start>", NULL, more_behind },
};

static bool
has(const char *words, const char *part)
{
	return !part || (words && strstr(words, part));
}

/*
 * Quotes that were closed by the opening ones of a later value: what follows
 * there makes no sense, and the mistake stands where they open.
 */
static bool
closed_late(struct telling *t)
{
	const struct yfault *f = t->fault;
	char message[100];

	if (!f->quote.line || f->quote_end_line <= f->quote.line || f->quote_end_line != f->at.line)
		return false;
	point(t, f->quote, 1);
	(void)snprintf(message, sizeof(message),
		       "the quotes that open here are closed in line %u, in the middle of "
		       "something else",
		       f->quote_end_line);
	say(t, E0104, "close them where the value ends", message);
	return true;
}

void
yfault_say(struct diags *diags, const char *file, const char *text, size_t bytes,
	   const struct yfault *fault)
{
	struct telling t = {
		.diags = diags,
		.fault = fault,
		.text = text,
		.bytes = bytes,
		.place = { file, text, bytes, fault->at.line, fault->at.column, 1 },
	};

	if (closed_late(&t))
		return;
	for (size_t i = 0; i < countof(meanings); i++) {
		if (has(fault->problem, meanings[i].problem) &&
		    has(fault->context, meanings[i].context)) {
			meanings[i].tell(&t);
			return;
		}
	}
	say(&t, E0104, NULL, "this cannot be read as YAML");
}

void
yfault_say_byte(struct diags *diags, const char *file, const char *text, size_t bytes, size_t byte,
		bool control)
{
	struct place at = {
		.file = file, .text = text, .text_bytes = bytes, .line = 1, .column = 1, .width = 1
	};
	bool utf16 = bytes >= 2 &&
		     (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);

	for (size_t i = 0; i < byte && i < bytes; i++)
		at.line += text[i] == '\n';
	if (utf16)
		diags_say(diags, E0103, &at, "save it as UTF-8", "this file is UTF-16");
	else if (control)
		diags_say(diags, E0103, &at, "take it out, or write it as an escape in \"quotes\"",
			  "this line holds a control character (byte %zu of the file)", byte);
	else
		diags_say(diags, E0103, &at, "save the file as UTF-8",
			  "this line is not UTF-8 text (byte %zu of the file)", byte);
}
