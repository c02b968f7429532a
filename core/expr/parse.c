/* parse.c - the grammar of expressions: a text becomes a tree without types. */
#include "core/expr/parse.h"

#include "core/expr/lex.h"
#include "core/expr/decimal.h"
#include "core/base/exact.h"
#include "core/time/civil.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct parser {
	struct expr_reading *r;
	struct token token; /* the next one */
	uint32_t end;       /* behind the last one that was taken */
	int nesting;
};

static enum err_code any(struct parser *p, struct expr_node **out);

/* Words that are no names; in backticks they are. */
static const char *const reserved[] = { "and", "or",   "not",  "between", "in",   "like",
					"is",  "null", "case", "when",    "then", "else",
					"end", "div",  "true", "false" };

static bool
is_word(const struct token *t, const char *word)
{
	return t->kind == TOKEN_WORD && t->text_bytes == strlen(word) &&
	       strncasecmp(t->text, word, t->text_bytes) == 0;
}

static bool
is_mark(const struct token *t, const char *mark)
{
	return t->kind == TOKEN_MARK && t->text_bytes == strlen(mark) &&
	       strncmp(t->text, mark, t->text_bytes) == 0;
}

static bool
is_reserved(const struct token *t)
{
	for (size_t i = 0; i < countof(reserved); i++)
		if (is_word(t, reserved[i]))
			return true;
	return false;
}

static enum err_code
next(struct parser *p)
{
	p->end = p->token.at + p->token.bytes;
	return expr_token(p->r, p->end, &p->token);
}

/* Take the next token if it is this word. */
static enum err_code
take_word(struct parser *p, const char *word, bool *taken)
{
	*taken = is_word(&p->token, word);
	return *taken ? next(p) : ERR_NONE;
}

static enum err_code
take_mark(struct parser *p, const char *mark, bool *taken)
{
	*taken = is_mark(&p->token, mark);
	return *taken ? next(p) : ERR_NONE;
}

/* The next token does not belong here. */
static enum err_code
unexpected(struct parser *p, const char *wanted)
{
	const struct token *t = &p->token;

	if (t->kind == TOKEN_END)
		return expr_wrong(p->r, EXPR_BAD_SYNTAX, t->at, 1,
				  "the expression ends here, %s is missing", wanted);
	(void)expr_wrong(p->r, EXPR_BAD_SYNTAX, t->at, t->bytes, "expected %s, not '%.*s'", wanted,
			 (int)(t->bytes < 60 ? t->bytes : 60), p->r->text + t->at);
	if (is_reserved(t))
		expr_help(p->r, "'%.*s' is a word of the language; a name is written `%.*s`",
			  (int)t->bytes, p->r->text + t->at, (int)t->bytes, p->r->text + t->at);
	return ERR_INPUT;
}

static enum err_code
want_word(struct parser *p, const char *word)
{
	char wanted[16];

	(void)snprintf(wanted, sizeof(wanted), "'%s'", word);
	return is_word(&p->token, word) ? next(p) : unexpected(p, wanted);
}

static enum err_code
want_mark(struct parser *p, const char *mark)
{
	char wanted[16];

	(void)snprintf(wanted, sizeof(wanted), "'%s'", mark);
	return is_mark(&p->token, mark) ? next(p) : unexpected(p, wanted);
}

static struct expr_node *
make(struct parser *p, enum node_kind kind, uint32_t at)
{
	struct expr_node *n = arena_get(p->r->arena, sizeof(*n));

	n->kind = kind;
	n->at = at;
	n->height = 1;
	return n;
}

/* Give a node its arguments, and the bytes from its beginning to here. */
static enum err_code
finish(struct parser *p, struct expr_node *n, struct expr_node *const *args, uint32_t count)
{
	n->bytes = p->end - n->at;
	n->n = count;
	n->args = arena_get(p->r->arena, count * sizeof(struct expr_node *));
	for (uint32_t i = 0; i < count; i++) {
		n->args[i] = args[i];
		if (args[i]->height >= n->height)
			n->height = args[i]->height + 1;
	}
	if (n->height > EXPR_HEIGHT_MAX)
		return expr_wrong(p->r, EXPR_TOO_LARGE, n->at, n->bytes,
				  "more than %d operators depend on each other", EXPR_HEIGHT_MAX);
	return ERR_NONE;
}

/* Several nodes on their way into one; the array moves within the arena. */
struct items {
	struct expr_node **at;
	uint32_t n, room;
};

