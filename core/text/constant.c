/* constant.c - what {{ var.NAME }} and {{ conn.NAME.host }} stand for. */
#include "core/text/constant.h"

#include "core/text/diag.h"
#include "core/text/template.h"

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
