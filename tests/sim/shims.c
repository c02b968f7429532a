/* shims.c - scripted processes, and the runtime directory that they share with the scheduler. */
#include "core/base/hash.h"
#include "core/op/op.h"
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <signal.h>

#include <stdlib.h>
#include <string.h>

/* ---- finding ---- */

struct entry *
shims_entry(struct sim *s, int64_t attempt)
{
	while (s->n_entries <= (size_t)attempt) {
		size_t more = s->n_entries ? s->n_entries : 64;

		s->entries = mem_resize(s->entries, s->n_entries + more, sizeof(*s->entries));
		memset(&s->entries[s->n_entries], 0, more * sizeof(*s->entries));
		s->n_entries += more;
	}
	return &s->entries[attempt];
}

/* The directory goes; what the simulator remembers of the attempt stays. */
static void
empty(struct entry *entry)
{
	*entry = (struct entry){ .ended_ok = entry->ended_ok,
				 .exit_code = entry->exit_code,
				 .kept = entry->kept };
}

static bool
is_alive(const struct process *p)
{
	return p->shim || p->worker || p->grandchild;
}

const struct process *
shims_alive(const struct sim *s, int64_t attempt)
{
	for (size_t i = 0; i < s->n_processes; i++) {
		if (s->processes[i].attempt == attempt && is_alive(&s->processes[i]))
			return &s->processes[i];
	}
	return NULL;
}

char *
shims_path(struct sim *s, const struct dataset *dataset)
{
	char *path = mem_format("/p/%s", dataset->path), *copy = arena_str(s->arena, path);

	free(path);
	return copy;
}

/* Is a dataset the quarantine of another? */
static bool
is_aside(const struct dag *dag, size_t at)
{
	for (size_t i = 0; i < dag->n_datasets; i++)
		if (dag->datasets[i].quarantine == (int32_t)at)
			return true;
	return false;
}

static struct storage_partition
storage_of(struct sim *s, const struct dag *dag, const struct dataset *d, int64_t part)
{
	return (struct storage_partition){ d->name, shims_path(s, d), dag->grid, part, 0 };
}

size_t
shims_outputs(struct sim *s, const struct dag *dag, const struct task *task, int64_t part,
	      struct storage_partition out[DAG_OUTPUTS_MAX])
{
	const struct dataset *written[TASK_WRITES_MAX] = { NULL };
	size_t n_written = 0, n = 0;

	/* All that the task is the writer of, by name. */
	for (size_t i = 0; i < dag->n_datasets; i++) {
		const struct dataset *d = &dag->datasets[i];
		size_t at = n_written;

		if (d->writer < 0 || &dag->tasks[d->writer] != task || is_aside(dag, i))
			continue;
		for (; at && strcmp(written[at - 1]->name, d->name) > 0; at--)
			written[at] = written[at - 1];
		written[at] = d;
		n_written++;
	}
	for (size_t i = 0; i < n_written; i++) {
		int32_t aside = written[i]->quarantine;

		if (aside >= 0)
			out[n++] = storage_of(s, dag, &dag->datasets[aside], part);
		out[n++] = storage_of(s, dag, written[i], part);
	}
	return n;
}

/* ---- what a try does ---- */

static enum behaviour
draw(struct sim *s)
{
	const struct knobs *k = &s->knobs;

	if (sim_chance(s, k->error_pm))
		return BEHAVE_ERROR;
	if (sim_chance(s, k->signal_pm))
		return BEHAVE_SIGNAL;
	if (sim_chance(s, k->hang_pm))
		return BEHAVE_HANG;
	if (sim_chance(s, k->gate_pm))
		return BEHAVE_GATE;
	if (sim_chance(s, k->missing_pm))
		return BEHAVE_MISSING;
	if (sim_chance(s, k->spoiled_pm))
		return BEHAVE_SPOILED;
	return sim_chance(s, k->shim_dies_pm) ? BEHAVE_SHIM_DIES : BEHAVE_OK;
}

