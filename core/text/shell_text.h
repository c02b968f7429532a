/*
 * shell_text.h - where in a shell script a value would stand.
 *
 * A script with holes in it, as POSIX (Shell Command Language, 2.2, 2.6.3, 2.7.4)
 * takes it apart: quotes, comments, here-documents, command substitutions and
 * arithmetic.  Enough to say whether "$VARIABLE" means the same in a hole as
 * everywhere; not whether the script is right.  Pure.
 */
#ifndef CORE_TEXT_SHELL_TEXT_H
#define CORE_TEXT_SHELL_TEXT_H

#include "core/base/base.h"

enum shell_place {
	SHELL_BARE,       /* an ordinary word, or a part of one: "$X" is one argument */
	SHELL_SINGLE,     /* inside '...' */
	SHELL_DOUBLE,     /* inside "..." */
	SHELL_BACKTICK,   /* inside `...`, where quotes have other rules */
	SHELL_ESCAPED,    /* behind a backslash, which would take the quote of "$X" */
	SHELL_COMMENT,    /* behind # */
	SHELL_HERE,       /* in a here-document */
	SHELL_ARITHMETIC, /* inside $((...)) */
};

/* A hole in the script: its bytes there mean nothing to the shell. */
struct shell_hole {
	size_t at, bytes;
	enum shell_place place; /* out */
};

/* Find the place of each of n holes, which are in order and do not overlap. */
void shell_places(const char *script, struct shell_hole *holes, size_t n);

#endif
