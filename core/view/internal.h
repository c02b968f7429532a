/*
 * internal.h - what the files of the view share.  Nobody else includes it.
 *
 * A query names its columns for the answer: `x`, or "x:bool" for a 0 or 1 that
 * becomes false or true, or "x:json" for text that is parsed (what cannot be
 * parsed stays a string: it may come from a worker).
 */
#ifndef CORE_VIEW_INTERNAL_H
#define CORE_VIEW_INTERNAL_H

#include "core/model/dag.h"
#include "core/base/db.h"
#include "core/view/view.h"

struct view {
	struct db *db;
	char *project_dir; /* as it was named to view_open() */
};

/*
 * SQL: a recorded input `i` of json_each() is an unpartitioned file.  "files" is
 * not one: it stands for everything that an ingest found in the landing place.
 */
#define VIEW_READ_FILE                                                                       \
	"i.type = 'object' AND i.value ->> '$.day' IS NULL AND i.value ->> '$.digest' <> ''" \
	" AND i.value ->> '$.dataset' <> 'files'"

/*
 * The unpartitioned files that live partitions have read (`dataset` NULL: of
 * all datasets, else of that one) as they are now: {"dataset": "digest"}, for
 * the caller to free.  One that is declared nowhere, is gone, or has more than
 * VIEW_FILE_BYTES_MAX is not in it.  Reads each of the others from end to end.
 */
enum err_code view_files(struct view *v, const char *dataset, char **out,
			 struct err *err) MUST_CHECK;

/* A caller's limit, 0 standing for the largest, as LIMIT wants it. */
int64_t view_limit(int limit);

/* The rest of the rows as an array of objects; ends the statement. */
enum err_code view_rows(struct stmt *s, json_t **out, struct err *err) MUST_CHECK;

/* The first row as an object, *out NULL when there is none; ends the statement. */
enum err_code view_row(struct stmt *s, json_t **out, struct err *err) MUST_CHECK;

/* The parsed definition of a digest; *out NULL when it is not there or no longer parses. */
enum err_code view_definition(struct view *v, const char *digest, struct dag **out,
			      struct err *err) MUST_CHECK;

/* ERR_NOT_FOUND unless a scheduler has loaded a dag of that name. */
enum err_code view_know_dag(struct view *v, const char *dag, struct err *err) MUST_CHECK;

#endif