/* Is the script about this try? */
static bool
is_its_turn(const struct sim *s, const struct script *script, const struct process *p)
{
	const struct run_rec *run = rows_run(&s->rows, p->run);
	int group = oracle_group(run->dag, (size_t)p->task_index);
	int round = group < 0 ? run->row.epoch : run->groups[group].row.retries + 1;

	return script->round ? script->round == round : script->try_number == p->try_number;
}

/* A look has troubles of its own, so that ten in a row go wrong now and then. */
static enum behaviour
draw_look(struct sim *s)
{
	if (sim_chance(s, s->knobs.broken_pm))
		return BEHAVE_ERROR;
	return sim_chance(s, s->knobs.not_yet_pm) ? BEHAVE_NOT_YET : draw(s);
}

static void
choose(struct sim *s, struct process *p)
{
	const struct story *story = s->story;

	p->work_us = SECOND_US;
	if (sim_chance(s, 500))
		p->work_us = sim_between(s, SECOND_US, s->knobs.work_us_max);
	p->behaviour = p->task->wait.every_us ? draw_look(s) : draw(s);
	for (int i = 0; i < story->n_scripts && !s->knobs.calm; i++) {
		const struct script *script = &story->scripts[i];

		if (strcmp(script->task, p->task->id) != 0 || !is_its_turn(s, script, p))
			continue;
		if (script->part != INT64_MIN && script->part + story->epoch_day != p->part)
			continue;
		p->behaviour = script->behaviour;
		if (script->work_us)
			p->work_us = script->work_us;
	}
	if (p->behaviour == BEHAVE_HANG && !p->task->timeout_us)
		p->behaviour = BEHAVE_ERROR;
	if (p->behaviour == BEHAVE_OK && p->task->skip_exit_code && sim_chance(s, s->knobs.skip_pm))
		p->behaviour = BEHAVE_SKIP;
}

/* The content of a partition is a function of what it is made from and of nothing else. */
static void
content(struct sim *s, const struct process *p, const char *dataset, char out[DIGEST_CHARS + 1])
{
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_format(&b, "%s %" PRId64, dataset, p->part);
	if (p->task->op->reads_landing)
		buf_format(&b, " landing %" PRId64, s->landing[p->part & (SIM_PARTS - 1)]);
	/* In some parts the second half brings nothing. */
	if (p->task->op->reads_landing && p->early && p->part % 2)
		buf_text(&b, " half");
	for (size_t i = 0; i < p->n_inputs; i++)
		buf_format(&b, " %s %" PRId64 " %s", p->inputs[i].dataset, p->inputs[i].part,
			   p->inputs[i].digest);
	digest_of(b.data, b.bytes, out);
	buf_release(&b);
}

static void
stage(struct sim *s, const struct process *p)
{
	struct storage_partition outputs[DAG_OUTPUTS_MAX];
	size_t n = shims_outputs(s, p->dag, p->task, p->part, outputs);

	for (size_t i = 0; i < n; i++) {
		const struct partition_row *row = rows_partition(&s->rows, outputs[i].dataset,
								 p->part);
		struct lake_manifest m = {
			.dataset = outputs[i].dataset,
			.unit = p->dag->grid.unit,
			.part = p->part,
			.version = row ? row->version + 1 : 1,
			.partial = p->partial,
			.early = p->early,
			.inputs = p->inputs,
			.n_inputs = p->n_inputs,
		};
		bool spoiled = p->behaviour == BEHAVE_SPOILED &&
			       i == (size_t)p->attempt % n; /* any of them spoils all */

		memcpy(m.token, p->token, sizeof(m.token));
		content(s, p, m.dataset, m.digest);
		lake_stage(&s->lake, outputs[i].path, p->attempt, &m, spoiled ? NULL : m.digest);
	}
}

/* The worker opens what was pinned for it: live, or a version that is kept. */
static bool
can_read(struct sim *s, const struct process *p)
{
	for (size_t i = 0; i < p->n_inputs; i++) {
		const struct lake_input *in = &p->inputs[i];
		const char *path;

		if (in->missing || in->version == 0)
			continue;
		path = NULL;
		for (int d = 0; d < s->story->n_shapes && !path; d++) {
			const struct dag *dag = s->active[d];
			int at = dag ? dag_dataset_find(dag, in->dataset) : -1;

			if (at >= 0)
				path = shims_path(s, &dag->datasets[at]);
		}
		if (path && !lake_has(&s->lake, path, in->unit, in->part, in->version, in->digest))
			return false;
	}
	return true;
}

