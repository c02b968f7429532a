/* history.c - a random story from a seed: which faults, which dags, what people do. */
#include "core/base/hash.h"
#include "tests/sim/sim.h"

#include <string.h>

static int64_t
pick(uint64_t *random, int64_t low, int64_t high)
{
	return low + (int64_t)(random_next(random) % (uint64_t)(high - low + 1));
}

/* Swarm: every fault is absent from half of the histories, and rare or common in the rest. */
static uint32_t
rate(uint64_t *random, uint32_t max_pm)
{
	if (random_next(random) % 2)
		return 0;
	return 1 + (uint32_t)(random_next(random) % max_pm);
}

static void
draw_knobs(uint64_t *random, struct knobs *k)
{
	k->pool_slots = (int)pick(random, 1, 4);
	k->share = random_next(random) % 2 ? 33 : 0;
	k->side_slots = random_next(random) % 2 ? (int)pick(random, 1, 3) : 0;
	k->side_rate = random_next(random) % 2 ? (int)pick(random, 1, 5) : 0;
	k->all_tasks = random_next(random) % 4 ? 0 : (int)pick(random, 1, 4);
	k->memory_mib = random_next(random) % 3 ? 0 : (int)pick(random, 164, 500);
	k->crash_pm = rate(random, 30);
	k->reboot_pm = rate(random, 400);
	k->again_pm = rate(random, 500);
	k->error_pm = rate(random, 300);
	k->signal_pm = rate(random, 100);
	k->hang_pm = rate(random, 100);
	k->gate_pm = rate(random, 50);
	k->missing_pm = rate(random, 50);
	k->spoiled_pm = rate(random, 150);
	k->shim_dies_pm = rate(random, 200);
	k->fork_fails_pm = rate(random, 100);
	k->slow_launch_pm = rate(random, 300);
	k->hint_lost_pm = rate(random, 300);
	k->hint_doubled_pm = rate(random, 300);
	k->hint_late_pm = rate(random, 300);
	k->reply_lost_pm = rate(random, 400);
	k->command_twice_pm = rate(random, 300);
	k->purge_pm = rate(random, 900) ? 1000 : 0;
	k->late_pm = rate(random, 900);
	k->fs_error_pm = rate(random, 50);
	k->skip_pm = rate(random, 300);
	k->work_us_max = pick(random, 2, 40) * pick(random, 1, 120) * SECOND_US;
	k->down_us_max = random_next(random) % 8 ? 30 * SECOND_US : 30 * HOUR_US;
}

static const char *
cron_days(uint64_t *random)
{
	static const char *const choices[] = { "*", "*", "*", "1-5", "0,3" };

	return choices[random_next(random) % countof(choices)];
}

/* A dag before this one that writes events, or NULL. */
static const char *
some_writer(uint64_t *random, const struct story *story)
{
	const char *found = NULL;

	for (int i = 0; i < story->n_shapes; i++) {
		const struct shape *shape = &story->shapes[i];

		if (shape->kind != DAG_CHAIN && shape->kind != DAG_WINDOW)
			continue;
		if (!found || random_next(random) % 2)
			found = shape->id;
	}
	return found;
}

static void
draw_shape(uint64_t *random, struct story *story)
{
	static const char *const ids[SIM_DAGS_MAX] = { "alpha", "beta", "gamma", "delta" };
	struct shape *shape = &story->shapes[story->n_shapes];

	*shape = (struct shape){
		.id = ids[story->n_shapes],
		.kind = (enum dag_kind)(random_next(random) % DAG_KINDS),
		.hour = (int)pick(random, 0, 4),
		.minute = (int)pick(random, 0, 59),
		.weekdays = cron_days(random),
		.start_day = pick(random, -14, 1),
		.catchup = (enum catchup)(random_next(random) % 3),
		.max_active_runs = (int)pick(random, 1, 3),
		.retries = (int)pick(random, 0, 3),
		.window = random_next(random) % 2 ? 7 : (int)pick(random, 1, 4),
		.timeout_s = random_next(random) % 3 ? (int)pick(random, 10, 3000) : 0,
		.pool_slots = story->knobs.pool_slots > 1 ? (int)pick(random, 1, 2) : 1,
		.max_active_tasks = random_next(random) % 3 ? 0 : (int)pick(random, 1, 3),
		.max_active_tis = random_next(random) % 2 ? 0 : (int)pick(random, 1, 2),
		.side = story->knobs.side_slots > 1,
		.memory = story->knobs.memory_mib > 0,
		.allow_missing = random_next(random) % 3 == 0,
		.salt = random_next(random),
	};
	if (shape->kind == DAG_READER) {
		shape->reads = some_writer(random, story);
		if (!shape->reads)
			shape->kind = DAG_WINDOW;
	}
	if (shape->kind == DAG_MANUAL || random_next(random) % 8 == 0)
		shape->weekdays = NULL;
	story->n_shapes++;
}

