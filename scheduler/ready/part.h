/* part.h - is a partition settled: will nobody rewrite it?  docs/STATE.md 5. */
#ifndef SCHEDULER_READY_PART_H
#define SCHEDULER_READY_PART_H

#include "core/model/gate.h"
#include "scheduler/state/state.h"

enum part_is { PART_PRESENT, PART_ABSENT, PART_MISSING, PART_WAIT };

/* What is known of a partition that somebody wants to read. */
struct look {
	enum part_is is;
	const struct live_partition *published; /* PRESENT: or NULL, nobody here writes it */
	struct dag_state *on;                   /* the dag that writes it, or NULL ... */
	struct grid grid;                       /* ... and its grid */
	int64_t part;                           /* INT64_MIN: it is one file */
	int64_t until_us;                       /* WAIT: look again then at the latest ... */
	int64_t enough_us;                      /* ... what is there is enough by then */
	char run_id[RUN_ID_CHARS + 1];          /* of a run that is in the past */
	struct gate gate;                       /* WAIT, MISSING; names live as long as the run */
};

/* Remember one; its gate may name its own run_id. */
void look_keep(struct look *to, const struct look *from);

/* Its gate is this one, about the part and the dag that writes it. */
void look_gate(struct look *look, enum gate_kind kind, const char *dataset, const struct run *run);

/* Rules 1 to 4, for a partition that the task `who` wants; NULL: somebody in none of the runs. */
void part_look(const struct engine *e, const struct run_task *who, const char *dataset,
	       struct look *look);

/* May datasets wake the run of a dag for an interval? */
enum wake_is {
	WAKE_READY, /* what it waits for is there */
	WAKE_WAITS, /* not yet: *why has a gate, and until when at the latest */
	WAKE_LOST,  /* not before a person does something again: *why has a gate */
};

/* The one function that decides; the dag is woken by datasets and has partitions. */
enum wake_is wake_stands(const struct engine *e, struct dag_state *d, int64_t start_us,
			 struct look *why);

/*
 * Will a run of this dag for this interval, which does not exist, still be made without being
 * asked?  *until_us: by then at the latest, or it will not.
 */
bool run_is_coming(const struct engine *e, struct dag_state *d, int64_t start_us,
		   int64_t *until_us);

#endif