/* ---- life and death of a process ---- */

static void
record(struct sim *s, struct process *p, enum outcome outcome)
{
	struct entry *entry = shims_entry(s, p->attempt);

	entry->recorded = true;
	entry->outcome = outcome;
	entry->ended_us = sim_wall(s);
	entry->ended_ok = outcome == OUTCOME_OK;
	p->worker = false;
	p->grandchild = false;
	p->shim = false;
	sim_note(s, "record", p->attempt, outcome, 0, outcome_name(outcome));
	s->seen[SEEN_TIMEOUT] += outcome == OUTCOME_TIMEOUT;
	s->seen[SEEN_KILLED] += outcome == OUTCOME_CANCELLED;
	s->seen[SEEN_TOO_LATE] += outcome == OUTCOME_OK && p->kill_asked;
	s->seen[SEEN_INPUT_CHANGED] += outcome == OUTCOME_INPUT_CHANGED;
	if (p->followed == s->generation)
		sim_hint(s, p->attempt);
}

/* I26: no other try of the same task has a process. */
static void
check_alone(struct sim *s, const struct process *p)
{
	for (size_t i = 0; i < s->n_processes; i++) {
		const struct process *other = &s->processes[i];

		if (other->run == p->run && other != p && is_alive(other) &&
		    other->map_index == p->map_index && strcmp(other->task->id, p->task->id) == 0)
			sim_fail(s, "I26",
				 "a worker of attempt %lld starts while attempt %lld of the same "
				 "task is alive",
				 (long long)p->attempt, (long long)other->attempt);
	}
}

static void
begin(struct sim *s, struct process *p, size_t at)
{
	const struct attempt_rec *rec = rows_attempt(&s->rows, p->attempt);
	struct entry *entry = shims_entry(s, p->attempt);

	if (!rec || !attempt_is_live(rec->row.state)) {
		sim_fail(s, "I26",
			 "the shim of attempt %lld starts a worker after the attempt ended",
			 (long long)p->attempt);
		return;
	}
	*entry = (struct entry){ .place = PLACE_SHIM, .process = at, .started_us = sim_wall(s) };
	p->shim = true;
	p->worker = true;
	p->grandchild = sim_chance(s, 300);
	choose(s, p);
	sim_note(s, "worker", p->attempt, p->behaviour, p->try_number, p->task->id);
	check_alone(s, p);
	sim_send(s, MAIL_END, 0, at, p->work_us, false);
	if (p->behaviour == BEHAVE_SHIM_DIES)
		sim_send(s, MAIL_SHIM_DIES, 0, at, p->work_us / 2, false);
	if (p->task->timeout_us)
		sim_send(s, MAIL_KILLED, 1, at, p->task->timeout_us, false);
	if (p->followed == s->generation)
		sim_hint(s, p->attempt);
}

static void
fenced(struct sim *s, const struct process *p)
{
	sim_note(s, "fenced", p->attempt, 0, 0, NULL);
	s->seen[SEEN_FENCED]++;
}

static void
fence(struct sim *s, size_t at)
{
	struct process *p = &s->processes[at];

	if (!p->in_flight)
		return;
	p->in_flight = false;
	if (shims_entry(s, p->attempt)->place == PLACE_EMPTY)
		begin(s, p, at);
	else
		fenced(s, p);
}

/* The gate refuses by a check, because nothing is left, or because too much was bad. */
static enum outcome
variant(const struct process *p, enum outcome outcome)
{
	static const enum outcome refusals[] = { OUTCOME_GATE_FAILED, OUTCOME_ALL_BAD,
						 OUTCOME_MAX_BAD };

	if (outcome == OUTCOME_SIGNAL && p->attempt % 4 == 0)
		return OUTCOME_OOM;
	return outcome == OUTCOME_GATE_FAILED ? refusals[p->attempt % 3] : outcome;
}

