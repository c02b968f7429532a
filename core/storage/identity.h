/*
 * identity.h - what tells a file from one that took its place, or was written to.
 *
 * A file of a partition was read once, when it was written: its digest stands in the manifest.
 * As long as it is the same file and nobody touched it, that digest is its digest.  So the manifest
 * records what the file was after that, and who uses the file compares instead of reading it.  Not
 * the device: its number is another one after a restart.
 */
#ifndef CORE_STORAGE_IDENTITY_H
#define CORE_STORAGE_IDENTITY_H

#include "core/lake/manifest.h"

#include <sys/stat.h>

/* The identity of a file: "inode:modified:changed", times in nanoseconds. */
void identity_of(const struct stat *st, char out[IDENTITY_CHARS + 1]);

/* Is it the file that was recorded, with that many bytes?  False when nothing was recorded. */
bool identity_is(const struct stat *st, const struct manifest_file *recorded);

#endif
