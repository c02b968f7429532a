/* limit.c - pools and the other limits on what runs at once. */
#include "core/model/limit.h"

#include "core/base/json.h"
#include "core/time/civil.h"

#include <stdio.h>
#include <string.h>

void
limits_init(struct limits *limits, int slots)
{
	*limits = (struct limits){ .n_pools = 2 };
	limits->pools[0] = (struct slot_pool){ .name = POOL_DEFAULT,
					       .slots = slots,
					       .share = POOL_SHARE_PERCENT };
	limits->pools[1] = (struct slot_pool){ .name = POOL_SENSORS,
					       .slots = POOL_SENSORS_SLOTS,
					       .share = POOL_SHARE_PERCENT };
}

static json_t *
pool_json(const struct slot_pool *pool)
{
	json_t *one = json_object();

	(void)json_object_set_new(one, "name", json_text_new(pool->name));
	(void)json_object_set_new(one, "slots", json_integer(pool->slots));
	(void)json_object_set_new(one, "rate", pool->rate ? json_integer(pool->rate) : json_null());
	(void)json_object_set_new(one, "rate_seconds",
				  pool->rate ? json_integer(pool->rate_us / SECOND_US)
					     : json_null());
	(void)json_object_set_new(one, "share", json_integer(pool->share));
	(void)json_object_set_new(one, "description", json_text_new(pool->description));
	return one;
}

void
limits_write(const struct limits *limits, struct buf *out)
{
	json_t *all = json_object(), *pools = json_array();

	for (size_t i = 0; i < limits->n_pools; i++)
		(void)json_array_append_new(pools, pool_json(&limits->pools[i]));
	(void)json_object_set_new(all, "pools", pools);
	(void)json_object_set_new(all, "max_active_tasks", json_integer(limits->max_active_tasks));
	(void)json_object_set_new(all, "memory_bytes", json_integer(limits->memory_bytes));
	json_write(all, out);
	json_decref(all);
}

static void
pool_read(struct slot_pool *out, const json_t *one)
{
	*out = (struct slot_pool){
		.slots = (int)json_get_int(one, "slots", 0),
		.rate = (int)json_get_int(one, "rate", 0),
		.rate_us = json_get_int(one, "rate_seconds", 0) * SECOND_US,
		.share = (int)json_get_int(one, "share", POOL_SHARE_PERCENT),
	};
	(void)snprintf(out->name, sizeof(out->name), "%s", json_get_text(one, "name", ""));
	(void)snprintf(out->description, sizeof(out->description), "%s",
		       json_get_text(one, "description", ""));
}

void
limits_read(struct limits *out, const json_t *stored)
{
	const json_t *pools = json_object_get(stored, "pools");

	*out = (struct limits){
		.max_active_tasks = (int)json_get_int(stored, "max_active_tasks", 0),
		.memory_bytes = json_get_int(stored, "memory_bytes", 0),
	};
	while (out->n_pools < json_array_size(pools) && out->n_pools < POOLS_MAX) {
		pool_read(&out->pools[out->n_pools], json_array_get(pools, out->n_pools));
		out->n_pools++;
	}
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
	if (ask->rate_until_us)
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

enum { MIB_BITS = 20 };

const char *
rate_unit(const struct slot_pool *pool)
{
	return pool->rate_us == SECOND_US   ? "s"
	       : pool->rate_us == MINUTE_US ? "min"
	       : pool->rate_us == HOUR_US   ? "hour"
					    : "day";
}

struct gate
limit_gate(enum limit limit, const struct limit_ask *ask, const struct task *task, const char *dag)
{
	static const enum gate_kind kinds[] = {
		[LIMIT_NONE] = GATE_NONE,
		[LIMIT_POOL_GONE] = GATE_POOL_GONE,
		[LIMIT_POOL_SMALL] = GATE_POOL_SMALL,
		[LIMIT_TOO_LARGE] = GATE_TOO_LARGE,
		[LIMIT_TASK] = GATE_TASK_ATTEMPTS,
		[LIMIT_DAG] = GATE_DAG_TASKS,
		[LIMIT_POOL] = GATE_POOL,
		[LIMIT_RATE] = GATE_RATE,
		[LIMIT_ALL] = GATE_ALL_TASKS,
		[LIMIT_MEMORY] = GATE_MEMORY,
	};
	struct gate gate = { .kind = kinds[limit],
			     .pool = task_pool(task),
			     .dag = dag,
			     .slots = ask->slots,
			     .used = ask->pool_used,
			     .total = ask->pool ? ask->pool->slots : 0 };

	if (limit == LIMIT_TASK || limit == LIMIT_DAG || limit == LIMIT_ALL) {
		const struct limit_usage *u = limit == LIMIT_TASK  ? &ask->task
					      : limit == LIMIT_DAG ? &ask->dag
								   : &ask->all;

		gate.used = u->used;
		gate.total = u->total;
	} else if (limit == LIMIT_RATE) {
		gate.total = ask->pool ? ask->pool->rate : 0;
		gate.span = ask->pool ? rate_unit(ask->pool) : "";
		gate.until_us = ask->rate_until_us;
	} else if (limit == LIMIT_MEMORY || limit == LIMIT_TOO_LARGE) {
		gate.slots = ask->memory_bytes >> MIB_BITS;
		gate.used = ask->memory.used >> MIB_BITS;
		gate.total = ask->memory.total >> MIB_BITS;
	}
	return gate;
}
