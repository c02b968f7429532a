/* answer.c - rows of a query as JSON. */
#include "core/view/answer.h"

#include "core/base/mem.h"
#include "core/model/gate.h"
#include "core/view/open.h"

#include <stdlib.h>
#include <string.h>

static json_t *
parsed(const char *text)
{
	json_t *value = NULL;

	if (json_read(&value, text, strlen(text), "a stored value", NULL))
		return json_text_new(text);
	return value;
}

static json_t *
value_of(const struct stmt *s, int at, const char *kind)
{
	switch (stmt_col_type(s, at)) {
	case DB_NULL:
		return json_null();
	case DB_INT:
		if (strcmp(kind, ":bool") == 0)
			return json_boolean(stmt_col_int(s, at) != 0);
		return json_integer(stmt_col_int(s, at));
	case DB_REAL:
		return json_real(stmt_col_real(s, at));
	case DB_TEXT:
		break;
	}
	if (strcmp(kind, ":json") == 0 || strcmp(kind, ":if_json") == 0)
		return parsed(stmt_col_text(s, at));
	return json_text_new(stmt_col_text(s, at));
}

/* What holds something back: the sentence under `key`, and under "gate" what it is made from. */
static void
put_gate(json_t *object, const char *key, const char *stored)
{
	json_t *value = parsed(stored);
	struct buf sentence;
	struct gate gate;

	gate_read(&gate, value);
	buf_init(&sentence, SIZE_MAX / 2);
	gate_say(&gate, &sentence);
	(void)json_object_set_new(object, key, json_text_new(sentence.data));
	if (json_is_object(value))
		(void)json_object_set(object, "gate", value);
	buf_release(&sentence);
	json_decref(value);
}

static json_t *
object_of(const struct stmt *s)
{
	json_t *object = json_object();

	for (int i = 0; i < stmt_columns(s); i++) {
		const char *name = stmt_col_name(s, i);
		const char *kind = strchr(name, ':');
		char *key;

		if (kind && strncmp(kind, ":if", 3) == 0 && stmt_col_type(s, i) == DB_NULL)
			continue;
		key = kind ? mem_bytes(name, (size_t)(kind - name)) : mem_str(name);
		if (kind && strcmp(kind, ":gate") == 0)
			put_gate(object, key, stmt_col_text(s, i));
		else
			(void)json_object_set_new(object, key, value_of(s, i, kind ? kind : ""));
		free(key);
	}
	return object;
}

enum err_code
answer_rows(struct stmt *s, json_t **out, struct err *err)
{
	json_t *rows = json_array();
	enum err_code code;

	while (json_array_size(rows) < VIEW_ROWS_MAX && stmt_row(s))
		(void)json_array_append_new(rows, object_of(s));
	code = stmt_end(s, err);
	if (code)
		json_decref(rows);
	else
		*out = rows;
	return code;
}

enum err_code
answer_row(struct stmt *s, json_t **out, struct err *err)
{
	json_t *row = stmt_row(s) ? object_of(s) : NULL;
	enum err_code code = stmt_end(s, err);

	if (code)
		json_decref(row);
	else
		*out = row;
	return code;
}

int64_t
answer_limit(int limit)
{
	return limit > 0 && limit < VIEW_ROWS_MAX ? limit : VIEW_ROWS_MAX;
}

json_t *
answer_reversed(json_t *rows)
{
	json_t *out = json_array();

	for (size_t i = json_array_size(rows); i-- > 0;)
		(void)json_array_append(out, json_array_get(rows, i));
	json_decref(rows);
	return out;
}
