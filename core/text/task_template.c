/* task_template.c - a step that is written once: a task with parameters, and its uses. */
#include "core/text/task_template.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_words[] = { "string", "int", "number", "bool", "list", NULL };

/* Is the value at a key of the type? */
static bool
fits(struct yreader *r, const struct ynode *key, const char *name, int type)
{
	const struct ynode *value = key->value;
	int64_t n;
	double x;

	if (type == TEMPLATE_INT)
		return ykeys_int(r, value, name, INT64_MIN, INT64_MAX, &n);
	if (type == TEMPLATE_NUMBER)
		return ykeys_number(r, value, name, -1e308, 1e308, &x);
	if (type == TEMPLATE_STRING)
		return ykeys_scalar(r, key) != NULL;
	if (type == TEMPLATE_BOOL) {
		if (!ykeys_scalar(r, key))
			return false;
		if (value->plain && (!strcmp(value->text, "true") || !strcmp(value->text, "false")))
			return true;
		ykeys_say(r, value, E0211, NULL, "'%s' has to be true or false", name);
		return false;
	}
	if (value->broken)
		return false;
	if (value->kind != YNODE_LIST) {
		ykeys_say(r, value, E0216, "write [a, b]", "'%s' has to be a list of single values",
			  name);
		return false;
	}
	for (const struct ynode *item = value->first; item; item = item->next) {
		if (item->broken)
			return false;
		if (item->kind == YNODE_SCALAR && !ynode_is_null(item))
			continue;
		ykeys_say(r, item, E0217, NULL, "each item of '%s' has to be a single value", name);
		return false;
	}
	return true;
}

static void
read_fallback(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)r;
	(void)row;
	((struct template_param *)base)->fallback = key;
}

static const struct key param_keys[] = {
	{ "type", WANT_WORD, .at = offsetof(struct template_param, type), .words = type_words },
	{ "default", WANT_CUSTOM, .read = read_fallback },
};

static void
read_params(struct yreader *r, const struct key *row, const struct ynode *params, void *base)
{
	struct task_template *t = base;

	(void)row;
	if (!ykeys_is_map(r, params->value, "'params'"))
		return;
	if (params->value->count > TEMPLATE_PARAMS_MAX) {
		ykeys_say(r, params, E0216, NULL, "a template has at most %d parameters",
			  TEMPLATE_PARAMS_MAX);
		return;
	}
	t->params = arena_get(r->arena, (params->value->count + 1) * sizeof(*t->params));
	for (const struct ynode *key = params->value->first; key; key = key->next) {
		struct template_param *p = &t->params[t->n_params];
		struct keyset set = KEYSET(param_keys, p);

		if (key->broken || !ykeys_is_name(r, key, "parameter"))
			continue;
		*p = (struct template_param){ .name = key->text, .key = key };
		t->n_params++;
		if (!ykeys_read(r, key, key->value, "a parameter", &set, 1) || !p->fallback)
			continue;
		(void)fits(r, p->fallback, p->name, p->type);
		p->fallback = p->fallback->value;
	}
}

static void
read_body(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct task_template *t = base;
	const struct ynode *nested;

	(void)row;
	if (!ykeys_is_map(r, key->value, "'task'"))
		return;
	nested = ykeys_find(key->value, "template");
	if (nested)
		ykeys_say(r, nested, E0814, "write its keys out",
			  "the task of a template names a template");
	else
		t->body = key->value;
}

static const struct key template_keys[] = {
	{ "params", WANT_CUSTOM, .read = read_params },
	{ "task", WANT_CUSTOM, .required = true, .read = read_body },
};

bool
task_template_read(struct yreader *r, const struct ynode *key, struct task_template *out)
{
	struct keyset set = KEYSET(template_keys, out);
	size_t errors = r->diags->errors;

	*out = (struct task_template){ .key = key };
	return ykeys_is_name(r, key, "template") &&
	       ykeys_read(r, key, key->value, "a template", &set, 1) && out->body &&
	       r->diags->errors == errors;
}

static struct template_param *
find_param(const struct task_template *t, const char *name, size_t bytes)
{
	for (size_t i = 0; i < t->n_params; i++)
		if (!strncmp(t->params[i].name, name, bytes) && !t->params[i].name[bytes])
			return &t->params[i];
	return NULL;
}