static void
finish(struct sim *s, struct process *p)
{
	static const enum outcome outcomes[] = {
		[BEHAVE_OK] = OUTCOME_OK,           [BEHAVE_ERROR] = OUTCOME_ERROR,
		[BEHAVE_SIGNAL] = OUTCOME_SIGNAL,   [BEHAVE_GATE] = OUTCOME_GATE_FAILED,
		[BEHAVE_MISSING] = OUTCOME_MISSING, [BEHAVE_SPOILED] = OUTCOME_OK,
		[BEHAVE_SKIP] = OUTCOME_ERROR,      [BEHAVE_NOT_YET] = OUTCOME_NOT_YET,
	};

	if (!p->worker || (p->shim && p->behaviour == BEHAVE_HANG))
		return;
	if (!p->shim) { /* nobody is left to write it down; its child may go on */
		p->worker = false;
		return;
	}
	if (!can_read(s, p)) {
		record(s, p, OUTCOME_INPUT_CHANGED);
		return;
	}
	if (outcomes[p->behaviour] == OUTCOME_OK)
		stage(s, p);
	if (p->behaviour == BEHAVE_SKIP) {
		shims_entry(s, p->attempt)->exit_code = p->task->skip_exit_code;
		s->seen[SEEN_SKIP_CODE]++;
	}
	record(s, p, variant(p, outcomes[p->behaviour]));
}

static void
shim_dies(struct sim *s, struct process *p)
{
	if (!p->shim)
		return;
	p->shim = false;
	sim_note(s, "shim dies", p->attempt, 0, 0, NULL);
	if (p->followed == s->generation)
		sim_hint(s, p->attempt);
}

/* Asked by the scheduler, or the deadline. */
static void
killed(struct sim *s, struct process *p, bool deadline)
{
	if (!p->shim || !p->worker || (!deadline && !p->kill_asked))
		return;
	record(s, p, deadline ? OUTCOME_TIMEOUT : OUTCOME_CANCELLED);
}

static void
sweep_all(struct sim *s, int64_t attempt)
{
	for (size_t i = 0; i < s->n_processes; i++) {
		struct process *p = &s->processes[i];

		if (p->attempt != attempt)
			continue;
		p->shim = false;
		p->worker = false;
		p->grandchild = false;
	}
	sim_note(s, "swept", attempt, 0, 0, NULL);
	s->seen[SEEN_SWEPT]++;
}

void
shims_mail(struct sim *s, const struct mail *mail)
{
	struct process *p = mail->kind == MAIL_SWEPT ? NULL : &s->processes[mail->at];

	switch (mail->kind) {
	case MAIL_FENCE:
		if (s->processes[mail->at].dawdles) {
			s->processes[mail->at].dawdles = false;
			sim_send(s, MAIL_FENCE, 0, mail->at,
				 sim_between(s, MINUTE_US, 30 * MINUTE_US), false);
			break;
		}
		fence(s, mail->at);
		break;
	case MAIL_END:
		finish(s, p);
		break;
	case MAIL_SHIM_DIES:
		shim_dies(s, p);
		break;
	case MAIL_KILLED:
		killed(s, p, mail->attempt == 1);
		break;
	case MAIL_SWEPT:
		sweep_all(s, mail->attempt);
		break;
	default:
		break;
	}
}

/* Launches that the spawner had not read yet are lost with it; the others come, in their time. */
void
shims_crash(struct sim *s)
{
	for (size_t i = 0; i < s->n_processes; i++) {
		struct process *p = &s->processes[i];

		if (p->in_flight && p->followed == s->generation && sim_chance(s, 400))
			p->in_flight = false;
	}
}

void
shims_reboot(struct sim *s)
{
	for (size_t i = 0; i < s->n_processes; i++) {
		struct process *p = &s->processes[i];

		p->in_flight = false;
		p->shim = false;
		p->worker = false;
		p->grandchild = false;
	}
	for (size_t i = 0; i < s->n_entries; i++)
		empty(&s->entries[i]);
}

/* ---- what the scheduler asks of them ---- */

