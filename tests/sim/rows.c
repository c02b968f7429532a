/* rows.c - the durable rows of a simulated scheduler: what a crash leaves. */
#include "tests/sim/rows.h"

#include "core/dagfile/dagfile.h"
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

void
rows_init(struct rows *r)
{
	memset(r, 0, sizeof(*r));
	r->arena = arena_new();
}

void
rows_release(struct rows *r)
{
	for (size_t i = 0; i < r->n_defs; i++)
		dag_unref(r->defs[i].dag);
	for (size_t i = 0; i < r->n_runs; i++) {
		free(r->runs[i].tasks);
		free(r->runs[i].replayed);
		free(r->runs[i].instances);
	}
	free(r->defs);
	free(r->dags);
	free(r->runs);
	free(r->attempts);
	free(r->partitions);
	free(r->backfills);
	free(r->commands);
	free(r->dataset_events);
	free(r->log);
	arena_free(r->arena);
}

bool
rows_group_open(const struct run_rec *run, size_t group)
{
	const struct task_group *g = &run->dag->groups[group];

	if (!g->retry.retries || run->n_tasks < g->first + g->count)
		return false;
	for (size_t i = g->first; i < g->first + g->count; i++)
		if (!task_is_final(run->tasks[i].state))
			return true;
	return run->groups[group].row.due_us != 0;
}

bool
rows_grows(const struct run_rec *run, size_t index)
{
	int64_t n = 0;

	for (size_t i = 0; i < run->n_instances; i++)
		n += (size_t)run->instances[i].index == index && run->instances[i].row.task &&
		     run->instances[i].row.state != TASK_REMOVED;
	return run->tasks[index].state == TASK_EXPANDED && n < run->tasks[index].list_items;
}

bool
rows_active_run(const struct run_rec *run)
{
	const struct task_row *row;

	for (size_t at = 0; (row = rows_next(run, &at, false));)
		if ((row->state >= TASK_SCHEDULED && row->state <= TASK_UP_FOR_RETRY) ||
		    row->state == TASK_UP_FOR_RESCHEDULE)
			return true;
	for (size_t i = 0; i < SIM_GROUPS_MAX; i++)
		if (run->groups[i].row.due_us)
			return true;
	for (size_t i = 0; i < run->n_tasks; i++)
		if (rows_grows(run, i))
			return true;
	return false;
}

static struct instance_rec *
find_instance(const struct run_rec *run, int index, int map_index)
{
	for (size_t i = 0; i < run->n_instances; i++)
		if (run->instances[i].index == index && run->instances[i].map_index == map_index)
			return &run->instances[i];
	return NULL;
}

static struct instance_rec *
make_instance(struct run_rec *run, int index, int map_index)
{
	struct instance_rec *rec = find_instance(run, index, map_index);

	if (rec)
		return rec;
	run->instances = mem_grow(run->instances, run->n_instances, &run->room_instances,
				  sizeof(*run->instances));
	rec = &run->instances[run->n_instances++];
	*rec = (struct instance_rec){ .index = index,
				      .map_index = map_index,
				      .replayed = TASK_NONE };
	return rec;
}

const struct task_row *
rows_next(const struct run_rec *run, size_t *at, bool all)
{
	for (;;) {
		size_t i = (*at)++;
		const struct task_row *row;

		if (i >= run->n_tasks + run->n_instances)
			return NULL;
		row = i < run->n_tasks ? &run->tasks[i] : &run->instances[i - run->n_tasks].row;
		if (row->task && (all || row->state != TASK_REMOVED))
			return row;
	}
}

const struct task_row *
rows_instance(const struct run_rec *run, int index, int after)
{
	const struct task_row *first = NULL;

	for (size_t i = 0; i < run->n_instances; i++) {
		const struct instance_rec *rec = &run->instances[i];

		if (rec->index == index && rec->map_index > after && rec->row.task &&
		    rec->row.state != TASK_REMOVED && (!first || rec->map_index < first->map_index))
			first = &rec->row;
	}
	return first;
}

enum { PLACES = 2000000 }; /* of a task: more than there are indexes */

