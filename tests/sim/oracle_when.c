/*
 * oracle_when.c - what `when` and skip_exit_code mean, said again from docs/STATE.md.
 *
 * The forms that dags.c writes are told apart by their text and worked out by hand; nothing of
 * the expression language is asked.
 */
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
		return strtoll(own + 4, NULL, 10);
	return strtoll(run->dag->params[0].value, NULL, 10);
}

static enum readiness
decided(bool yes)
{
	return yes ? READY_NOW : READY_WHEN_FALSE;
}

/* tasks.tN.state, compared with a word: nothing is said before tN has ended. */
static enum readiness
of_task(const struct run_rec *run, const char *text)
{
	char name[8], how[4], word[20];
	enum task_state state;
	bool same;
	int at;

	if (sscanf(text, "tasks.%7[a-z0-9].state %3s '%19[a-z]'", name, how, word) != 3)
		abort();
	at = dag_task_find(run->dag, name);
	state = run->tasks[at].state;
	if (!task_is_final(state))
		return READY_WAIT;
	same = strcmp(task_state_name(state), word) == 0;
	return decided(strcmp(how, "=") == 0 ? same : !same);
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
		return of_task(run, text);
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
