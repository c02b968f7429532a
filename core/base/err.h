/*
 * err.h - how a failure travels.
 *
 * A function that can fail returns enum err_code and takes `struct err *err`
 * as its last parameter.  On success *err is not touched.  On failure it holds
 * one sentence for a person: what was tried, on what, and why it failed, in
 * lower case and without a final period.  err may be NULL when the caller only
 * needs the code.  Whoever returns a code has filled err exactly once; a
 * caller that knows more wraps it; nobody both logs and returns.
 */
#ifndef CORE_BASE_ERR_H
#define CORE_BASE_ERR_H

#include "core/base/base.h"

/* The code says what the caller can do about it. */
enum err_code {
	ERR_NONE = 0,
	ERR_INPUT,     /* the user's file, flag or request is wrong: correct it */
	ERR_NOT_FOUND, /* the thing named does not exist */
	ERR_CONFLICT,  /* the state does not allow it: re-read, then decide */
	ERR_LIMIT,     /* a documented bound was reached */
	ERR_BUSY,      /* somebody else holds it: try again later */
	ERR_SYSTEM,    /* the operating system or a library refused */
};

struct err {
	enum err_code code;
	int error; /* errno where err_errno() filled it, else 0 */
	char msg[1000];
};

/* Fill *err and give `code` back, so that a caller can `return err_set(...)`. */
enum err_code err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set() with ERR_SYSTEM; ": " and the text of errno are appended. */
enum err_code err_errno(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Is this errno a want that passes: of processes, memory, descriptors, room on a disk? */
bool err_is_shortage(int error);

/* Put "context: " before the message that is already there; the code stays.  err may be NULL. */
void err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
