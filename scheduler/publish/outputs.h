/*
 * outputs.h - what a task writes, as publishing needs it.
 */
#ifndef SCHEDULER_PUBLISH_OUTPUTS_H
#define SCHEDULER_PUBLISH_OUTPUTS_H

#include "core/model/dag.h"
#include "core/storage/storage.h"

/*
 * The outputs of a task for publish, in the order of dag_outputs(), of the run whose
 * interval starts at start_us; strings are copied into `arena`.  Returns how many.
 */
size_t outputs_of(const struct dag *dag, const struct task *task, const char *project_dir,
		  int64_t start_us, struct storage_partition out[DAG_OUTPUTS_MAX],
		  struct arena *arena);

#endif
