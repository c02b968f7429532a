/*
 * storage.h - the storages that the scheduler can publish to.
 */
#ifndef SCHEDULER_PUBLISH_STORAGE_H
#define SCHEDULER_PUBLISH_STORAGE_H

#include "core/storage/storage.h"

extern const struct storage storage_local; /* local.c: directories of this machine */

/* The storage of a dataset at `path`.  ERR_INPUT: there is none for its scheme. */
enum err_code storage_of(const char *path, const struct storage **out, struct err *err) MUST_CHECK;

#endif