static void
pin(struct sim *s, struct process *p, const struct action *action)
{
	struct lake_input *inputs = arena_get(s->arena, action->n_inputs * sizeof(*inputs) + 1);

	for (size_t i = 0; i < action->n_inputs; i++) {
		const struct pinned_input *in = &action->inputs[i];

		inputs[i].dataset = arena_str(s->arena, in->dataset);
		inputs[i].unit = rows_grid(&s->rows, in->dataset).unit;
		inputs[i].part = in->day;
		inputs[i].version = in->version;
		inputs[i].missing = in->missing;
		memcpy(inputs[i].digest, in->digest, sizeof(inputs[i].digest));
	}
	p->inputs = inputs;
	p->n_inputs = action->n_inputs;
	p->partial = action->partial;
	p->early = action->early;
}

static void
launch(void *arg, const struct action *action)
{
	struct sim *s = arg;
	const struct attempt_rec *rec;
	const struct run_rec *run;
	struct process *p;
	int64_t delay = sim_between(s, 100000, 300000);
	bool short_of;

	if (!sim_boundary(s))
		return;
	sim_note(s, "launch", action->attempt, (int64_t)action->n_inputs, 0, NULL);
	invariants_launch(s, action);
	rec = rows_attempt(&s->rows, action->attempt);
	run = rec ? rows_run(&s->rows, rec->row.run) : NULL;
	if (s->failed || !run)
		return;
	s->processes = mem_grow(s->processes, s->n_processes, &s->room_processes,
				sizeof(*s->processes));
	p = &s->processes[s->n_processes++];
	*p = (struct process){ .attempt = action->attempt,
			       .run = rec->row.run,
			       .task_index = rec->row.task_index,
			       .map_index = rec->row.map_index,
			       .try_number = rec->row.try_number,
			       .dag = run->dag,
			       .task = &run->dag->tasks[rec->row.task_index],
			       .part = rows_part(&s->rows, run),
			       .in_flight = true,
			       .followed = s->generation };
	memcpy(p->token, rec->row.token, sizeof(p->token));
	pin(s, p, action);
	p->found = state_given(s, &rec->row, p->task);
	if (sim_chance(s, s->knobs.fork_fails_pm)) {
		p->in_flight = false;
		short_of = p->attempt % 2; /* every other one */
		s->seen[SEEN_HELD] += short_of;
		sim_send(s, MAIL_FORK_FAILED, p->attempt, short_of, delay, true);
		return;
	}
	if (sim_chance(s, s->knobs.slow_launch_pm))
		delay = sim_between(s, SECOND_US, 40 * SECOND_US);
	sim_send(s, MAIL_FENCE, 0, s->n_processes - 1, delay, false);
}

/* I23: an action needs its reason in the rows. */
static bool
is_justified(struct sim *s, const char *what, int64_t attempt, bool killing)
{
	const struct attempt_rec *rec = rows_attempt(&s->rows, attempt);

	sim_note(s, what, attempt, 0, 0, NULL);
	if (rec && (killing ? rec->row.state == ATTEMPT_KILLING : !attempt_is_live(rec->row.state)))
		return true;
	sim_fail(s, "I23", "%s of attempt %lld, which is committed as %s", what, (long long)attempt,
		 rec ? attempt_state_name(rec->row.state) : "nothing");
	return false;
}

static void
ask_kill(void *arg, int64_t attempt)
{
	struct sim *s = arg;
	struct entry *entry;

	if (!sim_boundary(s) || !is_justified(s, "kill", attempt, true))
		return;
	entry = shims_entry(s, attempt);
	if (entry->place == PLACE_EMPTY)
		entry->place = PLACE_TOMBSTONE;
	if (entry->place == PLACE_SHIM && s->processes[entry->process].shim) {
		s->processes[entry->process].kill_asked = true;
		sim_send(s, MAIL_KILLED, 0, entry->process, sim_between(s, 10000, 12000000), false);
	} else {
		sim_send(s, MAIL_LOOK, attempt, 0, 1000, true);
	}
}

static void
sweep(void *arg, int64_t attempt)
{
	struct sim *s = arg;

	if (sim_boundary(s) && is_justified(s, "sweep", attempt, true))
		sim_send(s, MAIL_SWEPT, attempt, 0, sim_between(s, 50000, 3000000), true);
}

