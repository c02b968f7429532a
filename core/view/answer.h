/*
 * answer.h - rows of a query as JSON.
 *
 * A query names its columns for the answer: `x`, or "x:bool" for a 0 or 1 that
 * becomes false or true, or "x:json" for text that is parsed (what cannot be
 * parsed stays a string: it may come from a worker).  "x:if" and "x:if_json" are
 * left out where they are NULL.
 */
#ifndef CORE_VIEW_ANSWER_H
#define CORE_VIEW_ANSWER_H

#include "core/base/db.h"
#include "core/base/json.h"

/* A caller's limit, 0 standing for the largest, as LIMIT wants it. */
int64_t answer_limit(int limit);

/* The rest of the rows as an array of objects; ends the statement. */
enum err_code answer_rows(struct stmt *s, json_t **out, struct err *err) MUST_CHECK;

/* The other way round, for a list that was read upwards; takes it over. */
json_t *answer_reversed(json_t *rows) MUST_CHECK;

/* The first row as an object, *out NULL when there is none; ends the statement. */
enum err_code answer_row(struct stmt *s, json_t **out, struct err *err) MUST_CHECK;

#endif
