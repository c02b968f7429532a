/*
 * internal.h - what the files of the store share.  Nobody else includes it.
 *
 *   store.c         the lock, the schema, checkpoints, retention
 *   store_commit.c  changes to rows
 *   store_load.c    rows to the engine
 */
#ifndef SCHEDULER_STORE_INTERNAL_H
#define SCHEDULER_STORE_INTERNAL_H

#include "core/base/db.h"
#include "scheduler/store/store.h"

enum {
	COMMANDS_MAX = 10000,    /* answered commands that are remembered */
	CHECKPOINT_PAGES = 2000, /* 8 MiB of log: some milliseconds to move */
};

struct store {
	struct db *db;
	char *path;  /* of the database */
	int lock_fd; /* DIR/.tidemill/lock */
};

/* Run one literal statement that gives no rows and has no parameters. */
enum err_code store_run(struct store *s, const char *sql, struct err *err) MUST_CHECK;

/* Give up the transaction, if SQLite has not done so itself after a grave error. */
void store_rollback(struct store *s);

/*
 * The name of a file system by its magic number from statfs(2), or NULL.
 * *local: a database with a shared-memory index and locks is safe on it.
 */
const char *store_fs_name(uint64_t magic, bool *local);

#endif
