/* outputs.c - what a task writes, as publishing needs it. */
#include "scheduler/publish/outputs.h"

#include "core/base/mem.h"
#include "core/time/civil.h"

#include <stdlib.h>

char *
outputs_dir(struct arena *arena, const char *project_dir, const char *path)
{
	char *joined, *out;

	if (*path == '/')
		return arena_str(arena, path);
	joined = mem_format("%s/%s", project_dir, path);
	out = arena_str(arena, joined);
	free(joined);
	return out;
}

size_t
outputs_datasets(const struct dag *dag, const struct task *task,
		 const struct dataset *out[OUTPUTS_MAX])
{
	const struct dataset *owner;
	size_t n = 0;

	if (task->output < 0)
		return 0;
	owner = &dag->datasets[task->output];
	if (owner->quarantine >= 0)
		out[n++] = &dag->datasets[owner->quarantine];
	out[n++] = owner;
	return n;
}

size_t
outputs_of(const struct dag *dag, const struct task *task, const char *project_dir,
	   int64_t start_us, struct storage_partition out[OUTPUTS_MAX], struct arena *arena)
{
	const struct dataset *datasets[OUTPUTS_MAX];
	size_t n = outputs_datasets(dag, task, datasets);

	for (size_t i = 0; i < n; i++)
		out[i] = (struct storage_partition){
			.dataset = arena_str(arena, datasets[i]->name),
			.path = outputs_dir(arena, project_dir, datasets[i]->path),
			.day = civil_day_of(start_us),
		};
	return n;
}
