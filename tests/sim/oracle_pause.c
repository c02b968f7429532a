/* oracle_pause.c - dags that pause for their failed runs, counted again from the whole event log.
 */
#include "tests/sim/sim.h"

#include <string.h>

bool
oracle_was_paused(const struct rows *r, const char *dag, int64_t attempt)
{
	bool paused = false, all = false;

	for (size_t i = 0; i < r->n_log; i++) {
		const struct log_rec *rec = &r->log[i];

		if (rec->kind == 'a' && rec->attempt == attempt)
			return paused;
		if (rec->dag && strcmp(rec->dag, dag) == 0)
			paused = rec->to != DAG_GOES_ON;
		all = paused && (i < r->old_log || all);
	}
	/* Not told of, as one look of a sensor after the other: in all of the transaction, then. */
	return all;
}

/* Does the log tell something that may pause a dag, or let it go on? */
static bool
is_told(const struct change *change)
{
	const struct event_row *e = &change->event;

	return change->kind == CHANGE_EVENT && (e->kind[0] == 'r' || e->kind[0] == 'd');
}

/* Is it the end of a run that the schedule made, of this dag? */
static bool
is_end(const struct rows *r, const struct log_rec *rec, const char *dag)
{
	const struct run_rec *run = rec->kind == 'r' ? rows_run(r, rec->run) : NULL;

	return run && run->row.type == RUN_SCHEDULED && strcmp(run->row.dag, dag) == 0;
}

/* I48: from its first row on: so many failed in a row, and then it was paused, and only then. */
static void
check_dag(struct sim *s, const struct dag_row *row, int most)
{
	const struct rows *r = &s->rows;
	bool paused = false;
	int failed = 0;

	for (size_t i = 0; i < r->n_log && !s->failed; i++) {
		const struct log_rec *rec = &r->log[i];

		if (rec->dag && strcmp(rec->dag, row->dag) == 0) {
			paused = rec->to != DAG_GOES_ON;
			if (rec->to != DAG_GIVES_UP)
				failed = 0;
			else if (failed != most)
				sim_fail(s, "I48", "dag %s is paused after %d failed runs of %d",
					 row->dag, failed, most);
		} else if (!paused && is_end(r, rec, row->dag)) {
			/* The last that was allowed has to be followed by the pause. */
			if (failed == most)
				sim_fail(s, "I48", "dag %s goes on after %d failed runs", row->dag,
					 failed);
			failed = rec->to == RUN_FAILED    ? failed + 1
				 : rec->to == RUN_SUCCESS ? 0
							  : failed;
		}
	}
	if (!s->failed &&
	    (row->paused != paused || row->failures != failed || (failed == most && !paused)))
		sim_fail(s, "I48", "dag %s is %s after %d failed runs (%d of %d by the log)",
			 row->dag, row->paused ? "paused" : "active", row->failures, failed, most);
}

void
pauses_commit(struct sim *s, const struct change *changes, size_t n)
{
	bool told = false;

	for (size_t i = 0; i < n; i++) {
		told = told || is_told(&changes[i]);
		s->seen[SEEN_GAVE_UP] += is_told(&changes[i]) &&
					 strcmp(changes[i].event.to, DAG_GIVES_UP_TEXT) == 0;
	}
	for (size_t i = 0; i < s->rows.n_dags && told && !s->failed; i++) {
		const struct dag_row *row = &s->rows.dags[i];
		const struct dag *dag = rows_active(&s->rows, row->dag);

		if (dag && dag->pause_after_failures)
			check_dag(s, row, dag->pause_after_failures);
	}
}
