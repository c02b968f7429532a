/*
 * data_request.h - what `tidemill data` asks of the file formats, and what comes back.
 *
 * The command line asks, the worker's readers answer; neither knows the other.
 */
#ifndef CORE_MODEL_DATA_REQUEST_H
#define CORE_MODEL_DATA_REQUEST_H

#include "core/base/json.h"
#include "core/model/dialect.h"
#include "core/model/schema.h"

/* Bounds; each has a test at the limit and one past it. */
enum {
	DATA_COLUMNS_MAX = 1000,     /* that are read at once */
	DATA_TABLE_ROWS_MAX = 10000, /* of data in a table, which is laid out as a whole */
};

enum data_action { DATA_SCHEMA, DATA_ROWS, DATA_COUNT, DATA_STATS };

struct data_request {
	enum data_action action;
	const char *const
	    *files; /* at least one; relative to the current directory; "-" is stdin */
	size_t n_files;
	int format;               /* an enum format; -1: by the names of the files */
	struct dialect dialect;   /* how text files differ from the plain form */
	struct schema declared;   /* the columns of the files; count 0: as the files say */
	const char *const *names; /* the columns asked for, in this order; none: all */
	size_t n_names;
	int64_t rows_max;   /* DATA_ROWS: of all files together; INT64_MAX: all */
	bool to_stdout;     /* DATA_ROWS: write them ... */
	enum format output; /* ... in this format; else they are in the answer */
};

struct data_answer {
	json_t *columns; /* array of {"name", "title", "right"}: how to lay out `rows` */
	json_t *rows;    /* array of objects; empty when they went to standard output */
	size_t problems; /* files and rows that could not be read, each named on standard error */
	size_t n_failed; /* the files among them: what is counted over all files is incomplete */
};

#endif
