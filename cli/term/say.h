/*
 * say.h - what is said to the person at the terminal, and how the program ends.
 *
 * All of it goes to standard error: standard output is for data.  What acts on a terminal is shown
 * there and not sent (core/base/screen.h).
 */
#ifndef CLI_TERM_SAY_H
#define CLI_TERM_SAY_H

#include "core/base/err.h"

/* Documented interface: README "Exit codes". */
enum exit_code {
	EXIT_OK = 0,
	EXIT_NO = 1,          /* it ran and the answer is no */
	EXIT_USAGE = 2,       /* the command line or what it names is wrong */
	EXIT_UNREACHABLE = 3, /* the scheduler cannot be reached */
	EXIT_REFUSED = 4,     /* the state does not allow it */
	EXIT_BUG = 70,
	EXIT_INTERRUPTED = 130,
};

/*
 * The columns of the terminal that all of it goes to; 0: it is none.  A sentence that is longer
 * goes on in the next line.
 */
size_t say_columns(void);

/* A line. */
void say(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* A line that begins with the program's name: something is not as it should be. */
void say_warning(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Whole lines that are laid out, and coloured, already. */
void say_text(const char *text);

/* A line that the next one overwrites, for a terminal; of names and numbers of ours alone. */
void say_progress(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Take the line of progress away, so that something else can be said. */
void say_progress_clear(void);

/* Let the line of progress stand. */
void say_progress_end(void);

/* As say_warning().  Gives `code` back. */
int cli_fail(enum exit_code code, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The same for an err; the exit code follows from its code. */
int cli_error(const struct err *err);

#endif
