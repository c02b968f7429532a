/* expr.c - the one expression language: read and typed once, then asked of rows of values. */
#include "core/expr/expr.h"

#include "core/expr/eval.h"
#include "core/expr/parse.h"
#include "core/expr/type.h"
#include "core/base/unicode.h"
#include "core/base/size.h"

#include <stdio.h>
#include <string.h>

enum err_code
expr_read(const char *text, const struct expr_names *names, struct arena *arena, struct expr **out,
	  struct expr_mistake *bad, struct err *err)
{
	struct expr_reading r = { .text = text,
				  .bytes = strlen(text),
				  .names = names,
				  .arena = arena,
				  .bad = bad,
				  .err = err };
	struct expr *e = arena_get(arena, sizeof(*e));
	enum err_code code;

	if (r.bytes > EXPR_BYTES_MAX)
		return expr_wrong(&r, EXPR_TOO_LARGE, 0, 1,
				  "an expression has at most %s, this has %zu bytes",
				  SIZE_TEXT(EXPR_BYTES_MAX), r.bytes);
	if (!unicode_valid(text))
		return expr_wrong(&r, EXPR_BAD_SYNTAX, 0, 1, "an expression is UTF-8, this is not");
	r.text = e->text = arena_str(arena, text);
	e->here = names->here;
	code = expr_parse(&r, &e->root);
	if (!code)
		code = expr_give_types(&r, e->root);
	if (!code)
		*out = e;
	return code;
}

enum expr_type
expr_type(const struct expr *e)
{
	return e->root->type;
}

enum err_code
expr_want_bool(const struct expr *e, struct expr_mistake *bad, struct err *err)
{
	if (expr_type(e) == EXPR_BOOL || expr_type(e) == EXPR_NULL)
		return ERR_NONE;
	*bad = (struct expr_mistake){ EXPR_BAD_TYPE, 0, strlen(e->text), "" };
	(void)snprintf(bad->help, sizeof(bad->help),
		       "compare it with something, such as %.100s = ...", e->text);
	return err_set(err, ERR_INPUT, "true or false is wanted, this is %s",
		       expr_type_name(expr_type(e)));
}

struct expr_digits
expr_digits(const struct expr *e)
{
	return e->root->digits;
}

const char *
expr_text(const struct expr *e)
{
	return e->text;
}

enum err_code
expr_eval(const struct expr *e, const struct expr_value *row, struct arena *scratch,
	  struct expr_value *out, struct err *err)
{
	return expr_value_of(e, row, scratch, out, err);
}
