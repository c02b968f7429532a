/* stale.h - the unpartitioned files that partitions have read, as they are now. */
#ifndef CORE_VIEW_STALE_H
#define CORE_VIEW_STALE_H

#include "core/view/open.h"

enum { VIEW_FILE_BYTES_MAX = 256 << 20 }; /* larger unpartitioned files are not looked at */

/* Digests of files as they were read, for a process that asks again and again; zero is empty. */
struct stale_memory {
	struct stale_known *items;
	size_t n, room;
};

/* Forget all. */
void stale_memory_release(struct stale_memory *memory);

/*
 * From now on a file that is still the one of the last reading, by its number, size and times, is
 * not read again.  `memory` is borrowed; NULL: each is read each time.
 */
void stale_remember(struct view *v, struct stale_memory *memory);

/*
 * The unpartitioned files that live partitions have read (`dataset` NULL: of
 * all datasets, else of that one) as they are now: {"dataset": "digest"}, for
 * the caller to free.  One that is declared nowhere, is gone, or has more than
 * VIEW_FILE_BYTES_MAX is not in it.  Reads each of the others from end to end, but for what is
 * remembered.
 */
enum err_code stale_files(struct view *v, const char *dataset, char **out,
			  struct err *err) MUST_CHECK;

#endif
