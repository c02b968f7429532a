/* oracle_overlap.c - I47: with `overlap: cancel_running` a run that is due ends those before it. */
#include "tests/sim/sim.h"

#include <string.h>

static void
check_others(struct sim *s, const struct run_rec *due)
{
	for (size_t i = 0; i < s->rows.n_runs && !s->failed; i++) {
		struct run_rec *run = &s->rows.runs[i];

		if (run == due || strcmp(run->row.dag, due->row.dag) != 0 ||
		    run->row.type != RUN_SCHEDULED || !run->before_epoch ||
		    run->before_epoch != run->row.epoch || run_is_final(run->before_state))
			continue;
		/* Whether it ran when the other was made only this commit knows. */
		run->overlapped = run->row.epoch;
		if (run->before_state != RUN_RUNNING || run->row.state != RUN_RUNNING)
			continue;
		s->seen[SEEN_OVERLAP]++;
		if (oracle_goes_on(s, run))
			sim_fail(s, "I47", "run %s of %s goes on beside the one that is due",
				 run->row.run_id, run->row.dag);
	}
}

void
overlap_commit(struct sim *s)
{
	for (size_t i = 0; i < s->rows.n_runs && !s->failed; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		if (!run->before_epoch && run->row.type == RUN_SCHEDULED &&
		    rows_def(&s->rows, run->row.digest)->dag->cancel_running)
			check_others(s, run);
	}
}
