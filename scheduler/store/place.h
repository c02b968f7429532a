/*
 * place.h - the state directory: on a local file system, ours alone, held by one scheduler.
 */
#ifndef SCHEDULER_STORE_PLACE_H
#define SCHEDULER_STORE_PLACE_H

#include "core/wire/holder.h"

/*
 * The name of a file system by its magic number from statfs(2), or NULL.
 * *local: a database with a shared-memory index and locks is safe on it.
 */
const char *place_fs_name(uint64_t magic, bool *local);

/*
 * Make the state directory `dir` if it is not there, with mode 0700 in any case.  ERR_SYSTEM names
 * path and cause: not writable, somebody else's, not a directory, not on a local file system.
 */
enum err_code place_make(const char *dir, struct err *err) MUST_CHECK;

/*
 * Take the lock of a project, as `kind`; closing the descriptor in *out gives it back, and so does
 * death.  ERR_BUSY: somebody else holds it; the message says who.
 */
enum err_code place_lock(const char *project_dir, enum holder_kind kind, int *out,
			 struct err *err) MUST_CHECK;

#endif
