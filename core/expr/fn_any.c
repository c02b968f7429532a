/* fn_any.c - functions of any type: the first that is not null, the least, a value out of JSON. */
#include "core/expr/fn.h"
#include "core/expr/order.h"
#include "core/base/json.h"
#include "core/model/json_path.h"
#include "core/base/size.h"

#include <string.h>

static enum err_code
coalesce(const struct expr_call *c, struct expr_value *out)
{
	uint32_t i = 0;

	while (i + 1 < c->node->n && c->args[i].null)
		i++;
	*out = c->args[i];
	return ERR_NONE;
}

static enum err_code
nullif(const struct expr_call *c, struct expr_value *out)
{
	const struct expr_value *a = &c->args[0], *b = &c->args[1];

	*out = *a;
	if (!a->null && !b->null && expr_compare(c->node->args[0]->type, a, b) == 0)
		out->null = true;
	return ERR_NONE;
}

/* The value that comes first (sign 1) or last (sign -1) in order. */
static enum err_code
extreme(const struct expr_call *c, int sign, struct expr_value *out)
{
	*out = c->args[0];
	for (uint32_t i = 1; i < c->node->n; i++)
		if (expr_compare(c->node->args[i]->type, &c->args[i], out) * sign < 0)
			*out = c->args[i];
	return ERR_NONE;
}

static enum err_code
least(const struct expr_call *c, struct expr_value *out)
{
	return extreme(c, 1, out);
}

static enum err_code
greatest(const struct expr_call *c, struct expr_value *out)
{
	return extreme(c, -1, out);
}

static enum err_code
check_path(struct expr_reading *r, struct expr_node *call)
{
	const struct expr_node *n = call->args[1];
	struct json_path *path = arena_get(r->arena, sizeof(*path));

	call->own = path;
	if (n->kind == NODE_LITERAL && n->type == EXPR_TEXT && json_path_is(n->value.text.data) &&
	    json_path_read(n->value.text.data, r->arena, path))
		return ERR_NONE;
	(void)expr_wrong(r, EXPR_BAD_VALUE, n->at, n->bytes,
			 "the path of %s() is a text in quotes that begins with $.", call->call);
	expr_help(r, "write %s(column, '$.a.b')", call->call);
	return ERR_INPUT;
}

/* What stands at the path, in a value that the caller drops; NULL: nothing, or null. */
static enum err_code
stands(const struct expr_call *c, json_t **root, const json_t **found)
{
	const struct json_path *path = c->node->own;
	const struct expr_value *v = &c->args[0];
	const json_t *at;
	enum err_code code = json_read(root, v->text.data, v->text.bytes, "json", c->err);

	*found = NULL;
	if (code)
		return code;
	at = *root;
	for (size_t i = 0; i < path->n && at; i++) {
		const struct json_step *step = &path->steps[i];

		at = step->name ? json_object_get(at, step->name) : json_array_get(at, step->index);
	}
	*found = json_is_null(at) ? NULL : at;
	return ERR_NONE;
}

static enum err_code
json_text(const struct expr_call *c, struct expr_value *out)
{
	const json_t *found;
	json_t *root;
	struct buf text;
	enum err_code code = stands(c, &root, &found);

	if (code)
		return code;
	buf_init(&text, EXPR_TEXT_BYTES_MAX);
	out->null = !found;
	if (json_is_string(found))
		buf_add(&text, json_string_value(found), json_string_length(found));
	else if (found)
		json_write(found, &text);
	if (text.full)
		code = err_set(c->err, ERR_LIMIT, "the text is longer than %s",
			       SIZE_TEXT(EXPR_TEXT_BYTES_MAX));
	out->text.bytes = text.bytes;
	out->text.data = arena_bytes(c->scratch, text.bytes ? text.data : "", text.bytes);
	buf_release(&text);
	json_decref(root);
	return code;
}

static enum err_code
json_int(const struct expr_call *c, struct expr_value *out)
{
	const json_t *found;
	json_t *root;
	enum err_code code = stands(c, &root, &found);

	if (code)
		return code;
	out->null = !found;
	if (json_is_integer(found))
		out->whole = json_integer_value(found);
	else if (found)
		code = err_set(c->err, ERR_INPUT, "what stands there is no whole number");
	json_decref(root);
	return code;
}

/* clang-format off */
static const struct expr_fn rows[] = {
	{ "coalesce", "TT*:T", "coalesce(a, b, ...)", .eval = coalesce, .nulls = true },
	{ "nullif", "TT:T", "nullif(a, b)", .eval = nullif, .nulls = true },
	{ "least", "TT*:T", "least(a, b, ...)", .eval = least },
	{ "greatest", "TT*:T", "greatest(a, b, ...)", .eval = greatest },
	{ "json_text", "jt:t", "json_text(json, '$.path')", .eval = json_text, .check = check_path },
	{ "json_int", "jt:i", "json_int(json, '$.path')", .eval = json_int, .check = check_path },
};
/* clang-format on */

const struct expr_fns expr_fns_any = { rows, countof(rows) };
