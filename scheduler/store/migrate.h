/*
 * migrate.h - an older state database becomes one of today.
 *
 * Migration n takes the schema from n - 1 to n: scheduler/store/sql/NNN.sql, found and embedded by
 * the Makefile.  One that was released is never edited.
 *
 * Tables are ours and may change; the views (v_*) are the public interface and
 * are described, like the tables, in docs/STATE-SCHEMA.md.  Times in tables are
 * INTEGER microseconds UTC, NULL for "not yet"; in views they are RFC 3339 text.
 */
#ifndef SCHEDULER_STORE_MIGRATE_H
#define SCHEDULER_STORE_MIGRATE_H

#include "core/base/db.h"

/*
 * Run the migrations that the database has not seen, each in a transaction of its own.  ERR_INPUT:
 * a newer program wrote it; `path` names it in the message.
 */
enum err_code migrate(struct db *db, const char *path, struct err *err) MUST_CHECK;

#endif
