/* query.c - the query of an address: each name once, only those that the row takes, as text. */
#include "scheduler/web/query.h"

#include <string.h>

/* Jansson is who knows UTF-8 here. */
static bool
is_text(const char *value, size_t bytes)
{
	json_t *text = json_stringn(value, bytes);

	json_decref(text);
	return text && strlen(value) == bytes;
}

static enum err_code
look(const struct query *q, const struct route *route, const char *name, const char *value,
     size_t value_bytes, struct err *err)
{
	if (!*route->params)
		return err_set(err, ERR_INPUT, "this address takes no parameters");
	if (!exchange_names(route->params, name, strlen(name)))
		return err_set(err, ERR_INPUT, "this address has no parameter '%.40s', only: %s",
			       name, route->params);
	for (size_t i = 0; i < q->n; i++)
		if (!strcmp(q->names[i], name))
			return err_set(err, ERR_INPUT, "the parameter '%s' is given twice", name);
	if (!value || !value_bytes)
		return err_set(err, ERR_INPUT, "the parameter '%s' has no value", name);
	if (!is_text(value, value_bytes))
		return err_set(err, ERR_INPUT, "the value of '%s' is not UTF-8 text", name);
	if (!strcmp(name, "refresh") && strcmp(value, EXCHANGE_REFRESH) != 0)
		return err_set(err, ERR_INPUT, "refresh has to be " EXCHANGE_REFRESH);
	return ERR_NONE;
}

void
query_show(struct query *q, const struct route *route, const char *name, const char *value,
	   size_t value_bytes)
{
	if (q->err.code)
		return;
	q->err.code = look(q, route, name, value, value_bytes, &q->err);
	if (!q->err.code && q->n < QUERY_PARAMS_MAX)
		q->names[q->n++] = name;
}
