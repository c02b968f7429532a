/*
 * resolved.h - the text of a definition: a DAG file and what its names stood for.  Pure.
 *
 * Behind the text of the file stands one line, a comment to who reads the file by
 * itself, with the constants that it names in the order of their names:
 *
 *   # resolved: {"var.bucket":"raw-data"}
 *
 * A file that names none is its own definition.  So the digest is over all that a
 * definition depends on, and a definition that was stored is read without the
 * project that it came from.
 */
#ifndef CORE_TEXT_RESOLVED_H
#define CORE_TEXT_RESOLVED_H

#include "core/base/mem.h"
#include "core/text/constant.h"

/* Append the text of a file and the line of n constants, in any order and perhaps twice. */
void resolved_join(const char *text, size_t bytes, const struct constant *const *named, size_t n,
		   struct buf *out);

/*
 * How many bytes of a definition are the text of the file; *out gets what stands behind
 * it, in the arena.  A line that is none of ours belongs to the file.
 */
size_t resolved_split(const char *text, size_t bytes, struct arena *arena, struct constants *out);

#endif
