/* which.c - which dag and which run a command means. */
#include "scheduler/command/which.h"

#include "scheduler/command/answer.h"
#include "scheduler/state/past.h"

#include <string.h>

struct dag_state *
which_dag(struct engine *e, const char *id, struct reply *reply)
{
	struct dag_state *d = id ? dag_state_find(e, id) : NULL;

	if (!d)
		reply_say(e, reply, REPLY_NOT_FOUND,
			  "there is no dag '%.128s': see `tidemill dags list`", id ? id : "");
	return d;
}

static struct run *
find_by_id(const struct engine *e, const struct dag_state *d, const char *run_id)
{
	struct run *run;

	for (run = index_first(&e->runs); run; run = index_next(run))
		if (run->dag == d && !strcmp(run->run_id, run_id))
			return run;
	return NULL;
}

bool
past_unread(struct engine *e, const struct dag_state *d, int64_t logical_us, struct reply *reply)
{
	if (!past_find(d, logical_us))
		return false;
	reply_say(
	    e, reply, REPLY_REFUSED,
	    "run %s of dag '%s' has ended, and its definition is no longer understood: use the "
	    "tidemill that accepted it",
	    reply_date(e, logical_us), d->id);
	return true;
}

struct run *
which_run(struct engine *e, const struct dag_state *d, const struct command *c, struct reply *reply)
{
	const struct past_run *past = c->run_id ? past_named(d, c->run_id) : NULL;
	struct run *run;

	if (!c->run_id && !c->has_logical) {
		reply_say(e, reply, REPLY_INVALID,
			  "which run of dag '%s'? Give a run id or a logical date", d->id);
		return NULL;
	}
	run = c->run_id ? find_by_id(e, d, c->run_id) : run_find(d, c->logical_us);
	if (run || (past && past_unread(e, d, past->logical_us, reply)) ||
	    (!c->run_id && past_unread(e, d, c->logical_us, reply)))
		return run;
	reply_say(e, reply, REPLY_NOT_FOUND, "dag '%s' has no run %.64s", d->id,
		  c->run_id ? c->run_id : reply_date(e, c->logical_us));
	return NULL;
}
