/* outputs.c - what a task writes, as publishing needs it. */
#include "scheduler/publish/outputs.h"

#include "core/lake/lake.h"
#include "core/time/grid.h"

size_t
outputs_of(const struct dag *dag, const struct task *task, const char *project_dir,
	   int64_t start_us, struct storage_partition out[DAG_OUTPUTS_MAX], struct arena *arena)
{
	struct dag_output outputs[DAG_OUTPUTS_MAX];
	size_t n = dag_outputs(dag, task, outputs);

	for (size_t i = 0; i < n; i++)
		out[i] = (struct storage_partition){
			.dataset = arena_str(arena, outputs[i].dataset->name),
			.path = lake_path(arena, project_dir, outputs[i].dataset->path),
			.grid = dag->grid,
			.part = grid_part(dag->grid, start_us),
			.n_checks = outputs[i].aside ? 0 : dag_checks_of(dag, task, outputs[i].at),
		};
	return n;
}
