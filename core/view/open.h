/*
 * open.h - what has happened, for reading: the CLI's tables and the web's pages.
 *
 *   view_open -> (view_begin .. any questions .. view_end)* -> view_close
 *
 * Read-only questions to DIR/.tidemill/state.db (docs/STATE-SCHEMA.md), asked by the other files of
 * the room: dag, run, dataset, why, overview.  Answers are told by the public views; rows are
 * found, counted and ordered by keys of tables where the views have none.  The SQL is in
 * core/view/sql/. Between begin and end every answer is of one snapshot; render after view_end(),
 * for an open snapshot holds up the scheduler's checkpoints.  A question outside begin/end is its
 * own snapshot.
 *
 * An answer is JSON with a new reference in *out, which is written only on
 * success: an array of objects, or one object.  CLI table, CLI JSON and the web
 * API all show this shape.  Times are RFC 3339 UTC text, partitions YYYY-MM-DD,
 * what is not known yet is null.  ERR_NOT_FOUND: the thing asked about does not
 * exist.  Calls block for as long as the query takes (db.h bounds it).
 */
#ifndef CORE_VIEW_OPEN_H
#define CORE_VIEW_OPEN_H

#include "core/base/json.h"

struct view;

enum { VIEW_ROWS_MAX = 100000 }; /* no answer has more; a limit of 0 stands for it */

/* ERR_NOT_FOUND: there is no database, "nothing has run here yet". */
enum err_code view_open(struct view **out, const char *project_dir, struct err *err) MUST_CHECK;

/* NULL is fine. */
void view_close(struct view *v);

/* What is asked until view_end() is of one snapshot. */
enum err_code view_begin(struct view *v, struct err *err) MUST_CHECK;

/* Gives the snapshot up. */
void view_end(struct view *v);

#endif
