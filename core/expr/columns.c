/* columns.c - the names of an expression over rows: columns of a schema, and constants. */
#include "core/expr/columns.h"

#include "core/base/exact.h"
#include "core/text/diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LISTED_MAX = 12,   /* columns that a message names */
	COLUMNS_MAX = 500, /* ... and that it looks among for one that was meant */
};

enum expr_type
expr_type_of_column(enum col_type type)
{
	switch (type) {
	case COL_INT64:
	case COL_INT32:
		return EXPR_INT64;
	case COL_FLOAT64:
		return EXPR_FLOAT64;
	case COL_BOOL:
		return EXPR_BOOL;
	case COL_TIMESTAMP:
		return EXPR_TIMESTAMP;
	case COL_DATE:
		return EXPR_DATE;
	case COL_JSON:
		return EXPR_JSON;
	default:
		return EXPR_TEXT;
	}
}

enum expr_type
expr_type_of_param(enum param_type type)
{
	switch (type) {
	case PARAM_INT:
		return EXPR_INT64;
	case PARAM_NUMBER:
		return EXPR_FLOAT64;
	case PARAM_BOOL:
		return EXPR_BOOL;
	default:
		return EXPR_TEXT;
	}
}

struct expr_value
expr_value_of_param(enum param_type type, const char *text)
{
	struct expr_value v = { .null = !text };
	struct number number;

	if (!text)
		return v;
	switch (type) {
	case PARAM_BOOL:
		v.yes = strcmp(text, "true") == 0;
		break;
	case PARAM_INT:
	case PARAM_NUMBER:
		v.null = !number_parse(text, &number);
		if (!v.null && type == PARAM_INT)
			v.whole = number.floor;
		else if (!v.null)
			v.real = number.real;
		break;
	default:
		v.text.data = text;
		v.text.bytes = strlen(text);
	}
	return v;
}

/* Say what is near the name, or which columns there are. */
static void
help_column(const struct expr_columns *c, const char *name, struct expr_mistake *bad)
{
	static const char quotes[] = "; a text stands in quotes";
	const char *names[COLUMNS_MAX] = { NULL }, *near;
	size_t n = 0, used;

	for (size_t i = 0; i < c->n_params; i++)
		if (strcmp(c->params[i].name, name) == 0) {
			(void)snprintf(bad->help, sizeof(bad->help), "write params.%s", name);
			return;
		}
	for (size_t i = 0; i < c->schema->count && n < countof(names); i++)
		names[n++] = c->schema->columns[i].name;
	near = diag_nearest(name, names, n);
	if (near) {
		(void)snprintf(bad->help, sizeof(bad->help), "did you mean '%.200s'?", near);
		return;
	}
	used = (size_t)snprintf(bad->help, sizeof(bad->help), "there is ");
	for (size_t i = 0; i < n && i < LISTED_MAX; i++) {
		int more = snprintf(bad->help + used, sizeof(bad->help) - used, "%s%s",
				    i ? ", " : "", names[i]);

		if (more < 0 || used + (size_t)more >= sizeof(bad->help)) {
			bad->help[used] = '\0';
			break;
		}
		used += (size_t)more;
	}
	if (sizeof(bad->help) - used > sizeof(quotes))
		memcpy(bad->help + used, quotes, sizeof(quotes));
}

static bool
find_column(const struct expr_columns *c, const char *name, struct expr_name *out,
	    struct expr_mistake *bad, struct err *err)
{
	int at = schema_find(c->schema, name);

	if (at >= 0) {
		out->type = expr_type_of_column(c->schema->columns[at].type);
		out->slot = (uint32_t)at;
		return true;
	}
	help_column(c, name, bad);
	(void)err_set(err, ERR_INPUT, "%s has no column '%.100s'", c->of, name);
	return false;
}

static bool
find_param(const struct expr_columns *c, const char *name, struct expr_name *out,
	   struct expr_mistake *bad, struct err *err)
{
	const char *names[256] = { NULL }, *near;
	size_t n = 0;

	for (size_t i = 0; i < c->n_params; i++) {
		if (n < countof(names) && !c->params[i].secret)
			names[n++] = c->params[i].name;
		if (strcmp(c->params[i].name, name) != 0)
			continue;
		if (c->params[i].secret) {
			(void)err_set(err, ERR_INPUT, "parameter '%.100s' is secret", name);
			return false;
		}
		out->type = expr_type_of_param(c->params[i].type);
		out->slot = (uint32_t)(c->schema->count + i);
		return true;
	}
	near = diag_nearest(name, names, n);
	if (near)
		(void)snprintf(bad->help, sizeof(bad->help), "did you mean '%.200s'?", near);
	else
		(void)snprintf(bad->help, sizeof(bad->help), "declare it under 'params'");
	(void)err_set(err, ERR_INPUT, "there is no parameter '%.100s'", name);
	return false;
}

bool
expr_columns_find(void *ctx, const struct expr_path *path, struct expr_name *out, size_t *part,
		  struct expr_mistake *bad, struct err *err)
{
	const struct expr_columns *c = ctx;

	*part = 0;
	if (path->n == 1)
		return find_column(c, path->part[0], out, bad, err);
	if (path->n == 2 && strcmp(path->part[0], "params") == 0 && c->no_params) {
		(void)snprintf(bad->help, sizeof(bad->help), "write the value itself");
		(void)err_set(err, ERR_INPUT,
			      "a check is the same in every run and names no parameters");
		return false;
	}
	if (path->n == 2 && strcmp(path->part[0], "params") == 0) {
		*part = 1;
		return find_param(c, path->part[1], out, bad, err);
	}
	(void)snprintf(bad->help, sizeof(bad->help),
		       "a column is one name, with backticks around it if it has a point in it");
	(void)err_set(err, ERR_INPUT, "%s",
		      c->no_params ? "a name has one part here"
				   : "names of several parts are params.NAME here");
	return false;
}
