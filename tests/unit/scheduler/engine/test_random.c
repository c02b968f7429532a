/*
 * test_random.c - random histories with restarts: the engine's own books always agree,
 * and when the world behaves again every run ends.
 */
#include "core/base/hash.h"
#include "tests/fixture/engine.h"

enum { SEEDS = 150, STEPS = 120 };

static const struct task_fx make[] = {
	{ .id = "in", .writes = "raw", .retries = 1 },
	{ .id = "clean", .reads = "raw", .writes = "events", .retries = 2, .slots = 2 },
	{ .id = "gate", .reads = "events", .on_fail = ON_FAIL_WARN },
	{ .id = "scores", .reads = "events:3?", .needs = "gate", .writes = "scores" },
	{ .id = "tell", .needs = "scores", .rule = RULE_ALL_DONE, .priority = 3 },
};
static const struct task_fx edited[] = {
	{ .id = "gate", .reads = "events" },
	{ .id = "clean", .reads = "raw", .writes = "events", .retries = 2 },
	{ .id = "in", .writes = "raw" },
	{ .id = "extra", .needs = "gate" },
};
static const struct task_fx read_all[] = {
	{ .id = "sum", .reads = "scores:2 raw", .writes = "sums" },
	{ .id = "send", .needs = "sum", .slots = 3 },
};

struct play {
	struct table t;
	uint64_t random;
	struct dag *dags[3]; /* make, edited make, read */
	bool edited;
};

static int64_t
pick(struct play *p, int64_t n)
{
	return (int64_t)(random_next(&p->random) % (uint64_t)n);
}

static void
catalog(struct play *p)
{
	struct dag *dags[2] = { p->dags[p->edited], p->dags[2] };

	table_catalog(&p->t, dags, 2);
}

static void
setup(struct play *p, uint64_t seed)
{
	struct engine_config config = { .pool_slots = 4, .seed = seed };

	*p = (struct play){ .random = seed };
	table_open(&p->t, &config);
	p->t.now_us = DAY_AT(3) + pick(p, DAY_US);
	for (size_t i = 0; i < 2; i++)
		p->dags[i] = table_dag(
		    &p->t, &(struct dag_fx){ .id = "make",
					     .cron = "0 2 * * *",
					     .start_day = DAY(0),
					     .catchup = (enum catchup)(seed % 3),
					     .max_active_runs = 2,
					     .tasks = i ? edited : make,
					     .n_tasks = i ? countof(edited) : countof(make) });
	p->dags[2] = table_dag(&p->t, &(struct dag_fx){ .id = "read",
							.cron = "0 4 * * *",
							.start_day = DAY(1),
							.catchup = CATCHUP_ALL,
							DAG_FX_TASKS(read_all) });
	catalog(p);
}

static void
bother_attempt(struct play *p, bool kindly)
{
	static const enum outcome outcomes[] = { OUTCOME_OK,          OUTCOME_OK,
						 OUTCOME_OK,          OUTCOME_ERROR,
						 OUTCOME_GATE_FAILED, OUTCOME_INPUT_CHANGED,
						 OUTCOME_CANCELLED };
	int64_t keys[64], key;
	size_t n = engine_live(p->t.engine, keys, countof(keys));
	struct attempt_info info;

	if (!n)
		return;
	key = keys[pick(p, (int64_t)n)];
	assert_true(engine_attempt(p->t.engine, key, &info));
	if (info.state == ATTEMPT_PUBLISHING) {
		if (kindly || pick(p, 8))
			publish_ok(&p->t, key);
		else
			table_step(&p->t, &(struct event){ .kind = EVENT_PUBLISHED,
							   .attempt = key,
							   .why = "no" });
	} else if (info.state == ATTEMPT_KILLING) {
		tell(&p->t, pick(p, 3) ? EVENT_GONE : EVENT_VANISHED, key);
	} else if (kindly) {
		end_with(&p->t, key, OUTCOME_OK);
	} else {
		switch (pick(p, 6)) {
		case 0:
			tell(&p->t, EVENT_VANISHED, key);
			break;
		case 1:
			tell(&p->t, EVENT_NEVER_STARTED, key);
			break;
		case 2:
			tell(&p->t, EVENT_STARTED, key);
			break;
		default:
			end_with(&p->t, key, outcomes[pick(p, countof(outcomes))]);
			break;
		}
	}
}

