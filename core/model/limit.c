/* limit.c - pools and the other limits on what runs at once. */
#include "core/model/limit.h"

#include <stdio.h>
#include <string.h>

void
limits_init(struct limits *limits, int slots)
{
	*limits = (struct limits){ .n_pools = 1 };
	limits->pools[0] = (struct slot_pool){ .slots = slots, .share = POOL_SHARE_PERCENT };
	(void)snprintf(limits->pools[0].name, sizeof(limits->pools[0].name), POOL_DEFAULT);
}

const struct slot_pool *
limits_pool(const struct limits *limits, const char *name)
{
	for (size_t i = 0; i < limits->n_pools; i++)
		if (!strcmp(limits->pools[i].name, name))
			return &limits->pools[i];
	return NULL;
}

const char *
task_pool(const struct task *task)
{
	return task->pool ? task->pool : POOL_DEFAULT;
}

/* Is there room for `more`? */
static bool
has_room(const struct limit_usage *usage, int64_t more)
{
	return !usage->total || usage->used + more <= usage->total;
}

/* What no end of another attempt changes. */
static enum limit
lasting(const struct limit_ask *ask)
{
	if (!ask->pool)
		return LIMIT_POOL_GONE;
	if (ask->slots > ask->pool->slots)
		return LIMIT_POOL_SMALL;
	if (ask->memory.total && ask->memory_bytes > ask->memory.total)
		return LIMIT_TOO_LARGE;
	return LIMIT_NONE;
}

enum limit
limit_decide(const struct limit_ask *ask)
{
	enum limit limit = lasting(ask);

	if (limit)
		return limit;
	if (!has_room(&ask->task, 1))
		return LIMIT_TASK;
	if (!has_room(&ask->dag, 1))
		return LIMIT_DAG;
	if (ask->pool_used + ask->slots > ask->pool->slots)
		return LIMIT_POOL;
	if (ask->rate_spent)
		return LIMIT_RATE;
	if (!has_room(&ask->all, 1))
		return LIMIT_ALL;
	return ask->memory_bytes && !has_room(&ask->memory, ask->memory_bytes) ? LIMIT_MEMORY
									       : LIMIT_NONE;
}

bool
limit_is_lasting(enum limit limit)
{
	return limit == LIMIT_POOL_GONE || limit == LIMIT_POOL_SMALL || limit == LIMIT_TOO_LARGE;
}
