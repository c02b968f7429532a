/*
 * engine_fixture.h - an engine on a table: time by hand, workers by hand, restarts at will.
 *
 * After every step its rows are kept, the log is replayed against them and the
 * engine recounts itself.  table_restart() builds it again from the rows alone.
 */
#ifndef TESTS_UNIT_ENGINE_FIXTURE_H
#define TESTS_UNIT_ENGINE_FIXTURE_H

#include "tests/unit/engine_table.h"

#define DAY(n) (INT64_C(20574) + (n)) /* day 0 is 2026-05-01 */
#define DAY_AT(n) (DAY(n) * DAY_US)

static inline void
table_open(struct table *t, const struct engine_config *config)
{
	*t = (struct table){ .config = *config, .now_us = DAY_AT(10) };
	t->arena = arena_new();
	t->engine = engine_new(config);
	effects_init(&t->fx);
}

static inline void
table_close(struct table *t)
{
	struct kept *k, *next;

	engine_free(t->engine);
	effects_release(&t->fx);
	HASH_ITER(hh, t->rows, k, next)
	{
		HASH_DEL(t->rows, k);
		free(k);
	}
	HASH_ITER(hh, t->states, k, next)
	{
		HASH_DEL(t->states, k);
		free(k);
	}
	for (size_t i = 0; i < t->n_dags; i++)
		dag_unref(t->dags[i]);
	arena_free(t->arena);
}

/* The dag stays readable until the table is closed. */
static inline struct dag *
table_dag(struct table *t, const struct dag_fx *fx)
{
	assert(t->n_dags < countof(t->dags));
	t->dags[t->n_dags] = dag_fx_make(fx);
	return t->dags[t->n_dags++];
}

/* One step, one commit; its actions are in t->fx until the next. */
static inline void
table_step(struct table *t, const struct event *event)
{
	effects_reset(&t->fx);
	engine_step(t->engine, event, t->now_us, &t->fx);
	engine_check(t->engine);
	t->n_changes = t->fx.n_changes;
	table_commit(t, t->fx.changes, t->fx.n_changes);
	table_check(t);
}

static inline void
table_wake(struct table *t, int64_t now_us)
{
	t->now_us = now_us;
	table_step(t, &(struct event){ .kind = EVENT_WAKE });
}

static inline void
table_catalog(struct table *t, struct dag *const *dags, size_t n)
{
	table_step(t, &(struct event){ .kind = EVENT_CATALOG, .dags = dags, .n_dags = n });
}

/* ---- rows ---- */

static inline const struct run_row *
table_run(struct table *t, int64_t run)
{
	struct kept *k = table_find(t->rows, "run", run, -1);

	assert(k);
	return &k->change.run;
}

static inline const char *
run_is(struct table *t, int64_t run)
{
	return run_state_name(table_run(t, run)->state);
}

static inline const struct task_row *
table_task(struct table *t, int64_t run, int64_t index)
{
	struct kept *k = table_find(t->rows, "task", run, index);

	assert(k);
	return &k->change.task;
}

static inline const char *
task_is(struct table *t, int64_t run, int64_t index)
{
	return task_state_name(table_task(t, run, index)->state);
}

static inline const struct attempt_row *
table_attempt(struct table *t, int64_t key)
{
	struct kept *k = table_find(t->rows, "attempt", key, -1);

	assert(k);
	return &k->change.attempt;
}

static inline const struct dag_row *
table_dag_row(struct table *t, const char *id)
{
	char key[200];
	struct kept *k;

	snprintf(key, sizeof(key), "dag/%s", id);
	HASH_FIND_STR(t->rows, key, k);
	assert(k);
	return &k->change.dag;
}

/* The live attempt of a task; 0: none. */
static inline int64_t
live_of(struct table *t, int64_t run, int index)
{
	for (int64_t key = t->last_attempt; key > 0; key--) {
		const struct attempt_row *a = table_attempt(t, key);

		if (a->run == run && a->task_index == index && attempt_is_live(a->state))
			return key;
	}
	return 0;
}

/* The first such action of the last step; there has to be one. */
static inline const struct action *
table_action(struct table *t, enum action_kind kind)
{
	size_t i = 0;

	while (i < t->fx.n_actions && t->fx.actions[i].kind != kind)
		i++;
	assert(i < t->fx.n_actions);
	return &t->fx.actions[i];
}

static inline size_t
count_actions(struct table *t, enum action_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < t->fx.n_actions; i++)
		n += t->fx.actions[i].kind == kind;
	return n;
}

/* ---- what workers do ---- */

static inline void
tell(struct table *t, enum event_kind kind, int64_t attempt)
{
	table_step(t, &(struct event){ .kind = kind, .attempt = attempt, .why = "a reason" });
}

