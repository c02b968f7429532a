/*
 * dag_fixture.h - a struct dag from a compact description in C, without YAML.
 *
 *   static const struct task_fx tasks[] = {
 *           { .id = "load", .writes = "events" },
 *           { .id = "score", .reads = "events:7", .needs = "gate", .writes = "scores" },
 *   };
 *   struct dag *dag = dag_fx_make(&(struct dag_fx){
 *           .id = "d", .cron = "0 2 * * *", .start_day = DAY_2026, DAG_FX_TASKS(tasks) });
 *
 * What the reader of DAG files would derive is derived: edges from datasets,
 * downstream, order, writers, the digest.  Mistakes in a description abort.
 */
#ifndef TESTS_UNIT_DAG_FIXTURE_H
#define TESTS_UNIT_DAG_FIXTURE_H

#include "core/dag.h"
#include "core/hash.h"
#include "core/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct task_fx {
	const char *id;
	const char *needs;  /* tasks, with blanks between */
	const char *reads;  /* datasets: "events" is the day, "events:7" a window, "events:7?" with
			       missing: allow, "tenants:0" unpartitioned */
	const char *writes; /* one dataset, by day */
	enum trigger_rule rule;
	enum on_fail on_fail;
	int retries;
	int64_t retry_delay_us, max_retry_delay_us; /* default 1 s and 1 h */
	double backoff, jitter;                     /* default backoff 1 */
	int slots, priority;                        /* default 1 slot */
};

struct dag_fx {
	const char *id;
	const char *cron; /* NULL: manual only */
	bool whole;       /* not partitioned */
	bool no_start;    /* no start_date */
	int64_t start_day;
	enum catchup catchup;
	int64_t catchup_window_us;
	int max_active_runs; /* default 1 */
	const char *salt;    /* another text makes another definition */
	const struct task_fx *tasks;
	size_t n_tasks;
	const struct param *params;
	size_t n_params;
};

#define DAG_FX_TASKS(array) .tasks = (array), .n_tasks = countof(array)

/* The next word of *text, copied; NULL: none left. */
static inline char *
dag_fx_word(struct arena *arena, const char **text)
{
	size_t bytes;
	char *word;

	*text += strspn(*text, " ");
	bytes = strcspn(*text, " ");
	if (!bytes)
		return NULL;
	word = arena_bytes(arena, *text, bytes);
	*text += bytes;
	return word;
}

static inline uint32_t
dag_fx_task(const struct dag_fx *fx, const char *id)
{
	for (size_t i = 0; i < fx->n_tasks; i++)
		if (!strcmp(fx->tasks[i].id, id))
			return (uint32_t)i;
	fprintf(stderr, "dag_fixture: no task '%s' in '%s'\n", id, fx->id);
	abort();
}

static inline void
dag_fx_datasets(struct dag *dag, const struct dag_fx *fx, struct task *tasks)
{
	struct dataset *datasets = arena_get(dag->arena, fx->n_tasks * sizeof(*datasets));

	for (size_t i = 0; i < fx->n_tasks; i++) {
		tasks[i].output = -1;
		if (!fx->tasks[i].writes)
			continue;
		tasks[i].output = (int32_t)dag->n_datasets;
		datasets[dag->n_datasets++] = (struct dataset){
			.name = arena_str(dag->arena, fx->tasks[i].writes),
			.path = arena_str(dag->arena, fx->tasks[i].writes),
			.partitioned = true,
			.writer = (int32_t)i,
			.quarantine = -1,
		};
	}
	dag->datasets = datasets;
}

static inline void
dag_fx_inputs(struct dag *dag, const char *text, struct task *task)
{
	struct input *inputs = arena_get(dag->arena, (strlen(text) + 1) * sizeof(*inputs));
	char *word, *colon;

	while ((word = dag_fx_word(dag->arena, &text))) {
		struct input *in = &inputs[task->n_inputs++];

		in->dataset = word;
		in->days = 1;
		in->allow_missing = word[strlen(word) - 1] == '?';
		word[strcspn(word, "?")] = '\0';
		colon = strchr(word, ':');
		if (!colon)
			continue;
		in->days = (int)strtol(colon + 1, NULL, 10);
		*colon = '\0';
	}
	task->inputs = inputs;
}

/* is_up[k]: task k is upstream of task i, said or implied. */
static inline void
dag_fx_edges(struct dag *dag, const struct dag_fx *fx, struct task *tasks, size_t i, bool *is_up)
{
	const char *needs = fx->tasks[i].needs ? fx->tasks[i].needs : "";
	uint32_t *up;
	char *word;
	int at;

	while ((word = dag_fx_word(dag->arena, &needs)))
		is_up[dag_fx_task(fx, word)] = true;
	for (size_t k = 0; k < tasks[i].n_inputs; k++) {
		at = dag_dataset_find(dag, tasks[i].inputs[k].dataset);
		if (at >= 0)
			is_up[dag->datasets[at].writer] = true;
	}
	assert(!is_up[i]);
	for (size_t k = 0; k < fx->n_tasks; k++)
		tasks[i].n_upstream += is_up[k];
	up = arena_get(dag->arena, (tasks[i].n_upstream + 1) * sizeof(*up));
	tasks[i].upstream = up;
	for (size_t k = 0; k < fx->n_tasks; k++)
		if (is_up[k])
			*up++ = (uint32_t)k;
}

