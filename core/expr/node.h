/*
 * node.h - the tree of an expression, and how a mistake in it is told.
 *
 * Made by parse.c without types, completed by type.c, walked by eval.c and by worker/predicate;
 * nobody else looks into it.
 */
#ifndef CORE_EXPR_NODE_H
#define CORE_EXPR_NODE_H

#include "core/expr/expr.h"

struct expr_fn;

enum node_kind {
	NODE_LITERAL,
	NODE_NAME,
	NODE_CALL,    /* a function or an operator: a row of functions.inc */
	NODE_COMPARE, /* args: two */
	NODE_AND,
	NODE_OR,
	NODE_NOT,
	NODE_IS_NULL,
	NODE_IN,      /* args: the value, then the items */
	NODE_BETWEEN, /* args: the value, from, to */
	NODE_CASE,    /* args: [subject,] when, then, when, then ... [, else] */
};

enum compare { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };

struct expr_node {
	enum node_kind kind;
	enum expr_type type;
	uint32_t at, bytes; /* in the text */
	uint32_t height;    /* 1 for a leaf */
	uint32_t n;
	struct expr_node **args;
	struct expr_digits digits; /* DECIMAL */
	/*
	 * It makes a number of another type (or scale), which becomes what `type` and `digits` say.
	 */
	bool widen;
	enum expr_type made;
	uint8_t made_scale;
	bool subject, otherwise;                                    /* CASE */
	enum compare compare;                                       /* COMPARE */
	struct expr_value value;                                    /* LITERAL */
	struct expr_path path;                                      /* NAME */
	uint32_t part_at[EXPR_PATH_MAX], part_bytes[EXPR_PATH_MAX]; /* NAME: where its parts are */
	uint32_t slot;                                              /* NAME */
	const char *const *words;                                   /* NAME: see struct expr_name */
	const char *call;         /* CALL: the name that is written, in lower case */
	const struct expr_fn *fn; /* CALL: chosen by the types of its arguments */
	const void *own;          /* CALL: what `fn` made of its literals */
};

struct expr {
	struct expr_node *root;
	const char *text;
	const struct zone *here; /* see struct expr_names */
};

/* One text on its way through lexer, parser and types. */
struct expr_reading {
	const char *text;
	size_t bytes;
	const struct expr_names *names;
	struct arena *arena;
	struct expr_mistake *bad;
	struct err *err;
};

/* Say what is wrong with `bytes` bytes at `at`; the help is added by expr_help(). */
enum err_code expr_wrong(struct expr_reading *r, enum expr_fault fault, size_t at, size_t bytes,
			 const char *fmt, ...) PRINTF_LIKE(5, 6);

/* Say what to type instead. */
void expr_help(struct expr_reading *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
