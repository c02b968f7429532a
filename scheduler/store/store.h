/*
 * store.h - the state database, for writing.  The only SQL that changes it.
 *
 * Schema: scheduler/store/migrations.h (numbered migrations, user_version).  STRICT
 * tables, checks, partial unique indexes and triggers are the second line of
 * defence for the engine's invariants.  Tables and documented read-only views:
 * docs/STATE-SCHEMA.md.
 *
 *   store_open -> store_load -> (store_commit, store_idle)* -> store_close
 *
 * Any error of store_commit() means that nothing of it is on disk or that this
 * cannot be known: the caller ends the process and recovers by starting anew.
 */
#ifndef SCHEDULER_STORE_STORE_H
#define SCHEDULER_STORE_STORE_H

#include "scheduler/engine/engine.h"

struct store;

/*
 * Lock DIR/.tidemill for life and open DIR/.tidemill/state.db, made or migrated if need be.
 * ERR_BUSY: another scheduler holds it (the message names its pid).
 * ERR_SYSTEM names path and cause: not writable, not a local file system.
 */
enum err_code store_open(struct store **out, const char *project_dir, struct err *err) MUST_CHECK;
void store_close(struct store *s); /* checkpoints; NULL is fine */

/* All changes in one transaction with synchronous=FULL, in order. */
enum err_code store_commit(struct store *s, const struct change *changes, size_t n,
			   struct err *err) MUST_CHECK;

/*
 * Give everything committed to the engine.  Definitions are parsed again with
 * dagfile_read(); one that no longer parses is reported in *err with its dag
 * and its runs cannot go on: ERR_INPUT.
 */
enum err_code store_load(struct store *s, struct engine *e, struct err *err) MUST_CHECK;

/* Between turns: move the log into the database when it has grown. */
enum err_code store_idle(struct store *s, struct err *err) MUST_CHECK;

/*
 * Versions that retention may collect now, at most `max`: not live, not among
 * the newest `retain` that were replaced, replaced (not published: somebody may
 * have begun to read it just before) earlier than replaced_before_us, and not
 * pinned by a live attempt.
 */
struct old_version {
	char dataset[NAME_MAX_BYTES + 32]; /* a name and perhaps "_quarantine" */
	int64_t day, version;
	char digest[DIGEST_CHARS + 1];
};
enum err_code store_old_versions(struct store *s, int retain, int64_t replaced_before_us,
				 struct old_version *out, size_t max, size_t *n,
				 struct err *err) MUST_CHECK;

/* Its directory is gone; the row stays as history.  Twice is fine. */
enum err_code store_version_collected(struct store *s, const struct old_version *v,
				      struct err *err) MUST_CHECK;

#endif
