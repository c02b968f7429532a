/* jkeys.c - a struct into a JSON object and back, by one table of its keys. */
#include "core/base/jkeys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const void *
field_of(const struct jkey *row, const void *base)
{
	return (const char *)base + row->at;
}

static size_t
count_of(const struct jkey *row, const void *base)
{
	return *(const size_t *)(const void *)((const char *)base + row->count_at);
}

/* ---- writing ---- */

static json_t *
list_new(const struct jkey *row, const void *base)
{
	const char *item = *(char *const *)field_of(row, base);
	json_t *list = json_array();

	for (size_t i = 0; i < count_of(row, base); i++, item += row->table->item_bytes) {
		json_t *object = json_object();

		jkeys_write(object, row->table, item);
		(void)json_array_append_new(list, object);
	}
	return list;
}

static json_t *
hex_new(const struct jkey *row, const char *digits)
{
	return row->prefix && *digits ? json_sprintf("%s%s", row->prefix, digits)
				      : json_text_new(digits);
}

static json_t *
value_new(const struct jkey *row, const void *base)
{
	const void *field = field_of(row, base);
	const char *text;
	json_t *object;

	switch (row->type) {
	case JKEY_TEXT:
		text = *(char *const *)field;
		return json_text_new(text ? text : "");
	case JKEY_OPTIONAL:
		return json_text_new(*(char *const *)field);
	case JKEY_HEX:
		return hex_new(row, field);
	case JKEY_INT:
		return json_integer(*(const int *)field);
	case JKEY_INT64:
		return json_integer(*(const int64_t *)field);
	case JKEY_BOOL:
		return json_boolean(*(const bool *)field);
	case JKEY_WORD:
		return json_text_new(row->word(*(const int *)field));
	case JKEY_ALWAYS:
		return json_integer(row->min);
	case JKEY_MAP:
		object = *(json_t *const *)field;
		return object ? json_incref(object) : json_object();
	case JKEY_ITEMS:
		object = *(json_t *const *)field;
		return object ? json_incref(object) : json_array();
	case JKEY_OBJECT:
		object = json_object();
		jkeys_write(object, row->table, field);
		return object;
	case JKEY_LIST:
		return list_new(row, base);
	case JKEY_CUSTOM:
		break;
	}
	return row->put(base);
}

/* Is there nothing in a field that is written only when there is something? */
static bool
is_nothing(const struct jkey *row, const void *base)
{
	const void *field = field_of(row, base);

	switch (row->type) {
	case JKEY_TEXT:
	case JKEY_OPTIONAL:
		return !*(char *const *)field;
	case JKEY_HEX:
		return !*(const char *)field;
	case JKEY_INT:
	case JKEY_WORD:
		return !*(const int *)field;
	case JKEY_INT64:
		return !*(const int64_t *)field;
	case JKEY_BOOL:
		return !*(const bool *)field;
	case JKEY_LIST:
		return !count_of(row, base);
	case JKEY_MAP:
	case JKEY_ITEMS:
		return !*(json_t *const *)field;
	case JKEY_ALWAYS:
	case JKEY_OBJECT:
	case JKEY_CUSTOM:
		break;
	}
	return false;
}

/* Is -1 a number that is not known? */
static bool
may_be_unknown(const struct jkey *row)
{
	return row->type == JKEY_INT64 && row->or_none;
}

void
jkeys_write(json_t *object, const struct jtable *table, const void *base)
{
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct jkey *row = &table->rows[i];
		json_t *value;

		if (row->sparse && is_nothing(row, base))
			continue;
		if (may_be_unknown(row) && *(const int64_t *)field_of(row, base) < 0)
			continue;
		/* Only memory can fail here; a record without a member is refused when read. */
		value = value_new(row, base);
		if (value)
			(void)json_object_set_new(object, row->name, value);
	}
}

/* ---- reading ---- */

void
jkeys_refuse(struct jreader *r, const char *name, const char *wanted)
{
	if (!r->code)
		r->code = err_set(r->err, ERR_INPUT, "'%s%s' has to be %s", r->in, name, wanted);
}

static void
refuse(struct jreader *r, const struct jkey *row, const char *wanted)
{
	jkeys_refuse(r, row->name, row->wanted ? row->wanted : wanted);
}

static void
read_text(struct jreader *r, const struct jkey *row, const json_t *value, char **out)
{
	bool may_be_null = row->type == JKEY_OPTIONAL;
	const char *text = json_string_value(value);

	if (!text && !(may_be_null && json_is_null(value)))
		jkeys_refuse(r, row->name, may_be_null ? "a string or null" : "a string");
	else if (text && row->good && !row->good(text))
		refuse(r, row, "another text");
	else if (text && row->max && json_string_length(value) > (size_t)row->max)
		refuse(r, row, "shorter");
	else
		*out = r->arena ? arena_str(r->arena, text) : mem_str(text);
}

static void
read_hex(struct jreader *r, const struct jkey *row, const json_t *value, char *out)
{
	const char *text = json_string_value(value), *digits = text;
	size_t skip = row->prefix ? strlen(row->prefix) : 0, chars = (size_t)row->max;

	if (text && row->or_none && !*text)
		return;
	if (text && skip)
		digits = strncmp(text, row->prefix, skip) == 0 ? text + skip : NULL;
	if (digits && strlen(digits) == chars && strspn(digits, "0123456789abcdef") == chars)
		memcpy(out, digits, chars + 1);
	else
		refuse(r, row,
		       text ? "a digest or id in lower-case hexadecimal digits" : "a string");
}

