/* connections.c - what `connections:` of tidemill.yaml and the environment say. */
#include "core/project/connections.h"

#include "core/base/json.h"
#include "core/text/connection.h"

#include <stdlib.h>
#include <string.h>

static const char prefix[] = "TIDEMILL_CONN_";

/* A part of connection `name`; an empty one is none. */
static void
add_part(struct variables *v, const char *name, const char *part, const char *value)
{
	char *whole = mem_format("conn.%s.%s", name, part);

	if (value && strlen(value) <= CONSTANT_BYTES_MAX)
		variables_add(v, whole, value, NULL);
	free(whole);
}

/* The password: a reference in place of a value. */
static void
add_secret(struct variables *v, const char *name, const char *kind, json_t *what)
{
	char *whole = mem_format("conn.%s.password", name), *text;
	json_t *reference = json_object();

	json_object_set_new(reference, kind, what);
	text = json_compact(reference);
	variables_add(v, whole, "", text);
	free(text);
	json_decref(reference);
	free(whole);
}

/* A connection while it is read. */
struct reading_of {
	struct variables *out;
	const char *name;
	const char *type, *host, *login, *schema;
	int64_t port;
};

static void
read_password(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	static const char help[] = "write {from_env: NAME}, {from_file: PATH} or "
				   "{from_command: [PROGRAM, ...]}";
	struct reading_of *c = base;
	const struct ynode *map = key->value, *k = map->kind == YNODE_MAP ? map->first : NULL;
	json_t *what = NULL;

	(void)row;
	if (map->broken)
		return;
	if (k && map->count == 1 && k->value->kind == YNODE_SCALAR && !ynode_is_null(k->value) &&
	    (!strcmp(k->text, "from_env") || !strcmp(k->text, "from_file"))) {
		what = json_text_new(k->value->text);
	} else if (k && map->count == 1 && k->value->kind == YNODE_LIST && k->value->count &&
		   !strcmp(k->text, "from_command")) {
		what = json_array();
		for (const struct ynode *i = k->value->first; i; i = i->next)
			(void)json_array_append_new(
			    what, json_text_new(i->kind == YNODE_SCALAR ? i->text : ""));
	}
	if (what)
		add_secret(c->out, c->name, k->text, what);
	else
		ykeys_say(
		    r, map, E0816, help,
		    "the password of connection '%s' has to be a reference: a secret does not "
		    "stand in a file of the project",
		    c->name);
}

static void
read_extra(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct reading_of *c = base;

	(void)row;
	if (!ykeys_is_map(r, key->value, "'extra'"))
		return;
	for (const struct ynode *k = key->value->first; k; k = k->next) {
		const char *text = k->broken ? NULL : ykeys_scalar(r, k);
		char *part;

		if (!text || !ykeys_is_name(r, k, "part of 'extra'"))
			continue;
		if (connection_is_secret(k->text)) {
			ykeys_say(r, k->value, E0816,
				  "give it to the task: env: {NAME: {from_env: NAME}}",
				  "'%s' of connection '%s' is a secret, which does not stand in a "
				  "file of the project",
				  k->text, c->name);
			continue;
		}
		part = mem_format("extra.%s", k->text);
		add_part(c->out, c->name, part, text);
		free(part);
	}
}

#define AT(field) offsetof(struct reading_of, field)
static const struct key part_keys[] = {
	{ "type", WANT_TEXT, .at = AT(type) },
	{ "host", WANT_TEXT, .at = AT(host) },
	{ "port", WANT_INT64, .at = AT(port), .min = 1, .max = 65535 },
	{ "login", WANT_TEXT, .at = AT(login) },
	{ "password", WANT_CUSTOM, .read = read_password },
	{ "schema", WANT_TEXT, .at = AT(schema) },
	{ "extra", WANT_CUSTOM, .read = read_extra },
};
#undef AT

static void
read_connection(struct yreader *r, const struct ynode *key, struct variables *out)
{
	struct reading_of c = { .out = out, .name = key->text };
	struct keyset set = KEYSET(part_keys, &c);
	char what[NAME_MAX_BYTES + 32], port[24] = "";

	if (!variables_is_name(key->text, key->bytes)) {
		ykeys_say(r, key, E0206, "letters, digits and '_', not a digit first",
			  "'%s' cannot name a connection", key->text);
		return;
	}
	(void)snprintf(what, sizeof(what), "connection '%s'", key->text);
	if (!ykeys_read(r, key, key->value, what, &set, 1))
		return;
	(void)snprintf(port, sizeof(port), "%lld", (long long)c.port);
	add_part(out, c.name, "type", c.type);
	add_part(out, c.name, "host", c.host);
	add_part(out, c.name, "port", c.port ? port : NULL);
	add_part(out, c.name, "login", c.login);
	add_part(out, c.name, "schema", c.schema);
}

void
connections_read(struct yreader *r, const struct ynode *key, struct variables *out)
{
	if (!ykeys_is_map(r, key->value, "'connections'"))
		return;
	for (const struct ynode *k = key->value->first; k; k = k->next)
		if (!k->broken)
			read_connection(r, k, out);
}

/* What a variable of the environment says; secrets under `extra` are left out. */
static void
take(struct variables *v, const char *name, const char *variable, const struct conn_parts *c)
{
	const char *key;
	json_t *value;

	add_part(v, name, "type", c->type);
	add_part(v, name, "host", c->host);
	add_part(v, name, "port", c->port);
	add_part(v, name, "login", c->login);
	add_part(v, name, "schema", c->schema);
	if (c->password)
		add_secret(v, name, "from_connection", json_text_new(variable));
	json_object_foreach(c->extra, key, value)
	{
		char *part = mem_format("extra.%s", key);

		if (!connection_is_secret(key) && json_is_string(value))
			add_part(v, name, part, json_string_value(value));
		free(part);
	}
}

static void
override(struct variables *v, const char *entry, const char *end, struct diags *diags)
{
	char *variable = mem_bytes(entry, (size_t)(end - entry));
	char *name = variables_drop(v, "conn.", variable + strlen(prefix));
	struct arena *arena = arena_new();
	struct place at = { .file = variable };
	struct conn_parts c;

	if (connection_read(arena, end + 1, &c))
		take(v, name, variable, &c);
	else
		diags_say(diags, E0816, &at, "such as postgres://login:password@host:5432/schema",
			  "the environment variable is neither a URI nor a JSON object");
	json_decref(c.extra);
	arena_free(arena);
	free(name);
	free(variable);
}

void
connections_override(struct variables *v, char *const *environment, struct diags *diags)
{
	for (char *const *e = environment; e && *e; e++) {
		const char *name = *e + strlen(prefix), *end = strchr(*e, '=');

		if (strncmp(*e, prefix, strlen(prefix)) == 0 && end && end > name &&
		    variables_is_name(name, (size_t)(end - name)))
			override(v, *e, end, diags);
	}
}
