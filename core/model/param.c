/* param.c - the parameters of a dag: what a value may look like, and a run's values. */
#include "core/model/param.h"

#include "core/base/json.h"
#include "core/base/size.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN_BYTES_MAX = 400 }; /* of the names that a message lists */

/* ---- spelling ---- */

/* Past the digits at p; NULL: there are none. */
static const char *
skip_digits(const char *p)
{
	size_t n = strspn(p, "0123456789");

	return n ? p + n : NULL;
}

bool
param_is_number(const char *text, bool whole)
{
	const char *p = text + (*text == '-');

	p = *p == '0' ? p + 1 : skip_digits(p);
	if (!whole && p && *p == '.')
		p = skip_digits(p + 1);
	if (!whole && p && (*p == 'e' || *p == 'E')) {
		p++;
		p = skip_digits(p + (*p == '+' || *p == '-'));
	}
	return p && *p == '\0';
}

/* A list of single values. */
static bool
is_list(const json_t *value)
{
	bool right = json_is_array(value);

	for (size_t i = 0; i < json_array_size(value) && right; i++) {
		const json_t *item = json_array_get(value, i);

		right = json_is_string(item) || json_is_number(item) || json_is_boolean(item);
	}
	return right;
}

static bool
fits_list(const char *text)
{
	json_t *value = NULL;
	bool fits = !json_read(&value, text, strlen(text), "a list", NULL) && is_list(value);

	json_decref(value);
	return fits;
}

bool
param_fits(enum param_type type, const char *text)
{
	switch (type) {
	case PARAM_STRING:
		return true;
	case PARAM_INT:
		errno = 0;
		return param_is_number(text, true) && (strtoll(text, NULL, 10), errno == 0);
	case PARAM_NUMBER:
		return param_is_number(text, false) && isfinite(strtod(text, NULL));
	case PARAM_BOOL:
		return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
	case PARAM_LIST:
		return fits_list(text);
	}
	return false;
}

bool
param_is_reference(const char *text)
{
	const char *name = text + strlen(PARAM_OF_ENV), *path = text + strlen(PARAM_OF_FILE);

	if (!strncmp(text, PARAM_OF_ENV, strlen(PARAM_OF_ENV)))
		return *name && !strchr(name, '=');
	return !strncmp(text, PARAM_OF_FILE, strlen(PARAM_OF_FILE)) && *path;
}

/* ---- the values of a run ---- */

/* A JSON scalar, or a list, as the text a template shows; NULL: it is none. */
static char *
value_text(struct arena *arena, const json_t *value)
{
	struct buf text;
	char *out;

	if (json_is_string(value))
		return arena_str(arena, json_string_value(value));
	if (!json_is_number(value) && !json_is_boolean(value) && !json_is_array(value))
		return NULL;
	buf_init(&text, SIZE_MAX);
	json_write(value, &text);
	out = arena_str(arena, text.data);
	buf_release(&text);
	return out;
}

/* The values as an object, which the caller releases. */
static enum err_code
read_values(const char *text, const char *what, json_t **out, struct err *err)
{
	enum err_code code;

	if (!text || !*text)
		text = "{}";
	code = json_read(out, text, strlen(text), what, err);
	if (!code && !json_is_object(*out)) {
		json_decref(*out);
		*out = NULL;
		code = err_set(err, ERR_INPUT, "%s: not a JSON object", what);
	}
	return code;
}

static const struct param *
find_param(const struct param *params, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(params[i].name, name) == 0)
			return &params[i];
	return NULL;
}

static bool
value_fits(const struct param *param, const json_t *value)
{
	struct arena *arena = arena_new();
	const char *text = value_text(arena, value);
	bool fits = text && (param->type != PARAM_STRING || json_is_string(value)) &&
		    param_fits(param->type, text) && (!param->secret || param_is_reference(text));

	arena_free(arena);
	return fits;
}

/* Says which ones there are: they are few, and not listed anywhere else. */
static enum err_code
unknown_param(const char *dag, const struct param *params, size_t n_params, const char *name,
	      struct err *err)
{
	struct buf known;

	buf_init(&known, KNOWN_BYTES_MAX);
	for (size_t i = 0; i < n_params; i++)
		buf_format(&known, "%s%s", i ? ", " : "", params[i].name);
	(void)err_set(err, ERR_INPUT, "dag '%s' has no param '%.128s'; it has %s", dag, name,
		      n_params ? known.data : "none");
	buf_release(&known);
	return ERR_INPUT;
}