static int64_t
read_number(struct jreader *r, const struct jkey *row, const json_t *value)
{
	int64_t low = row->min, high = row->type == JKEY_ALWAYS ? low : row->max;
	char wanted[80];

	if (json_is_integer(value) && json_integer_value(value) >= low &&
	    json_integer_value(value) <= high)
		return json_integer_value(value);
	if (row->type == JKEY_ALWAYS)
		(void)snprintf(wanted, sizeof(wanted),
			       "%lld: another version of the program wrote it", (long long)low);
	else if (high == INT64_MAX && low == INT64_MIN)
		(void)snprintf(wanted, sizeof(wanted), "a whole number");
	else if (high == INT64_MAX)
		(void)snprintf(wanted, sizeof(wanted), "a whole number from %lld", (long long)low);
	else
		(void)snprintf(wanted, sizeof(wanted), "a whole number from %lld to %lld",
			       (long long)low, (long long)high);
	refuse(r, row, wanted);
	return 0;
}

static void
read_word(struct jreader *r, const struct jkey *row, const json_t *value, int *out)
{
	const char *word = json_string_value(value);
	int found = word ? row->value(word) : -1;

	if (found < 0)
		refuse(r, row, word ? "a word that this version knows" : "a string");
	else
		*out = found;
}

/* An object, or a list, that is kept as it is. */
static void
read_json(struct jreader *r, const struct jkey *row, json_t *value, json_t **out)
{
	bool is_list = row->type == JKEY_ITEMS;

	if (is_list ? !json_is_array(value) : !json_is_object(value))
		refuse(r, row, is_list ? "a list" : "an object");
	else if (is_list && json_array_size(value) > (size_t)row->max)
		r->code = err_set(r->err, ERR_LIMIT, "'%s%s' has more than %lld items", r->in,
				  row->name, (long long)row->max);
	else
		*out = json_incref(value);
}

/* Members that are read until the old prefix is put back stand in `name`, or in its item i. */
static size_t
enter(struct jreader *r, const char *name, size_t i, bool is_item)
{
	size_t was = strlen(r->in);

	if (is_item)
		(void)snprintf(r->in + was, sizeof(r->in) - was, "%s[%zu].", name, i);
	else
		(void)snprintf(r->in + was, sizeof(r->in) - was, "%s.", name);
	return was;
}

static void
read_list(struct jreader *r, const struct jkey *row, const json_t *list, void *base)
{
	const struct jtable *t = row->table;
	size_t n = json_array_size(list), *count;
	char *items;

	if (!json_is_array(list)) {
		refuse(r, row, "a list");
		return;
	}
	if (n > t->items_max && !r->code)
		r->code = err_set(r->err, ERR_LIMIT, "'%s%s' has more than %zu items", r->in,
				  row->name, t->items_max);
	if (r->code)
		return;
	/* One more than there are: a list of nothing is no NULL. */
	items = r->arena ? arena_get(r->arena, (n + 1) * t->item_bytes)
			 : mem_new(n + 1, t->item_bytes);
	memcpy((char *)base + row->at, &items, sizeof(items));
	count = (size_t *)(void *)((char *)base + row->count_at);
	for (size_t i = 0; i < n && !r->code; i++, items += t->item_bytes) {
		size_t was = enter(r, row->name, i, true);

		(*count)++;
		jkeys_read(r, json_array_get(list, i), t, items);
		if (!r->code && t->check)
			t->check(r, items);
		r->in[was] = '\0';
	}
}

static void
read_object(struct jreader *r, const struct jkey *row, const json_t *object, void *field)
{
	size_t was;

	if (!json_is_object(object)) {
		refuse(r, row, "an object");
		return;
	}
	was = enter(r, row->name, 0, false);
	jkeys_read(r, object, row->table, field);
	r->in[was] = '\0';
}

static void
read_row(struct jreader *r, const struct jkey *row, json_t *value, void *base)
{
	void *field = (char *)base + row->at;

	switch (row->type) {
	case JKEY_TEXT:
	case JKEY_OPTIONAL:
		read_text(r, row, value, field);
		break;
	case JKEY_HEX:
		read_hex(r, row, value, field);
		break;
	case JKEY_INT:
		*(int *)field = (int)read_number(r, row, value);
		break;
	case JKEY_INT64:
		*(int64_t *)field = value || !row->or_none ? read_number(r, row, value) : -1;
		break;
	case JKEY_BOOL:
		*(bool *)field = json_is_true(value);
		if (!json_is_boolean(value))
			refuse(r, row, "true or false");
		break;
	case JKEY_WORD:
		read_word(r, row, value, field);
		break;
	case JKEY_ALWAYS:
		(void)read_number(r, row, value);
		break;
	case JKEY_MAP:
	case JKEY_ITEMS:
		read_json(r, row, value, field);
		break;
	case JKEY_OBJECT:
		read_object(r, row, value, field);
		break;
	case JKEY_LIST:
		read_list(r, row, value, base);
		break;
	case JKEY_CUSTOM:
		row->take(r, row, value, base);
		break;
	}
}

void
jkeys_read(struct jreader *r, const json_t *object, const struct jtable *table, void *base)
{
	for (size_t i = 0; i < table->n_rows && !r->code; i++) {
		const struct jkey *row = &table->rows[i];
		json_t *value = json_object_get(object, row->name);

		if (value || !row->sparse || row->type == JKEY_CUSTOM)
			read_row(r, row, value, base);
	}
}
