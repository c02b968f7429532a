/* node.c - the tree of an expression, and how a mistake in it is told. */
#include "core/expr/node.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

const char *
expr_type_name(enum expr_type type)
{
#define X(id, word, letter) [id] = word,
	static const char *const words[] = { EXPR_TYPES(X) };
#undef X

	assert(type < EXPR_TYPE_COUNT);
	return words[type];
}

enum err_code
expr_wrong(struct expr_reading *r, enum expr_fault fault, size_t at, size_t bytes, const char *fmt,
	   ...)
{
	char text[800];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	r->bad->fault = fault;
	r->bad->at = at;
	r->bad->bytes = bytes;
	r->bad->help[0] = '\0';
	return err_set(r->err, fault == EXPR_TOO_LARGE ? ERR_LIMIT : ERR_INPUT, "%s", text);
}

void
expr_help(struct expr_reading *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(r->bad->help, sizeof(r->bad->help), fmt, args);
	va_end(args);
}
