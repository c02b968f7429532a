/* fn_text.c - texts, counted in code points. */
#include "core/expr/fn.h"
#include "core/expr/regex.h"
#include "core/base/unicode.h"
#include "core/base/size.h"

#include <string.h>

/* The bytes of the character at p; a byte that begins none is one by itself. */
static size_t
step(const char *p, size_t room)
{
	size_t n = unicode_bytes(p, room);

	return n ? n : 1;
}

/* Room for a text of so many bytes, of which *out is made; NULL: that is too long. */
static char *
room(const struct expr_call *c, size_t bytes, struct expr_value *out)
{
	char *data;

	if (bytes > EXPR_TEXT_BYTES_MAX) {
		(void)err_set(c->err, ERR_LIMIT, "the text is longer than %s",
			      SIZE_TEXT(EXPR_TEXT_BYTES_MAX));
		return NULL;
	}
	data = arena_get(c->scratch, bytes + 1);
	out->text.data = data;
	out->text.bytes = bytes;
	return data;
}

/* The byte at which character number n (from 0) begins, or the end. */
static size_t
byte_of(const struct expr_value *v, int64_t n)
{
	size_t at = 0;

	for (int64_t i = 0; i < n && at < v->text.bytes; i++)
		at += step(v->text.data + at, v->text.bytes - at);
	return at;
}

/* Where `part` begins in the text from byte `from` on; its length: nowhere. */
static size_t
find(const struct expr_value *text, size_t from, const struct expr_value *part)
{
	const char *at;

	if (from > text->text.bytes)
		return text->text.bytes;
	at = memmem(text->text.data + from, text->text.bytes - from, part->text.data,
		    part->text.bytes);
	return at ? (size_t)(at - text->text.data) : text->text.bytes;
}

static enum err_code
length(const struct expr_call *c, struct expr_value *out)
{
	const struct expr_value *v = &c->args[0];

	for (size_t at = 0; at < v->text.bytes; at += step(v->text.data + at, v->text.bytes - at))
		out->whole++;
	return ERR_NONE;
}

/* Letters of ASCII from one case to the other; all others stay. */
static enum err_code
turn(const struct expr_call *c, char from, char to, struct expr_value *out)
{
	const struct expr_value *v = &c->args[0];
	char *data = room(c, v->text.bytes, out);

	if (!data)
		return ERR_LIMIT;
	for (size_t i = 0; i < v->text.bytes; i++) {
		char one = v->text.data[i];

		data[i] = one >= from && one < from + 26 ? (char)(one - from + to) : one;
	}
	return ERR_NONE;
}

static enum err_code
lower(const struct expr_call *c, struct expr_value *out)
{
	return turn(c, 'A', 'a', out);
}