static enum err_code
add(struct parser *p, struct items *items, struct expr_node *one)
{
	if (items->n == EXPR_ITEMS_MAX)
		return expr_wrong(p->r, EXPR_TOO_LARGE, one->at, one->bytes,
				  "a list has at most %d items", EXPR_ITEMS_MAX);
	if (items->n == items->room) {
		struct expr_node **larger;

		items->room = items->room ? items->room * 2 : 4;
		larger = arena_get(p->r->arena, items->room * sizeof(struct expr_node *));
		for (uint32_t i = 0; i < items->n; i++)
			larger[i] = items->at[i];
		items->at = larger;
	}
	items->at[items->n++] = one;
	return ERR_NONE;
}

/* Read one more item behind what is there. */
static enum err_code
add_any(struct parser *p, struct items *items)
{
	struct expr_node *one;
	enum err_code code = any(p, &one);

	return code ? code : add(p, items, one);
}

/* item, item, ... ) */
static enum err_code
list(struct parser *p, struct items *items)
{
	bool more = true;
	enum err_code code = ERR_NONE;

	while (!code && more) {
		code = add_any(p, items);
		if (!code)
			code = take_mark(p, ",", &more);
	}
	return code ? code : want_mark(p, ")");
}

/* A number that its type cannot hold. */
static enum err_code
too_long(struct parser *p, const struct expr_node *n, const char *text, const char *type)
{
	(void)expr_wrong(p->r, EXPR_BAD_VALUE, n->at, n->bytes, "%.100s is beyond %s", text, type);
	if (n->type == EXPR_INT64)
		expr_help(p->r, "with a point it is a decimal, of up to %d digits: %.60s.0",
			  DECIMAL_DIGITS_MAX, text);
	if (n->type == EXPR_DECIMAL)
		expr_help(p->r, "with an exponent it is the nearest float64: %.100se0", text);
	return ERR_INPUT;
}

/* The number that was written, with its sign. */
static enum err_code
number(struct parser *p, bool negative, uint32_t at, struct expr_node **out)
{
	struct expr_node *n = make(p, NODE_LITERAL, at);
	char *text = arena_get(p->r->arena, p->token.text_bytes + 2);
	struct number number;
	enum err_code code;

	(void)snprintf(text, p->token.text_bytes + 2, "%s%.*s", negative ? "-" : "",
		       (int)p->token.text_bytes, p->token.text);
	code = next(p);
	if (code)
		return code;
	n->bytes = p->end - at;
	*out = n;
	n->type = strpbrk(text, "eE") ? EXPR_FLOAT64
		  : strchr(text, '.') ? EXPR_DECIMAL
				      : EXPR_INT64;
	if (n->type == EXPR_DECIMAL) {
		struct decimal d;

		if (!decimal_parse(text, strlen(text), &d, &n->digits.precision))
			return too_long(p, n, text, "decimal(38)");
		n->digits.scale = d.scale;
		n->value.units = d.units;
		return ERR_NONE;
	}
	if (!number_parse(text, &number) ||
	    (number.digits ? number.beyond != 0 : number.real - number.real != 0))
		return too_long(p, n, text, expr_type_name(n->type));
	if (number.digits)
		n->value.whole = number.floor;
	else
		n->value.real = number.real;
	return ERR_NONE;
}

/* date '...' and timestamp '...' */
static enum err_code
moment(struct parser *p, bool is_date, uint32_t at, struct expr_node **out)
{
	struct expr_node *n = make(p, NODE_LITERAL, at);
	const struct token t = p->token;
	bool good = is_date ? date_parse(t.text, t.text_bytes, &n->value.whole)
			    : timestamp_parse(t.text, t.text_bytes, &n->value.whole);

	*out = n;
	n->type = is_date ? EXPR_DATE : EXPR_TIMESTAMP;
	if (!good) {
		(void)expr_wrong(p->r, EXPR_BAD_VALUE, t.at, t.bytes, "'%.60s' is no %s", t.text,
				 expr_type_name(n->type));
		expr_help(p->r, is_date
				    ? "a date is written date '2026-05-01'"
				    : "a timestamp is written timestamp '2026-05-01T13:30:00Z'");
		return ERR_INPUT;
	}
	if (next(p))
		return ERR_INPUT;
	n->bytes = p->end - at;
	return ERR_NONE;
}

