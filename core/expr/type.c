/* type.c - what the parts of an expression are, and whether they fit together. */
#include "core/expr/type.h"

#include "core/expr/fn.h"
#include "core/expr/number.h"
#include "core/text/diag.h"
#include "core/time/civil.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static enum err_code give(struct expr_reading *r, struct expr_node *n);

static enum err_code
find_name(struct expr_reading *r, struct expr_node *n)
{
	struct expr_name name = { 0 };
	size_t part = 0;

	r->bad->help[0] = '\0';
	if (!r->names->find(r->names->ctx, &n->path, &name, &part, r->bad, r->err)) {
		assert(part < n->path.n);
		r->bad->fault = EXPR_BAD_NAME;
		r->bad->at = n->part_at[part];
		r->bad->bytes = n->part_bytes[part];
		return ERR_INPUT;
	}
	assert(name.type != EXPR_DECIMAL ||
	       (name.digits.precision >= 1 && name.digits.precision <= DECIMAL_DIGITS_MAX &&
		name.digits.scale <= name.digits.precision));
	n->type = name.type;
	n->digits = name.digits;
	n->slot = name.slot;
	n->words = name.words;
	return ERR_NONE;
}

/* true or false is wanted. */
static enum err_code
want_bool(struct expr_reading *r, const struct expr_node *n, const char *where)
{
	if (n->type == EXPR_BOOL || n->type == EXPR_NULL)
		return ERR_NONE;
	(void)expr_wrong(r, EXPR_BAD_TYPE, n->at, n->bytes, "%s wants true or false, this is %s",
			 where, expr_type_name(n->type));
	expr_help(r, "compare it with something, such as %.*s = ...",
		  (int)(n->bytes < 100 ? n->bytes : 100), r->text + n->at);
	return ERR_INPUT;
}

static bool
is_text_literal(const struct expr_node *n)
{
	return n->kind == NODE_LITERAL && n->type == EXPR_TEXT;
}

/* A text in quotes that stands beside a date, a timestamp or a duration is one. */
static enum err_code
read_literal(struct expr_reading *r, struct expr_node *n, enum expr_type type)
{
	const char *text = n->value.text.data;
	size_t bytes = n->value.text.bytes;
	int64_t value = 0;
	bool good;

	if (type == EXPR_DATE)
		good = date_parse(text, bytes, &value);
	else if (type == EXPR_TIMESTAMP)
		good = timestamp_parse(text, bytes, &value);
	else if (type == EXPR_DURATION)
		good = duration_parse(text, &value);
	else
		return ERR_NONE;
	if (!good) {
		(void)expr_wrong(r, EXPR_BAD_VALUE, n->at, n->bytes, "'%.60s' is no %s", text,
				 expr_type_name(type));
		expr_help(r, "%s",
			  type == EXPR_DATE        ? "a date is written '2026-05-01'"
			  : type == EXPR_TIMESTAMP ? "a timestamp is written '2026-05-01T13:30:00Z'"
						   : "a duration is written 1h30m or 7d");
		return ERR_INPUT;
	}
	n->type = type;
	n->value.whole = value;
	return ERR_NONE;
}

static enum err_code
no_such_word(struct expr_reading *r, const struct expr_node *literal, const struct expr_node *name)
{
	const char *near;
	size_t n = 0;

	while (name->words[n])
		n++;
	near = diag_nearest(literal->value.text.data, name->words, n);
	(void)expr_wrong(r, EXPR_BAD_VALUE, literal->at, literal->bytes, "%.*s is never '%.60s'",
			 (int)(name->bytes < 200 ? name->bytes : 200), r->text + name->at,
			 literal->value.text.data);
	if (near) {
		expr_help(r, "did you mean '%s'?", near);
		return ERR_INPUT;
	}
	expr_help(r, "it is one of ");
	for (size_t i = 0; i < n; i++) {
		size_t used = strlen(r->bad->help);

		(void)snprintf(r->bad->help + used, sizeof(r->bad->help) - used, "%s%s",
			       i ? ", " : "", name->words[i]);
	}
	return ERR_INPUT;
}

/* A text that is always one of a few words is compared with one of them. */
static enum err_code
check_words(struct expr_reading *r, const struct expr_node *name, const struct expr_node *literal)
{
	if (!name->words || !is_text_literal(literal))
		return ERR_NONE;
	for (size_t i = 0; name->words[i]; i++)
		if (literal->value.text.bytes == strlen(name->words[i]) &&
		    !memcmp(literal->value.text.data, name->words[i], literal->value.text.bytes))
			return ERR_NONE;
	return no_such_word(r, literal, name);
}

static bool
is_number(const struct expr_node *n)
{
	return n->type == EXPR_INT64 || n->type == EXPR_FLOAT64 || n->type == EXPR_DECIMAL;
}

