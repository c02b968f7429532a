/* params.c - the params a person gave. */
#include "scheduler/command/params.h"

#include "core/base/json.h"
#include "core/base/mem.h"
#include "scheduler/command/answer.h"

#include <stdlib.h>
#include <string.h>

enum { PARAMS_BYTES_MAX = 64 << 10 };

static bool
is_number(const char *text, bool whole)
{
	char *end;

	if (!*text || strspn(text, whole ? "+-0123456789" : "+-.eE0123456789") != strlen(text))
		return false;
	if (whole)
		(void)strtoll(text, &end, 10);
	else
		(void)strtod(text, &end);
	return !*end;
}

/* A command line knows texts only: they are taken for what they spell. */
static bool
param_fits(enum param_type type, const json_t *value)
{
	const char *text = json_string_value(value);

	switch (type) {
	case PARAM_STRING:
		return text != NULL;
	case PARAM_INT:
		return json_is_integer(value) || (text && is_number(text, true));
	case PARAM_NUMBER:
		return json_is_number(value) || (text && is_number(text, false));
	case PARAM_BOOL:
		return json_is_boolean(value) ||
		       (text && (!strcmp(text, "true") || !strcmp(text, "false")));
	}
	return false;
}

static const struct param *
find_param(const struct dag *dag, const char *name)
{
	for (size_t i = 0; i < dag->n_params; i++)
		if (!strcmp(dag->params[i].name, name))
			return &dag->params[i];
	return NULL;
}

static bool
check_values(struct engine *e, const struct dag *dag, json_t *params, struct reply *reply)
{
	const struct param *param;
	const char *name;
	json_t *value;

	json_object_foreach(params, name, value)
	{
		param = find_param(dag, name);
		if (!param)
			reply_say(e, reply, REPLY_INVALID, "dag '%s' has no param '%.128s'",
				  dag->id, name);
		else if (!param_fits(param->type, value))
			reply_say(e, reply, REPLY_INVALID,
				  "param '%s' of dag '%s' has a value of another type", name,
				  dag->id);
		else
			continue;
		return false;
	}
	for (size_t i = 0; i < dag->n_params; i++) {
		if (dag->params[i].value || json_object_get(params, dag->params[i].name))
			continue;
		reply_say(e, reply, REPLY_INVALID,
			  "param '%s' of dag '%s' has no default: give it with -p %s=VALUE",
			  dag->params[i].name, dag->id, dag->params[i].name);
		return false;
	}
	return true;
}

bool
params_check(struct engine *e, const struct dag *dag, const char *params, struct reply *reply)
{
	const char *text = params ? params : "{}";
	size_t bytes = strlen(text);
	json_t *o = NULL;
	struct err err;
	bool good = false;

	if (bytes > PARAMS_BYTES_MAX) {
		reply_say(e, reply, REPLY_INVALID, "params are larger than %d bytes",
			  PARAMS_BYTES_MAX);
		return false;
	}
	if (json_read(&o, text, bytes, "params", &err))
		reply_say(e, reply, REPLY_INVALID, "%s", err.msg);
	else if (!json_is_object(o))
		reply_say(e, reply, REPLY_INVALID, "params: not a JSON object");
	else
		good = check_values(e, dag, o, reply);
	json_decref(o);
	return good;
}