static inline void
end_with(struct table *t, int64_t attempt, enum outcome outcome)
{
	char none[] = "", bad[] = "it went wrong";
	struct exit_record record = {
		.attempt = attempt,
		.outcome = outcome,
		.exit_code = outcome != OUTCOME_OK,
		.message = outcome == OUTCOME_OK ? none : bad,
	};

	table_step(t,
		   &(struct event){ .kind = EVENT_EXITED, .attempt = attempt, .record = &record });
}

/* The publish of an attempt's main output ended well, with a new version. */
static inline void
publish_ok(struct table *t, int64_t attempt)
{
	struct attempt_info info;
	struct published out = { .inputs = "[]", .rows = 1, .bytes = 10, .changed = true };
	const struct partition_row *before;

	assert_true(engine_attempt(t->engine, attempt, &info));
	out.dataset = info.dag->datasets[info.task->output].name;
	out.day = info.logical_us / DAY_US;
	before = engine_partition(t->engine, out.dataset, out.day);
	out.version = before ? before->version + 1 : 1;
	snprintf(out.digest, sizeof(out.digest), "%064lld", (long long)attempt);
	table_step(t, &(struct event){ .kind = EVENT_PUBLISHED,
				       .attempt = attempt,
				       .ok = true,
				       .outputs = &out,
				       .n_outputs = 1 });
}

/* A whole good life of the live attempt of a task. */
static inline void
succeed(struct table *t, int64_t run, int index)
{
	int64_t attempt = live_of(t, run, index);
	struct attempt_info info;

	assert_int_not_equal(attempt, 0);
	tell(t, EVENT_STARTED, attempt);
	assert_true(engine_attempt(t->engine, attempt, &info));
	end_with(t, attempt, OUTCOME_OK);
	if (info.task->output >= 0)
		publish_ok(t, attempt);
}

/* Let everything that is live succeed until nothing is. */
static inline void
succeed_all(struct table *t)
{
	const struct attempt_row *a;
	int64_t key;

	while (engine_live(t->engine, &key, 1)) {
		a = table_attempt(t, key);
		succeed(t, a->run, a->task_index);
	}
}

/* ---- what people do ---- */

static inline const struct reply *
command(struct table *t, const struct command *c)
{
	char key[32];
	struct command own = *c;
	const struct action *reply;

	snprintf(key, sizeof(key), "key%lld", (long long)++t->request);
	if (!own.key)
		own.key = key;
	table_step(
	    t, &(struct event){ .kind = EVENT_COMMAND, .command = &own, .request = t->request });
	reply = table_action(t, ACTION_REPLY);
	assert(reply);
	assert_int_equal(reply->request, t->request);
	return &reply->reply;
}

static inline int64_t
trigger_day(struct table *t, const char *dag, int64_t day)
{
	const struct reply *r = command(t, &(struct command){ .kind = COMMAND_TRIGGER,
							      .dag = dag,
							      .has_logical = true,
							      .logical_us = day * DAY_US });

	if (r->code != REPLY_OK)
		fail_msg("trigger: %s", r->message);
	return r->run;
}

/* ---- restart ---- */

static inline void
load_row(struct engine *e, struct table *t, const struct change *c, int pass)
{
	if (pass == 0 && c->kind == CHANGE_DEF)
		for (size_t i = 0; i < t->n_dags; i++)
			if (!strcmp(t->dags[i]->digest, c->def.digest)) {
				engine_load_def(e, t->dags[i]);
				return;
			}
	if (pass == 1 && c->kind == CHANGE_DAG)
		engine_load_dag(e, &c->dag);
	if (pass == 2 && c->kind == CHANGE_RUN)
		engine_load_run(e, &c->run);
	if (pass == 3 && c->kind == CHANGE_TASK)
		engine_load_task(e, &c->task);
	if (pass == 4 && c->kind == CHANGE_ATTEMPT)
		engine_load_attempt(e, &c->attempt);
	if (pass == 4 && c->kind == CHANGE_PARTITION)
		engine_load_partition(e, &c->partition);
	if (pass == 4 && c->kind == CHANGE_BACKFILL)
		engine_load_backfill(e, &c->backfill);
	if (pass == 4 && c->kind == CHANGE_COMMAND)
		engine_load_command(e, &c->command);
}

static inline void
table_restart(struct table *t)
{
	struct kept *k, *next;

	engine_free(t->engine);
	effects_reset(&t->fx);
	t->config.seed++;
	t->engine = engine_new(&t->config);
	for (int pass = 0; pass < 5; pass++)
		HASH_ITER(hh, t->rows, k, next)
	load_row(t->engine, t, &k->change, pass);
	engine_load_end(t->engine, t->last_run, t->last_attempt, t->last_backfill, t->last_seq);
}

#endif
