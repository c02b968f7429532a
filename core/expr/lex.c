/* lex.c - the words of an expression, one after the other. */
#include "core/expr/lex.h"

#include "core/base/unicode.h"
#include "core/time/civil.h"

#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

static bool
is_in(char c, const char *set)
{
	return c && strchr(set, c);
}

/* What people bring along from other languages. */
static const struct {
	const char *text, *help;
} foreign[] = {
	{ "&&", "write 'and'" },
	{ "||", "write 'or'; texts are joined by concat(a, b)" },
	{ "===", "write '='" },
	{ "!", "write 'not'" },
	{ "&", "write 'and'" },
	{ "|", "write 'or'" },
	{ "~", "write matches(text, 'pattern')" },
	{ "?", "write case when ... then ... else ... end" },
	{ "//", "write 'div'" },
	{ "**", "write x * x" },
	{ "{{", "names stand bare here: params.name, not {{ params.name }}" },
	{ ":=", "write '='" },
	{ "::", "a date is date '2026-05-01'" },
	{ "=>", "write '>='" },
	{ "=<", "write '<='" },
	{ "\xe2\x89\xa5", "write '>='" },
	{ "\xe2\x89\xa4", "write '<='" },
	{ "\xe2\x89\xa0", "write '<>'" },
};

static enum err_code
unknown(struct expr_reading *r, size_t at)
{
	const char *p = r->text + at;

	for (size_t i = 0; i < countof(foreign); i++) {
		size_t n = strlen(foreign[i].text);

		if (strncmp(p, foreign[i].text, n) != 0)
			continue;
		(void)expr_wrong(r, EXPR_BAD_SYNTAX, at, n, "'%s' means nothing here",
				 foreign[i].text);
		expr_help(r, "%s", foreign[i].help);
		return ERR_INPUT;
	}
	(void)expr_wrong(r, EXPR_BAD_SYNTAX, at, unicode_bytes(p, r->bytes - at),
			 "'%.*s' means nothing here", (int)unicode_bytes(p, r->bytes - at), p);
	if ((unsigned char)*p >= 0x80)
		expr_help(r, "a name that has it stands in backticks, a text in quotes");
	return ERR_INPUT;
}

/* Text in quotes, which are doubled inside. */
static enum err_code
quoted(struct expr_reading *r, size_t at, struct token *out)
{
	char quote = r->text[at];
	char *text = arena_get(r->arena, r->bytes - at + 1);
	size_t n = 0, i = at + 1;

	for (;; i++) {
		if (!r->text[i]) {
			(void)expr_wrong(r, EXPR_BAD_SYNTAX, at, 1, "this %c has no end", quote);
			expr_help(r, "close it with %c; inside, it is written twice", quote);
			return ERR_INPUT;
		}
		if (r->text[i] == quote && r->text[++i] != quote)
			break;
		text[n++] = r->text[i];
	}
	out->kind = quote == '`' ? TOKEN_QUOTED : TOKEN_TEXT;
	out->text = text;
	out->text_bytes = n;
	out->bytes = (uint32_t)(i - at);
	if (n == 0 && quote == '`')
		return expr_wrong(r, EXPR_BAD_SYNTAX, at, 2, "a name is empty");
	return ERR_NONE;
}

/* How long a number is that JSON would take; 0: it is none. */
static size_t
number_bytes(const char *p)
{
	size_t n = strspn(p, DIGITS), more;

	if (n == 0 || (p[0] == '0' && n > 1))
		return 0;
	if (p[n] == '.') {
		more = strspn(p + n + 1, DIGITS);
		if (!more)
			return 0;
		n += 1 + more;
	}
	if (p[n] == 'e' || p[n] == 'E') {
		size_t sign = p[n + 1] == '-' || p[n + 1] == '+';

		more = strspn(p + n + 1 + sign, DIGITS);
		if (!more)
			return 0;
		n += 1 + sign + more;
	}
	return n;
}

/* A number, or a duration: what begins with a digit. */
static enum err_code
counted(struct expr_reading *r, size_t at, struct token *out)
{
	const char *p = r->text + at;
	size_t all = strspn(p, DIGITS LETTERS "."), n = number_bytes(p);
	char word[64];

	if (p[all] == '-' || p[all] == '+') /* of an exponent */
		all = n > all ? n : all;
	out->text = p;
	out->text_bytes = out->bytes = (uint32_t)all;
	if (n == all) {
		out->kind = TOKEN_NUMBER;
		return ERR_NONE;
	}
	(void)snprintf(word, sizeof(word), "%.*s", (int)(all < 63 ? all : 63), p);
	if (all < sizeof(word) && duration_parse(word, &out->us)) {
		out->kind = TOKEN_DURATION;
		return ERR_NONE;
	}
	(void)expr_wrong(r, EXPR_BAD_SYNTAX, at, all, "'%s' is neither a number nor a duration",
			 word);
	expr_help(r, "numbers are written 7, 0.5 or 1e6, durations 90s, 1h30m or 7d; "
		     "dates stand in quotes");
	return ERR_INPUT;
}

static void
plain(struct expr_reading *r, size_t at, enum token_kind kind, size_t bytes, struct token *out)
{
	out->kind = kind;
	out->text = r->text + at;
	out->text_bytes = out->bytes = (uint32_t)bytes;
}

enum err_code
expr_token(struct expr_reading *r, size_t from, struct token *out)
{
	static const char *const marks[] = { "<>", "!=", "<=", ">=", "==", "=", "<", ">", "+",
					     "-",  "*",  "/",  "%",  "(",  ")", ",", "." };
	static const char *const refused[] = { "===", "//", "**", "=>", "=<" };
	size_t at = from + strspn(r->text + from, " \t\r\n");
	const char *p = r->text + at;

	*out = (struct token){ .at = (uint32_t)at, .text = p };
	if (!*p)
		return ERR_NONE;
	if (is_in(*p, "'\"`"))
		return quoted(r, at, out);
	if (is_in(*p, DIGITS) || (*p == '.' && is_in(p[1], DIGITS)))
		return counted(r, at, out);
	if (is_in(*p, LETTERS)) {
		plain(r, at, TOKEN_WORD, strspn(p, LETTERS DIGITS), out);
		return ERR_NONE;
	}
	for (size_t i = 0; i < countof(refused); i++)
		if (!strncmp(p, refused[i], strlen(refused[i])))
			return unknown(r, at);
	for (size_t i = 0; i < countof(marks); i++) {
		if (strncmp(p, marks[i], strlen(marks[i])) != 0)
			continue;
		plain(r, at, TOKEN_MARK, strlen(marks[i]), out);
		return ERR_NONE;
	}
	return unknown(r, at);
}
