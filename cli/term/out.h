/*
 * out.h - the same data as a table for people or JSON for programs.
 */
#ifndef CLI_TERM_OUT_H
#define CLI_TERM_OUT_H

#include "cli/term/command.h"

struct out_column {
	const char *key;   /* of the row object */
	const char *title; /* in capitals */
	bool right;        /* a number */
};

/*
 * Print bytes that came from a file or a task to stdout: behind a pipe as they are, on a terminal
 * shown and not executed.  With `more` gives how many it used, as screen_show(); else all of them.
 */
size_t out_bytes(const char *data, size_t bytes, bool more);

/*
 * Write out what is left; the last that is done with stdout.  Gives the exit code: `code`, or
 * EXIT_NO, which is said, when it cannot be written.  That nobody reads any more is no failure.
 */
int out_end(int code);

/* Print a value to stdout as indented JSON and a newline. */
void out_json(const json_t *value);

/*
 * Print an array of objects to stdout: with -o json as it is, else as a table
 * of the columns named; `empty` is said on stderr when there is no row.
 */
void out_list(const struct cli *cli, const json_t *rows, const struct out_column *columns,
	      size_t n_columns, const char *empty);

/* Print the titles of a table that has no rows. */
void out_titles(const struct out_column *columns, size_t n_columns);

/* Print one object: JSON as it is, else "name   value" lines; nested values are left out. */
void out_object(const struct cli *cli, const json_t *object);

#endif