static inline void
dag_fx_graph(struct dag *dag, const struct dag_fx *fx, struct task *tasks)
{
	size_t n = fx->n_tasks, n_cycle, *n_up = arena_get(dag->arena, (n + 1) * sizeof(*n_up));
	uint32_t **down = arena_get(dag->arena, (n + 1) * sizeof(*down));
	const uint32_t **up = arena_get(dag->arena, (n + 1) * sizeof(*up));
	uint32_t *order = arena_get(dag->arena, (n + 1) * sizeof(*order));
	uint32_t *cycle = arena_get(dag->arena, (n + 1) * sizeof(*cycle));
	bool *is_up = mem_new(n, sizeof(*is_up));

	for (size_t i = 0; i < n; i++) {
		memset(is_up, 0, n * sizeof(*is_up));
		dag_fx_edges(dag, fx, tasks, i, is_up);
		up[i] = tasks[i].upstream;
		n_up[i] = tasks[i].n_upstream;
		for (size_t k = 0; k < n_up[i]; k++)
			tasks[up[i][k]].n_downstream++;
	}
	for (size_t i = 0; i < n; i++) {
		down[i] = arena_get(dag->arena, (tasks[i].n_downstream + 1) * sizeof(**down));
		tasks[i].downstream = down[i];
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n_up[i]; k++)
			*down[up[i][k]]++ = (uint32_t)i;
	if (!dag_sort(n, up, n_up, order, cycle, &n_cycle))
		abort();
	dag->order = order;
	free(is_up);
}

/* A text that differs when anything in the description does. */
static inline void
dag_fx_text(struct dag *dag, const struct dag_fx *fx)
{
	char text[16384];
	int n = snprintf(text, sizeof(text), "%s %s %d %lld %d %lld %d %s", fx->id,
			 fx->cron ? fx->cron : "-", fx->whole, (long long)fx->start_day,
			 (int)fx->catchup, (long long)fx->catchup_window_us, fx->max_active_runs,
			 fx->salt ? fx->salt : "");

	for (size_t i = 0; i < fx->n_tasks && n < (int)sizeof(text) - 600; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "\n%s <%s> [%s] %s %d %d %d",
			      fx->tasks[i].id, fx->tasks[i].needs ? fx->tasks[i].needs : "",
			      fx->tasks[i].reads ? fx->tasks[i].reads : "",
			      fx->tasks[i].writes ? fx->tasks[i].writes : "",
			      (int)fx->tasks[i].rule, fx->tasks[i].retries, fx->tasks[i].slots);
	dag->text = arena_str(dag->arena, text);
	digest_of(text, strlen(text), dag->digest);
}

static inline void
dag_fx_fill(struct task *task, const struct task_fx *fx, struct arena *arena)
{
	*task = (struct task){
		.id = arena_str(arena, fx->id),
		.op = OP_COMMAND,
		.rule = fx->rule,
		.on_fail = fx->on_fail,
		.retries = fx->retries,
		.retry_delay_us = fx->retry_delay_us ? fx->retry_delay_us : SECOND_US,
		.max_retry_delay_us = fx->max_retry_delay_us ? fx->max_retry_delay_us : HOUR_US,
		.backoff = fx->backoff > 0 ? fx->backoff : 1,
		.jitter = fx->jitter,
		.pool_slots = fx->slots ? fx->slots : 1,
		.priority = fx->priority,
	};
}

/* One reference, the caller's. */
static inline struct dag *
dag_fx_make(const struct dag_fx *fx)
{
	struct arena *arena = arena_new();
	struct dag *dag = arena_get(arena, sizeof(*dag));
	struct task *tasks = arena_get(arena, (fx->n_tasks + 1) * sizeof(*tasks));

	dag->arena = arena;
	dag->refs = 1;
	dag->id = arena_str(arena, fx->id);
	dag->file = "fixture.yaml";
	dag->description = dag->owner = "";
	dag->partitioned = !fx->whole;
	dag->start_us = fx->no_start ? INT64_MIN : fx->start_day * DAY_US;
	dag->catchup = fx->catchup;
	dag->catchup_window_us = fx->catchup_window_us;
	dag->max_active_runs = fx->max_active_runs ? fx->max_active_runs : 1;
	dag->params = fx->params;
	dag->n_params = fx->n_params;
	dag->has_cron = fx->cron != NULL;
	dag->cron_text = fx->cron ? arena_str(arena, fx->cron) : NULL;
	if (fx->cron && cron_parse(&dag->cron, fx->cron, NULL, NULL))
		abort();
	dag->tasks = tasks;
	dag->n_tasks = fx->n_tasks;
	for (size_t i = 0; i < fx->n_tasks; i++)
		dag_fx_fill(&tasks[i], &fx->tasks[i], arena);
	dag_fx_datasets(dag, fx, tasks);
	for (size_t i = 0; i < fx->n_tasks; i++)
		if (fx->tasks[i].reads)
			dag_fx_inputs(dag, fx->tasks[i].reads, &tasks[i]);
	dag_fx_graph(dag, fx, tasks);
	dag_fx_text(dag, fx);
	return dag;
}

#endif
