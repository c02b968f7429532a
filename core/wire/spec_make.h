/*
 * spec_make.h - the one builder of what a worker is told.
 *
 * Dispatch, `tidemill tasks test` and the tests of operators order a spec in the
 * same words, so that a task is judged alike wherever it runs.
 */
#ifndef CORE_WIRE_SPEC_MAKE_H
#define CORE_WIRE_SPEC_MAKE_H

#include "core/lake/pin.h"
#include "core/wire/spec.h"

/* What is known of a partition that is live. */
struct spec_live {
	int64_t version, rows;
};

/* Is this partition live?  Then *out says what it is.  Asked for outputs and for history. */
typedef bool spec_live_fn(void *ctx, const struct dataset *dataset, int64_t part,
			  struct spec_live *out);

/* An attempt to be described.  Everything is borrowed until spec_make() returns. */
struct spec_order {
	const struct dag *dag; /* the definition that the run is pinned to */
	size_t task;
	struct dag *const *dags; /* of the project: inputs that `dag` does not declare */
	size_t n_dags;
	const char *project_dir; /* absolute */
	const char *scratch;     /* outputs go to SCRATCH/DATASET; NULL: to where they live */
	int64_t attempt;
	const char *token; /* TOKEN_CHARS */
	const char *run_id;
	const char *run_state;    /* of a task of on_exit; else NULL */
	const char *triggered_by; /* the updates that made the run, JSON; else NULL */
	enum run_type run_type;
	int epoch, try_number;
	int look;                   /* of a wait for the world: which, from 1; 0: it is none */
	const char *seen;           /* what the look before left for it, JSON, or NULL */
	const char *kept;           /* what the try before left for this one, JSON, or NULL */
	const char *artifacts_path; /* where its program may leave files that are kept */
	struct artifact_limits artifact_limits;
	int64_t logical_us, start_us, end_us;
	const char *params;              /* as given, a JSON object; NULL or "": none */
	const struct param_value *given; /* what other tasks left for the templates */
	size_t n_given;
	const struct pinned_input *inputs; /* those of one dataset stand together, oldest first */
	size_t n_inputs;
	bool partial;    /* an input before its producer's start was left out */
	bool early;      /* the interval has not ended */
	bool no_samples; /* the project wants no failing rows shown */
	spec_live_fn *live;
	void *ctx; /* for live */
};

/*
 * Make the spec: the run's params over the defaults, templates of a command
 * rendered, inputs as pinned, outputs with the version they will get, history
 * for volume_change (of 28 days, or more when a check looks back further, oldest
 * first).  It owns everything in it; the caller releases it.  ERR_INPUT: it
 * cannot be rendered, a param has no value, or an input is declared nowhere.
 * ERR_LIMIT: larger than SPEC_BYTES_MAX.
 */
enum err_code spec_make(const struct spec_order *order, struct spec *out,
			struct err *err) MUST_CHECK;

#endif
