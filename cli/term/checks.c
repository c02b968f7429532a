/* checks.c - what the checks of an attempt found, with the first rows that failed. */
#include "cli/term/checks.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_BYTES_MAX = 60 };

/* A value as it stands in JSON, cut to what a line has room for; a text without its quotes. */
static void
add_value(const json_t *value, struct buf *out)
{
	const char *text = json_string_value(value);
	char *dumped = text ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t bytes;

	if (json_is_null(value)) {
		buf_text(out, "NULL");
	} else {
		text = text ? text : dumped ? dumped : "";
		bytes = strlen(text);
		buf_add(out, text, bytes > VALUE_BYTES_MAX ? VALUE_BYTES_MAX : bytes);
		buf_text(out, bytes > VALUE_BYTES_MAX ? "..." : "");
	}
	free(dumped);
}

/* "    row 3: tenant_id=NULL, amount=12" */
static void
add_row(const json_t *row, struct buf *out)
{
	const char *name;
	json_t *value;
	size_t n = 0;

	buf_format(out, "    row %lld:", (long long)json_get_int(row, "row", 0));
	json_object_foreach((json_t *)(uintptr_t)row, name, value)
	{
		if (!strcmp(name, "row"))
			continue;
		buf_format(out, "%s%s=", n++ ? ", " : " ", name);
		add_value(value, out);
	}
	buf_char(out, '\n');
}

void
checks_text(const json_t *checks, bool all, struct buf *out)
{
	const json_t *check, *row;
	size_t i, k;

	json_array_foreach(checks, i, check)
	{
		const char *status = json_get_text(check, "status", "");
		bool passed = !strcmp(status, "pass") || !strcmp(status, "skip");

		if (passed && !all)
			continue;
		buf_format(out, "check %-16s %s  %s\n", json_get_text(check, "check", ""), status,
			   json_get_text(check, "message", ""));
		json_array_foreach(passed ? NULL : json_object_get(check, "sample"), k, row)
		{
			add_row(row, out);
		}
	}
}