/* Text and durations; the token says it all. */
static enum err_code
literal(struct parser *p, struct expr_node **out)
{
	struct expr_node *n = *out = make(p, NODE_LITERAL, p->token.at);

	n->bytes = p->token.bytes;
	if (p->token.kind == TOKEN_DURATION) {
		n->type = EXPR_DURATION;
		n->value.whole = p->token.us;
		return next(p);
	}
	n->type = EXPR_TEXT;
	n->value.text.data = p->token.text;
	n->value.text.bytes = p->token.text_bytes;
	return next(p);
}

static enum err_code
call(struct parser *p, const struct token *name, struct expr_node **out)
{
	struct expr_node *n = *out = make(p, NODE_CALL, name->at);
	struct items items = { 0 };
	char *lower = arena_bytes(p->r->arena, name->text, name->text_bytes);
	bool empty;
	enum err_code code = next(p); /* ( */

	for (char *c = lower; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
	n->call = lower;
	if (!code)
		code = take_mark(p, ")", &empty);
	if (!code && !empty)
		code = list(p, &items);
	return code ? code : finish(p, n, items.at, items.n);
}

/* A name of one or several parts. */
static enum err_code
name(struct parser *p, const struct token *first, struct expr_node **out)
{
	struct expr_node *n = *out = make(p, NODE_NAME, first->at);
	struct token part = *first;
	bool more = true;
	enum err_code code = ERR_NONE;

	for (;;) {
		if (n->path.n == EXPR_PATH_MAX)
			return expr_wrong(p->r, EXPR_BAD_NAME, n->at, part.at + part.bytes - n->at,
					  "a name has at most %d parts", EXPR_PATH_MAX);
		n->part_at[n->path.n] = part.at;
		n->part_bytes[n->path.n] = part.bytes;
		n->path.part[n->path.n++] = arena_bytes(p->r->arena, part.text, part.text_bytes);
		code = take_mark(p, ".", &more);
		if (code || !more)
			break;
		part = p->token;
		if (part.kind != TOKEN_WORD && part.kind != TOKEN_QUOTED)
			return unexpected(p, "a name");
		code = next(p);
		if (code)
			break;
	}
	n->bytes = p->end - n->at;
	return code;
}

/* when a then b ... [else c] end, behind `case`. */
static enum err_code
choice(struct parser *p, uint32_t at, struct expr_node **out)
{
	struct expr_node *n = *out = make(p, NODE_CASE, at);
	struct items items = { 0 };
	bool more = true;
	enum err_code code = ERR_NONE;

	n->subject = !is_word(&p->token, "when");
	if (n->subject)
		code = add_any(p, &items);
	if (!code)
		code = want_word(p, "when");
	while (!code && more) {
		code = add_any(p, &items);
		if (!code)
			code = want_word(p, "then");
		if (!code)
			code = add_any(p, &items);
		if (!code)
			code = take_word(p, "when", &more);
	}
	if (!code)
		code = take_word(p, "else", &n->otherwise);
	if (!code && n->otherwise)
		code = add_any(p, &items);
	if (!code)
		code = want_word(p, "end");
	return code ? code : finish(p, n, items.at, items.n);
}

/* true, false, null, case, date '...', a function or a name. */
static enum err_code
word(struct parser *p, struct expr_node **out)
{
	struct token first = p->token;
	struct expr_node *n;
	enum err_code code;

	if (is_reserved(&first) && !is_word(&first, "true") && !is_word(&first, "false") &&
	    !is_word(&first, "null") && !is_word(&first, "case"))
		return unexpected(p, "a value");
	code = next(p);
	if (code)
		return code;
	if (first.kind == TOKEN_QUOTED)
		return name(p, &first, out);
	if (is_word(&first, "case"))
		return choice(p, first.at, out);
	if (is_reserved(&first)) {
		n = *out = make(p, NODE_LITERAL, first.at);
		n->bytes = first.bytes;
		n->type = is_word(&first, "null") ? EXPR_NULL : EXPR_BOOL;
		n->value.null = n->type == EXPR_NULL;
		n->value.yes = is_word(&first, "true");
		return ERR_NONE;
	}
	if (p->token.kind == TOKEN_TEXT &&
	    (is_word(&first, "date") || is_word(&first, "timestamp")))
		return moment(p, is_word(&first, "date"), first.at, out);
	return is_mark(&p->token, "(") ? call(p, &first, out) : name(p, &first, out);
}

static enum err_code
primary(struct parser *p, struct expr_node **out)
{
	bool open;
	enum err_code code;

	switch (p->token.kind) {
	case TOKEN_NUMBER:
		return number(p, false, p->token.at, out);
	case TOKEN_DURATION:
	case TOKEN_TEXT:
		return literal(p, out);
	case TOKEN_WORD:
	case TOKEN_QUOTED:
		return word(p, out);
	default:
		break;
	}
	code = take_mark(p, "(", &open);
	if (code || !open)
		return code ? code : unexpected(p, "a value");
	code = any(p, out);
	return code ? code : want_mark(p, ")");
}

/* Go one level deeper; whoever calls comes back by itself. */
static enum err_code
deeper(struct parser *p)
{
	if (++p->nesting <= EXPR_NESTING_MAX)
		return ERR_NONE;
	return expr_wrong(p->r, EXPR_TOO_LARGE, p->token.at, 1,
			  "an expression nests at most %d levels deep", EXPR_NESTING_MAX);
}

static enum err_code
sign(struct parser *p, struct expr_node **out)
{
	uint32_t at = p->token.at;
	struct expr_node *n, *one;
	bool minus;
	enum err_code code = take_mark(p, "-", &minus);

	if (code || !minus)
		return code ? code : primary(p, out);
	if (p->token.kind == TOKEN_NUMBER)
		return number(p, true, at, out);
	n = *out = make(p, NODE_CALL, at);
	n->call = "-";
	code = deeper(p);
	if (!code)
		code = sign(p, &one);
	p->nesting--;
	return code ? code : finish(p, n, &one, 1);
}

/* Operators of one rank, from the left. */
static enum err_code
chain(struct parser *p, const char *const *marks, const char *also,
      enum err_code (*part)(struct parser *p, struct expr_node **out), struct expr_node **out)
{
	enum err_code code = part(p, out);

	while (!code) {
		struct expr_node *pair[2] = { *out }, *n;
		const char *found = NULL;

		for (size_t i = 0; marks[i] && !found; i++)
			found = is_mark(&p->token, marks[i]) ? marks[i] : NULL;
		if (!found && also && is_word(&p->token, also))
			found = also;
		if (!found)
			break;
		n = make(p, NODE_CALL, pair[0]->at);
		n->call = found;
		code = next(p);
		if (!code)
			code = part(p, &pair[1]);
		if (!code)
			code = finish(p, n, pair, 2);
		*out = n;
	}
	return code;
}

static enum err_code
product(struct parser *p, struct expr_node **out)
{
	static const char *const marks[] = { "*", "/", "%", NULL };

	return chain(p, marks, "div", sign, out);
}

static enum err_code
sum(struct parser *p, struct expr_node **out)
{
	static const char *const marks[] = { "+", "-", NULL };

	return chain(p, marks, NULL, product, out);
}

/* Which comparison a token is; false: none. */
static bool
comparison(const struct token *t, enum compare *out)
{
	static const struct {
		const char *mark;
		enum compare compare;
	} rows[] = {
		{ "=", COMPARE_EQ },  { "==", COMPARE_EQ }, { "!=", COMPARE_NE },
		{ "<>", COMPARE_NE }, { "<", COMPARE_LT },  { "<=", COMPARE_LE },
		{ ">", COMPARE_GT },  { ">=", COMPARE_GE },
	};

	for (size_t i = 0; i < countof(rows); i++) {
		if (!is_mark(t, rows[i].mark))
			continue;
		*out = rows[i].compare;
		return true;
	}
	return false;
}

static enum err_code
compared(struct parser *p, struct expr_node *left, enum compare compare, struct expr_node **out)
{
	struct expr_node *pair[2] = { left }, *n = *out = make(p, NODE_COMPARE, left->at);
	enum err_code code = next(p);

	n->compare = compare;
	if (!code)
		code = sum(p, &pair[1]);
	if (!code)
		code = finish(p, n, pair, 2);
	if (!code && comparison(&p->token, &compare)) {
		(void)expr_wrong(p->r, EXPR_BAD_SYNTAX, p->token.at, p->token.bytes,
				 "comparisons do not follow each other");
		expr_help(p->r, "write a < b and b < c");
		return ERR_INPUT;
	}
	return code;
}

/* is [not] null */
static enum err_code
is_null(struct parser *p, struct expr_node *left, struct expr_node **out, bool *negated)
{
	struct expr_node *n = *out = make(p, NODE_IS_NULL, left->at);
	enum err_code code = next(p);

	if (!code)
		code = take_word(p, "not", negated);
	if (!code && !is_word(&p->token, "null")) {
		code = unexpected(p, "'null' or 'not null'");
		expr_help(p->r, "values are compared by '='");
		return code;
	}
	if (!code)
		code = next(p);
	return code ? code : finish(p, n, &left, 1);
}

static enum err_code
between(struct parser *p, struct expr_node *left, struct expr_node **out)
{
	struct expr_node *three[3] = { left }, *n = *out = make(p, NODE_BETWEEN, left->at);
	enum err_code code = next(p);

	if (!code)
		code = sum(p, &three[1]);
	if (!code)
		code = want_word(p, "and");
	if (!code)
		code = sum(p, &three[2]);
	return code ? code : finish(p, n, three, 3);
}

static enum err_code
in_list(struct parser *p, struct expr_node *left, struct expr_node **out)
{
	struct expr_node *n = *out = make(p, NODE_IN, left->at);
	struct items items = { 0 };
	enum err_code code = next(p);

	if (!code)
		code = want_mark(p, "(");
	if (!code)
		code = add(p, &items, left);
	if (!code)
		code = list(p, &items);
	return code ? code : finish(p, n, items.at, items.n);
}

static enum err_code
like(struct parser *p, struct expr_node *left, struct expr_node **out)
{
	struct expr_node *pair[2] = { left }, *n = *out = make(p, NODE_CALL, left->at);
	enum err_code code = next(p);

	n->call = "like";
	if (!code)
		code = sum(p, &pair[1]);
	return code ? code : finish(p, n, pair, 2);
}

static enum err_code
negate(struct parser *p, struct expr_node **out)
{
	struct expr_node *one = *out, *n = *out = make(p, NODE_NOT, one->at);

	return finish(p, n, &one, 1);
}

static enum err_code
predicate(struct parser *p, struct expr_node **out)
{
	struct expr_node *left;
	enum compare compare;
	bool negated = false;
	enum err_code code = sum(p, &left);

	*out = left;
	if (code)
		return code;
	if (comparison(&p->token, &compare))
		return compared(p, left, compare, out);
	if (is_word(&p->token, "is")) {
		code = is_null(p, left, out, &negated);
		return code || !negated ? code : negate(p, out);
	}
	code = take_word(p, "not", &negated);
	if (code)
		return code;
	if (is_word(&p->token, "between"))
		code = between(p, left, out);
	else if (is_word(&p->token, "in"))
		code = in_list(p, left, out);
	else if (is_word(&p->token, "like"))
		code = like(p, left, out);
	else if (negated)
		return unexpected(p, "'between', 'in' or 'like'");
	return code || !negated ? code : negate(p, out);
}

static enum err_code
not_one(struct parser *p, struct expr_node **out)
{
	uint32_t at = p->token.at;
	bool taken;
	enum err_code code = take_word(p, "not", &taken);

	if (code || !taken)
		return code ? code : predicate(p, out);
	code = deeper(p);
	if (!code)
		code = not_one(p, out);
	p->nesting--;
	if (!code)
		code = negate(p, out);
	if (!code) {
		(*out)->at = at;
		(*out)->bytes = p->end - at;
	}
	return code;
}

/* a and b and c, a or b or c: one node for all. */
static enum err_code
joined(struct parser *p, const char *joint, enum node_kind kind,
       enum err_code (*part)(struct parser *p, struct expr_node **out), struct expr_node **out)
{
	struct items items = { 0 };
	struct expr_node *n;
	bool more = true;
	enum err_code code = ERR_NONE;

	while (!code && more) {
		code = part(p, &n);
		if (!code)
			code = add(p, &items, n);
		if (!code)
			code = take_word(p, joint, &more);
	}
	if (code)
		return code;
	*out = items.at[0];
	if (items.n == 1)
		return ERR_NONE;
	*out = make(p, kind, items.at[0]->at);
	return finish(p, *out, items.at, items.n);
}

static enum err_code
all_of(struct parser *p, struct expr_node **out)
{
	return joined(p, "and", NODE_AND, not_one, out);
}

static enum err_code
any(struct parser *p, struct expr_node **out)
{
	enum err_code code = deeper(p);

	if (!code)
		code = joined(p, "or", NODE_OR, all_of, out);
	p->nesting--;
	return code;
}

enum err_code
expr_parse(struct expr_reading *r, struct expr_node **out)
{
	struct parser p = { .r = r };
	enum err_code code = next(&p);

	if (!code && p.token.kind == TOKEN_END)
		return expr_wrong(r, EXPR_BAD_SYNTAX, 0, 1, "an expression is empty");
	if (!code)
		code = any(&p, out);
	if (code || p.token.kind == TOKEN_END)
		return code;
	code = unexpected(&p, "an operator or the end");
	if (is_word(&p.token, "ilike"))
		expr_help(r, "write lower(text) like 'x%%'");
	return code;
}
