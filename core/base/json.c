/* json.c - the one place that includes Jansson, and the few readers we add. */
#include "core/base/json.h"

#include "core/base/mem.h"
#include "core/base/unicode.h"

#include <stdlib.h>
#include <string.h>

enum err_code
json_read(json_t **out, const char *data, size_t bytes, const char *what, struct err *err)
{
	json_error_t why;
	json_t *value = json_loadb(data, bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);

	if (!value)
		return err_set(err, ERR_INPUT, "read %s: line %d: %s", what, why.line, why.text);
	*out = value;
	return ERR_NONE;
}

/* Behind the string that begins at `at`; NULL: it does not end. */
static const char *
string_end(const char *at, const char *end)
{
	for (at++; at < end; at++) {
		if (*at == '"')
			return at + 1;
		at += *at == '\\';
	}
	return NULL;
}

/* Behind the object or list that begins at `at`; NULL: it does not end. */
static const char *
brackets_end(const char *at, const char *end)
{
	size_t depth = 0;

	while (at && at < end) {
		if (*at == '"') {
			at = string_end(at, end);
			continue;
		}
		depth += *at == '{' || *at == '[';
		depth -= *at == '}' || *at == ']';
		at++;
		if (!depth)
			return at;
	}
	return NULL;
}

/* Is the string [from, end), with its quotes, one of the names? */
static bool
is_named(const char *from, const char *end, const char *const *names)
{
	size_t bytes = (size_t)(end - from);

	for (; *names; names++)
		if (strlen(*names) + 2 == bytes && !memcmp(from + 1, *names, bytes - 2))
			return true;
	return false;
}

void
json_without(const char *data, size_t bytes, const char *const *names, struct buf *out)
{
	const char *end = data + bytes, *kept = data, *at = data, *key = data, *key_end = data;

	if (bytes && *at == '{')
		at++;
	else
		at = end;
	while (at && at < end) {
		const char *begin = at;

		if (*begin == '"') {
			key = begin;
			key_end = at = string_end(begin, end);
		} else if (*begin == '{' || *begin == '[') {
			at = brackets_end(begin, end);
			if (!at || !is_named(key, key_end, names))
				continue;
			buf_add(out, kept, (size_t)(begin + 1 - kept));
			kept = at - 1;
		} else {
			at++;
		}
	}
	buf_add(out, kept, (size_t)(end - kept));
}

static int
append(const char *piece, size_t bytes, void *arg)
{
	buf_add(arg, piece, bytes);
	return 0;
}

void
json_write(const json_t *value, struct buf *out)
{
	/* Only memory can fail here: a value that exists has valid text and finite numbers. */
	if (json_dump_callback(value, append, out, JSON_COMPACT | JSON_ENCODE_ANY) < 0)
		mem_exhausted();
}

static void *
get_memory(size_t bytes)
{
	void *p = malloc(bytes);

	if (!p)
		mem_exhausted();
	return p;
}

void
json_memory(void)
{
	json_set_alloc_funcs(get_memory, free);
}

void
json_warm(void)
{
	static const char text[] = "{\"a\":[1,2.5,true,null,\"text\"],\"b\":{\"c\":-1}}";
	json_t *value = NULL;
	struct buf out;

	json_object_seed(0); /* reads the kernel's random numbers */
	buf_init(&out, sizeof(text));
	if (!json_read(&value, text, sizeof(text) - 1, "an example", NULL))
		json_write(value, &out);
	json_decref(value);
	buf_release(&out);
}

char *
json_compact(const json_t *value)
{
	struct buf text;
	char *out;

	buf_init(&text, SIZE_MAX / 2);
	json_write(value, &text);
	out = buf_give(&text);
	buf_release(&text);
	return out;
}

const char *
json_get_text(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : otherwise;
}

int64_t
json_get_int(const json_t *object, const char *key, int64_t otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool
json_get_bool(const json_t *object, const char *key, bool otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

json_t *
json_text_new(const char *text)
{
	return text ? json_bytes_new(text, strlen(text)) : json_null();
}

json_t *
json_bytes_new(const char *text, size_t bytes)
{
	const char *end = text + bytes;
	struct buf clean;
	json_t *value = json_stringn(text, bytes);

	if (value)
		return value;
	buf_init(&clean, SIZE_MAX);
	for (const char *at = text; at < end;) {
		size_t n = unicode_bytes(at, (size_t)(end - at));

		buf_add(&clean, n ? at : "\xEF\xBF\xBD", n ? n : 3);
		at += n ? n : 1;
	}
	value = json_stringn(clean.data, clean.bytes);
	buf_release(&clean);
	return value;
}
