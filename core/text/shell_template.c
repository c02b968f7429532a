/* shell_template.c - a line for a shell in which values stand. */
#include "core/text/shell_template.h"

#include "core/base/mem.h"
#include "core/text/shell_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The values of a line that are from outside, and where they stand. */
struct guarded {
	struct shell_hole holes[SHELL_PARTS_MAX]; /* every part is one: its braces are no shell */
	bool outside[SHELL_PARTS_MAX];
	size_t n;
};

static bool
find_parts(struct guarded *g, const char *text, const struct param *params, size_t n_params)
{
	struct template_part part = { 0 };

	g->n = 0;
	for (size_t at = 0; template_part(text, at, params, n_params, &part);
	     at = part.at + part.bytes) {
		if (g->n == SHELL_PARTS_MAX)
			return false;
		g->outside[g->n] = part.outside && !part.raw;
		g->holes[g->n++] = (struct shell_hole){ .at = part.at, .bytes = part.bytes };
	}
	shell_places(text, g->holes, g->n);
	return true;
}

static bool
is_escaped(const char *text, size_t at)
{
	return at > 0 && text[at - 1] == '\\';
}

/* Does the quote that ends or begins next to a part belong to it alone? */
static bool
is_quote(const char *text, size_t at, char quote)
{
	return text[at] == quote && !is_escaped(text, at);
}

/* The line of a part, with the quotes around it and others in it ended. */
static void
rewrite(const struct guarded *g, size_t which, const char *text, struct buf *out)
{
	size_t from = g->holes[which].at, end = from + g->holes[which].bytes;

	while (from > 0 && text[from - 1] != '\n')
		from--;
	from += strspn(text + from, " \t");
	end += strcspn(text + end, "\n");
	for (size_t i = 0; i < g->n; i++) {
		const struct shell_hole *hole = &g->holes[i];
		size_t behind = hole->at + hole->bytes;
		char quote = hole->place == SHELL_SINGLE ? '\'' : '"';

		if (hole->at < from || hole->at >= end || !g->outside[i])
			continue;
		if (hole->place != SHELL_SINGLE && hole->place != SHELL_DOUBLE)
			continue;
		if (hole->at > from && is_quote(text, hole->at - 1, quote)) {
			buf_add(out, text + from, hole->at - 1 - from);
		} else {
			buf_add(out, text + from, hole->at - from);
			buf_char(out, quote);
		}
		buf_add(out, text + hole->at, hole->bytes);
		if (text[behind] == quote)
			behind++;
		else
			buf_char(out, quote);
		from = behind;
	}
	buf_add(out, text + from, end - from);
}

static void
advise_variable(const struct guarded *g, size_t which, const char *text, struct buf *out)
{
	buf_format(out, "write X=%.*s in a line before, and $X in its place",
		   (int)g->holes[which].bytes, text + g->holes[which].at);
}

/* Does the first name that is found from a hole on stand in it? */
static bool
is_named(const char *text, const struct shell_hole *hole,
	 bool (*find)(const char *text, size_t from, struct template_name *out))
{
	struct template_name name;

	return find(text, hole->at, &name) && name.at < hole->at + hole->bytes;
}

/* What to do about a value that stands where a variable does not mean the same. */
static void
advise(const struct guarded *g, size_t which, const char *text, struct buf *out)
{
	switch (g->holes[which].place) {
	case SHELL_SINGLE:
	case SHELL_DOUBLE:
		buf_text(out, "write ");
		rewrite(g, which, text, out);
		break;
	case SHELL_BACKTICK:
		buf_text(out, "write $(...) in place of the backticks");
		break;
	case SHELL_ESCAPED:
		buf_text(out, "take the backslash in front of it away");
		break;
	case SHELL_COMMENT:
		buf_text(out, "take it out of the comment");
		break;
	case SHELL_HERE:
		advise_variable(g, which, text, out);
		break;
	case SHELL_ARITHMETIC:
		if (is_named(text, &g->holes[which], template_given) ||
		    is_named(text, &g->holes[which], template_constant))
			advise_variable(g, which, text, out);
		else
			buf_text(out, "declare the parameter as 'type: int'");
		break;
	case SHELL_BARE:
		break;
	}
}

static const char *
place_words(enum shell_place place)
{
	static const char *const words[] = {
		[SHELL_BARE] = "",
		[SHELL_SINGLE] = "inside quotes",
		[SHELL_DOUBLE] = "inside quotes",
		[SHELL_BACKTICK] = "inside backticks",
		[SHELL_ESCAPED] = "behind a backslash",
		[SHELL_COMMENT] = "in a comment",
		[SHELL_HERE] = "in a here-document",
		[SHELL_ARITHMETIC] = "in arithmetic",
	};

	return words[place];
}

static void
refuse(struct yreader *r, const struct ynode *value, const char *name, const struct guarded *g,
       size_t which)
{
	const struct shell_hole *hole = &g->holes[which];
	struct place place = ykeys_part(&r->source, value, hole->at, hole->bytes);
	struct buf help;

	buf_init(&help, 1000);
	advise(g, which, value->text, &help);
	diags_say(r->diags, E0803, &place, help.data,
		  "'%s': a value from outside cannot stand %s, it would be read as shell", name,
		  place_words(hole->place));
	buf_release(&help);
}

const char *
shell_template_read(struct yreader *r, const struct ynode *value, const char *name)
{
	struct guarded g;

	if (!ykeys_check_template(r, value, name))
		return NULL;
	if (!find_parts(&g, value->text, r->params, r->n_params)) {
		ykeys_say(r, value, E0801, NULL, "'%s': more than %d {{ ... }}", name,
			  SHELL_PARTS_MAX);
		return NULL;
	}
	for (size_t i = 0; i < g.n; i++) {
		if (g.outside[i] && g.holes[i].place != SHELL_BARE) {
			refuse(r, value, name, &g, i);
			return NULL;
		}
	}
	return ykeys_settle(r, value, name, true);
}

/* Render the `bytes` bytes of a text at `from`. */
static enum err_code
render_slice(const char *text, size_t from, size_t bytes, const struct run_vars *vars,
	     struct buf *out, struct err *err)
{
	char *slice = mem_bytes(text + from, bytes);
	enum err_code code = template_render(slice, vars, out, err);

	free(slice);
	return code;
}

static enum err_code
render_part(const char *text, const struct template_part *part, size_t number,
	    const struct shell_values *values, struct buf *out, struct err *err)
{
	char name[40];
	enum err_code code;
	struct buf value;

	if (!part->outside || part->raw)
		return render_slice(text, part->at, part->bytes, values->vars, out, err);
	buf_init(&value, out->bytes_max);
	code = render_slice(text, part->at, part->bytes, values->vars, &value, err);
	if (!code) {
		(void)snprintf(name, sizeof(name), "TIDEMILL_T%zu", number);
		values->give(values->ctx, name, value.data);
		buf_format(out, "\"$%s\"", name);
	}
	buf_release(&value);
	return code;
}

enum err_code
shell_template_render(const char *text, const struct shell_values *values, struct buf *out,
		      struct err *err)
{
	enum err_code code = ERR_NONE;
	struct template_part part;
	size_t at = 0, number = 0;

	while (!code && template_part(text, at, values->params, values->n_params, &part)) {
		code = render_slice(text, at, part.at - at, values->vars, out, err);
		if (!code)
			code = render_part(text, &part, ++number, values, out, err);
		at = part.at + part.bytes;
	}
	return code ? code : render_slice(text, at, strlen(text + at), values->vars, out, err);
}
