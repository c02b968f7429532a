/*
 * out.h - the same data as a table for people or JSON for programs.
 */
#ifndef CLI_TERM_OUT_H
#define CLI_TERM_OUT_H

#include "cli/term/command.h"

enum out_kind {
	OUT_TEXT,
	OUT_NUMBER, /* to the right */
	OUT_TIME,   /* times in it to the second, but those in ids; JSON keeps the rest */
	OUT_DAY,    /* the same, and of a midnight the day alone */
};

struct out_column {
	const char *key;   /* of the row object */
	const char *title; /* in capitals */
	enum out_kind kind;
	int rank; /* 0: always there; the highest is left out first on a narrow terminal */
};

/*
 * Print bytes that came from a file or a task to stdout: behind a pipe as they are, on a terminal
 * shown and not executed.  Flags and what it gives are those of screen_show().
 */
size_t out_bytes(const char *data, size_t bytes, unsigned flags);

/*
 * Write out what is left; the last that is done with stdout.  Gives the exit code: `code`, or
 * EXIT_NO, which is said, when it cannot be written.  That nobody reads any more is no failure.
 */
int out_end(int code);

/* The columns of the terminal that standard output is; 0: it is none. */
size_t out_columns(void);

/* Print a value to stdout as indented JSON and a newline. */
void out_json(const json_t *value);

/*
 * Print an array of objects to stdout: with -o json as it is, else as a table
 * of the columns named, which fits the terminal; `empty` is said on stderr when there is no row.
 */
void out_list(const struct cli *cli, const json_t *rows, const struct out_column *columns,
	      size_t n_columns, const char *empty);

/*
 * Copy the n columns to `to`, without that of `key` if no row has a value of it.  Gives how many
 * there are.
 */
size_t out_some(const json_t *rows, const struct out_column *columns, size_t n, const char *key,
		struct out_column *to);

/*
 * Give each row that has `outputs`, an object, the member `left`: "files=3 kind=many".  Gives
 * whether there is such a row.
 */
bool out_left(json_t *rows);

/* Print the titles of a table that has no rows. */
void out_titles(const struct out_column *columns, size_t n_columns);

/* Print one object: JSON as it is, else "name   value" lines; what is nested or empty is left out.
 */
void out_object(const struct cli *cli, const json_t *object);

#endif