/* "did you mean"; the parameters as words. */
static const char *
nearest_param(struct yreader *r, const struct task_template *t, const char *name)
{
	const char *words[TEMPLATE_PARAMS_MAX];

	for (size_t i = 0; i < t->n_params; i++)
		words[i] = t->params[i].name;
	return ykeys_nearest(r, name, words, t->n_params);
}

/* {{ with.NAME }} in a text. */
struct part {
	size_t at, bytes, name, name_bytes;
	bool odd; /* it goes on behind the name */
};

/* The first part at byte `from` or behind; false: there is none. */
static bool
next_part(const char *text, size_t from, struct part *out)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	const char *p = text + from;

	while ((p = strstr(p, "{{")) != NULL) {
		const char *name = p + 2 + strspn(p + 2, " \t\n"), *end;

		if (p[2] == '{' && p[3] == '{') {
			p += 4; /* a literal {{ */
			continue;
		}
		if (strncmp(name, "with.", 5) != 0) {
			p += 2;
			continue;
		}
		name += 5;
		end = name + strspn(name, letters);
		*out = (struct part){ (size_t)(p - text), 0, (size_t)(name - text),
				      (size_t)(end - name), false };
		end += strspn(end, " \t\n");
		out->odd = !out->name_bytes || strncmp(end, "}}", 2) != 0;
		out->bytes = (size_t)(end - p) + (out->odd ? 0 : 2);
		return true;
	}
	return false;
}

/* A copy of a body on its way. */
struct body_copy {
	struct yreader *r;
	struct arena *arena;
	const struct task_template *t;
	const struct ynode *values[TEMPLATE_PARAMS_MAX]; /* of its parameters; NULL: not known */
	const struct ynode *at; /* where the copy stands; NULL: where the body does */
	struct template_size size;
	bool guessed;
};

/* A copy of one node, without what hangs on it, where the copy stands. */
static struct ynode *
copy_node(struct body_copy *c, const struct ynode *node, const struct ynode *origin)
{
	struct ynode *out = arena_get(c->arena, sizeof(*out));

	c->size.nodes++;
	c->size.bytes += node->bytes;
	*out = *node;
	out->value = out->first = out->last = out->next = NULL;
	out->count = 0;
	if (!c->at)
		return out;
	out->origin = origin;
	out->line = c->at->line;
	out->column = c->at->column;
	out->width = c->at->width;
	return out;
}

/* A value in the place of a whole node: where the value was written, if a use gave it. */
static struct ynode *
copy_value(struct body_copy *c, const struct ynode *node, const struct template_param *p)
{
	const struct ynode *value = c->values[p - c->t->params];
	struct ynode *out = copy_node(c, value, node);

	if (value != p->fallback) {
		out->line = value->line;
		out->column = value->column;
		out->width = value->width;
	}
	out->plain = value->plain && p->type != TEMPLATE_STRING;
	for (const struct ynode *item = value->first; item; item = item->next) {
		struct ynode *copy = copy_node(c, item, node);

		if (value != p->fallback) {
			copy->line = item->line;
			copy->column = item->column;
			copy->width = item->width;
		}
		ynode_append(out, copy);
	}
	return out;
}

/* The parameter that a part of a text names; NULL was reported. */
static struct template_param *
param_of(struct body_copy *c, const struct ynode *node, const struct part *part)
{
	struct place place = ykeys_part(&c->r->source, node, part->at, part->bytes);
	char *name = mem_bytes(node->text + part->name, part->name_bytes);
	struct template_param *p = find_param(c->t, name, part->name_bytes);

	if (part->odd)
		diags_say(c->r->diags, E0810, &place, "write {{ with.NAME }}",
			  "a parameter of a template stands alone in its braces, without a filter");
	else if (!p)
		diags_say(c->r->diags, E0810, &place, nearest_param(c->r, c->t, name),
			  "template '%s' has no parameter '%s'", c->t->key->text, name);
	free(name);
	if (p)
		p->used = true;
	return part->odd ? NULL : p;
}

