/*
 * migrations.h - the numbered migrations of the state database.
 *
 * Migration n takes the schema from n-1 to n, in one transaction, one SQL
 * statement per string.  A migration that was released is never edited: the
 * words in it are frozen on purpose and do not come from state.h.
 *
 * Tables are ours and may change; the views (v_*) are the public interface and
 * are described, like the tables, in docs/STATE-SCHEMA.md.  Times in tables are
 * INTEGER microseconds UTC, NULL for "not yet"; in views they are RFC 3339 text.
 */
#ifndef SCHEDULER_STORE_MIGRATIONS_H
#define SCHEDULER_STORE_MIGRATIONS_H

#include "core/base/db.h"

/* schema_migrations[n] takes the schema from n to n + 1: statements, ended by NULL. */
extern const char *const *const schema_migrations[DB_SCHEMA];

#endif
