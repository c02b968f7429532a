/*
 * columns.h - the names of an expression over rows: columns of a schema, and constants.  Pure.
 *
 * A column is named bare or in backticks; its slot is its index in the schema.  A constant is named
 * params.NAME; the slots of constants stand behind those of the columns.
 *
 *   struct expr_columns c = { schema, "dataset 'events'", constants, n };
 *   struct expr_names names = { .find = expr_columns_find, .zone = ..., .ctx = &c };
 *   expr_read(text, &names, ...)
 */
#ifndef CORE_EXPR_COLUMNS_H
#define CORE_EXPR_COLUMNS_H

#include "core/expr/expr.h"
#include "core/model/param.h"
#include "core/model/schema.h"

/* What an expression may name; all of it is borrowed. */
struct expr_columns {
	const struct schema *schema;
	const char *of;             /* whose columns they are, for messages */
	const struct param *params; /* of the dag: constants, in this order */
	size_t n_params;
	bool no_params; /* a check: what it asks is the same in every run, so it may name none */
};

/* What a check of rows with these columns may name. */
static inline struct expr_columns
expr_columns_of_check(const struct schema *schema)
{
	return (struct expr_columns){ .schema = schema, .of = "the dataset", .no_params = true };
}

/* The `find` of struct expr_names, for a struct expr_columns as its ctx. */
bool expr_columns_find(void *ctx, const struct expr_path *path, struct expr_name *out, size_t *part,
		       struct expr_mistake *bad, struct err *err);

/* The type of the values of a column. */
enum expr_type expr_type_of_column(enum col_type type);

/* The type of the value of a parameter; secrets have none that an expression sees. */
enum expr_type expr_type_of_param(enum param_type type);

/* The value of a parameter, a text that fits its type and is borrowed; NULL gives null. */
struct expr_value expr_value_of_param(enum param_type type, const char *text);

#endif
