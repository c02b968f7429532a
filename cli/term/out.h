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
