/*
 * json_path.h - where in a JSON object a value stands: "$.a.b", "$.list[0]", "$[\"a b\"].c".  Pure.
 */
#ifndef CORE_MODEL_JSON_PATH_H
#define CORE_MODEL_JSON_PATH_H

#include "core/base/mem.h"

enum { JSON_PATH_STEPS_MAX = 32 };

/* Into an object, by a name, or into an array. */
struct json_step {
	const char *name; /* NULL: an array */
	size_t index;     /* from 0 */
};

struct json_path {
	struct json_step steps[JSON_PATH_STEPS_MAX];
	size_t n;
};

/* Does a name mean a path?  It begins with "$." or "$[". */
bool json_path_is(const char *text);

/* Read a path; names are copied into the arena.  False: it is none, or has too many steps. */
bool json_path_read(const char *text, struct arena *arena, struct json_path *out);

#endif