/* Put the values into a text; false: it is broken. */
static bool
fill_text(struct body_copy *c, const struct ynode *node, struct buf *out)
{
	struct part part;
	bool good = true;
	size_t from = 0;

	for (; next_part(node->text, from, &part); from = part.at + part.bytes) {
		struct template_param *p = param_of(c, node, &part);
		const struct ynode *value;

		buf_add(out, node->text + from, part.at - from);
		good = good && p;
		if (!p)
			continue;
		value = c->values[p - c->t->params];
		if (p->type == TEMPLATE_LIST)
			ykeys_say(c->r, node, E0810, "give it a value of its own",
				  "'%s' is a list and cannot stand within a text", p->name);
		good = good && value && p->type != TEMPLATE_LIST;
		if (good)
			buf_add(out, value->text, value->bytes);
	}
	buf_text(out, node->text + from);
	if (out->full) {
		ykeys_say(c->r, c->at ? c->at : node, E0112, NULL,
			  "with its parameters a value of template '%s' is longer than %d bytes",
			  c->t->key->text, YTREE_SCALAR_BYTES_MAX);
		return false;
	}
	return good;
}

/* Is the text one part, and no more? */
static bool
is_whole(const struct ynode *node, const struct part *part)
{
	size_t end = part->at + part->bytes;

	return strspn(node->text, " \t\n") == part->at &&
	       !node->text[end + strspn(node->text + end, " \t\n")];
}

/* A text that is not known, or was reported: as one that nobody could read. */
static void
leave_out(struct body_copy *c, struct ynode *copy)
{
	c->guessed = true;
	copy->broken = true;
	copy->text = "";
	copy->bytes = 0;
}

static struct ynode *
copy_scalar(struct body_copy *c, const struct ynode *node)
{
	struct ynode *out = copy_node(c, node, node);
	struct template_param *p;
	struct part part;
	struct buf text;

	if (!next_part(node->text, 0, &part)) {
		if (!c->at && strstr(node->text, "{{") && strstr(node->text, "params."))
			leave_out(c, out); /* those of the dag are known where it is used */
		return out;
	}
	if (is_whole(node, &part)) {
		p = param_of(c, node, &part);
		if (p && c->values[p - c->t->params])
			return copy_value(c, node, p);
		leave_out(c, out);
		return out;
	}
	buf_init(&text, YTREE_SCALAR_BYTES_MAX);
	if (fill_text(c, node, &text) && (c->at || !text.bytes || !strstr(text.data, "params."))) {
		out->bytes = text.bytes;
		out->text = arena_bytes(c->arena, text.bytes ? text.data : "", text.bytes);
		out->plain = false;
		c->size.bytes += text.bytes;
	} else {
		leave_out(c, out);
	}
	buf_release(&text);
	return out;
}

static struct ynode *
copy_key(struct body_copy *c, const struct ynode *key)
{
	struct ynode *out = copy_node(c, key, key);
	struct part part;

	if (next_part(key->text, 0, &part)) {
		ykeys_say(c->r, key, E0810, NULL,
			  "'%s': parameters of a template stand in values, not in keys", key->text);
		out->broken = true;
	}
	return out;
}

/* A collection of the body whose next child is still to be copied. */
struct open_copy {
	const struct ynode *child;
	struct ynode *to;
};

static struct ynode *
copy_tree(struct body_copy *c, const struct ynode *root)
{
	struct open_copy open[YTREE_DEPTH_MAX + 1];
	struct ynode *out = copy_node(c, root, root);
	size_t depth = 0;

	open[depth++] = (struct open_copy){ root->first, out };
	while (depth) {
		struct open_copy *top = &open[depth - 1];
		const struct ynode *child = top->child, *value;
		struct ynode *copy, *key;

		if (!child) {
			depth--;
			continue;
		}
		top->child = child->next;
		value = child->value ? child->value : child;
		copy = value->kind == YNODE_SCALAR ? copy_scalar(c, value)
						   : copy_node(c, value, value);
		key = child->value ? copy_key(c, child) : copy;
		if (child->value)
			key->value = copy;
		ynode_append(top->to, key);
		if (value->kind == YNODE_SCALAR)
			continue;
		assert(depth <= YTREE_DEPTH_MAX);
		open[depth++] = (struct open_copy){ value->first, copy };
	}
	return out;
}

