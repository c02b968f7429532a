/*
 * lex.h - the words of an expression, one after the other.
 */
#ifndef CORE_EXPR_LEX_H
#define CORE_EXPR_LEX_H

#include "core/expr/node.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* a bare name or a keyword */
	TOKEN_QUOTED, /* a name in backticks */
	TOKEN_TEXT,   /* in single or double quotes */
	TOKEN_NUMBER,
	TOKEN_DURATION,
	TOKEN_MARK, /* an operator, a parenthesis, a comma, a dot */
};

struct token {
	enum token_kind kind;
	uint32_t at, bytes;
	const char *text; /* WORD, MARK, NUMBER: as written; QUOTED, TEXT: without its quotes */
	size_t text_bytes;
	int64_t us; /* DURATION */
};

/* Read the token that begins at byte `from` or behind blanks there. */
enum err_code expr_token(struct expr_reading *r, size_t from, struct token *out) MUST_CHECK;

#endif
