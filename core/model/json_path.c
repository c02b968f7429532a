/* json_path.c - where in a JSON object a value stands. */
#include "core/model/json_path.h"

#include <string.h>

enum { INDEX_DIGITS_MAX = 9 };

bool
json_path_is(const char *text)
{
	return text[0] == '$' && (text[1] == '.' || text[1] == '[');
}

/* What stands in brackets at p: a number, or a name in quotes; behind them, or NULL. */
static const char *
read_brackets(const char *p, struct arena *arena, struct json_step *out)
{
	char quote = *p;
	size_t n;

	if (quote == '"' || quote == '\'') {
		const char *end = strchr(++p, quote);

		if (!end || end == p || end[1] != ']')
			return NULL;
		out->name = arena_bytes(arena, p, (size_t)(end - p));
		return end + 2;
	}
	n = strspn(p, "0123456789");
	if (!n || n > INDEX_DIGITS_MAX || p[n] != ']')
		return NULL;
	for (size_t i = 0; i < n; i++)
		out->index = out->index * 10 + (size_t)(p[i] - '0');
	return p + n + 1;
}

bool
json_path_read(const char *text, struct arena *arena, struct json_path *out)
{
	const char *p = text + 1;

	*out = (struct json_path){ .n = 0 };
	if (!json_path_is(text))
		return false;
	while (*p) {
		struct json_step *step = &out->steps[out->n];
		size_t n;

		if (out->n++ == JSON_PATH_STEPS_MAX)
			return false;
		if (*p == '[') {
			p = read_brackets(p + 1, arena, step);
			if (!p)
				return false;
			continue;
		}
		if (*p++ != '.')
			return false;
		n = strcspn(p, ".[");
		if (!n)
			return false;
		step->name = arena_bytes(arena, p, n);
		p += n;
	}
	/* A line is an object. */
	return out->n && out->steps[0].name;
}
