/* dispatch.c - from a decision to a launch message. */
#include "scheduler/daemon/dispatch.h"

#include "core/wire/spec_make.h"
#include "scheduler/engine/look.h"

#include <inttypes.h>

/* What the engine knows of a partition. */
static bool
live_of(void *ctx, const struct dataset *dataset, int64_t day, struct spec_live *out)
{
	const struct engine *const *e = ctx;
	const struct live_partition *row = engine_partition(*e, dataset->name, day);

	if (row)
		*out = (struct spec_live){ .version = row->version, .rows = row->rows };
	return row != NULL;
}

enum err_code
launch_spec(const struct engine *e, const struct project *project, const struct action *action,
	    struct spec *out, struct err *err)
{
	struct attempt_info info;
	struct spec_order order;
	char *artifacts_path;
	enum err_code code;

	if (!engine_attempt(e, action->attempt, &info))
		return err_set(err, ERR_NOT_FOUND, "launch attempt %" PRId64 ": it is not alive",
			       action->attempt);
	artifacts_path = attempt_artifacts_path(project->dir, info.dag->id, info.run_id, info.label,
						info.try_number);
	order = (struct spec_order){
		.dag = info.dag,
		.task = (size_t)(info.task - info.dag->tasks),
		.dags = project->dags,
		.n_dags = project->n_dags,
		.project_dir = project->dir,
		.attempt = info.key,
		.token = info.token,
		.run_id = info.run_id,
		.run_state = action->run_state,
		.triggered_by = info.triggered_by,
		.run_type = info.run_type,
		.epoch = info.epoch,
		.try_number = info.try_number,
		.logical_us = info.logical_us,
		.start_us = info.start_us,
		.end_us = info.end_us,
		.params = info.params,
		.given = action->given,
		.n_given = action->n_given,
		.inputs = action->inputs,
		.n_inputs = action->n_inputs,
		.no_samples = !project->settings.check_samples,
		.partial = action->partial,
		.early = action->early,
		.look = info.look,
		.seen = info.seen,
		.kept = info.kept,
		.artifacts_path = artifacts_path,
		.artifact_limits = project->settings.artifacts,
		.live = live_of,
		.ctx = &e,
	};
	code = spec_make(&order, out, err);
	free(artifacts_path);
	return code;
}
