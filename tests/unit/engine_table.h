/*
 * engine_table.h - rows in memory, kept as a database would keep them, and a log that is
 * replayed against them.  Part of engine_fixture.h.
 */
#ifndef TESTS_UNIT_ENGINE_TABLE_H
#define TESTS_UNIT_ENGINE_TABLE_H

#include "scheduler/engine.h"
#include "tests/unit/dag_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <uthash.h>

/* A row under its key; the newest one counts. */
struct kept {
	char *key;
	struct change change;
	UT_hash_handle hh;
};

struct table {
	struct engine_config config;
	struct engine *engine;
	struct effects fx; /* of the last step */
	int64_t now_us;
	struct kept *rows;
	struct kept *states; /* "task/1/2" -> state as the log tells it, in change.event.to */
	struct arena *arena; /* of strings in rows */
	int64_t last_run, last_attempt, last_backfill, last_seq;
	size_t n_changes; /* of the last step */
	int64_t request;  /* of the last command */
	struct dag *dags[64];
	size_t n_dags;
};

static inline struct kept *
table_put(struct table *t, struct kept **rows, const char *key)
{
	struct kept *k;

	HASH_FIND_STR(*rows, key, k);
	if (!k) {
		k = mem_new(1, sizeof(*k));
		k->key = arena_str(t->arena, key);
		HASH_ADD_KEYPTR(hh, *rows, k->key, strlen(k->key), k);
	}
	return k;
}

static inline struct kept *
table_find(struct kept *rows, const char *kind, int64_t a, int64_t b)
{
	char key[200];
	struct kept *k;

	snprintf(key, sizeof(key), "%s/%lld/%lld", kind, (long long)a, (long long)b);
	HASH_FIND_STR(rows, key, k);
	return k;
}

/* Every string of a row, copied. */
static inline struct change
table_copy(struct table *t, const struct change *from)
{
	struct change c = *from;
	struct arena *a = t->arena;

#define KEEP(s) ((s) = arena_str(a, (s)))
	switch (c.kind) {
	case CHANGE_DEF:
		KEEP(c.def.digest), KEEP(c.def.dag), KEEP(c.def.file), KEEP(c.def.text);
		break;
	case CHANGE_DAG:
		KEEP(c.dag.dag), KEEP(c.dag.digest);
		break;
	case CHANGE_RUN:
		KEEP(c.run.dag), KEEP(c.run.run_id), KEEP(c.run.digest), KEEP(c.run.params);
		KEEP(c.run.waits);
		break;
	case CHANGE_TASK:
		KEEP(c.task.task), KEEP(c.task.waits);
		break;
	case CHANGE_ATTEMPT:
		KEEP(c.attempt.task), KEEP(c.attempt.message), KEEP(c.attempt.result);
		KEEP(c.attempt.inputs);
		break;
	case CHANGE_PARTITION:
		KEEP(c.partition.dataset), KEEP(c.partition.inputs);
		break;
	case CHANGE_BACKFILL:
		KEEP(c.backfill.dag);
		break;
	case CHANGE_COMMAND:
		KEEP(c.command.key), KEEP(c.command.command), KEEP(c.command.reply);
		break;
	case CHANGE_EVENT:
		KEEP(c.event.kind), KEEP(c.event.from), KEEP(c.event.to), KEEP(c.event.detail);
		break;
	case CHANGE_TASKS_DROP:
		break;
	}
#undef KEEP
	return c;
}

static inline void
table_event(struct table *t, const struct event_row *row)
{
	struct kept *k;
	char key[64];

	assert_int_equal(row->seq, t->last_seq + 1);
	t->last_seq = row->seq;
	snprintf(key, sizeof(key), "%s/%lld/%d", row->kind,
		 (long long)(strcmp(row->kind, "attempt") ? row->run : row->attempt),
		 strcmp(row->kind, "task") ? -1 : row->task_index);
	if (strcmp(row->kind, "dag") && strcmp(row->kind, "partition")) {
		k = table_put(t, &t->states, key);
		assert_string_equal(row->from, k->change.event.to          ? k->change.event.to
					       : strcmp(row->kind, "task") ? ""
									   : "none");
		k->change.event = *row;
	}
}

static inline void
table_drop(struct table *t, int64_t run)
{
	struct kept *k, *next;

	HASH_ITER(hh, t->rows, k, next)
	{
		if (k->change.kind != CHANGE_TASK || k->change.task.run != run)
			continue;
		HASH_DEL(t->rows, k);
		free(k);
	}
}

static inline void
table_key(const struct change *c, char *key, size_t room)
{
	switch (c->kind) {
	case CHANGE_DEF:
		snprintf(key, room, "def/%s", c->def.digest);
		break;
	case CHANGE_DAG:
		snprintf(key, room, "dag/%s", c->dag.dag);
		break;
	case CHANGE_RUN:
		snprintf(key, room, "run/%lld/-1", (long long)c->run.key);
		break;
	case CHANGE_TASK:
		snprintf(key, room, "task/%lld/%d", (long long)c->task.run, c->task.index);
		break;
	case CHANGE_ATTEMPT:
		snprintf(key, room, "attempt/%lld/-1", (long long)c->attempt.key);
		break;
	case CHANGE_PARTITION:
		snprintf(key, room, "part/%s/%lld", c->partition.dataset,
			 (long long)c->partition.day);
		break;
	case CHANGE_BACKFILL:
		snprintf(key, room, "backfill/%lld/-1", (long long)c->backfill.key);
		break;
	case CHANGE_COMMAND:
		snprintf(key, room, "command/%s", c->command.key);
		break;
	default:
		abort();
	}
}

#define TABLE_MAX(field, value) ((field) = (value) > (field) ? (value) : (field))

static inline void
table_commit(struct table *t, const struct change *changes, size_t n)
{
	char key[400];

	for (size_t i = 0; i < n; i++) {
		struct change c = table_copy(t, &changes[i]);

		if (c.kind == CHANGE_EVENT) {
			table_event(t, &c.event);
			continue;
		}
		if (c.kind == CHANGE_TASKS_DROP) {
			table_drop(t, c.run.key);
			continue;
		}
		table_key(&c, key, sizeof(key));
		table_put(t, &t->rows, key)->change = c;
		if (c.kind == CHANGE_RUN)
			TABLE_MAX(t->last_run, c.run.key);
		if (c.kind == CHANGE_ATTEMPT)
			TABLE_MAX(t->last_attempt, c.attempt.key);
		if (c.kind == CHANGE_BACKFILL)
			TABLE_MAX(t->last_backfill, c.backfill.key);
	}
}

/* The log says the same as the tables. */
static inline void
table_check(struct table *t)
{
	struct kept *k, *next, *s;
	const char *state, *told;

	HASH_ITER(hh, t->rows, k, next)
	{
		HASH_FIND_STR(t->states, k->key, s);
		if (k->change.kind == CHANGE_TASK)
			state = task_state_name(k->change.task.state);
		else if (k->change.kind == CHANGE_RUN)
			state = run_state_name(k->change.run.state);
		else if (k->change.kind == CHANGE_ATTEMPT)
			state = attempt_state_name(k->change.attempt.state);
		else
			continue;
		told = s ? s->change.event.to : "none";
		if (strcmp(state, told))
			fail_msg("%s: the row says %s, the log %s", k->key, state, told);
	}
}

#endif
