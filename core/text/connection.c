/* connection.c - a connection as Airflow spells it in a variable of the environment. */
#include "core/text/connection.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
connection_is_secret(const char *name)
{
	static const char *const words[] = { "access_token", "api_key", "apikey",   "authorization",
					     "passphrase",   "passwd",  "password", "private_key",
					     "secret",       "token" };

	for (size_t i = 0; i < countof(words); i++)
		for (const char *p = name; *p; p++)
			if (strncasecmp(p, words[i], strlen(words[i])) == 0)
				return true;
	return false;
}

static int
hex_of(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* `bytes` bytes with %41 read as A; NULL: none. */
static char *
decode(struct arena *arena, const char *text, size_t bytes)
{
	char *out = arena_bytes(arena, text, bytes), *to = out;

	for (size_t i = 0; i < bytes; i++) {
		int high = text[i] == '%' && i + 2 < bytes ? hex_of(text[i + 1]) : -1;
		int low = high >= 0 ? hex_of(text[i + 2]) : -1;

		if (low >= 0 && (high || low)) {
			*to++ = (char)(high << 4 | low);
			i += 2;
		} else {
			*to++ = text[i];
		}
	}
	*to = '\0';
	return bytes ? out : NULL;
}

static void
read_query(struct arena *arena, const char *text, struct conn_parts *out)
{
	out->extra = json_object();
	while (*text) {
		size_t bytes = strcspn(text, "&"), name = strcspn(text, "=&");
		const char *key = decode(arena, text, name);
		const char *value = name < bytes ? decode(arena, text + name + 1, bytes - name - 1)
						 : NULL;

		if (key)
			json_object_set_new(out->extra, key, json_text_new(value ? value : ""));
		text += bytes + (text[bytes] == '&');
	}
}

/* login:password@host:port, each of which may be absent. */
static void
read_authority(struct arena *arena, const char *text, size_t bytes, struct conn_parts *out)
{
	const char *at = memrchr(text, '@', bytes), *end = text + bytes, *colon;

	if (at) {
		colon = memchr(text, ':', (size_t)(at - text));
		out->login = decode(arena, text, (size_t)((colon ? colon : at) - text));
		if (colon)
			out->password = decode(arena, colon + 1, (size_t)(at - colon - 1));
		text = at + 1;
	}
	colon = memrchr(text, ':', (size_t)(end - text));
	if (colon && memchr(colon, ']', (size_t)(end - colon)))
		colon = NULL; /* of an address in brackets */
	out->host = decode(arena, text, (size_t)((colon ? colon : end) - text));
	if (colon)
		out->port = decode(arena, colon + 1, (size_t)(end - colon - 1));
}

static bool
read_uri(struct arena *arena, const char *text, struct conn_parts *out)
{
	const char *rest = strstr(text, "://"), *query;
	size_t authority;

	if (!rest || rest == text || memchr(text, '/', (size_t)(rest - text)))
		return false;
	out->type = decode(arena, text, (size_t)(rest - text));
	rest += 3;
	authority = strcspn(rest, "/?");
	read_authority(arena, rest, authority, out);
	rest += authority;
	query = strchr(rest, '?');
	if (*rest == '/')
		out->schema = decode(arena, rest + 1,
				     query ? (size_t)(query - rest) - 1 : strlen(rest + 1));
	if (query)
		read_query(arena, query + 1, out);
	return true;
}

/* A member as text: a string, or a number as it is written. */
static const char *
member(struct arena *arena, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	const char *text = NULL;
	char *number;

	if (json_is_string(value))
		text = arena_str(arena, json_string_value(value));
	if (json_is_integer(value)) {
		number = json_compact(value);
		text = arena_str(arena, number);
		free(number);
	}
	return text && *text ? text : NULL;
}

static bool
read_json(struct arena *arena, const char *text, struct conn_parts *out)
{
	json_t *object = NULL, *extra;

	if (json_read(&object, text, strlen(text), "the connection", NULL) ||
	    !json_is_object(object)) {
		json_decref(object);
		return false;
	}
	out->type = member(arena, object, "conn_type");
	if (!out->type)
		out->type = member(arena, object, "type");
	out->host = member(arena, object, "host");
	out->port = member(arena, object, "port");
	out->login = member(arena, object, "login");
	out->password = member(arena, object, "password");
	out->schema = member(arena, object, "schema");
	extra = json_object_get(object, "extra");
	if (json_is_object(extra))
		out->extra = json_incref(extra);
	else if (json_is_string(extra))
		(void)!json_read(&out->extra, json_string_value(extra), json_string_length(extra),
				 "the extra", NULL);
	json_decref(object);
	return true;
}

bool
connection_read(struct arena *arena, const char *text, struct conn_parts *out)
{
	*out = (struct conn_parts){ 0 };
	return *text == '{' ? read_json(arena, text, out) : read_uri(arena, text, out);
}
