/*
 * oracle_when.c - what `when`, skip_exit_code and outputs in templates mean, said again from
 * docs/STATE.md.
 *
 * The forms that dags.c writes are told apart by their text and worked out by hand; nothing of
 * the expression language is asked.
 */
#include "core/dagfile/expand.h"
#include "core/dagfile/when.h"
#include "core/time/civil.h"
#include "tests/sim/sim.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The parameter n of a run: its own, or the default of the definition. */
static long long
param_n(const struct run_rec *run)
{
	const char *own = run->row.params ? strstr(run->row.params, "\"n\":") : NULL;

	if (own)
		return strtoll(own + 4 + (own[4] == '"'), NULL, 10);
	return strtoll(run->dag->params[0].value, NULL, 10);
}

static enum readiness
decided(bool yes)
{
	return yes ? READY_NOW : READY_WHEN_FALSE;
}

/* tasks.tN.state, compared with a word: nothing is said before tN has ended. */
static enum readiness
of_task(const struct run_rec *run, int index, const char *text)
{
	char name[8], how[4], word[20];
	enum task_state state;
	bool same;
	int at;

	/* One in a group is named in backticks. */
	if (sscanf(text, "tasks.%7[a-z0-9].state %3s '%19[a-z]'", name, how, word) != 3 &&
	    sscanf(text, "tasks.`%7[a-z0-9.]`.state %3s '%19[a-z]'", name, how, word) != 3)
		abort();
	at = dag_task_find(run->dag, name);
	state = oracle_seen(run, (size_t)at, index);
	if (!task_is_final(state))
		return READY_WAIT;
	same = strcmp(task_state_name(state), word) == 0;
	return decided(strcmp(how, "=") == 0 ? same : !same);
}

/* The last try of a task; NULL: there was none. */
const struct attempt_row *
oracle_last_try(const struct rows *r, const struct run_rec *run, const char *task)
{
	for (size_t i = r->n_attempts; i > 0; i--) {
		const struct attempt_row *a = &r->attempts[i - 1].row;

		if (a->run == run->row.key && strcmp(a->task, task) == 0)
			return a;
	}
	return NULL;
}

/* outputs.tN.n: what the last try of tN left, if tN ended well; nothing is said before it ended. */
static enum readiness
of_outputs(const struct rows *r, const struct run_rec *run, int index, const char *text)
{
	const struct attempt_row *last;
	enum task_state state;
	int k, at, n = -1;
	char name[8];

	if (sscanf(text, "outputs.%7[a-z0-9]", name) != 1 &&
	    sscanf(text, "outputs.`%7[a-z0-9.]`", name) != 1)
		abort();
	at = dag_task_find(run->dag, name);
	state = oracle_seen(run, (size_t)at, index);
	if (!task_is_final(state))
		return READY_WAIT;
	last = oracle_last_try(r, run, name);
	if (state == TASK_SUCCESS && last)
		n = shims_left(last->key);
	if (strstr(text, ".n is null"))
		return decided(n < 0);
	if (sscanf(strrchr(text, '.'), ".n > %d", &k) != 1)
		abort();
	return decided(n > k);
}

enum readiness
oracle_given(const struct rows *r, const struct run_rec *run, int index)
{
	const struct task *task = &run->dag->tasks[index];

	for (size_t i = 0; i < task->n_given; i++)
		if (!task_is_final(oracle_seen(run, task->given[i].task, index)))
			return READY_WAIT;
	for (size_t i = 0; i < task->n_given; i++) {
		size_t up = task->given[i].task;
		const struct attempt_row *last = oracle_last_try(r, run, run->dag->tasks[up].id);

		/* It has a value, be it a list of nothing. */
		if (run->tasks[up].list && oracle_seen(run, up, index) == TASK_SUCCESS)
			continue;
		if (oracle_seen(run, up, index) != TASK_SUCCESS || !last ||
		    shims_left(last->key) < 0)
			return READY_MISSING;
	}
	return READY_NOW;
}

/* What a task left under n, as a template shows it: of an expanded one a list. */
static void
say_left(const struct rows *r, const struct run_rec *run, uint32_t up, struct buf *out)
{
	const struct attempt_row *last = oracle_last_try(r, run, run->dag->tasks[up].id);
	const struct task_row *row = NULL;
	const char *comma = "[";

	if (!run->tasks[up].list) {
		buf_format(out, "%d", last ? shims_left(last->key) : -1);
		return;
	}
	for (int at = -1; (row = rows_instance(run, (int)up, at)); at = row->map_index) {
		last = oracle_last_try(r, run, row->task);
		if (row->state == TASK_SUCCESS && last && shims_left(last->key) >= 0)
			buf_format(out, "%s%d", comma, shims_left(last->key));
		else
			buf_format(out, "%snull", comma);
		comma = ",";
	}
	buf_char(out, ']');
}