int
rows_place(int index, int map_index)
{
	return index * PLACES + map_index + 1;
}

const struct task_row *
rows_at(const struct run_rec *run, int place)
{
	int index = place / PLACES, map_index = place % PLACES - 1;
	const struct instance_rec *rec;

	if (map_index < 0)
		return (size_t)index < run->n_tasks ? &run->tasks[index] : NULL;
	rec = find_instance(run, index, map_index);
	return rec && rec->row.task ? &rec->row : NULL;
}

unsigned char *
rows_replayed(struct run_rec *run, int index, int map_index)
{
	if (map_index >= 0)
		return &make_instance(run, index, map_index)->replayed;
	while (run->n_replayed <= (size_t)index) {
		run->replayed = mem_grow(run->replayed, run->n_replayed, &run->room_replayed, 1);
		run->replayed[run->n_replayed++] = TASK_NONE;
	}
	return &run->replayed[index];
}

void
rows_begin(struct rows *r)
{
	r->old_log = r->n_log;
	for (size_t i = 0; i < r->n_runs; i++) {
		struct run_rec *run = &r->runs[i];

		run->before_state = run->row.state;
		run->before_epoch = run->row.epoch;
		run->before_timed_out = run->row.timed_out;
		run->before_early = run->row.early;
		run->before_dag = run->dag;
		run->before_active = rows_active_run(run);
		for (size_t k = 0; k < run->dag->n_groups; k++) {
			run->before_held[k] = rows_group_open(run, k);
			run->groups[k].before_due_us = run->groups[k].row.due_us;
			run->groups[k].before_retries = run->groups[k].row.retries;
		}
		run->touched = false;
	}
	for (size_t i = 0; i < r->n_attempts; i++) {
		r->attempts[i].before = r->attempts[i].row.state;
		r->attempts[i].touched = false;
	}
}

/* ---- finding ---- */

struct def_rec *
rows_def(const struct rows *r, const char *digest)
{
	for (size_t i = 0; i < r->n_defs; i++) {
		if (strcmp(r->defs[i].row.digest, digest) == 0)
			return &r->defs[i];
	}
	return NULL;
}

struct dag_row *
rows_dag(const struct rows *r, const char *dag)
{
	for (size_t i = 0; i < r->n_dags; i++) {
		if (strcmp(r->dags[i].dag, dag) == 0)
			return &r->dags[i];
	}
	return NULL;
}

struct dag *
rows_active(const struct rows *r, const char *dag)
{
	const struct dag_row *row = rows_dag(r, dag);
	const struct def_rec *def = row ? rows_def(r, row->digest) : NULL;

	return def ? def->dag : NULL;
}

