/* stale.h - what live partitions were made of, as it is now, and how many are stale. */
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

/*
 * How many partitions of each dataset are stale, from the rows that add them up.  A row of the
 * tally stands for partitions that are alike: made by the same definition, from partitions that
 * were made by the same ones.  So all of them are made otherwise than they would be now, or none
 * is by what the row says.  Only where a row has read partitions of one definition of which some
 * are so, by what they have read, and others not has somebody to look at each.
 */

/* What a list of datasets needs. */
struct stale_counts {
	char *facts;      /* stale_facts(), with no definitions where `of` has the counts */
	json_t *of;       /* {"dataset": {stale, stale_definition}}, or NULL: rows do not tell */
	json_int_t stale; /* all of them */
};

/* Compare with what is now; out is empty before, stale_counts_release() afterwards. */
enum err_code stale_count(struct view *v, struct stale_counts *out, struct err *err) MUST_CHECK;

/* Put into each of these rows of datasets what is counted of it. */
void stale_tell_counts(const struct stale_counts *counts, json_t *datasets);

/* Free what it has; the struct itself is the caller's. */
void stale_counts_release(struct stale_counts *counts);

#endif