static void
bother_with_command(struct play *p)
{
	int64_t day = pick(p, 9) - 1;
	struct command c = { .kind = (enum command_kind)pick(p, 6),
			     .dag = pick(p, 3) ? "make" : "read",
			     .has_logical = true,
			     .logical_us = DAY_AT(day),
			     .from_us = DAY_AT(day),
			     .to_us = DAY_AT(day + pick(p, 4)),
			     .reprocess = (enum reprocess)pick(p, 3),
			     .only_failed = pick(p, 2),
			     .pinned = pick(p, 2) };

	if (c.kind == COMMAND_CLEAR && !pick(p, 3))
		c.task = "clean";
	(void)command(&p->t, &c);
}

static void
bother(struct play *p)
{
	switch (pick(p, 12)) {
	case 0:
	case 1:
		bother_with_command(p);
		break;
	case 2:
		table_wake(&p->t, p->t.now_us + pick(p, 2 * DAY_US / 3));
		break;
	case 3:
		table_restart(&p->t);
		if (pick(p, 2))
			bother_attempt(p, false);
		catalog(p);
		break;
	case 4:
		p->edited = pick(p, 2);
		catalog(p);
		break;
	case 5:
		table_wake(&p->t, p->t.now_us + pick(p, 5 * SECOND_US));
		break;
	default:
		bother_attempt(p, false);
		break;
	}
}

/* Claims: no two live attempts write one partition.  Seen from the rows alone. */
static void
check_claims(struct play *p)
{
	int64_t keys[64];
	size_t n = engine_live(p->t.engine, keys, countof(keys));
	struct attempt_info a, b;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++) {
			assert_true(engine_attempt(p->t.engine, keys[i], &a));
			assert_true(engine_attempt(p->t.engine, keys[k], &b));
			if (a.task->output < 0 || b.task->output < 0 ||
			    a.logical_us != b.logical_us)
				continue;
			assert_string_not_equal(a.dag->datasets[a.task->output].name,
						b.dag->datasets[b.task->output].name);
		}
}

static void
end_well(struct play *p)
{
	p->edited = false;
	catalog(p);
	command(&p->t, &(struct command){ .kind = COMMAND_UNPAUSE, .dag = "make" });
	command(&p->t, &(struct command){ .kind = COMMAND_UNPAUSE, .dag = "read" });
	for (int i = 0; i < 3000; i++) {
		if (engine_live(p->t.engine, NULL, 0))
			bother_attempt(p, true);
		else if (p->t.fx.wake_us < p->t.now_us + 8 * DAY_US && i < 2500)
			table_wake(&p->t,
				   p->t.fx.wake_us > p->t.now_us ? p->t.fx.wake_us : p->t.now_us);
		else
			break;
		if (p->t.now_us > DAY_AT(40))
			break;
	}
}

static void
random_histories_keep_rows_and_log_equal(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct play p;

		setup(&p, seed);
		for (int i = 0; i < STEPS; i++) {
			bother(&p);
			check_claims(&p);
		}
		end_well(&p);
		for (int64_t run = 1; run <= p.t.last_run; run++) {
			const struct run_row *row = table_run(&p.t, run);

			/* Those of the last days may wait for what is not due yet. */
			if (!run_is_final(row->state) && row->logical_us < p.t.now_us - 10 * DAY_US)
				fail_msg("seed %d: run %s of %s is %s", (int)seed, row->run_id,
					 row->dag, run_state_name(row->state));
		}
		table_close(&p.t);
	}
}

int
main(void)
{
	const struct CMUnitTest all[] = { cmocka_unit_test(
	    random_histories_keep_rows_and_log_equal) };

	return cmocka_run_group_tests(all, NULL, NULL);
}