/* A tombstone stays until the machine restarts: the shim that it keeps out may still come. */
static void
discard(void *arg, int64_t attempt, bool keep_staging)
{
	struct sim *s = arg;
	const struct attempt_rec *rec = rows_attempt(&s->rows, attempt);
	const struct run_rec *run = rec ? rows_run(&s->rows, rec->row.run) : NULL;
	struct storage_partition outputs[DAG_OUTPUTS_MAX];
	struct storage_job job = { .attempt = attempt, .outputs = outputs };
	struct entry *entry;
	int index;

	if (!sim_boundary(s) || !is_justified(s, "discard", attempt, false) || !run)
		return;
	if (shims_alive(s, attempt))
		sim_fail(s, "I27", "attempt %lld ended while a process of it is alive",
			 (long long)attempt);
	entry = shims_entry(s, attempt);
	if (entry->place == PLACE_SHIM)
		empty(entry);
	if (entry->kept && !keep_staging)
		sim_fail(s, "I34", "what the gate of attempt %lld refused is thrown away after all",
			 (long long)attempt);
	entry->kept = keep_staging;
	index = dag_task_find(run->dag, rec->row.task);
	if (keep_staging || index < 0)
		return;
	memcpy(job.token, rec->row.token, sizeof(job.token));
	job.n_outputs = shims_outputs(s, run->dag, &run->dag->tasks[index],
				      rows_part(&s->rows, run), outputs);
	s->lake.publishing = 0;
	/* What it cannot remove now is collected some day: no reason to stop. */
	if (local_discard(&s->lake.fs, &job, NULL))
		sim_note(s, "left over", attempt, 0, 0, NULL);
}

static void
adopt(void *arg, int64_t attempt, int pid)
{
	struct sim *s = arg;
	struct entry *entry;

	if (sim_dead(s))
		return;
	(void)pid;
	sim_note(s, "adopt", attempt, 0, 0, NULL);
	s->seen[SEEN_ADOPTED]++;
	entry = shims_entry(s, attempt);
	if (entry->place == PLACE_SHIM)
		s->processes[entry->process].followed = s->generation;
	if (entry->place != PLACE_SHIM || !s->processes[entry->process].shim)
		sim_send(s, MAIL_LOOK, attempt, 0, 1000, true);
}

/* Of a task that failed by itself: one status of a few, so that lists of them mean something. */
static int
exit_code_of(int64_t attempt, enum outcome outcome)
{
	return outcome == OUTCOME_ERROR ? 1 + (int)(attempt % 3) : 0;
}

static int
signal_of(int64_t attempt, enum outcome outcome)
{
	if (outcome == OUTCOME_OOM)
		return SIGKILL;
	if (outcome != OUTCOME_SIGNAL)
		return 0;
	if (attempt % 3 == 0)
		return SIGKILL; /* by somebody outside */
	return attempt % 2 ? SIGSEGV : SIGTERM;
}

int
shims_left(int64_t attempt)
{
	return attempt % 5 == 4 ? -1 : (int)(attempt % 5);
}

int
shims_list(int64_t attempt, int items[SIM_ITEMS_MAX])
{
	uint64_t dice = hash_word((uint64_t)attempt + 77);
	int n = (int)(dice % 6) - 1;

	for (int i = 0; i < n; i++)
		items[i] = (int)(dice >> (8 + 4 * i) & 7);
	return n;
}

/* What it left for others, as its record has it. */
static char *
left_of(const struct task *task, int64_t attempt)
{
	int items[SIM_ITEMS_MAX], n = shims_list(attempt, items);
	struct buf left;
	char *text;

	if (!task->n_outputs)
		return NULL;
	buf_init(&left, 1000);
	if (shims_left(attempt) < 0)
		buf_text(&left, "{\"n\":null,\"l\":");
	else
		buf_format(&left, "{\"n\":%d,\"l\":", shims_left(attempt));
	buf_text(&left, n < 0 ? "\"no list\"" : "[");
	for (int i = 0; i < n; i++)
		buf_format(&left, "%s%d", i ? "," : "", items[i]);
	buf_text(&left, n < 0 ? "}" : "]}");
	text = buf_give(&left);
	buf_release(&left);
	return text;
}