/* Keys grow, so both arrays are sorted by key. */
struct run_rec *
rows_run(const struct rows *r, int64_t key)
{
	size_t low = 0, high = r->n_runs;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (r->runs[middle].row.key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->n_runs && r->runs[low].row.key == key ? &r->runs[low] : NULL;
}

struct attempt_rec *
rows_attempt(const struct rows *r, int64_t key)
{
	size_t low = 0, high = r->n_attempts;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (r->attempts[middle].row.key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->n_attempts && r->attempts[low].row.key == key ? &r->attempts[low] : NULL;
}

struct run_rec *
rows_run_at(const struct rows *r, const char *dag, int64_t logical_us)
{
	for (size_t i = 0; i < r->n_runs; i++) {
		if (r->runs[i].row.logical_us == logical_us && strcmp(r->runs[i].row.dag, dag) == 0)
			return &r->runs[i];
	}
	return NULL;
}

struct task_row *
rows_task(const struct rows *r, int64_t run, int index, int map_index)
{
	struct run_rec *rec = rows_run(r, run);
	struct instance_rec *instance;

	if (!rec || index < 0 || (size_t)index >= rec->n_tasks)
		return NULL;
	if (map_index < 0)
		return &rec->tasks[index];
	instance = find_instance(rec, index, map_index);
	return instance ? &instance->row : NULL;
}

struct partition_row *
rows_partition(const struct rows *r, const char *dataset, int64_t part)
{
	for (size_t i = 0; i < r->n_partitions; i++) {
		if (r->partitions[i].part == part && strcmp(r->partitions[i].dataset, dataset) == 0)
			return &r->partitions[i];
	}
	return NULL;
}

struct grid
rows_grid(const struct rows *r, const char *dataset)
{
	for (size_t i = 0; i < r->n_defs; i++) {
		const struct dag *dag = r->defs[i].dag;
		int at = dag_dataset_find(dag, dataset);

		if (at >= 0 && dag->datasets[at].writer >= 0)
			return dag->grid;
	}
	return grid_days;
}

int64_t
rows_part(const struct rows *r, const struct run_rec *run)
{
	return almanac_part(r->almanac, run->dag->grid, run->row.start_us);
}

const struct dag *
rows_dag_of(const struct run_rec *run, const struct attempt_row *a)
{
	return run->row.epoch == a->epoch ? run->dag : run->before_dag;
}

struct command_row *
rows_command(const struct rows *r, const char *key)
{
	for (size_t i = 0; i < r->n_commands; i++) {
		if (strcmp(r->commands[i].key, key) == 0)
			return &r->commands[i];
	}
	return NULL;
}

struct backfill_row *
rows_backfill(const struct rows *r, int64_t key)
{
	for (size_t i = 0; i < r->n_backfills; i++) {
		if (r->backfills[i].key == key)
			return &r->backfills[i];
	}
	return NULL;
}

/* ---- applying ---- */

/* Strings that stay the same are shared, so that a history does not grow with every commit. */
static void
keep(struct rows *r, const char **field, const char *old)
{
	if (!*field)
		return;
	if (old && strcmp(old, *field) == 0)
		*field = old;
	else
		*field = arena_str(r->arena, *field);
}

static const char *
apply_def(struct rows *r, const struct def_row *row)
{
	struct diags diags;
	struct def_rec rec = { .row = *row };

	if (rows_def(r, row->digest))
		return NULL;
	keep(r, &rec.row.digest, NULL);
	keep(r, &rec.row.dag, NULL);
	keep(r, &rec.row.file, NULL);
	keep(r, &rec.row.text, NULL);
	diags_init(&diags);
	rec.dag = dagfile_read(rec.row.file, rec.row.text, strlen(rec.row.text), &diags);
	diags_release(&diags);
	if (!rec.dag)
		return "I09 the text of a definition does not parse again";
	if (strcmp(rec.dag->digest, rec.row.digest) != 0)
		return "I09 a definition is stored under the digest of another";
	r->defs = mem_grow(r->defs, r->n_defs, &r->room_defs, sizeof(*r->defs));
	r->defs[r->n_defs++] = rec;
	return NULL;
}

static const char *
apply_dag(struct rows *r, const struct dag_row *row)
{
	struct dag_row *old = rows_dag(r, row->dag), new = *row;

	keep(r, &new.dag, old ? old->dag : NULL);
	keep(r, &new.digest, old ? old->digest : NULL);
	if (!rows_def(r, new.digest))
		return "I09 a dag refers to a definition that is not stored";
	if (!old) {
		r->dags = mem_grow(r->dags, r->n_dags, &r->room_dags, sizeof(*r->dags));
		old = &r->dags[r->n_dags++];
	}
	*old = new;
	return NULL;
}

static const char *
apply_run(struct rows *r, const struct run_row *row)
{
	struct run_rec *rec = rows_run(r, row->key);
	struct run_row new = *row, none = { 0 };
	const struct run_row *old = rec ? &rec->row : &none;
	const struct def_rec *def;

	if (!rec && row->key <= r->last_run)
		return "I02 a run key was used again";
	if (!rec && rows_run_at(r, row->dag, row->logical_us))
		return "I02 two runs of a dag have one logical date";
	keep(r, &new.dag, old->dag);
	keep(r, &new.run_id, old->run_id);
	keep(r, &new.digest, old->digest);
	keep(r, &new.params, old->params);
	keep(r, &new.triggered_by, old->triggered_by);
	keep(r, &new.waits, old->waits);
	keep(r, &new.parent_task, old->parent_task);
	def = rows_def(r, new.digest);
	if (!def)
		return "I09 a run refers to a definition that is not stored";
	if (!rec) {
		r->runs = mem_grow(r->runs, r->n_runs, &r->room_runs, sizeof(*r->runs));
		rec = &r->runs[r->n_runs++];
		memset(rec, 0, sizeof(*rec));
		r->last_run = new.key;
	}
	if (new.epoch >= SIM_EPOCHS_MAX)
		return "I05 a run has more epochs than a history can open";
	if (rec->row.epoch != new.epoch)
		rec->retry_epochs[new.epoch] = rec->row.state == RUN_UP_FOR_RETRY;
	if (rec->row.epoch != new.epoch)
		rec->previous_us = oracle_previous(r->almanac, def->dag, new.logical_us);
	rec->row = new;
	rec->dag = def->dag;
	rec->touched = true;
	return NULL;
}

static const char *
apply_task(struct rows *r, const struct task_row *row)
{
	struct run_rec *run = rows_run(r, row->run);
	struct task_row new = *row, *old;

	if (!run)
		return "I09 a task refers to a run that is not stored";
	if (row->index < 0 || row->index >= DAG_TASKS_MAX)
		return "I09 a task has no possible index";
	while (row->map_index < 0 && run->n_tasks <= (size_t)row->index) {
		run->tasks = mem_grow(run->tasks, run->n_tasks, &run->room_tasks,
				      sizeof(*run->tasks));
		memset(&run->tasks[run->n_tasks++], 0, sizeof(*run->tasks));
	}
	old = row->map_index < 0 ? &run->tasks[row->index]
				 : &make_instance(run, row->index, row->map_index)->row;
	keep(r, &new.item, old->item);
	keep(r, &new.list, old->list);
	keep(r, &new.children, old->children);
	keep(r, &new.task, old->task);
	keep(r, &new.waits, old->waits);
	keep(r, &new.pool, old->pool);
	keep(r, &new.outputs, old->outputs);
	keep(r, &new.kept, old->kept);
	keep(r, &new.answered, old->answered);
	keep(r, &new.answer, old->answer);
	keep(r, &new.seen, old->seen);
	*old = new;
	run->touched = true;
	return NULL;
}

/* It waited.  When the clock is set it waits on; given up, or too late, it is not tried again. */
static bool
is_tried_again(const struct group_row *old, const struct group_row *new)
{
	if (new->retries != old->retries)
		return true;
	return !new->due_us && !new->refused && !strstr(new->waits, "retry_budget");
}

static const char *
apply_group(struct rows *r, const struct group_row *row)
{
	struct run_rec *run = rows_run(r, row->run);
	struct group_rec *rec;
	struct group_row new = *row;

	if (!run || row->index < 0 || (size_t)row->index >= run->dag->n_groups ||
	    row->index >= SIM_GROUPS_MAX)
		return "I43 a group refers to a run that is not stored, or to no group of it";
	rec = &run->groups[row->index];
	if (rec->row.due_us && is_tried_again(&rec->row, row))
		rec->since = r->last_attempt;
	keep(r, &new.group, rec->row.group);
	keep(r, &new.waits, rec->row.waits);
	rec->row = new;
	run->touched = true;
	return NULL;
}

static const char *
drop_groups(struct rows *r, int64_t key)
{
	struct run_rec *run = rows_run(r, key);

	if (!run)
		return "I43 groups are dropped of a run that is not stored";
	memset(run->groups, 0, sizeof(run->groups));
	run->touched = true;
	return NULL;
}

static const char *
apply_attempt(struct rows *r, const struct attempt_row *row)
{
	struct attempt_rec *rec = rows_attempt(r, row->key);
	struct attempt_row new = *row, none = { 0 };
	const struct attempt_row *old = rec ? &rec->row : &none;
	struct run_rec *run = rows_run(r, row->run);

	if (!rec && row->key <= r->last_attempt)
		return "I03 an attempt key was used again";
	if (!run)
		return "I03 an attempt refers to a run that is not stored";
	run->touched = true;
	keep(r, &new.task, old->task);
	keep(r, &new.message, old->message);
	keep(r, &new.result, old->result);
	keep(r, &new.limits, old->limits);
	keep(r, &new.inputs, old->inputs);
	keep(r, &new.outputs, old->outputs);
	keep(r, &new.artifacts, old->artifacts);
	keep(r, &new.pool, old->pool);
	if (!rec) {
		r->attempts = mem_grow(r->attempts, r->n_attempts, &r->room_attempts,
				       sizeof(*r->attempts));
		rec = &r->attempts[r->n_attempts++];
		memset(rec, 0, sizeof(*rec));
		r->last_attempt = new.key;
	}
	rec->row = new;
	rec->touched = true;
	return NULL;
}

static const char *
apply_partition(struct rows *r, const struct partition_row *row)
{
	struct partition_row *old = rows_partition(r, row->dataset, row->part), new = *row;

	keep(r, &new.dataset, old ? old->dataset : NULL);
	keep(r, &new.inputs, old ? old->inputs : NULL);
	if (!old) {
		r->partitions = mem_grow(r->partitions, r->n_partitions, &r->room_partitions,
					 sizeof(*r->partitions));
		old = &r->partitions[r->n_partitions++];
	}
	*old = new;
	return NULL;
}

static struct dataset_event_row *
find_dataset_event(struct rows *r, int64_t key)
{
	for (size_t i = r->n_dataset_events; i-- > 0;)
		if (r->dataset_events[i].key == key)
			return &r->dataset_events[i];
	return NULL;
}

static const char *
apply_dataset_event(struct rows *r, const struct dataset_event_row *row)
{
	struct dataset_event_row *old = find_dataset_event(r, row->key), new = *row;

	if (!old && row->key <= r->last_dataset_event)
		return "I55 the key of an update was used again";
	if (old && old->consumed)
		return "I55 an update is consumed twice";
	if (!rows_run(r, row->run) || (row->consumed && !rows_run(r, row->consumed)))
		return "I55 an update refers to a run that is not stored";
	keep(r, &new.consumer, old ? old->consumer : NULL);
	keep(r, &new.dataset, old ? old->dataset : NULL);
	keep(r, &new.dag, old ? old->dag : NULL);
	keep(r, &new.run_id, old ? old->run_id : NULL);
	keep(r, &new.waits, old ? old->waits : NULL);
	if (!old) {
		r->dataset_events = mem_grow(r->dataset_events, r->n_dataset_events,
					     &r->room_dataset_events, sizeof(*old));
		old = &r->dataset_events[r->n_dataset_events++];
		r->last_dataset_event = new.key;
	}
	*old = new;
	return NULL;
}

static const char *
drop_dataset_event(struct rows *r, int64_t key)
{
	struct dataset_event_row *row = find_dataset_event(r, key);

	if (!row || row->consumed)
		return "I55 an update is dropped that is not there, or was consumed";
	*row = r->dataset_events[--r->n_dataset_events];
	return NULL;
}

static const char *
apply_backfill(struct rows *r, const struct backfill_row *row)
{
	struct backfill_row *old = rows_backfill(r, row->key), new = *row;

	if (!old && row->key <= r->last_backfill)
		return "I02 a backfill key was used again";
	keep(r, &new.dag, old ? old->dag : NULL);
	if (!old) {
		r->backfills = mem_grow(r->backfills, r->n_backfills, &r->room_backfills,
					sizeof(*r->backfills));
		old = &r->backfills[r->n_backfills++];
		r->last_backfill = new.key;
	}
	*old = new;
	return NULL;
}

static const char *
apply_command(struct rows *r, const struct command_row *row)
{
	struct command_row new = *row;

	if (rows_command(r, row->key))
		return "I22 an idempotency key was stored twice";
	keep(r, &new.key, NULL);
	keep(r, &new.command, NULL);
	keep(r, &new.reply, NULL);
	r->commands = mem_grow(r->commands, r->n_commands, &r->room_commands, sizeof(*r->commands));
	r->commands[r->n_commands++] = new;
	return NULL;
}

static int
state_of(char kind, const char *name)
{
	if (!name)
		return -1;
	switch (kind) {
	case 'r':
		return run_state_of(name);
	case 't':
		return task_state_of(name);
	case 'a':
		return attempt_state_of(name);
	case 'd':
		if (strcmp(name, DAG_GIVES_UP_TEXT) == 0)
			return DAG_GIVES_UP;
		if (strcmp(name, "paused") == 0)
			return DAG_PAUSES;
		return strcmp(name, "active") == 0 ? DAG_GOES_ON : -1;
	default:
		return -1;
	}
}

static const char *
apply_event(struct rows *r, const struct event_row *row)
{
	struct log_rec rec = {
		.seq = row->seq,
		.run = row->run,
		.attempt = row->attempt,
		.task_index = row->task_index,
		.map_index = row->map_index,
		.epoch = row->epoch,
		.kind = row->kind[0],
		.from = (short)state_of(row->kind[0], row->from),
		.to = (short)state_of(row->kind[0], row->to),
	};

	if (rec.kind == 'd' && rec.to >= 0) {
		rec.dag = row->detail;
		keep(r, &rec.dag, NULL);
	}
	if (row->seq <= r->last_seq)
		return "I06 the sequence of the event log does not grow";
	r->last_seq = row->seq;
	r->log = mem_grow(r->log, r->n_log, &r->room_log, sizeof(*r->log));
	r->log[r->n_log++] = rec;
	return NULL;
}

static const char *
drop_tasks(struct rows *r, int64_t key)
{
	struct run_rec *run = rows_run(r, key);

	if (!run)
		return "I09 tasks are dropped of a run that is not stored";
	run->n_tasks = 0;
	for (size_t i = 0; i < run->n_instances; i++)
		memset(&run->instances[i].row, 0, sizeof(run->instances[i].row));
	run->touched = true;
	return NULL;
}

static void
keep_clock(struct rows *r, const struct clock_row *row)
{
	struct clock_row new = *row;

	keep(r, &new.boot, r->clock.boot);
	keep(r, &new.steps, r->clock.steps);
	r->clock = new;
}

static const char *
drop_attempt(struct rows *r, int64_t key)
{
	struct attempt_rec *rec = rows_attempt(r, key);

	if (!rec || rec->dropped || attempt_is_live(rec->row.state))
		return "I46 an attempt is dropped that is not there, or lives";
	rec->dropped = true;
	return NULL;
}

const char *
rows_apply(struct rows *r, const struct change *change)
{
	switch (change->kind) {
	case CHANGE_DEF:
		return apply_def(r, &change->def);
	case CHANGE_DAG:
		return apply_dag(r, &change->dag);
	case CHANGE_RUN:
		return apply_run(r, &change->run);
	case CHANGE_TASK:
		return apply_task(r, &change->task);
	case CHANGE_TASKS_DROP:
		return drop_tasks(r, change->run.key);
	case CHANGE_GROUP:
		return apply_group(r, &change->group);
	case CHANGE_GROUPS_DROP:
		return drop_groups(r, change->run.key);
	case CHANGE_ATTEMPT_DROP:
		return drop_attempt(r, change->attempt.key);
	case CHANGE_ATTEMPT:
		return apply_attempt(r, &change->attempt);
	case CHANGE_PARTITION:
		return apply_partition(r, &change->partition);
	case CHANGE_DATASET_EVENT:
		return apply_dataset_event(r, &change->dataset_event);
	case CHANGE_DATASET_EVENT_DROP:
		return drop_dataset_event(r, change->dataset_event.key);
	case CHANGE_BACKFILL:
		return apply_backfill(r, &change->backfill);
	case CHANGE_COMMAND:
		return apply_command(r, &change->command);
	case CHANGE_CLOCK:
		keep_clock(r, &change->clock);
		return NULL;
	case CHANGE_LIMITS:
		return NULL; /* the story has them */
	case CHANGE_EVENT:
		return apply_event(r, &change->event);
	}
	return "I06 a change of no known kind";
}
