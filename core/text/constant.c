/* constant.c - what {{ var.NAME }} and {{ conn.NAME.host }} stand for. */
#include "core/text/constant.h"

#include "core/base/mem.h"
#include "core/text/diag.h"
#include "core/text/template.h"

#include <stdlib.h>
#include <string.h>

const struct constant *
constants_find(const struct constants *all, const char *name, size_t bytes)
{
	static const struct constant empty = { .name = "", .value = "" };

	for (size_t i = 0; i < all->n; i++)
		if (strncmp(all->items[i].name, name, bytes) == 0 && !all->items[i].name[bytes])
			return &all->items[i];
	if (all->known && strncmp(name, all->known, strlen(all->known)) == 0)
		return NULL;
	return all->unknown ? &empty : NULL;
}

const char *
constants_nearest(const struct constants *all, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t kind = dot ? (size_t)(dot - name) + 1 : 0;

	for (size_t i = 0; i < all->n; i++) {
		const char *whole = all->items[i].name, *word = whole + kind;

		if (strncmp(whole, name, kind) == 0 && diag_nearest(name + kind, &word, 1))
			return whole;
	}
	return NULL;
}

/* "connection 'wh' has type, host and password"; NULL: it has nothing, or is none. */
static char *
parts_of(const struct constants *all, const char *name)
{
	const char *first = strchr(name, '.'), *second = first ? strchr(first + 1, '.') : NULL;
	size_t bytes = second ? (size_t)(second - name) + 1 : 0, n = 0;
	struct buf out;

	if (!second)
		return NULL;
	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < all->n; i++) {
		if (strncmp(all->items[i].name, name, bytes) != 0)
			continue;
		if (!n++)
			buf_format(&out, "connection '%.*s' has ", (int)(second - first - 1),
				   first + 1);
		else
			buf_text(&out, ", ");
		buf_text(&out, all->items[i].name + bytes);
	}
	if (n)
		return buf_give(&out);
	buf_release(&out);
	return NULL;
}

/* Is it something that a connection may have? */
static bool
is_part(const char *word)
{
	static const char *const parts[] = { "type",     "host",   "port", "login",
					     "password", "schema", "extra" };

	for (size_t i = 0; i < countof(parts); i++)
		if (strcmp(word, parts[i]) == 0)
			return true;
	return strncmp(word, "extra.", strlen("extra.")) == 0;
}

/* What to write for a name that nothing is known of. */
static char *
how_to_write(const char *name)
{
	const char *first = strchr(name, '.'), *second = first ? strchr(first + 1, '.') : NULL;
	size_t chars = second ? (size_t)(second - first - 1) : first ? strlen(first + 1) : 0;
	char *word = mem_bytes(first ? first + 1 : "", chars), *upper = mem_str(word), *help;
	const char *third;

	for (char *c = upper; *c; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	third = second ? strchr(second + 1, '.') : NULL;
	if (third)
		help = mem_format("write 'connections: {%s: {extra: {%s: ...}}}' into "
				  "tidemill.yaml, or start the scheduler with TIDEMILL_CONN_%s",
				  word, third + 1, upper);
	else if (second)
		help = mem_format("write 'connections: {%s: {%s: ...}}' into tidemill.yaml, or "
				  "start the scheduler with TIDEMILL_CONN_%s",
				  word, second + 1, upper);
	else
		help = mem_format("write 'variables: {%s: ...}' into tidemill.yaml, or start the "
				  "scheduler with TIDEMILL_VAR_%s",
				  word, upper);
	free(upper);
	free(word);
	return help;
}

char *
constants_help(const struct constants *all, const char *name)
{
	const char *near = constants_nearest(all, name), *first = strchr(name, '.');
	const char *second = first ? strchr(first + 1, '.') : NULL;
	char *parts = near ? NULL : parts_of(all, name);

	if (near || parts)
		return near ? mem_format("did you mean '%s'?", near) : parts;
	if (second && !is_part(second + 1))
		return mem_format("a connection has type, host, port, login, password, schema and "
				  "extra.KEY");
	return how_to_write(name);
}

/* A text on its way. */
struct settled_text {
	struct buf *out;
	bool half; /* it ends in the middle of what would be braces with one more */
	bool bad;
};

static void
add(struct settled_text *s, const char *text, size_t bytes)
{
	s->bad |= s->half && bytes && *text == '{';
	s->half = s->half && !bytes;
	buf_add(s->out, text, bytes);
}

/* A value is no template: its braces are doubled, as in a text that a person writes. */
static void
add_value(struct settled_text *s, const char *value, bool quoted)
{
	size_t run = 0;

	s->bad |= s->half && *value == '{' && !quoted;
	if (quoted)
		buf_char(s->out, '\'');
	for (const char *p = value; *p; p++) {
		run = *p == '{' ? run + 1 : 0;
		if (*p == '\'' && quoted)
			buf_text(s->out, "'\\''");
		else
			buf_char(s->out, *p);
		if (run && run % 2 == 0)
			buf_text(s->out, "{{");
	}
	if (quoted)
		buf_char(s->out, '\'');
	s->half = *value || quoted ? run % 2 == 1 && !quoted : s->half;
}

enum err_code
constants_settle(const struct constants *all, const char *text, bool shell, struct buf *out,
		 struct err *err)
{
	struct settled_text s = { .out = out };
	struct template_name name = { 0 };
	struct template_part part;
	size_t from = 0;

	while (template_constant(text, from, &name)) {
		const struct constant *c = constants_find(all, text + name.at, name.bytes);

		if (!template_part(text, name.open, NULL, 0, &part))
			break; /* it was checked before */
		add(&s, text + from, part.at - from);
		add_value(&s, c ? c->value : "", shell && !part.raw);
		from = part.at + part.bytes;
	}
	add(&s, text + from, strlen(text + from));
	if (s.bad)
		return err_set(err, ERR_INPUT,
			       "a value that ends with '{' cannot stand before another '{'");
	return ERR_NONE;
}
