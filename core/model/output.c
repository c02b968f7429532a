/* output.c - what a task leaves for the tasks after it: named values of a type. */
#include "core/model/output.h"

#include "core/time/civil.h"
#include "core/base/size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_BYTES_MAX = 60, NAMED_BYTES_MAX = 300 };

static const struct {
	const char *word, *looks;
} types[] = {
#define X(id, word, looks) [id] = { word, looks },
	OUTPUT_TYPES(X)
#undef X
};

const char *
output_type_name(enum output_type type)
{
	return types[type].word;
}

int
output_type_of(const char *word)
{
	for (int i = 0; i < OUTPUT_TYPE_COUNT; i++)
		if (strcmp(types[i].word, word) == 0)
			return i;
	return -1;
}

/* ---- values ---- */

static void
take_json(const json_t *value, struct arena *arena, struct output_value *out)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	json_write(value, &text);
	out->bytes = text.bytes;
	out->text = arena_bytes(arena, text.data, text.bytes);
	buf_release(&text);
}

/* A value that is written as a text; false: it is none of its type. */
static bool
take_text(enum output_type type, const json_t *value, struct output_value *out)
{
	const char *text = json_string_value(value);
	size_t bytes = json_string_length(value);

	/* Jansson's texts end with a NUL, and have no other. */
	if (!text)
		return false;
	switch (type) {
	case OUTPUT_DATE:
		return date_parse(text, bytes, &out->whole);
	case OUTPUT_TIMESTAMP:
		return timestamp_parse(text, bytes, &out->whole);
	case OUTPUT_DURATION:
		return duration_parse(text, &out->whole);
	default:
		out->text = text;
		out->bytes = bytes;
		return true;
	}
}

/* A value that is not null; false: it is none of its type. */
static bool
take_value(enum output_type type, const json_t *value, struct arena *arena,
	   struct output_value *out)
{
	switch (type) {
	case OUTPUT_BOOL:
		out->yes = json_is_true(value);
		return json_is_boolean(value);
	case OUTPUT_INT64:
		out->whole = json_integer_value(value);
		return json_is_integer(value);
	case OUTPUT_FLOAT64:
		out->real = json_number_value(value);
		return json_is_number(value);
	case OUTPUT_JSON:
		take_json(value, arena, out);
		return true;
	default:
		return take_text(type, value, out);
	}
}

struct output_value
output_take(const struct task_output *output, const json_t *kept, struct arena *arena)
{
	static const struct output_value none = { .null = true };
	const json_t *value = json_object_get(kept, output->name);
	struct output_value out = { 0 };

	if (!value || json_is_null(value) || !take_value(output->type, value, arena, &out))
		return none;
	return out;
}

/* ---- checking ---- */

/* What a value is, for a person: "the text "12"". */
static void
say_found(const json_t *value, struct buf *out)
{
	struct buf text;

	if (json_is_object(value) || json_is_array(value)) {
		buf_text(out, json_is_object(value) ? "an object" : "a list");
		return;
	}
	buf_init(&text, SIZE_MAX);
	json_write(value, &text);
	buf_text(out, json_is_string(value)   ? "the text "
		      : json_is_number(value) ? "the number "
					      : "");
	buf_format(out, "%.*s%s", SHOWN_BYTES_MAX, text.data,
		   text.bytes > SHOWN_BYTES_MAX ? "..." : "");
	buf_release(&text);
}

/* A value as JSON; a float64 in as few digits as read back the same. */
static void
write_value(const json_t *value, struct buf *out)
{
	double real = json_real_value(value);
	char digits[32];

	if (!json_is_real(value)) {
		json_write(value, out);
		return;
	}
	for (int n = 15; n <= 17; n++) {
		(void)snprintf(digits, sizeof(digits), "%.*g", n, real);
		if (strtod(digits, NULL) == real)
			break;
	}
	buf_text(out, digits);
}

void
output_text(const json_t *value, struct buf *out)
{
	if (json_is_string(value))
		buf_text(out, json_string_value(value));
	else
		write_value(value, out);
}

/* A member of what is kept. */
static void
keep(const char *name, const json_t *value, struct buf *out)
{
	json_t *key = json_text_new(name);

	if (out->bytes > 1)
		buf_char(out, ',');
	json_write(key, out);
	buf_char(out, ':');
	json_decref(key);
	write_value(value, out);
}

static enum err_code
check_one(const struct task_output *output, const json_t *left, struct arena *arena,
	  struct buf *kept, struct err *err)
{
	const json_t *value = json_object_get(left, output->name);
	struct output_value taken = { 0 };
	struct buf found;

	if (!value)
		return err_set(err, ERR_INPUT,
			       "the outputs in $TIDEMILL_RESULT have no '%s', which is declared "
			       "as %s: write it, or null when it is not known",
			       output->name, types[output->type].word);
	if (json_is_null(value) || take_value(output->type, value, arena, &taken)) {
		keep(output->name, value, kept);
		return ERR_NONE;
	}
	buf_init(&found, NAMED_BYTES_MAX);
	say_found(value, &found);
	(void)err_set(err, ERR_INPUT,
		      "output '%s' in $TIDEMILL_RESULT is %s; %s is wanted: write %s", output->name,
		      found.data, types[output->type].word, types[output->type].looks);
	buf_release(&found);
	return ERR_INPUT;
}

