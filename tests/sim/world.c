/* world.c - virtual time, mail, commits, and the scheduler's lives and deaths. */
#include "core/base/hash.h"
#include "scheduler/engine/load.h"
#include "scheduler/engine/look.h"
#include "tests/sim/sim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bounds on the last part, in which nothing goes wrong and everything has to end. */
#define CALM_US_MAX (8 * DAY_US)
enum { CALM_STEPS_MAX = 60000, IDLE_WAKES_MAX = 50 };

/* ---- telling ---- */

void
sim_note(struct sim *s, const char *what, int64_t a, int64_t b, int64_t c, const char *text)
{
	struct note *n;

	s->hash = hash_word(s->hash ^ (uint64_t)s->mono_us);
	s->hash = hash_word(s->hash ^ (uint64_t)a ^ (uint64_t)what[0] << 56);
	s->hash = hash_word(s->hash ^ (uint64_t)b ^ (uint64_t)c << 32);
	if (text)
		s->hash = hash_bytes(text, strlen(text), s->hash);
	s->notes = mem_grow(s->notes, s->n_notes, &s->room_notes, sizeof(*s->notes));
	n = &s->notes[s->n_notes++];
	*n = (struct note){ s->mono_us, what, a, b, c, arena_str(s->arena, text) };
	if (s->trace)
		sim_dump(s, 1);
}

void
sim_dump(const struct sim *s, size_t last)
{
	size_t first = s->n_notes > last ? s->n_notes - last : 0;

	for (size_t i = first; i < s->n_notes; i++) {
		const struct note *n = &s->notes[i];

		fprintf(stderr, "%12.3f  %-10s %4lld %4lld %4lld  %s\n", (double)n->at_us / 1e6,
			n->what, (long long)n->a, (long long)n->b, (long long)n->c,
			n->text ? n->text : "");
	}
}

void
sim_fail(struct sim *s, const char *number, const char *fmt, ...)
{
	va_list args;

	if (s->failed)
		return;
	s->failed = true;
	snprintf(s->number, sizeof(s->number), "%s", number);
	va_start(args, fmt);
	vsnprintf(s->message, sizeof(s->message), fmt, args);
	va_end(args);
	sim_note(s, "VIOLATION", 0, 0, 0, s->message);
}

/* ---- chance and time ---- */

bool
sim_chance(struct sim *s, uint32_t per_mille)
{
	return per_mille && random_next(&s->random) % 1000 < per_mille;
}

int64_t
sim_between(struct sim *s, int64_t low, int64_t high)
{
	if (s->knobs.exact || high <= low)
		return low;
	return low + (int64_t)(random_next(&s->random) % (uint64_t)(high - low + 1));
}

const char *
sim_date(int64_t us, char out[DATE_ROOM])
{
	out[0] = '\0';
	if (us != INT64_MIN && us != INT64_MAX)
		timestamp_format(us, out);
	return out;
}

bool
sim_dead(const struct sim *s)
{
	return s->crashed || s->failed;
}

bool
sim_boundary(struct sim *s)
{
	if (sim_dead(s))
		return false;
	s->boundaries++;
	if (s->boundaries == s->crash_at)
		s->crashed = true;
	else if (s->knobs.crash_pm)
		s->crashed = random_next(&s->random_crash) % 1000 < s->knobs.crash_pm;
	if (!s->crashed)
		return true;
	s->reboot = s->reboot || random_next(&s->random_crash) % 1000 < s->knobs.reboot_pm;
	sim_note(s, "crash", (int64_t)s->boundaries, s->reboot, 0, NULL);
	return false;
}

/* ---- mail: a heap by time, then by order of sending ---- */

