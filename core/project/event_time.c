/* event_time.c - the column of a dataset by which its rows are placed in partitions. */
#include "core/project/event_time.h"

#include "core/project/project.h"
#include "core/op/op.h"

/* Copies of copies: a circle of datasets is a mistake, but perhaps not found yet. */
enum { COPIES_MAX = 100 };

/* The task that writes a dataset; NULL: none does. */
static const struct task *
writer_of(const struct dag *own, struct dag *const *dags, size_t n_dags, const char *dataset)
{
	const struct dataset *found = NULL;
	const struct dag *dag = own;
	uint32_t task;

	if (dag_writes(own, dataset, &task))
		return &own->tasks[task];
	if (!catalog_find(dags, n_dags, dataset, &dag, &found) || found->writer < 0)
		return NULL;
	return &dag->tasks[found->writer];
}

const char *
event_time_of(const struct dag *own, struct dag *const *dags, size_t n_dags, const char *dataset)
{
	for (int i = 0; i < COPIES_MAX; i++) {
		const struct task *task = writer_of(own, dags, n_dags, dataset);

		if (!task)
			return NULL;
		if (task->op->event_time)
			return task->op->event_time(task->params);
		if (!task->op->copies_input || !task->n_inputs)
			return NULL;
		dataset = task->inputs[0].dataset;
	}
	return NULL;
}