struct ynode *
task_template_sample(struct yreader *r, struct task_template *t)
{
	struct body_copy c = { .r = r, .arena = r->arena, .t = t };
	struct ynode *key = copy_node(&c, t->key, t->key);

	for (size_t i = 0; i < t->n_params; i++)
		c.values[i] = t->params[i].fallback;
	key->value = copy_tree(&c, t->body);
	t->guessed = c.guessed;
	for (size_t i = 0; i < t->n_params; i++)
		if (!t->params[i].used)
			ykeys_say(r, t->params[i].key, E0811,
				  "write {{ with.NAME }}, or leave it out",
				  "template '%s' does not use its parameter '%s'", t->key->text,
				  t->params[i].name);
	return key;
}

/* A place of the file for which the template is to blame as well. */
static struct ynode
with_origin(const struct ynode *node, const struct ynode *origin)
{
	struct ynode both = *node;

	both.origin = origin;
	return both;
}

/* Give the parameters their values: those of `with`, else their defaults. */
static bool
bind(struct body_copy *c, const struct ynode *use, const struct ynode *at)
{
	const struct ynode *with = ynode_get(use->value, "with");
	struct ynode place = with_origin(at->value, c->t->key);
	size_t errors = c->r->diags->errors;

	if (with && !ykeys_is_map(c->r, with, "'with'"))
		return false;
	for (size_t i = 0; i < c->t->n_params; i++)
		c->values[i] = c->t->params[i].fallback;
	for (const struct ynode *key = with ? with->first : NULL; key; key = key->next) {
		const struct template_param *p = find_param(c->t, key->text, key->bytes);

		if (key->broken)
			continue;
		if (p) {
			(void)fits(c->r, key, p->name, p->type);
			c->values[p - c->t->params] = key->value;
			continue;
		}
		place = with_origin(key, c->t->key);
		ykeys_say(c->r, &place, E0810, nearest_param(c->r, c->t, key->text),
			  "template '%s' has no parameter '%s'", c->t->key->text, key->text);
	}
	for (size_t i = 0; i < c->t->n_params && c->r->diags->errors == errors; i++) {
		const struct template_param *p = &c->t->params[i];

		if (c->values[i])
			continue;
		place = with_origin(at->value, p->key);
		ykeys_say(c->r, &place, E0810, "give it under 'with'",
			  "task '%s' gives no value to the parameter '%s' of template '%s'",
			  use->text, p->name, c->t->key->text);
	}
	return c->r->diags->errors == errors;
}

/* The keys of the use in place of those of the body. */
static struct ynode *
merge(struct body_copy *c, const struct ynode *use, struct ynode *body)
{
	struct ynode *map = arena_get(c->arena, sizeof(*map)), *next;

	*map = (struct ynode){ .kind = YNODE_MAP,
			       .line = use->value->line,
			       .column = use->value->column,
			       .width = use->value->width };
	for (struct ynode *key = body->first; key; key = next) {
		next = key->next;
		key->next = NULL;
		if (!ynode_get(use->value, key->text))
			ynode_append(map, key);
	}
	for (const struct ynode *key = use->value->first; key; key = key->next) {
		struct ynode *copy;

		if (strcmp(key->text, "template") == 0 || strcmp(key->text, "with") == 0)
			continue;
		copy = arena_get(c->arena, sizeof(*copy));
		*copy = *key;
		copy->next = NULL;
		ynode_append(map, copy);
	}
	return map;
}

const struct ynode *
task_template_use(struct yreader *r, const struct task_template *t, const struct ynode *use,
		  const struct ynode *at, struct template_size *size)
{
	struct body_copy c = {
		.r = r, .arena = r->scratch, .t = t, .at = at->value, .size = *size
	};
	size_t errors = r->diags->errors;
	struct ynode *key;

	if (size->nodes > YTREE_NODES_MAX || size->bytes > YTREE_BYTES_MAX || !bind(&c, use, at))
		return NULL;
	key = arena_get(c.arena, sizeof(*key));
	*key = *use;
	key->next = NULL;
	key->value = merge(&c, use, copy_tree(&c, t->body));
	*size = c.size;
	if (c.size.nodes > YTREE_NODES_MAX || c.size.bytes > YTREE_BYTES_MAX)
		ykeys_say(r, at->value, E0112, "split the dag",
			  "with its templates the file is larger than any may be: %d values, %d "
			  "bytes",
			  YTREE_NODES_MAX, YTREE_BYTES_MAX);
	return r->diags->errors == errors ? key : NULL;
}