static bool
before(const struct mail *a, const struct mail *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void
sim_send(struct sim *s, enum mail_kind kind, int64_t attempt, size_t at, int64_t delay_us,
	 bool to_scheduler)
{
	struct mail mail = { .at_us = s->mono_us + delay_us,
			     .order = ++s->order,
			     .generation = to_scheduler ? s->generation : 0,
			     .kind = kind,
			     .attempt = attempt,
			     .at = at };
	size_t i = s->n_mails;

	s->mails = mem_grow(s->mails, s->n_mails, &s->room_mails, sizeof(*s->mails));
	s->n_mails++;
	while (i > 0 && before(&mail, &s->mails[(i - 1) / 2])) {
		s->mails[i] = s->mails[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	s->mails[i] = mail;
}

static struct mail
next_mail(struct sim *s)
{
	struct mail first = s->mails[0], last = s->mails[--s->n_mails];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < s->n_mails) {
		if (child + 1 < s->n_mails && before(&s->mails[child + 1], &s->mails[child]))
			child++;
		if (!before(&s->mails[child], &last))
			break;
		s->mails[i] = s->mails[child];
		i = child;
	}
	s->mails[i] = last;
	return first;
}

void
sim_hint(struct sim *s, int64_t attempt)
{
	int64_t delay = sim_between(s, 1000, 20000);

	if (sim_chance(s, s->knobs.hint_lost_pm))
		delay = MINUTE_US; /* the rounds of the runtime come by once a minute */
	else if (sim_chance(s, s->knobs.hint_late_pm))
		delay = sim_between(s, SECOND_US, 30 * SECOND_US);
	sim_send(s, MAIL_LOOK, attempt, 0, delay, true);
	if (sim_chance(s, s->knobs.hint_doubled_pm))
		sim_send(s, MAIL_LOOK, attempt, 0, delay + sim_between(s, 0, SECOND_US), true);
}

/* ---- the border: what the turn asks of the world ---- */

static enum err_code
commit(void *arg, const struct change *changes, size_t n, struct err *err)
{
	struct sim *s = arg;

	if (!sim_boundary(s))
		return err_set(err, ERR_SYSTEM, "commit: the machine is gone");
	rows_begin(&s->rows);
	for (size_t i = 0; i < n && !s->failed; i++) {
		const char *why;

		invariants_change(s, &changes[i]);
		why = rows_apply(&s->rows, &changes[i]);
		if (why)
			sim_fail(s, "row", "%s", why);
	}
	s->commits++;
	sim_note(s, "commit", (int64_t)s->commits, (int64_t)n, 0, NULL);
	if (!s->failed)
		invariants_commit(s, changes, n);
	s->commanded = false;
	if (s->recovering && sim_chance(s, s->knobs.again_pm)) {
		s->crashed = true;
		s->again = true;
		sim_note(s, "crash", (int64_t)s->boundaries, 0, 0, "after recovery");
	}
	return ERR_NONE;
}

static void
publish(void *arg, int64_t attempt)
{
	struct sim *s = arg;
	const struct attempt_rec *rec = rows_attempt(&s->rows, attempt);

	if (!sim_boundary(s))
		return;
	sim_note(s, "publish", attempt, 0, 0, NULL);
	s->seen[SEEN_PUBLISHED_AGAIN] += s->recovering;
	if (!rec || rec->row.state != ATTEMPT_PUBLISHING) {
		sim_fail(s, "I23", "attempt %lld is to be published, but is committed as %s",
			 (long long)attempt, rec ? attempt_state_name(rec->row.state) : "nothing");
		return;
	}
	sim_send(s, MAIL_PUBLISH, attempt, 0, sim_between(s, 1000000, 4000000), true);
}

static void
reply(void *arg, int64_t request, const struct reply *answer)
{
	struct sim *s = arg;

	if (sim_boundary(s))
		users_reply(s, request, answer);
}

static struct event
event_of(enum event_kind kind, int64_t attempt)
{
	return (struct event){ .kind = kind, .attempt = attempt };
}

/* Are some of the outputs live already, and not all? */
static bool
is_half_way(struct sim *s, const struct storage_job *job, const struct dag *dag)
{
	size_t live = 0;

	for (size_t i = 0; i < job->n_outputs; i++) {
		const struct storage_partition *o = &job->outputs[i];
		struct lake_content now = lake_look(&s->lake, o->path, dag->grid.unit, o->part);

		live += now.manifest && strcmp(now.manifest->token, job->token) == 0;
	}
	return live && live < job->n_outputs;
}

/* A thread of the runtime publishes; its end is an event. */
static void
run_publish(struct sim *s, int64_t attempt)
{
	const struct attempt_rec *rec = rows_attempt(&s->rows, attempt);
	const struct run_rec *run = rec ? rows_run(&s->rows, rec->row.run) : NULL;
	struct event event = event_of(EVENT_PUBLISHED, attempt);
	struct storage_partition outputs[DAG_OUTPUTS_MAX];
	struct published done[DAG_OUTPUTS_MAX];
	struct storage_job job = { .attempt = attempt, .outputs = outputs };
	struct err err = { ERR_NONE };
	enum err_code code;

	if (!run || rec->row.state != ATTEMPT_PUBLISHING)
		return; /* asked for twice, and the first is done */
	memcpy(job.token, rec->row.token, sizeof(job.token));
	job.n_outputs = shims_outputs(s, run->dag, &run->dag->tasks[rec->row.task_index],
				      rows_part(&s->rows, run), outputs);
	s->seen[SEEN_HALF_WAY] += is_half_way(s, &job, run->dag);
	s->lake.publishing = attempt;
	code = local_publish(&s->lake.fs, &job, done, s->arena, &err);
	s->lake.publishing = 0;
	if (!sim_boundary(s))
		return;
	sim_note(s, "published", attempt, code, 0, code ? err.msg : NULL);
	s->seen[SEEN_SPOILED] += code == ERR_INPUT;
	if (!code && sim_chance(s, s->knobs.purge_pm))
		lake_purge(&s->lake);
	if (code == ERR_SYSTEM) {
		sim_send(s, MAIL_PUBLISH, attempt, 0, SECOND_US, true);
		event.kind = EVENT_UNPUBLISHED;
	}
	event.ok = code == ERR_NONE;
	event.why = err.msg;
	event.outputs = done;
	event.n_outputs = event.ok ? job.n_outputs : 0;
	if (sim_event(s, &event))
		sim_finish(s, true);
}

/* ---- the scheduler's life ---- */

/* The next piece of many comes when the loop has been around: others have their turns before. */
static void
let_others(struct sim *s)
{
	int64_t now_us = sim_wall(s);

	s->late = s->wake_us <= now_us && oracle_grows(&s->rows, NULL);
	if (s->late)
		s->wake_us = now_us + s->story->knobs.pause_us -
			     sim_between(s, 0, s->story->knobs.pause_us);
}

void
sim_finish(struct sim *s, bool flush)
{
	uint64_t commits = s->commits;
	struct err err = { ERR_NONE };
	enum err_code code = turn_finish(s->turn, flush, &s->wake_us, &err);

	if (!sim_dead(s) && code)
		sim_fail(s, "I12", "a turn failed though nothing refused: %s", err.msg);
	if (sim_boundary(s)) {
		engine_check(s->engine);
		expand_turn(s);
		if (flush || s->commits != commits)
			invariants_turn(s);
		if (!s->failed)
			users_see(s);
		let_others(s);
	}
	if (!flush)
		sim_send(s, MAIL_FLUSH, 0, 0, SECOND_US, true);
	s->woken = false;
	s->repeated = false;
}

/* Was the task of the attempt dropped from the definition of its run?  Then its row says so. */
static bool
is_gone(const struct sim *s, const struct attempt_row *a, struct task_row *out)
{
	const struct run_rec *run = rows_run(&s->rows, a->run);

	const struct task_row *row;

	for (size_t at = 0; (row = rows_next(run, &at, true));)
		if (strcmp(row->task, a->task) == 0)
			return false;
	*out = (struct task_row){ .run = a->run,
				  .index = -1,
				  .map_index = -1,
				  .task = a->task,
				  .tries = a->try_number,
				  .waits = "" };
	return true;
}

static void
load(struct sim *s)
{
	const struct task_row *row;
	struct rows *r = &s->rows;

	if (r->clock.key)
		engine_load_clock(s->engine, &r->clock);
	for (size_t i = 0; i < r->n_defs; i++)
		engine_load_def(s->engine, r->defs[i].dag);
	for (size_t i = 0; i < r->n_dags; i++)
		engine_load_dag(s->engine, &r->dags[i]);
	for (size_t i = 0; i < r->n_runs; i++)
		engine_load_run(s->engine, &r->runs[i].row);
	for (size_t i = 0; i < r->n_runs; i++) {
		for (size_t at = 0; (row = rows_next(&r->runs[i], &at, true));)
			engine_load_task(s->engine, row);
		for (size_t k = 0; k < SIM_GROUPS_MAX; k++)
			if (r->runs[i].groups[k].row.group)
				engine_load_group(s->engine, &r->runs[i].groups[k].row);
	}
	for (size_t i = 0; i < r->n_attempts; i++) {
		struct task_row gone;

		if (r->attempts[i].dropped)
			continue;
		if (is_gone(s, &r->attempts[i].row, &gone))
			engine_load_task(s->engine, &gone);
		if (attempt_is_live(r->attempts[i].row.state))
			engine_load_attempt(s->engine, &r->attempts[i].row);
		engine_load_start(s->engine, &r->attempts[i].row);
	}
	for (size_t i = 0; i < r->n_partitions; i++)
		engine_load_partition(s->engine, &r->partitions[i]);
	for (size_t i = 0; i < r->n_dataset_events; i++)
		if (!r->dataset_events[i].consumed)
			engine_load_dataset_event(s->engine, &r->dataset_events[i]);
	for (size_t i = 0; i < r->n_backfills; i++)
		engine_load_backfill(s->engine, &r->backfills[i]);
	engine_load_end(s->engine, r->last_run, r->last_attempt, r->last_backfill, r->last_seq,
			r->last_dataset_event);
}

/* What a key was answered, as the store would find it. */
static enum err_code
answered(void *arg, const char *key, struct recall *out, struct err *err)
{
	const struct sim *s = arg;
	const struct command_row *row = rows_command(&s->rows, key);

	(void)err;
	if (row)
		recall_answer(out, row);
	return ERR_NONE;
}

/* The rows of runs that have ended, as the store would read them again. */
static enum err_code
recall(void *arg, const int64_t *runs, size_t n, struct recall *out, struct err *err)
{
	const struct sim *s = arg;

	(void)err;
	for (size_t i = 0; i < n; i++) {
		const struct run_rec *run = rows_run(&s->rows, runs[i]);
		const struct task_row *row;

		recall_run(out, &run->row, run->dag);
		for (size_t at = 0; (row = rows_next(run, &at, true));)
			recall_task(out, row);
		for (size_t k = 0; k < s->rows.n_attempts; k++) {
			const struct attempt_row *a = &s->rows.attempts[k].row;
			struct task_row gone;

			if (!s->rows.attempts[k].dropped && a->run == run->row.key &&
			    is_gone(s, a, &gone))
				recall_task(out, &gone);
		}
	}
	return ERR_NONE;
}

static void
start(struct sim *s)
{
	struct limits limits;
	struct engine_config config = { .limits = &limits, .piece = s->story->knobs.piece };
	struct event wake = event_of(EVENT_WAKE, 0);

	s->generation++;
	oracle_limits(s, &limits);
	config.seed = hash_word(s->story->seed ^ (uint64_t)s->generation << 40);
	sim_note(s, "start", s->generation, 0, 0, NULL);
	s->crashed = false;
	s->reboot = false;
	s->engine = engine_new(&config);
	load(s);
	s->turn = turn_new(s->engine, &s->world);
	s->recovering = true;
	clocks_start(s);
	clocks_look(s);
	users_catalog(s);
	turn_recover(s->turn, sim_wall(s));
	turn_event(s->turn, &wake, sim_wall(s));
	s->woken = true;
	sim_finish(s, true);
	s->recovering = false;
	s->old_attempts = 0;
	if (!sim_dead(s))
		users_again(s);
}

static void
stop(struct sim *s)
{
	turn_free(s->turn);
	engine_free(s->engine);
	s->turn = NULL;
	s->engine = NULL;
	s->wake_us = INT64_MAX;
}

static void
crash(struct sim *s)
{
	bool again = s->again;
	int64_t old = s->rows.last_attempt;

	s->crashes++;
	stop(s);
	shims_crash(s);
	if (s->reboot) {
		s->seen[SEEN_REBOOT]++;
		clocks_reboot(s);
		shims_reboot(s);
		lake_reboot(&s->lake, (size_t)sim_between(s, 0, 4));
	}
	s->crashed = false;
	s->recovering = false;
	s->again = false;
	if (again) {
		/* Nothing happens between the two recoveries. */
		for (size_t i = s->rows.n_attempts; i > 0; i--) {
			if (s->rows.attempts[i - 1].before != ATTEMPT_ILLEGAL)
				break;
			old = s->rows.attempts[i - 1].row.key - 1;
		}
		s->old_attempts = old;
		s->seen[SEEN_AGAIN]++;
		start(s);
		return;
	}
	sim_send(s, MAIL_RESTART, 0, 0, sim_between(s, SECOND_US, s->knobs.down_us_max), false);
}

/* ---- the loop ---- */

static void
to_scheduler(struct sim *s, const struct mail *mail)
{
	struct event event = event_of(EVENT_GONE, mail->attempt);

	clocks_look(s);
	if (sim_dead(s))
		return;
	switch (mail->kind) {
	case MAIL_REQUEST:
		users_request(s, mail->at);
		break;
	case MAIL_LOOK:
		turn_look(s->turn, mail->attempt, sim_wall(s));
		sim_finish(s, !sim_chance(s, 300));
		break;
	case MAIL_FORK_FAILED:
		turn_launch_failed(s->turn, mail->attempt, "fork: no memory", mail->at ? ENOMEM : 0,
				   sim_wall(s));
		sim_finish(s, true);
		break;
	case MAIL_SWEPT:
		shims_mail(s, mail);
		turn_event(s->turn, &event, sim_wall(s));
		sim_finish(s, true);
		break;
	case MAIL_PUBLISH:
		run_publish(s, mail->attempt);
		break;
	case MAIL_FLUSH:
	case MAIL_CLOCK:
		sim_finish(s, true);
		break;
	default:
		break;
	}
}

static void
deliver(struct sim *s, const struct mail *mail)
{
	if (mail->generation) {
		if (mail->generation == s->generation && s->turn)
			to_scheduler(s, mail);
		return;
	}
	switch (mail->kind) {
	case MAIL_ACT:
		users_act(s, mail->at, mail->attempt);
		break;
	case MAIL_RESTART:
		if (!s->turn)
			start(s);
		break;
	default:
		shims_mail(s, mail);
	}
}

static void
wake(struct sim *s)
{
	struct event event = event_of(EVENT_WAKE, 0);
	uint64_t commits = s->commits;

	clocks_look(s);
	if (sim_dead(s))
		return;
	s->woken = true;
	turn_event(s->turn, &event, sim_wall(s));
	sim_finish(s, true);
	s->idle_wakes = s->commits == commits ? s->idle_wakes + 1 : 0;
	if (s->idle_wakes > IDLE_WAKES_MAX)
		sim_fail(s, "I12", "the engine wants to be woken again and again for nothing");
}

/* When the next thing happens; INT64_MAX: nothing ever will. */
static int64_t
next_us(const struct sim *s, bool *wakes)
{
	int64_t mail_us = s->n_mails ? s->mails[0].at_us : INT64_MAX;
	int64_t wake_us = INT64_MAX;

	if (s->turn && s->wake_us != INT64_MAX)
		wake_us = s->wake_us - s->offset_us;
	*wakes = wake_us < mail_us;
	return *wakes ? wake_us : mail_us;
}

/* One thing happens, if it does before until_us.  False: it does not. */
static bool
step(struct sim *s, int64_t until_us)
{
	struct mail mail;
	bool wakes;
	int64_t at_us = next_us(s, &wakes);

	if (at_us >= until_us)
		return false;
	s->steps++;
	/* A clock that was set makes a wake that is overdue. */
	if (at_us > s->mono_us || !wakes)
		s->idle_wakes = 0;
	if (at_us > s->mono_us)
		s->mono_us = at_us;
	if (wakes) {
		wake(s);
	} else {
		mail = next_mail(s);
		deliver(s, &mail);
	}
	while (s->crashed && !s->failed)
		crash(s);
	return true;
}

/* ---- a history ---- */

/* Everything that there was when the faults ended has ended, or (`stuck`) only people can end it.
 */
static bool
settled(const struct sim *s, bool stuck)
{
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		if (run->row.key <= s->calm_run && !run_is_final(run->row.state) &&
		    !(stuck && oracle_stuck(&s->rows, run, sim_wall(s))))
			return false;
	}
	return s->turn && users_are_content(s);
}

/* The faults end: now everything has to come to its end, soon. */
static void
calm(struct sim *s)
{
	int64_t until_us = s->mono_us + CALM_US_MAX;
	uint64_t steps = s->steps + CALM_STEPS_MAX;
	bool wakes, idle = false;

	s->knobs = (struct knobs){ .pool_slots = s->knobs.pool_slots,
				   .exact = s->knobs.exact,
				   .calm = true,
				   .work_us_max = SECOND_US,
				   .down_us_max = SECOND_US };
	s->crash_at = 0;
	s->calm_run = s->rows.last_run;
	sim_note(s, "calm", s->calm_run, 0, 0, NULL);
	users_mend(s);
	while (!s->failed && !settled(s, idle) && s->steps < steps) {
		/* Only when the last command is done with: one of them may have been a pause. */
		if (s->turn && users_are_content(s))
			users_unpause(s);
		if (s->turn && users_are_content(s))
			users_redo(s);
		idle = next_us(s, &wakes) > s->mono_us + HOUR_US / 5;
		/* What was early may begin again at once, and wait for the same. */
		if (s->turn && users_are_content(s) && idle &&
		    users_give_up(s, until_us + s->offset_us - 3 * DAY_US))
			continue;
		if (step(s, until_us))
			continue;
		if (s->mono_us >= until_us)
			break;
		/* Nothing comes by itself; people do, when an interval has ended. */
		s->mono_us = s->mono_us + HOUR_US < until_us ? s->mono_us + HOUR_US : until_us;
	}
	if (!s->failed)
		invariants_end(s);
}

bool
sim_run(struct sim *s, const struct story *story, uint64_t crash_at, bool trace)
{
	memset(s, 0, sizeof(*s));
	s->story = story;
	s->knobs = story->knobs;
	s->arena = arena_new();
	s->random = hash_word(story->seed);
	s->random_crash = hash_word(story->seed + 1);
	s->offset_us = story->epoch_day * DAY_US;
	s->crash_at = crash_at;
	s->trace = trace;
	s->wake_us = INT64_MAX;
	s->told_boot = -1;
	rows_init(&s->rows);
	s->rows.almanac = story->almanac;
	lake_init(&s->lake, s);
	s->world = (struct world){ .arg = s,
				   .commit = commit,
				   .publish = publish,
				   .reply = reply,
				   .answered = answered,
				   .recall = recall };
	shims_bind(s, &s->world);
	users_read_dags(s);
	for (int i = 0; i < story->n_acts; i++)
		sim_send(s, MAIL_ACT, 0, (size_t)i, story->acts[i].at_us, false);
	start(s);
	while (s->crashed && !s->failed)
		crash(s);
	while (!s->failed && step(s, story->horizon_us + s->slept_us))
		;
	if (!s->failed)
		calm(s);
	return !s->failed;
}

void
sim_release(struct sim *s)
{
	stop(s);
	for (int i = 0; i < SIM_DAGS_MAX; i++)
		dag_unref(s->active[i]);
	free(s->mails);
	free(s->processes);
	free(s->entries);
	free(s->requests);
	free(s->notes);
	free(s->planned);
	free(s->owed);
	oracle_clock_release(s);
	free(s->lines.before.items);
	rows_release(&s->rows);
	lake_release(&s->lake);
	arena_free(s->arena);
}
