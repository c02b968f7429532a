/* variables.c - what `variables:` and `templates:` of tidemill.yaml and the environment say. */
#include "core/project/variables.h"

#include "core/dagfile/dagfile.h"
#include "core/text/task_template.h"
#include "core/text/yjson.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char prefix[] = "TIDEMILL_VAR_";
static const char kind[] = "var.";

void
variables_add(struct variables *v, const char *name, const char *value, const char *secret)
{
	if (!v->arena)
		v->arena = arena_new();
	v->items = mem_grow(v->items, v->n, &v->room, sizeof(*v->items));
	v->items[v->n++] = (struct constant){ .name = arena_str(v->arena, name),
					      .value = arena_str(v->arena, value),
					      .secret = arena_str(v->arena, secret) };
}

static void
add(struct variables *v, const char *prefix_of_kind, const char *name, const char *value)
{
	char *whole = mem_format("%s%s", prefix_of_kind, name);

	variables_add(v, whole, value, NULL);
	free(whole);
}

/* A name in lower case, for free(). */
static char *
lowered(const char *name, size_t bytes)
{
	char *lower = mem_bytes(name, bytes);

	for (char *p = lower; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
	return lower;
}

char *
variables_drop(struct variables *v, const char *first, const char *name)
{
	size_t bytes = strlen(name), before = strlen(first), kept = 0;
	char *spelled = NULL;

	for (size_t i = 0; i < v->n; i++) {
		const char *other = v->items[i].name;

		if (strncmp(other, first, before) != 0 ||
		    strncasecmp(other + before, name, bytes) != 0 || other[before + bytes] != '.') {
			v->items[kept++] = v->items[i];
			continue;
		}
		if (!spelled)
			spelled = mem_bytes(other + before, bytes);
	}
	v->n = kept;
	return spelled ? spelled : lowered(name, bytes);
}

/* The one of that name in whatever case, or NULL. */
static struct constant *
find(const struct variables *v, const char *name, size_t bytes)
{
	for (size_t i = 0; i < v->n; i++) {
		const char *other = v->items[i].name + strlen(kind);

		if (strncmp(v->items[i].name, kind, strlen(kind)) == 0 &&
		    strncasecmp(other, name, bytes) == 0 && !other[bytes])
			return &v->items[i];
	}
	return NULL;
}

bool
variables_is_name(const char *text, size_t bytes)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return bytes && bytes <= NAME_MAX_BYTES && strspn(text, letters) >= bytes &&
	       !(*text >= '0' && *text <= '9');
}

static void
read_one(struct yreader *r, const struct ynode *key, struct variables *out)
{
	const struct constant *other;
	const char *text;

	if (!variables_is_name(key->text, key->bytes)) {
		ykeys_say(r, key, E0206, "letters, digits and '_', not a digit first",
			  "'%s' cannot name a variable", key->text);
		return;
	}
	text = key->value->kind == YNODE_SCALAR && !key->value->plain ? key->value->text
								      : ykeys_scalar(r, key);
	if (!text)
		return;
	other = find(out, key->text, key->bytes);
	if (other)
		ykeys_say(r, key, E0206, NULL, "'%s' and '%s' would both be %s... in upper case",
			  key->text, other->name + strlen(kind), prefix);
	else if (key->value->bytes > CONSTANT_BYTES_MAX || strlen(text) != key->value->bytes)
		ykeys_say(r, key->value, E0206, "give the program a file with it",
			  "variable '%s' is longer than %d KiB or has a zero byte", key->text,
			  CONSTANT_BYTES_MAX >> 10);
	else if (out->n - out->n_templates == CONSTANTS_MAX)
		ykeys_say(r, key, E0206, NULL, "'variables' has more than %d names", CONSTANTS_MAX);
	else
		add(out, kind, key->text, text);
}

void
variables_read(struct yreader *r, const struct ynode *key, struct variables *out)
{
	if (!ykeys_is_map(r, key->value, "'variables'"))
		return;
	for (const struct ynode *k = key->value->first; k; k = k->next)
		if (!k->broken)
			read_one(r, k, out);
}

static void
read_template(struct yreader *r, struct ynode *key, struct variables *out)
{
	struct buf text;

	buf_init(&text, TEMPLATE_BYTES_MAX);
	yjson_tree(&text, key->value);
	if (text.full)
		ykeys_say(r, key, E0216, "give the program a file with it",
			  "template '%s' is longer than %d KiB", key->text,
			  TEMPLATE_BYTES_MAX >> 10);
	key->broken = text.full || !dagfile_check_template(&r->source, key, r->diags);
	add(out, TEMPLATE_PREFIX, key->text, key->broken ? "{}" : text.data);
	out->items[out->n - 1].tree = key;
	out->n_templates++;
	buf_release(&text);
}

void
templates_read(struct yreader *r, const struct ynode *key, struct variables *out)
{
	if (!ykeys_is_map(r, key->value, "'templates'"))
		return;
	for (struct ynode *k = key->value->first; k; k = k->next) {
		if (k->broken)
			continue;
		if (out->n_templates == TEMPLATES_MAX) {
			ykeys_say(r, k, E0216, NULL, "'templates' has more than %d templates",
				  TEMPLATES_MAX);
			return;
		}
		read_template(r, k, out);
	}
}

void
variables_override(struct variables *v, char *const *environment)
{
	for (char *const *e = environment; e && *e; e++) {
		const char *name = *e + strlen(prefix), *end = strchr(*e, '=');
		struct constant *known;

		if (strncmp(*e, prefix, strlen(prefix)) != 0 || !end || end <= name ||
		    !variables_is_name(name, (size_t)(end - name)) ||
		    strlen(end + 1) > CONSTANT_BYTES_MAX)
			continue;
		known = find(v, name, (size_t)(end - name));
		if (known) {
			known->value = arena_str(v->arena, end + 1);
		} else if (v->n - v->n_templates < CONSTANTS_MAX) {
			char *lower = lowered(name, (size_t)(end - name));

			add(v, kind, lower, end + 1);
			free(lower);
		}
	}
}

struct constants
variables_constants(const struct variables *v)
{
	return (struct constants){ .items = v->items, .n = v->n, .origin = "tidemill.yaml" };
}

void
variables_release(struct variables *v)
{
	free(v->items);
	arena_free(v->arena);
	arena_free(v->trees);
	*v = (struct variables){ 0 };
}
