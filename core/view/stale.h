/* stale.h - what live partitions were made of, as it is now. */
#ifndef CORE_VIEW_STALE_H
#define CORE_VIEW_STALE_H

#include "core/base/json.h"
#include "core/view/known.h"
#include "core/view/open.h"

enum { VIEW_FILE_BYTES_MAX = 256 << 20 }; /* larger unpartitioned files are not looked at */

/*
 * Digests of files as they were read, and definitions that were parsed, for a process that asks
 * again and again; zero is empty.
 */
struct stale_memory {
	struct stale_known *items;
	size_t n, room;
	struct known_memory definitions;
};

/* Forget all. */
void stale_memory_release(struct stale_memory *memory);

/*
 * From now on a file that is still the one of the last reading, by its number, size and times, is
 * not read again.  `memory` is borrowed; NULL: each is read each time.
 */
void stale_remember(struct view *v, struct stale_memory *memory);

/*
 * What is now of what live partitions were made of: {"files": {"dataset": "digest"},
 * "definitions": {"dataset": "digest"}}, JSON for the caller to free.  Files are the unpartitioned
 * ones that partitions (`dataset` NULL: of all datasets, else of that one) have read; one that is
 * declared nowhere, is gone, or has more than VIEW_FILE_BYTES_MAX is not in it.  Reads each of the
 * others from end to end, but for what is remembered.  Definitions are those of `defined`
 * (defined_now()).
 */
enum err_code stale_facts(struct view *v, const char *dataset, const json_t *defined, char **out,
			  struct err *err) MUST_CHECK;

#endif
