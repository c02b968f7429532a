/* http.c - the keys of `http:` of a sensor. */
#include "core/op/http.h"

#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct op_http, field)

static const char *const method_words[] = { "GET", "HEAD", NULL };

/* One status or a list of them. */
static void
read_status(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const struct ynode *value = key->value;
	const struct ynode *one = value->kind == YNODE_LIST ? value->first : value;
	struct op_http *http = base;
	int64_t status;

	if (value->broken)
		return;
	for (; one; one = value->kind == YNODE_LIST ? one->next : NULL) {
		if (http->n_statuses == HTTP_STATUSES_MAX) {
			ykeys_say(r, one, E0216, NULL, "'%s' has more than %d", row->name,
				  HTTP_STATUSES_MAX);
			return;
		}
		if (ykeys_int(r, one, row->name, 100, 599, &status))
			http->statuses[http->n_statuses++] = (int)status;
	}
}

/* Where a value stands in the body. */
static void
read_path(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const char *text = ykeys_scalar(r, key);
	struct op_http *http = base;

	if (!text)
		return;
	if (!json_path_is(text) || !json_path_read(text, r->arena, &http->path))
		ykeys_say(r, key->value, E0206, "such as $.state or $.jobs[0].state",
			  "'%s' of '%s' is no path into JSON", text, row->name);
	http->path_text = arena_str(r->arena, text);
}

static const struct key json_keys[] = {
	{ "path", WANT_CUSTOM, .required = true, .read = read_path },
	{ "equals", WANT_TEMPLATE, .required = true, .at = AT(equals) },
};

static void
read_json(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct keyset set = KEYSET(json_keys, base);

	(void)row;
	(void)ykeys_read(r, key, key->value, "'json'", &set, 1);
}

/* ---- headers ---- */

#define AT_VALUE(field) offsetof(struct env_entry, field)

static const struct key value_keys[] = {
	{ "from_env", WANT_TEXT, .at = AT_VALUE(from_env) },
	{ "from_file", WANT_TEXT, .at = AT_VALUE(from_file) },
};

/* A token of RFC 9110. */
static bool
is_header_name(const char *name)
{
	static const char others[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *name && !name[strspn(name, others)];
}

static bool
read_header(struct yreader *r, const struct ynode *key, size_t at, struct http_header *out)
{
	struct keyset set = KEYSET(value_keys, &out->value);
	size_t errors = r->diags->errors;
	char variable[40];

	if (!is_header_name(key->text)) {
		ykeys_say(r, key, E0206, NULL, "'%s' is no name of a header", key->text);
		return false;
	}
	(void)snprintf(variable, sizeof(variable), "TIDEMILL_HEADER_%zu", at);
	*out = (struct http_header){ .name = arena_str(r->arena, key->text),
				     .value = { .name = arena_str(r->arena, variable) } };
	if (key->value->kind == YNODE_SCALAR) {
		out->value.value = ykeys_template(r, key->value, key->text);
		return out->value.value != NULL;
	}
	if (!ykeys_read(r, key, key->value, "a header", &set, 1) || r->diags->errors > errors)
		return false;
	if (!out->value.from_env == !out->value.from_file) {
		ykeys_say(r, key, E0206, NULL,
			  "header '%s' has one value: a text, 'from_env' or 'from_file'",
			  key->text);
		return false;
	}
	return true;
}

static void
read_headers(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_http *http = base;
	struct http_header *headers;

	(void)row;
	if (!ykeys_is_map(r, key->value, "'headers'"))
		return;
	if (key->value->count > HTTP_HEADERS_MAX) {
		ykeys_say(r, key->value, E0216, NULL, "'headers' has more than %d",
			  HTTP_HEADERS_MAX);
		return;
	}
	headers = arena_get(r->arena, (key->value->count + 1) * sizeof(*headers));
	for (const struct ynode *k = key->value->first; k; k = k->next)
		if (!k->broken && read_header(r, k, http->n_headers, &headers[http->n_headers]))
			http->n_headers++;
	http->headers = headers;
}

static const struct key http_keys[] = {
	{ "url", WANT_TEMPLATE, .required = true, .at = AT(url) },
	{ "method", WANT_FLAG, .at = AT(head), .words = method_words },
	{ "status", WANT_CUSTOM, .read = read_status },
	{ "json", WANT_CUSTOM, .read = read_json },
	{ "headers", WANT_CUSTOM, .read = read_headers },
};

void
http_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_http *http = (struct op_http *)(void *)((char *)base + row->at);
	struct keyset set = KEYSET(http_keys, http);
	const char *url;

	if (!ykeys_read(r, key, key->value, "'http'", &set, 1) || !http->url)
		return;
	url = http->url;
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0 &&
	    strncmp(url, "{{", 2) != 0)
		ykeys_say(r, ynode_get(key->value, "url"), E0206, NULL,
			  "'%s' of 'url' begins neither with http:// nor with https://", url);
	if (http->path_text && http->head)
		ykeys_say(r, ynode_get(key->value, "json"), E0672, NULL,
			  "an answer to HEAD has no body for 'json' to look into");
}

void
http_end(struct yreader *r, const struct op_http *http, struct task *task)
{
	struct env_entry *env;

	if (!http->n_headers)
		return;
	env = arena_get(r->arena, (task->n_env + http->n_headers) * sizeof(*env));
	for (size_t i = 0; i < task->n_env; i++)
		env[i] = task->env[i];
	for (size_t i = 0; i < http->n_headers; i++)
		env[task->n_env + i] = http->headers[i].value;
	task->env = env;
	task->n_env += http->n_headers;
}