json_t *
output_given(const struct task_output *output, const json_t *value, struct err *err)
{
	const char *text = json_string_value(value);
	struct arena *arena = arena_new();
	struct output_value taken = { 0 };
	json_t *spelled = NULL;
	struct buf found;

	if (text && json_read(&spelled, text, strlen(text), "a value", NULL))
		spelled = NULL;
	/* What a text spells, unless it is wanted as it is. */
	if (!spelled || output->type == OUTPUT_STRING ||
	    !take_value(output->type, spelled, arena, &taken)) {
		json_decref(spelled);
		spelled = json_incref((json_t *)(uintptr_t)value);
	}
	if (json_is_null(spelled) || !take_value(output->type, spelled, arena, &taken)) {
		json_decref(spelled);
		spelled = NULL;
		buf_init(&found, NAMED_BYTES_MAX);
		say_found(value, &found);
		(void)err_set(err, ERR_INPUT, "'%s' is %s; %s is wanted: write %s", output->name,
			      found.data, types[output->type].word, types[output->type].looks);
		buf_release(&found);
	}
	arena_free(arena);
	return spelled;
}

/* The names, for somebody who left nothing. */
static enum err_code
nothing_left(const struct task_output *outputs, size_t n, const char *why, struct err *err)
{
	struct buf names;

	buf_init(&names, NAMED_BYTES_MAX);
	for (size_t i = 0; i < n; i++)
		buf_format(&names, "%s\"%s\": ...", i ? ", " : "", outputs[i].name);
	(void)err_set(err, ERR_INPUT,
		      "the task declares outputs, and %s: write a JSON object into the file that "
		      "$TIDEMILL_RESULT names, {%s%s}",
		      why, names.data, names.full ? " ..." : "");
	buf_release(&names);
	return ERR_INPUT;
}

static enum err_code
too_long(struct err *err)
{
	return err_set(err, ERR_LIMIT,
		       "the outputs in $TIDEMILL_RESULT are longer than %s: leave what is "
		       "large in a file or a dataset, and its name here",
		       SIZE_TEXT(OUTPUTS_BYTES_MAX));
}

enum err_code
outputs_check(const struct task_output *outputs, size_t n, const char *text, size_t bytes,
	      struct buf *out, struct err *err)
{
	struct arena *arena;
	enum err_code code;
	struct buf kept;
	json_t *left;

	if (bytes > OUTPUTS_BYTES_MAX)
		return too_long(err);
	if (bytes == 0)
		return nothing_left(outputs, n, "it left nothing", err);
	code = json_read(&left, text, bytes, "the outputs in $TIDEMILL_RESULT as JSON", err);
	if (code)
		return code;
	if (!json_is_object(left)) {
		json_decref(left);
		return nothing_left(outputs, n, "what it left is no JSON object", err);
	}
	arena = arena_new();
	buf_init(&kept, OUTPUTS_BYTES_MAX);
	buf_char(&kept, '{');
	for (size_t i = 0; i < n && !code; i++)
		code = check_one(&outputs[i], left, arena, &kept, err);
	buf_char(&kept, '}');
	/* Numbers inside lists are written with all their digits. */
	if (!code && kept.full)
		code = too_long(err);
	if (!code)
		buf_add(out, kept.data, kept.bytes);
	buf_release(&kept);
	json_decref(left);
	arena_free(arena);
	return code;
}

/* ---- for the next try ---- */

static enum err_code
state_too_long(struct err *err)
{
	return err_set(err, ERR_LIMIT,
		       "the state in $TIDEMILL_STATE is longer than %s: keep what is large in "
		       "a file, and its name here",
		       SIZE_TEXT(STATE_BYTES_MAX));
}

enum err_code
state_check(const char *text, size_t bytes, struct buf *out, struct err *err)
{
	enum err_code code;
	struct buf kept;
	json_t *state;

	if (bytes > STATE_BYTES_MAX)
		return state_too_long(err);
	if (bytes == 0)
		return ERR_NONE;
	code = json_read(&state, text, bytes, "the state in $TIDEMILL_STATE as JSON", err);
	if (code)
		return code;
	buf_init(&kept, STATE_BYTES_MAX);
	json_write(state, &kept);
	if (!json_is_object(state))
		code = err_set(err, ERR_INPUT,
			       "the state in $TIDEMILL_STATE is no JSON object: write one, such as "
			       "{\"page\": 7}");
	else if (kept.full) /* a number may be written with more digits */
		code = state_too_long(err);
	else
		buf_add(out, kept.data, kept.bytes);
	buf_release(&kept);
	json_decref(state);
	return code;
}