/* The same of a program: most count, some leave nothing, some forget. */
static int
counts(const struct process *p)
{
	if (!p->task->keeps_state || p->attempt % 4 == 3)
		return -1;
	return p->attempt % 9 == 8 ? 0 : p->found + 1;
}

static char *
state_of(const struct process *p)
{
	int n = counts(p);

	if (n < 0)
		return NULL;
	return n ? mem_format("{\"n\":%d}", n) : mem_str(STATE_NONE);
}

int
shims_counted(const struct sim *s, const struct attempt_row *a)
{
	const struct entry *entry = (size_t)a->key < s->n_entries ? &s->entries[a->key] : NULL;

	if (!entry || !entry->recorded || a->outcome == OUTCOME_LOST)
		return -1;
	return counts(&s->processes[entry->process]);
}

struct used
shims_used(int64_t attempt)
{
	if (attempt % 7 == 0)
		return USED_UNKNOWN;
	return (struct used){ attempt * 11, attempt % 3 ? attempt << 20 : -1, attempt % 5,
			      attempt % 2 - 1 };
}

static enum err_code
inspect(void *arg, int64_t attempt, const char *token, enum evidence *out, struct exit_record *rec,
	int *pid, struct err *err)
{
	struct sim *s = arg;
	const struct entry *entry;

	if (sim_dead(s))
		return err_set(err, ERR_SYSTEM, "inspect: the machine is gone");
	entry = shims_entry(s, attempt);
	*pid = 0;
	if (entry->place == PLACE_EMPTY) {
		*out = EVIDENCE_ABSENT;
	} else if (entry->place == PLACE_TOMBSTONE) {
		*out = EVIDENCE_TOMBSTONE;
	} else if (entry->recorded) {
		*out = EVIDENCE_RECORD;
		*rec = (struct exit_record){
			.attempt = attempt,
			.outcome = entry->outcome,
			.exit_code = entry->exit_code ? entry->exit_code
						      : exit_code_of(attempt, entry->outcome),
			.signal = signal_of(attempt, entry->outcome),
			.started_us = entry->started_us,
			.ended_us = entry->ended_us,
			.used = shims_used(attempt),
			.message = mem_str(sensor_message(attempt, entry->outcome)),
			.again_us = sensor_again(attempt, entry->outcome),
			.kept = state_of(&s->processes[entry->process]),
		};
		if (entry->outcome == OUTCOME_OK)
			rec->outputs = left_of(s->processes[entry->process].task, attempt);
		memcpy(rec->token, s->processes[entry->process].token, sizeof(rec->token));
		if (strcmp(rec->token, token) != 0)
			sim_fail(s, "I03", "attempt %lld is asked for by another token",
				 (long long)attempt);
	} else {
		*out = s->processes[entry->process].shim ? EVIDENCE_ALIVE : EVIDENCE_VANISHED;
		*pid = (int)entry->process + 1000;
	}
	sim_note(s, "inspect", attempt, *out, 0, NULL);
	return ERR_NONE;
}

static enum err_code
bury(void *arg, int64_t attempt, struct err *err)
{
	struct sim *s = arg;
	struct entry *entry;

	if (!sim_boundary(s))
		return err_set(err, ERR_SYSTEM, "bury: the machine is gone");
	entry = shims_entry(s, attempt);
	if (entry->place != PLACE_EMPTY)
		return err_set(err, ERR_CONFLICT, "bury attempt %lld: it exists",
			       (long long)attempt);
	sim_note(s, "bury", attempt, 0, 0, NULL);
	s->seen[SEEN_BURIED]++;
	entry->place = PLACE_TOMBSTONE;
	return ERR_NONE;
}

/* What was launched is under way since launch(). */
static void
send_all(void *arg)
{
	(void)arg;
}

void
shims_bind(struct sim *s, struct world *world)
{
	(void)s;
	world->launch = launch;
	world->send = send_all;
	world->kill = ask_kill;
	world->sweep = sweep;
	world->discard = discard;
	world->adopt = adopt;
	world->inspect = inspect;
	world->bury = bury;
}