/* Most happens where most is under way: soon after the start. */
static int64_t
draw_time(uint64_t *random, int64_t horizon_us)
{
	switch (random_next(random) % 4) {
	case 0:
		return pick(random, 0, 5 * SECOND_US);
	case 1:
		return pick(random, 0, 2 * MINUTE_US);
	case 2:
		return pick(random, 0, HOUR_US);
	default:
		return pick(random, 0, horizon_us);
	}
}

static void
draw_command(uint64_t *random, const struct story *story, struct act *act)
{
	bool manual = story->shapes[act->dag].kind == DAG_MANUAL;
	struct command *c = &act->command;

	act->day = pick(random, -12, 2);
	act->to_day = act->day + pick(random, 0, 8);
	switch (random_next(random) % 10) {
	case 0:
	case 1:
		c->kind = COMMAND_TRIGGER;
		c->has_logical = !manual && random_next(random) % 2;
		c->early = random_next(random) % 2;
		if (c->early && c->has_logical)
			act->day = pick(random, -1, act->at_us / DAY_US);
		break;
	case 2:
	case 3:
		c->kind = COMMAND_BACKFILL;
		c->reprocess = (enum reprocess)(random_next(random) % 3);
		c->max_active_runs = (int)pick(random, 0, 2);
		c->backwards = random_next(random) % 4 == 0;
		c->early = random_next(random) % 4 == 0;
		c->dry_run = random_next(random) % 6 == 0;
		break;
	case 4:
	case 5:
	case 6:
		c->kind = COMMAND_CLEAR;
		act->day = INT64_MIN;
		act->to_day = 0;
		c->only_failed = random_next(random) % 4 == 0;
		c->pinned = random_next(random) % 4 == 0;
		if (story->shapes[act->dag].kind == DAG_RANDOM && random_next(random) % 2)
			c->task = random_next(random) % 2 ? "t0" : "t1";
		break;
	case 7:
		c->kind = random_next(random) % 2 ? COMMAND_PAUSE : COMMAND_UNPAUSE;
		break;
	case 8:
		c->kind = COMMAND_UNPAUSE;
		break;
	default:
		c->kind = COMMAND_CANCEL;
		act->day = INT64_MIN;
		act->to_day = 0;
		break;
	}
}

static void
draw_act(uint64_t *random, const struct story *story, struct act *act)
{
	*act = (struct act){ .at_us = draw_time(random, story->horizon_us),
			     .dag = (int)pick(random, 0, story->n_shapes - 1) };
	switch (random_next(random) % 13) {
	case 0:
	case 1:
		act->kind = ACT_EDIT;
		break;
	case 2:
		act->kind = random_next(random) % 2 ? ACT_BREAK : ACT_EDIT;
		break;
	case 3:
		act->kind = ACT_JUMP;
		act->amount_us = random_next(random) % 2 ? pick(random, -7200, 0) * SECOND_US
							 : pick(random, 0, 30 * 3600) * SECOND_US;
		break;
	case 4:
		act->kind = ACT_LATE;
		act->day = pick(random, -9, 0);
		break;
	case 5:
		act->kind = random_next(random) % 4 ? ACT_CRASH : ACT_REBOOT;
		break;
	case 6:
		act->kind = ACT_RACE;
		break;
	case 7:
		act->kind = ACT_LIMITS;
		break;
	default:
		act->kind = ACT_COMMAND;
		draw_command(random, story, act);
	}
}

void
history_story(uint64_t seed, struct story *out)
{
	uint64_t random = hash_word(seed ^ UINT64_C(0x7469646d));
	int n;

	memset(out, 0, sizeof(*out));
	out->name = "random";
	out->seed = seed;
	draw_knobs(&random, &out->knobs);
	out->horizon_us = pick(&random, 1, 96) * HOUR_US;
	n = (int)pick(&random, 1, SIM_DAGS_MAX);
	for (int i = 0; i < n; i++)
		draw_shape(&random, out);
	out->n_acts = (int)pick(&random, 0, 40);
	for (int i = 0; i < out->n_acts; i++)
		draw_act(&random, out, &out->acts[i]);
}
