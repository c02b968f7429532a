/*
 * source.h - one file that `tidemill data` looks into: its format and its columns.
 */
#ifndef WORKER_LOOK_SOURCE_H
#define WORKER_LOOK_SOURCE_H

#include "core/model/data_request.h"
#include "worker/parquet/read/file.h"
#include "worker/format/reader.h"

struct data_source {
	const char *path; /* as it was given, for messages; borrowed */
	const char *file; /* what is opened */
	bool is_regular;  /* it can be read twice, and from its end; a pipe cannot */
	enum format format;
	const struct dialect *dialect;
	/*
	 * Everything in it that can be read.  Of a text format without a declaration every
	 * column is text: a string in csv, and what stands there in JSON Lines.
	 */
	struct schema schema;
	struct pq_file *parquet; /* NULL: a text format */
	struct arena *arena;
};

/*
 * The format that a file's name says in small letters or capitals, .gz and .zst put aside; -1: none
 * that is known.
 */
int data_format_of(const char *path);

/* Is there something that can be opened as a file?  ERR_NOT_FOUND; ERR_INPUT: a directory. */
enum err_code data_source_look(const char *path, struct err *err) MUST_CHECK;

/*
 * Open a file, "-" being standard input, and find its columns: `declared`, unless that has none.
 * The file of a text format is only looked at, in front.  ERR_INPUT: it is a pipe, and its columns
 * or its footer would have to be looked for; or its first bytes say that it is something else.
 */
enum err_code data_source_open(struct data_source *out, const char *path, enum format format,
			       const struct schema *declared, const struct dialect *dialect,
			       struct err *err) MUST_CHECK;

/* Close and free what it holds; fine on a zeroed one. */
void data_source_close(struct data_source *s);

/* How a source is read by a schema. */
struct reader_options data_source_options(const struct data_source *s, const struct schema *schema);

/* Read a source by a schema, which may be another file's. */
enum err_code data_source_read(const struct data_source *s, const struct schema *schema,
			       struct reader **out, struct err *err) MUST_CHECK;

/* A schema whose names are copied into the arena. */
struct schema data_schema_copy(const struct schema *schema, struct arena *arena);

#endif
