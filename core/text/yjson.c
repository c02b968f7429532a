/* yjson.c - a tree of YAML as one line of JSON, which is read as the same tree. */
#include "core/text/yjson.h"

#include "core/base/words.h"
#include "core/model/param.h"

#include <string.h>

/* Would a reader take this text without quotes for what it is, a JSON number or word? */
static bool
is_bare(const struct ynode *node)
{
	static const char *const words[] = { "true", "false", "null" };
	const char *p = node->text;

	if (!node->plain)
		return false;
	return words_at(words, countof(words), p) >= 0 || param_is_number(p, false);
}

/* Code points that YAML folds or refuses when they stand for themselves. */
static bool
is_special(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
	       (c & 0xfffe) == 0xfffe;
}

/* The code point at p of valid UTF-8, and its bytes. */
static uint32_t
code_point(const char *p, size_t *bytes)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] < 0x80) {
		*bytes = 1;
		return u[0];
	}
	if (u[0] < 0xe0) {
		*bytes = 2;
		return (uint32_t)(u[0] & 0x1f) << 6 | (u[1] & 0x3f);
	}
	if (u[0] < 0xf0) {
		*bytes = 3;
		return (uint32_t)(u[0] & 0x0f) << 12 | (uint32_t)(u[1] & 0x3f) << 6 | (u[2] & 0x3f);
	}
	*bytes = 4;
	return (uint32_t)(u[0] & 0x07) << 18 | (uint32_t)(u[1] & 0x3f) << 12 |
	       (uint32_t)(u[2] & 0x3f) << 6 | (u[3] & 0x3f);
}

/* So many bytes at the begin of a text stand for themselves and are ASCII. */
static size_t
bytes_as_they_are(const char *text)
{
	const char *p = text;

	while ((unsigned char)*p >= ' ' && (unsigned char)*p < 0x7f && *p != '"' && *p != '\\')
		p++;
	return (size_t)(p - text);
}

void
yjson_text(struct buf *out, const char *text)
{
	size_t n;

	buf_char(out, '"');
	for (const char *p = text; *p; p += n) {
		n = bytes_as_they_are(p);
		if (n) {
			buf_add(out, p, n);
			continue;
		}
		uint32_t c = code_point(p, &n);

		if (*p == '"' || *p == '\\')
			buf_char(out, '\\');
		if (is_special(c) && c <= 0xffff)
			buf_format(out, "\\u%04x", c);
		else
			buf_add(out, p, n);
	}
	buf_char(out, '"');
}

static void
add_scalar(struct buf *out, const struct ynode *node)
{
	if (ynode_is_null(node))
		buf_text(out, "null");
	else if (is_bare(node))
		buf_text(out, node->text);
	else
		yjson_text(out, node->text);
}

/* An open collection on the way through a tree. */
struct place_in {
	const struct ynode *node, *child;
};

void
yjson_tree(struct buf *out, const struct ynode *root)
{
	struct place_in open[YTREE_DEPTH_MAX + 1];
	size_t depth = 0;

	if (root->kind == YNODE_SCALAR) {
		add_scalar(out, root);
		return;
	}
	open[depth++] = (struct place_in){ root, root->first };
	buf_char(out, root->kind == YNODE_MAP ? '{' : '[');
	while (depth) {
		struct place_in *top = &open[depth - 1];
		const struct ynode *child = top->child, *value = child;

		if (!child) {
			buf_char(out, top->node->kind == YNODE_MAP ? '}' : ']');
			depth--;
			continue;
		}
		if (child != top->node->first)
			buf_char(out, ',');
		if (top->node->kind == YNODE_MAP) {
			yjson_text(out, child->text);
			buf_char(out, ':');
			value = child->value;
		}
		top->child = child->next;
		if (value->kind == YNODE_SCALAR) {
			add_scalar(out, value);
			continue;
		}
		open[depth++] = (struct place_in){ value, value->first };
		buf_char(out, value->kind == YNODE_MAP ? '{' : '[');
	}
}
