/*
 * limit.h - pools and the other limits on what runs at once, and which of them holds a start back.
 *
 * The engine asks limit_decide() with what it counts of live attempts, whoever tells a person with
 * what the rows say: both get the same answer.
 */
#ifndef CORE_MODEL_LIMIT_H
#define CORE_MODEL_LIMIT_H

#include "core/model/dag.h"
#include "core/model/gate.h"

enum {
	POOLS_MAX = 32,
	POOL_NAME_CHARS = 63,
	POOL_WORDS_CHARS = 200,
	POOL_SLOTS_MAX = 10000,
	POOL_RATE_MAX = 10000, /* starts in a period: each of them is remembered */
	POOL_SHARE_PERCENT = 10,
	POOL_SHARE_MAX = 33, /* there are three classes */
};

#define POOL_DEFAULT "default"
#define POOL_SENSORS "sensors" /* of tasks that wait for the world */

enum { POOL_SENSORS_SLOTS = 4 };

/* One pool, as tidemill.yaml has it. */
struct slot_pool {
	char name[POOL_NAME_CHARS + 1];
	char description[POOL_WORDS_CHARS + 1];
	int slots;
	int rate;        /* starts in each rate_us; 0: as many as there are slots for */
	int64_t rate_us; /* of boot time, whatever the wall clock does */
	int share;       /* percent of the starts that each waiting class gets at least */
};

/* What holds for the whole project. */
struct limits {
	struct slot_pool pools[POOLS_MAX]; /* the first two are `default` and `sensors` */
	size_t n_pools;
	int max_active_tasks; /* of all dags together; 0: no limit */
	int64_t memory_bytes; /* for the `memory:` of running tasks together; 0: not counted */
	bool memory_said;     /* tidemill.yaml says it; else it is what the machine has */
};

/* Pool `default` of `slots` slots, `sensors`, and no other limit. */
void limits_init(struct limits *limits, int slots);

/*
 * Append them as one JSON object: {"pools": [{"name", "slots", "rate", "rate_seconds", "share",
 * "description"}], "max_active_tasks", "memory_bytes"}; rate null and 0 elsewhere: no limit.
 */
void limits_write(const struct limits *limits, struct buf *out);

/* Take apart what limits_write() made, as parsed; what is not there is no limit. */
void limits_read(struct limits *out, const json_t *stored);

/* The pool with a name, or NULL. */
const struct slot_pool *limits_pool(const struct limits *limits, const char *name);

/* The pool that a task takes its slots from. */
const char *task_pool(const struct task *task);

/* What holds a start back. */
enum limit {
	LIMIT_NONE,
	/* These do not pass by themselves. */
	LIMIT_POOL_GONE,  /* there is no such pool */
	LIMIT_POOL_SMALL, /* the pool has fewer slots than the task takes */
	LIMIT_TOO_LARGE,  /* the task asks for more memory than there is */
	/* These end with an attempt, or with time. */
	LIMIT_TASK,   /* max_active_tis_per_dag */
	LIMIT_DAG,    /* max_active_tasks of the dag */
	LIMIT_POOL,   /* slots of the pool */
	LIMIT_RATE,   /* rate of the pool */
	LIMIT_ALL,    /* max_active_tasks of the project */
	LIMIT_MEMORY, /* memory of the machine */
};

/* How much of something is used; total 0: there is no limit. */
struct limit_usage {
	int64_t used, total;
};

/* A start of a task, and what is used before it. */
struct limit_ask {
	const struct slot_pool *pool; /* NULL: gone */
	int slots;                    /* that the task takes */
	int64_t memory_bytes;         /* that it asks for; 0: nothing is said */
	int pool_used;
	struct limit_usage task, dag, all, memory;
	int64_t rate_until_us; /* the pool began as many as it may until then; 0: it may begin */
};

/* What holds the start back, the first of the list above; LIMIT_NONE: nothing. */
enum limit limit_decide(const struct limit_ask *ask);

/*
 * The gate of a task that a limit holds: which, and how much of it is used.  `dag` is its id;
 * strings are borrowed from it and the task.
 */
struct gate limit_gate(enum limit limit, const struct limit_ask *ask, const struct task *task,
		       const char *dag);

/* The unit of a rate as a file says it: "s", "min", "hour" or "day"; static. */
const char *rate_unit(const struct slot_pool *pool);

/* Does the limit stand until somebody edits something? */
bool limit_is_lasting(enum limit limit);

#endif