/* What to type when two things cannot be compared. */
static void
help_compare(struct expr_reading *r, const struct expr_node *a, const struct expr_node *b)
{
	const struct expr_node *text = is_text_literal(a) ? a : is_text_literal(b) ? b : NULL;
	const struct expr_node *other = text == a ? b : a;
	bool number = is_number(other);

	if (text && (number || other->type == EXPR_BOOL))
		expr_help(r, "%s without quotes: %.60s",
			  number ? "a number is written" : "true and false are written",
			  number &&
				  strspn(text->value.text.data, "+-0123456789.eE") ==
				      text->value.text.bytes &&
				  text->value.text.bytes
			      ? text->value.text.data
			  : number ? "7"
				   : "true");
	else if (a->type == EXPR_TEXT && b->kind == NODE_LITERAL && is_number(b))
		expr_help(r, "a text stands in quotes: '%.*s'", (int)b->bytes, r->text + b->at);
	else if (a->type == EXPR_TIMESTAMP && is_number(b))
		expr_help(r, "a timestamp is written '2026-05-01T13:30:00Z'");
	else if (a->type == EXPR_TIMESTAMP || b->type == EXPR_TIMESTAMP)
		expr_help(r, "the date of a timestamp is date(timestamp)");
	else if (a->type == EXPR_JSON || b->type == EXPR_JSON)
		expr_help(r, "take a value out of it: json_text(column, '$.name')");
}

/* Is it made of literals alone? */
static bool
is_constant(const struct expr_node *n)
{
	bool constant = n->kind != NODE_NAME;

	for (uint32_t i = 0; i < n->n && constant; i++)
		constant = is_constant(n->args[i]);
	return constant;
}

/* What is written with a point is meant as the float64 that it is held against. */
static void
follow(struct expr_node *n, const struct expr_node *other)
{
	if (n->type == EXPR_DECIMAL && other->type == EXPR_FLOAT64 && is_constant(n))
		expr_widen(n, EXPR_FLOAT64, n->digits);
}

/* Both have to be of one type; b is what is blamed. */
static enum err_code
comparable(struct expr_reading *r, struct expr_node *a, struct expr_node *b)
{
	enum expr_type common;
	enum err_code code = ERR_NONE;

	if (is_text_literal(b))
		code = read_literal(r, b, a->type);
	if (!code && is_text_literal(a))
		code = read_literal(r, a, b->type);
	if (!code)
		code = check_words(r, a, b);
	if (!code)
		code = check_words(r, b, a);
	if (code)
		return code;
	follow(a, b);
	follow(b, a);
	if (expr_common(a->type, b->type, &common) && common != EXPR_JSON)
		return ERR_NONE;
	(void)expr_wrong(r, EXPR_BAD_TYPE, b->at, b->bytes, "%s is compared with %s",
			 expr_type_name(a->type), expr_type_name(b->type));
	help_compare(r, a, b);
	return ERR_INPUT;
}

/* A letter of a signature as a type; T is EXPR_TYPE_COUNT. */
static enum expr_type
type_of_letter(char letter)
{
#define X(id, word, c)     \
	if (letter == (c)) \
		return id;
	EXPR_TYPES(X)
#undef X
	assert(letter == 'T');
	return EXPR_TYPE_COUNT;
}

/* The letter that argument number i meets; ':' when there is none. */
static char
letter_at(const char *takes, uint32_t i)
{
	const char *p = takes;

	for (uint32_t at = 0; at < i && *p != ':'; at++)
		p += p[1] == '*' ? 0 : 1;
	return *p;
}

/* Are there as many arguments as the row takes? */
static bool
counts(const struct expr_fn *fn, uint32_t n)
{
	uint32_t least = 0;

	for (const char *p = fn->takes; *p != ':'; p++)
		least += *p != '*' && p[1] != '*';
	return n >= least && (n == 0 || letter_at(fn->takes, n - 1) != ':');
}

/* Do the arguments fit?  *common is what T stands for. */
static bool
fits(const struct expr_fn *fn, const struct expr_node *n, bool widening, enum expr_type *common)
{
	*common = EXPR_NULL;
	if (!counts(fn, n->n))
		return false;
	for (uint32_t i = 0; i < n->n; i++) {
		enum expr_type wanted = type_of_letter(letter_at(fn->takes, i));
		enum expr_type is = n->args[i]->type, both;

		if (wanted == EXPR_TYPE_COUNT) {
			if (!expr_common(*common, is, common))
				return false;
			continue;
		}
		if (is != wanted && is != EXPR_NULL &&
		    !(widening && expr_common(is, wanted, &both) && both == wanted))
			return false;
	}
	return true;
}

