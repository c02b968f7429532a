/*
 * retry.h - whether and when something that ended badly is tried again.
 *
 * A task, a group and a run have one each.  It says nothing of what was tried already: who counts
 * asks with the count.
 */
#ifndef CORE_MODEL_RETRY_H
#define CORE_MODEL_RETRY_H

#include "core/model/state.h"

/* Exit statuses from first to last, both meant. */
struct status_range {
	uint8_t first, last;
};

/* Ends that a list of a DAG file names. */
struct end_list {
	bool given; /* there is a list */
	const struct status_range *statuses;
	size_t n_statuses;
	uint64_t signals;  /* bit n - 1: ended by signal n */
	uint32_t outcomes; /* bit n: outcome n, whatever its status or signal */
};

struct retry {
	int retries;       /* charged to the task */
	int infra_retries; /* charged to the machine */
	int64_t delay_us, max_delay_us;
	double backoff, jitter;
	int64_t budget_us;     /* from the first start to the last one; 0: no limit */
	struct end_list on;    /* given: only these */
	struct end_list never; /* but none of these */
};

enum { INFRA_RETRIES = 3, RETRIES_MAX = 100 };

enum { SIGNAL_KILL = 9 }; /* SIGKILL, as it is numbered everywhere */

/* How something ended. */
struct end {
	enum outcome outcome;
	int exit_code, signal;
};

/* Does the list name it? */
bool ends_have(const struct end_list *ends, const struct end *end);

/*
 * The account that an end is charged to before any list was looked at.  That of its outcome, but a
 * SIGKILL that we did not send came from outside: no program ends by it of its own accord.
 */
enum account end_account(const struct end *end);

/*
 * The account that an end is charged to, after the lists: ACCOUNT_NEVER where they refuse another
 * try.  Never ACCOUNT_ASKED.
 */
enum account retry_account(const struct retry *retry, const struct end *end);

/*
 * The delay before retry n (from 1) of what `seed` names: capped, and the same every time it is
 * asked for.
 */
int64_t retry_delay(const struct retry *retry, int n, const char *seed);

/* The delay before retry n after losses: 1 s, 2 s, 4 s and so on up to a minute. */
int64_t retry_infra_delay(int n);

#endif
