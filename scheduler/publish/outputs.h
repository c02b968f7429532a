/*
 * outputs.h - what a task writes, as publishing needs it.
 */
#ifndef SCHEDULER_PUBLISH_OUTPUTS_H
#define SCHEDULER_PUBLISH_OUTPUTS_H

#include "core/model/dag.h"
#include "core/storage/storage.h"

enum { OUTPUTS_MAX = 2 }; /* of a task: quarantine and main */

/* The directory of a dataset whose DAG file says `path`, absolute, in `arena`. */
char *outputs_dir(struct arena *arena, const char *project_dir, const char *path);

/* The datasets a task writes: quarantine first, main last.  Returns how many. */
size_t outputs_datasets(const struct dag *dag, const struct task *task,
			const struct dataset *out[OUTPUTS_MAX]);

/*
 * The outputs of a task for publish, in the same order, of the run whose interval
 * starts at start_us; strings are copied into `arena`.  Returns how many (0 to 2).
 */
size_t outputs_of(const struct dag *dag, const struct task *task, const char *project_dir,
		  int64_t start_us, struct storage_partition out[OUTPUTS_MAX], struct arena *arena);

#endif