static enum err_code
upper(const struct expr_call *c, struct expr_value *out)
{
	return turn(c, 'a', 'A', out);
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static enum err_code
trim(const struct expr_call *c, struct expr_value *out)
{
	const char *data = c->args[0].text.data;
	size_t from = 0, to = c->args[0].text.bytes;

	while (from < to && is_blank(data[from]))
		from++;
	while (to > from && is_blank(data[to - 1]))
		to--;
	out->text.data = to ? data + from : "";
	out->text.bytes = to - from;
	return ERR_NONE;
}

/* The characters from .. from + length - 1, counted from 1, as far as there are any. */
static enum err_code
substr(const struct expr_call *c, struct expr_value *out)
{
	const struct expr_value *v = &c->args[0];
	int64_t from = c->args[1].whole, end = INT64_MAX; /* end: the first one that is not taken */
	size_t first, last;

	if (c->node->n == 3 && c->args[2].whole < 0)
		return err_set(c->err, ERR_INPUT, "the length is negative");
	if (c->node->n == 3 && __builtin_add_overflow(from, c->args[2].whole, &end))
		end = INT64_MAX;
	first = byte_of(v, from < 1 ? 0 : from - 1);
	last = byte_of(v, end < 1 ? 0 : end - 1);
	out->text.data = v->text.bytes ? v->text.data + first : "";
	out->text.bytes = last > first ? last - first : 0;
	return ERR_NONE;
}

/* How often `what` stands in a text, not overlapping. */
static size_t
count(const struct expr_value *text, const struct expr_value *what)
{
	size_t n = 0;

	for (size_t at = find(text, 0, what); at < text->text.bytes;
	     at = find(text, at + what->text.bytes, what))
		n++;
	return n;
}

static enum err_code
replace(const struct expr_call *c, struct expr_value *out)
{
	const struct expr_value *text = &c->args[0], *what = &c->args[1], *by = &c->args[2];
	size_t n = what->text.bytes ? count(text, what) : 0, at = 0, used = 0, grown;
	char *data;

	*out = *text;
	if (!n)
		return ERR_NONE;
	if (__builtin_mul_overflow(n, by->text.bytes, &grown) || grown > EXPR_TEXT_BYTES_MAX)
		grown = (size_t)EXPR_TEXT_BYTES_MAX + 1;
	data = room(c, text->text.bytes - n * what->text.bytes + grown, out);
	if (!data)
		return ERR_LIMIT;
	for (size_t hit = find(text, 0, what);; hit = find(text, at, what)) {
		memcpy(data + used, text->text.data + at, hit - at);
		used += hit - at;
		if (hit == text->text.bytes)
			break;
		if (by->text.bytes)
			memcpy(data + used, by->text.data, by->text.bytes);
		used += by->text.bytes;
		at = hit + what->text.bytes;
	}
	return ERR_NONE;
}

static enum err_code
concat(const struct expr_call *c, struct expr_value *out)
{
	size_t bytes = 0, used = 0;
	char *data;

	for (uint32_t i = 0; i < c->node->n && bytes <= EXPR_TEXT_BYTES_MAX; i++)
		bytes += c->args[i].text.bytes;
	data = room(c, bytes, out);
	if (!data)
		return ERR_LIMIT;
	for (uint32_t i = 0; i < c->node->n; i++) {
		if (c->args[i].text.bytes)
			memcpy(data + used, c->args[i].text.data, c->args[i].text.bytes);
		used += c->args[i].text.bytes;
	}
	return ERR_NONE;
}

static enum err_code
starts_with(const struct expr_call *c, struct expr_value *out)
{
	const struct expr_value *v = &c->args[0], *begin = &c->args[1];

	out->yes = begin->text.bytes == 0 ||
		   (begin->text.bytes <= v->text.bytes &&
		    memcmp(v->text.data, begin->text.data, begin->text.bytes) == 0);
	return ERR_NONE;
}

static enum err_code
contains(const struct expr_call *c, struct expr_value *out)
{
	const struct expr_value *v = &c->args[0], *part = &c->args[1];

	out->yes = part->text.bytes == 0 || find(v, 0, part) < v->text.bytes;
	return ERR_NONE;
}

/* The n-th part, from 1, of a text that is cut at a separator; '' when there are fewer. */
static enum err_code
split_part(const struct expr_call *c, struct expr_value *out)
{
	const struct expr_value *v = &c->args[0], *by = &c->args[1];
	size_t from = 0, end = v->text.bytes;
	int64_t n = c->args[2].whole;

	if (n < 1)
		return err_set(c->err, ERR_INPUT, "parts are counted from 1");
	out->text.data = "";
	if (by->text.bytes)
		end = find(v, 0, by);
	for (int64_t i = 1; i < n; i++) {
		if (end == v->text.bytes)
			return ERR_NONE;
		from = end + by->text.bytes;
		end = find(v, from, by);
	}
	if (end > from) {
		out->text.data = v->text.data + from;
		out->text.bytes = end - from;
	}
	return ERR_NONE;
}

/* % is any text, _ one character; all else is itself. */
static enum err_code
like(const struct expr_call *c, struct expr_value *out)
{
	const char *text = c->args[0].text.data, *pattern = c->args[1].text.data;
	size_t n = c->args[0].text.bytes, m = c->args[1].text.bytes, at = 0, p = 0;
	size_t star = SIZE_MAX, held = 0; /* the last %, and how far it reaches */

	while (at < n) {
		if (p < m && pattern[p] == '%') {
			star = p++;
			held = at;
		} else if (p < m && pattern[p] == '_') {
			p++;
			at += step(text + at, n - at);
		} else if (p < m && pattern[p] == text[at]) {
			p++;
			at++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			held += step(text + held, n - held);
			at = held;
		} else {
			return ERR_NONE;
		}
	}
	while (p < m && pattern[p] == '%')
		p++;
	out->yes = p == m;
	return ERR_NONE;
}

/* A pattern that is written down is read once, and a mistake in it has its caret. */
static enum err_code
check_pattern(struct expr_reading *r, struct expr_node *call)
{
	const struct expr_node *n = call->args[1];
	const size_t bytes = n->value.text.bytes;
	struct regex *regex;
	struct err why;
	size_t at, inside;

	if (n->kind != NODE_LITERAL || n->type != EXPR_TEXT)
		return ERR_NONE;
	if (!regex_read(n->value.text.data, bytes, r->arena, &regex, &at, &why)) {
		call->own = regex;
		return ERR_NONE;
	}
	/* With a quote in it that is written twice, the bytes are not those of the file. */
	inside = n->bytes == bytes + 2 && at < bytes ? 1 : 0;
	return expr_wrong(r, EXPR_BAD_VALUE, n->at + (inside ? 1 + at : 0), inside ? 1 : n->bytes,
			  "this is no regular expression: %s", why.msg);
}

/* All of the text is what the expression says. */
static enum err_code
matches(const struct expr_call *c, struct expr_value *out)
{
	const struct expr_value *text = &c->args[0], *pattern = &c->args[1];
	const struct regex *regex = c->node->own;
	struct regex *made;
	size_t at;

	if (!regex) {
		if (regex_read(pattern->text.data, pattern->text.bytes, c->scratch, &made, &at,
			       c->err)) {
			err_wrap(c->err, "the pattern is no regular expression");
			return ERR_INPUT;
		}
		regex = made;
	}
	return regex_matches(regex, text->text.data, text->text.bytes, c->scratch, &out->yes,
			     c->err);
}

/* clang-format off */
static const struct expr_fn rows[] = {
	{ "length", "t:i", "length(text)", .eval = length },
	{ "lower", "t:t", "lower(text)", .eval = lower },
	{ "upper", "t:t", "upper(text)", .eval = upper },
	{ "trim", "t:t", "trim(text)", .eval = trim },
	{ "substr", "ti:t", "substr(text, from[, length])", .eval = substr },
	{ "substr", "tii:t", "substr(text, from[, length])", .eval = substr },
	{ "replace", "ttt:t", "replace(text, what, by)", .eval = replace },
	{ "concat", "tt*:t", "concat(text, ...)", .eval = concat },
	{ "starts_with", "tt:b", "starts_with(text, beginning)", .eval = starts_with },
	{ "contains", "tt:b", "contains(text, part)", .eval = contains },
	{ "split_part", "tti:t", "split_part(text, separator, n)", .eval = split_part },
	{ "matches", "tt:b", "matches(text, 'pattern')", .eval = matches, .check = check_pattern },
	{ "like", "tt:b", "text like 'pattern%'", .eval = like },
};
/* clang-format on */

const struct expr_fns expr_fns_text = { rows, countof(rows) };