static enum err_code
check_values(const char *dag, const struct param *params, size_t n_params, json_t *given,
	     struct err *err)
{
	static const char *const wanted[] = {
		[PARAM_STRING] = "it is a text",
		[PARAM_INT] = "it is a whole number such as 7",
		[PARAM_NUMBER] = "it is a number such as 0.5",
		[PARAM_BOOL] = "it is true or false",
		[PARAM_LIST] = "a list is JSON such as [\"a\", 7]",
	};
	const struct param *param;
	const char *name;
	json_t *value;

	json_object_foreach(given, name, value)
	{
		param = find_param(params, n_params, name);
		if (!param)
			return unknown_param(dag, params, n_params, name, err);
		/* What was given is shown nowhere: it may be the secret itself. */
		if (!value_fits(param, value) && param->secret)
			return err_set(err, ERR_INPUT,
				       "param '%s' of dag '%s' is secret, and is given by where it "
				       "is found: -p %s=env:NAME, or -p %s=file:PATH",
				       name, dag, name, name);
		if (!value_fits(param, value))
			return err_set(err, ERR_INPUT,
				       "param '%s' of dag '%s' has a value of another type: %s",
				       name, dag, wanted[param->type]);
	}
	for (size_t i = 0; i < n_params; i++) {
		if (!params[i].value && !json_object_get(given, params[i].name))
			return err_set(err, ERR_INPUT,
				       "param '%s' of dag '%s' has no default: give it with "
				       "-p %s=%s",
				       params[i].name, dag, params[i].name,
				       params[i].secret ? "env:NAME" : "VALUE");
	}
	return ERR_NONE;
}

enum err_code
params_check(const char *dag, const struct param *params, size_t n_params, const char *text,
	     struct err *err)
{
	json_t *given = NULL;
	enum err_code code;

	if (text && strlen(text) > PARAMS_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "params are larger than %s",
			       SIZE_TEXT(PARAMS_BYTES_MAX));
	code = read_values(text, "params", &given, err);
	if (!code)
		code = check_values(dag, params, n_params, given, err);
	json_decref(given);
	return code;
}

/* A list as JSON without blanks, however it was spelled; NULL: the text is none. */
static char *
list_text(struct arena *arena, const char *text)
{
	json_t *list = NULL;
	char *out = NULL;

	if (!json_read(&list, text, strlen(text), "a list", NULL) && is_list(list))
		out = value_text(arena, list);
	json_decref(list);
	return out;
}

/* The value of a parameter, given or its default; NULL: it has none, or one that is not of it. */
static char *
shown_value(const struct param *p, const json_t *given, struct arena *arena)
{
	char *shown = given ? value_text(arena, given) : arena_str(arena, p->value);

	if (shown && p->type == PARAM_LIST)
		return list_text(arena, shown);
	return json_is_array(given) ? NULL : shown;
}

const char *
param_shown(const struct param *param, const char *text, struct arena *arena)
{
	json_t *given = NULL;
	char *shown = NULL;

	if (!read_values(text, "the params of the run", &given, NULL))
		shown = shown_value(param, json_object_get(given, param->name), arena);
	json_decref(given);
	return shown;
}

enum err_code
params_take(const char *dag, const struct param *params, size_t n_params, const char *text,
	    struct arena *arena, struct param_value **out, struct err *err)
{
	struct param_value *values = arena_get(arena, n_params * sizeof(*values));
	json_t *given = NULL;
	enum err_code code = read_values(text, "the params of the run", &given, err);

	for (size_t i = 0; i < n_params && !code; i++) {
		const struct param *p = &params[i];
		const json_t *value = json_object_get(given, p->name);
		const char *shown = shown_value(p, value, arena);

		if (!shown)
			code = err_set(err, ERR_INPUT, "param '%s' of dag '%s' %s", p->name, dag,
				       !value                  ? "has no default and was not given"
				       : p->type == PARAM_LIST ? "is not a list of single values"
							       : "is not a single value");
		values[i] = (struct param_value){ arena_str(arena, p->name), shown };
	}
	json_decref(given);
	*out = values;
	return code;
}
