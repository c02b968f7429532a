/* dataset.h - the questions about datasets. */
#ifndef CORE_VIEW_DATASET_H
#define CORE_VIEW_DATASET_H

#include "core/view/open.h"

/*
 * A partition is stale by definition when what it was made by (core/op/definition.h) is not what
 * the active definition of its dataset says; partitions of which that is not known never are.  It
 * is stale by input when it is behind such a partition, or when an input that it read has another
 * digest now: a partition that was replaced since, or an unpartitioned file (a dimension).  Such a
 * file is in no database, so view_datasets(), view_dataset() and view_overview() read it, once per
 * call, where the active definitions say it is.  One that is gone, cannot be read or has more than
 * VIEW_FILE_BYTES_MAX makes nothing stale.  They parse the active definitions that write datasets,
 * at most VIEW_DEFINED_MAX (defined.h); what others write is not compared.
 */

/*
 * [{dataset, partitions, rows, bytes, latest_partition, latest_published_at, stale,
 * stale_definition}], by name.  `stale` counts partitions, `stale_definition` those of them whose
 * own definition is another one.
 */
enum err_code view_datasets(struct view *v, json_t **out, struct err *err) MUST_CHECK;

/* The same of those whose name comes before or after one (NULL: the first of all). */
enum err_code view_datasets_page(struct view *v, const char *before, const char *after, int limit,
				 json_t **out, struct err *err) MUST_CHECK;

/*
 * [{dataset, partition, version, rows, bytes, digest, dag, run_id, attempt, published_at, partial,
 * preliminary, preliminary_reason, stale, checks {pass, warn, fail}, stale_inputs [{dataset,
 * partition or null: a file, cause: "definition" where that will be made otherwise, "completed"
 * where it was missing}], stale_reason: null, stale_definition or stale_input (its own definition
 * wins), stale_because: that in words or null, definition: a digest or null, stale_definition
 * [{key, was, is, feeds}] where that is the reason}], latest partition first.  `partition` NULL:
 * all.
 */
enum err_code view_dataset(struct view *v, const char *dataset, const char *partition, int limit,
			   json_t **out, struct err *err) MUST_CHECK;

/* Which partitions of a dataset, the latest first; NULL and 0: any. */
struct partitions_page {
	const char *dataset;
	const char *partition;      /* that one alone */
	const char *before, *after; /* a name: earlier than this one; those that follow on it */
	int limit;
};

#define VIEW_FROM_EARLIEST "earliest" /* as `after`: from the first on */

/* Partitions as view_dataset() tells them.  ERR_INPUT: before or after names none. */
enum err_code view_partitions_page(struct view *v, const struct partitions_page *page, json_t **out,
				   struct err *err) MUST_CHECK;

/*
 * [{dataset, partition, version, digest, rows, bytes, attempt, published_at, live, collected}],
 * latest partition and newest version first.  `partition` NULL: all.
 */
enum err_code view_versions(struct view *v, const char *dataset, const char *partition,
			    json_t **out, struct err *err) MUST_CHECK;

/* Which check results are meant; NULL and 0: any. */
struct check_filter {
	const char *dataset, *partition;
	int64_t attempt;
	int limit;
};

/*
 * Check results: [{dataset, partition, check, name, status, severity, reason, observed,
 * expected, message, dag, run_id, task, try_number, attempt, ended_at}],
 * latest partition first.  With `attempt` all of that attempt; else of the
 * newest attempt of each task only.
 */
enum err_code view_checks(struct view *v, const struct check_filter *filter, json_t **out,
			  struct err *err) MUST_CHECK;

#endif