static void
take(struct expr_node *n, const struct expr_fn *fn, enum expr_type common)
{
	enum expr_type result = type_of_letter(strchr(fn->takes, ':')[1]);
	struct expr_digits digits = { 0 };

	for (uint32_t i = 0; i < n->n; i++)
		digits = expr_digits_join(digits, expr_digits_of(n->args[i]));
	n->fn = fn;
	n->type = result == EXPR_TYPE_COUNT ? common : result;
	n->digits = n->type == EXPR_DECIMAL ? digits : (struct expr_digits){ 0 };
	for (uint32_t i = 0; i < n->n; i++) {
		enum expr_type wanted = type_of_letter(letter_at(fn->takes, i));

		if (wanted == EXPR_TYPE_COUNT)
			expr_widen(n->args[i], common, digits);
		else
			expr_widen(n->args[i], wanted, expr_digits_of(n->args[i]));
	}
}

/* What people call functions elsewhere, and those that are not there on purpose. */
static const struct {
	const char *name, *help;
} elsewhere[] = {
	{ "sum", "an expression is about one row: there are no sums over rows" },
	{ "avg", "an expression is about one row: there are no sums over rows" },
	{ "isnull", "write a is null" },
	{ "random", "an expression gives the same every time" },
	{ "if", "write case when a then b else c end" },
	{ "iif", "write case when a then b else c end" },
	{ "ifnull", "write coalesce(a, b)" },
	{ "nvl", "write coalesce(a, b)" },
	{ "len", "write length(text)" },
	{ "substring", "write substr(text, from, length)" },
	{ "ceiling", "write ceil(number)" },
	{ "mod", "write a % b" },
	{ "date_trunc", "write trunc('month', timestamp)" },
	{ "date_part", "write part('month', timestamp)" },
	{ "extract", "write part('month', timestamp)" },
	{ "year", "write part('year', date)" },
	{ "month", "write part('month', date)" },
	{ "day", "write part('day', date)" },
	{ "weekday", "write part('weekday', date); Monday is 1" },
	{ "datediff", "write seconds_between(from, to)" },
	{ "endswith", "write text like '%end'" },
	{ "startswith", "write starts_with(text, beginning)" },
	{ "regexp", "write matches(text, 'pattern'), which is about all of the text" },
	{ "rlike", "write matches(text, 'pattern'), which is about all of the text" },
	{ "regexp_like", "write matches(text, 'pattern'), which is about all of the text" },
	{ "regexp_matches", "write matches(text, 'pattern'), which is about all of the text" },
};

/* Is it called with parentheses? */
static bool
is_function(const char *name)
{
	static const char *const operators[] = { "+", "-", "*", "/", "%", "div", "like" };

	for (size_t i = 0; i < countof(operators); i++)
		if (!strcmp(name, operators[i]))
			return false;
	return true;
}

static enum err_code
no_function(struct expr_reading *r, const struct expr_node *n)
{
	const struct expr_fn *fn;
	const char *words[128], *near;
	size_t used = 0, bytes = strlen(n->call);

	(void)expr_wrong(r, EXPR_BAD_CALL, n->at, bytes, "there is no function '%.100s'", n->call);
	if (!strcmp(n->call, "now") || !strcmp(n->call, "today")) {
		expr_help(r, "an expression asks no clock: %s",
			  r->names->clock ? r->names->clock
					  : "use logical_date or data_interval_end");
		return ERR_INPUT;
	}
	for (size_t i = 0; i < countof(elsewhere); i++) {
		if (strcmp(n->call, elsewhere[i].name) != 0)
			continue;
		expr_help(r, "%s", elsewhere[i].help);
		return ERR_INPUT;
	}
	for (size_t i = 0; used < countof(words) && (fn = expr_function(i)); i++)
		if (is_function(fn->name))
			words[used++] = fn->name;
	near = diag_nearest(n->call, words, used);
	if (near)
		expr_help(r, "did you mean %s()?", near);
	return ERR_INPUT;
}

/* "text and int64", for a message. */
static void
list_types(const struct expr_node *n, char *out, size_t room)
{
	size_t used = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < n->n && used < room; i++)
		used += (size_t)snprintf(out + used, room - used, "%s%s",
					 i == 0          ? ""
					 : i + 1 == n->n ? " and "
							 : ", ",
					 expr_type_name(n->args[i]->type));
}

