/*
 * store.h - the state database, for writing.  The only room whose SQL changes it.
 *
 * Schema: scheduler/store/sql/ (numbered migrations, user_version).  STRICT
 * tables, checks, partial unique indexes and triggers are the second line of
 * defence for the engine's invariants.  Tables and documented read-only views:
 * docs/STATE-SCHEMA.md.
 *
 *   store_open -> store_load -> (store_commit, store_idle)* -> store_close
 */
#ifndef SCHEDULER_STORE_STORE_H
#define SCHEDULER_STORE_STORE_H

#include "core/wire/holder.h"

struct store;

/*
 * Lock DIR/.tidemill for life, as `kind`, and open DIR/.tidemill/state.db, made or migrated if need
 * be.  ERR_BUSY: somebody holds it, who is named.
 * ERR_SYSTEM names path and cause: not writable, not a local file system.
 */
enum err_code store_open(struct store **out, const char *project_dir, enum holder_kind kind,
			 struct err *err) MUST_CHECK;

/* Empties the log and marks the database as closed in order; NULL is fine. */
void store_close(struct store *s);

/* Every page of the database has still to be looked at, with db_check() on another thread. */
bool store_check_due(const struct store *s);

/* What a person has to know of how the database was found, a sentence; NULL: nothing. */
const char *store_notice(const struct store *s);

/* The path of the database; until store_close(). */
const char *store_path(const struct store *s);

/*
 * What db_check() found: ERR_NONE, nothing is due any more; else the next open looks at every page
 * before it goes on.
 */
enum err_code store_checked(struct store *s, enum err_code found, struct err *err) MUST_CHECK;

/*
 * Do the names of its files lead to them still?  ERR_CONFLICT: no, and nobody may go on with this
 * store: nothing more is acknowledged, the message says what happened.  Called by each commit, and
 * by whoever has made none for a while.
 */
enum err_code store_hold(struct store *s, struct err *err) MUST_CHECK;

/* Give back what of the database is kept in memory: it is read again when it is needed. */
void store_relax(struct store *s);

/* Between turns: move the log into the database when it has grown. */
enum err_code store_idle(struct store *s, struct err *err) MUST_CHECK;

#endif