void
oracle_check_given(struct sim *s, const struct action *launch)
{
	const struct attempt_row *a = &rows_attempt(&s->rows, launch->attempt)->row;
	const struct run_rec *run = rows_run(&s->rows, a->run);
	const struct task *task = &run->dag->tasks[a->task_index];
	const struct task_row *row = rows_task(&s->rows, a->run, a->task_index, a->map_index);
	size_t n = task->n_given + (a->map_index >= 0 ? 2 : 0);

	/* Each name of several lists, before the whole. */
	if (a->map_index >= 0 && task->expand->n > 1)
		n += task->expand->n;
	if (launch->n_given != n)
		sim_fail(s, "I44", "attempt %lld is given %zu values, its templates name %zu",
			 (long long)a->key, launch->n_given, n);
	for (size_t i = 0; i < task->n_given && !s->failed; i++) {
		struct buf left;

		buf_init(&left, 1000);
		say_left(&s->rows, run, task->given[i].task, &left);
		if (strcmp(launch->given[i].value, left.data) != 0)
			sim_fail(s, "I44", "attempt %lld is given %s for %s, which is %s",
				 (long long)a->key, launch->given[i].value, launch->given[i].name,
				 left.data);
		buf_release(&left);
		s->seen[SEEN_GIVEN]++;
	}
	if (a->map_index >= 0 && !s->failed && strcmp(launch->given[n - 2].value, row->item) != 0)
		sim_fail(s, "I44", "attempt %lld of item %s is given %s", (long long)a->key,
			 row->item, launch->given[n - 2].value);
}

bool
oracle_asks_outputs(const struct task *task)
{
	return task->when && strncmp(expr_text(task->when->expr), "outputs.", 8) == 0;
}

void
oracle_check_outputs(struct sim *s, const struct run_rec *run)
{
	const struct task_row *t;

	for (size_t at = 0; (t = rows_next(run, &at, true));) {
		const struct attempt_row *last;
		int n;

		if (!t->outputs || told_left(&run->dag->tasks[t->index], t))
			continue;
		last = oracle_last_try(&s->rows, run, t->task);
		n = t->state == TASK_SUCCESS && last ? shims_left(last->key) : -2;
		if ((n >= 0 && strtol(t->outputs + strlen("{\"n\":"), NULL, 10) == n) ||
		    (n == -1 && strncmp(t->outputs, "{\"n\":null", strlen("{\"n\":null")) == 0))
			continue;
		sim_fail(s, "I43", "task %s of run %s of %s, %s, is said to have left %s", t->task,
			 run->row.run_id, run->row.dag, task_state_name(t->state), t->outputs);
	}
}

enum readiness
oracle_when(const struct rows *r, const struct run_rec *run, int index)
{
	const struct when *when = run->dag->tasks[index].when;
	const char *text = when ? expr_text(when->expr) : NULL;
	long long n, k = 0;
	int64_t ds;

	if (!when)
		return READY_NOW;
	if (strncmp(text, "tasks.", 6) == 0)
		return of_task(run, index, text);
	if (strncmp(text, "outputs.", 8) == 0)
		return of_outputs(r, run, index, text);
	/* The date of the run is that of its zone's clocks. */
	ds = almanac_date(r->almanac, run->dag->zone, run->row.logical_us);
	if (sscanf(text, "part('day', ds) %% 3 <> %lld", &k) == 1)
		return decided(civil_date(ds).day % 3 != k);
	if (strcmp(text, "run_type <> 'backfill'") == 0)
		return decided(run->row.type != RUN_BACKFILL);
	if (strcmp(text, "run.state <> 'success'") == 0)
		return decided(oracle_exit_state(run) != RUN_SUCCESS);
	n = param_n(run);
	if (sscanf(text, "params.n > %lld", &k) == 1)
		return decided(n > k);
	/* Twice that passes 64 bits. */
	if (strcmp(text, "params.n * 4611686018427387904 >= 0") == 0)
		return n > 1 || n < -2 ? READY_WHEN_ERROR : decided(n >= 0);
	/* Null is not true. */
	if (sscanf(text, "nullif(params.n, %lld) >= 0", &k) == 1)
		return decided(n != k && n >= 0);
	abort();
}

void
oracle_check_skip(struct sim *s, const struct attempt_row *a)
{
	const struct run_rec *run = rows_run(&s->rows, a->run);
	int code = rows_dag_of(run, a)->tasks[a->task_index].skip_exit_code;
	bool said = code && shims_entry(s, a->key)->exit_code == code;

	if ((a->outcome == OUTCOME_SKIPPED) != said)
		sim_fail(s, "I28", "attempt %lld is %s, but its program %s", (long long)a->key,
			 outcome_name((enum outcome)a->outcome),
			 said ? "said that there is nothing to do" : "did not say so");
}