/* The function is there, and is not called so: each way to call it once. */
static enum err_code
no_form(struct expr_reading *r, const struct expr_node *n)
{
	bool is_operator = !is_function(n->call);
	const struct expr_fn *fn;
	const char *last = NULL;
	char types[200];

	list_types(n, types, sizeof(types));
	if (is_operator)
		(void)expr_wrong(r, EXPR_BAD_TYPE, n->at, n->bytes, "'%s' has no meaning for %s",
				 n->call, types);
	else
		(void)expr_wrong(r, EXPR_BAD_CALL, n->at, n->bytes, "%s() is called with %s",
				 n->call, n->n ? types : "nothing");
	if (is_operator && n->n == 2 && n->args[0]->type == EXPR_TEXT && n->call[0] == '+') {
		expr_help(r, "texts are joined by concat(a, b)");
		return ERR_INPUT;
	}
	for (size_t i = 0; (fn = expr_function(i)); i++) {
		size_t used = last ? strlen(r->bad->help) : 0;

		if (strcmp(fn->name, n->call) != 0 || (last && !strcmp(last, fn->usage)))
			continue;
		(void)snprintf(r->bad->help + used, sizeof(r->bad->help) - used, "%s%s",
			       last ? ", or " : "write ", fn->usage);
		last = fn->usage;
	}
	return ERR_INPUT;
}

static enum err_code
choose(struct expr_reading *r, struct expr_node *n)
{
	const struct expr_fn *fn;
	enum expr_type common;
	bool known = false;

	for (int widening = 0; widening < 2; widening++) {
		for (size_t i = 0; (fn = expr_function(i)); i++) {
			if (strcmp(fn->name, n->call) != 0)
				continue;
			known = true;
			if (!fits(fn, n, widening, &common))
				continue;
			take(n, fn, common);
			return fn->check ? fn->check(r, n) : ERR_NONE;
		}
	}
	if (!known)
		return no_function(r, n);
	return no_form(r, n);
}

/* Several values become one: their common type. */
static enum err_code
unite(struct expr_reading *r, struct expr_node *n, struct expr_node *one)
{
	n->digits = expr_digits_join(expr_digits_of(n), expr_digits_of(one));
	if (expr_common(n->type, one->type, &n->type))
		return ERR_NONE;
	return expr_wrong(r, EXPR_BAD_TYPE, one->at, one->bytes,
			  "the values of one case are of one type; this is %s, another is %s",
			  expr_type_name(one->type), expr_type_name(n->type));
}

/* case: conditions are true or false, or compared with the subject. */
static enum err_code
give_case(struct expr_reading *r, struct expr_node *n)
{
	uint32_t first = n->subject, pairs_end = n->n - n->otherwise;
	enum err_code code = ERR_NONE;

	n->type = EXPR_NULL;
	for (uint32_t i = first; i < pairs_end && !code; i += 2) {
		code = n->subject ? comparable(r, n->args[0], n->args[i])
				  : want_bool(r, n->args[i], "'when'");
		if (!code)
			code = unite(r, n, n->args[i + 1]);
	}
	if (!code && n->otherwise)
		code = unite(r, n, n->args[n->n - 1]);
	for (uint32_t i = first + 1; i < pairs_end && !code; i += 2)
		expr_widen(n->args[i], n->type, n->digits);
	if (!code && n->otherwise)
		expr_widen(n->args[n->n - 1], n->type, n->digits);
	if (n->type != EXPR_DECIMAL)
		n->digits = (struct expr_digits){ 0 };
	return code;
}

static enum err_code
give_joined(struct expr_reading *r, struct expr_node *n, const char *where)
{
	enum err_code code = ERR_NONE;

	for (uint32_t i = 0; i < n->n && !code; i++)
		code = want_bool(r, n->args[i], where);
	return code;
}

/* The first argument with each of the others. */
static enum err_code
give_compared(struct expr_reading *r, struct expr_node *n)
{
	enum err_code code = ERR_NONE;

	for (uint32_t i = 1; i < n->n && !code; i++)
		code = comparable(r, n->args[0], n->args[i]);
	return code;
}

/* The type of a node whose arguments have theirs. */
static enum err_code
give_own(struct expr_reading *r, struct expr_node *n)
{
	switch (n->kind) {
	case NODE_LITERAL:
		return ERR_NONE;
	case NODE_NAME:
		return find_name(r, n);
	case NODE_CALL:
		return choose(r, n);
	case NODE_CASE:
		return give_case(r, n);
	default:
		break;
	}
	n->type = EXPR_BOOL;
	switch (n->kind) {
	case NODE_AND:
		return give_joined(r, n, "'and'");
	case NODE_OR:
		return give_joined(r, n, "'or'");
	case NODE_NOT:
		return give_joined(r, n, "'not'");
	case NODE_IS_NULL:
		return ERR_NONE;
	default:
		return give_compared(r, n);
	}
}

static enum err_code
give(struct expr_reading *r, struct expr_node *n)
{
	enum err_code code = ERR_NONE;

	for (uint32_t i = 0; i < n->n && !code; i++)
		code = give(r, n->args[i]);
	return code ? code : give_own(r, n);
}

enum err_code
expr_give_types(struct expr_reading *r, struct expr_node *root)
{
	return give(r, root);
}
