/*
 * spec.h - everything a worker is told about its attempt.
 *
 * Built by spec_make() at dispatch (scheduler/daemon/dispatch.c), sent to the shim as
 * JSON in the launch message, at most SPEC_BYTES_MAX, read by the worker.
 * Nothing in it is secret: secrets are references that the child resolves.
 */
#ifndef CORE_WIRE_SPEC_H
#define CORE_WIRE_SPEC_H

#include "core/model/artifact.h"
#include "core/model/dag.h"
#include "core/base/json.h"
#include "core/time/zone.h"
#include "core/text/template.h"

enum { SPEC_BYTES_MAX = 256 << 10 };

/* One partition, or one unpartitioned file, to read. */
struct spec_input {
	char *dataset;
	char *path; /* dataset path, absolute */
	enum format format;
	struct schema schema;
	struct column_names personal; /* no values of them are shown */
	struct column_notes notes;    /* former names, and days after which nobody should read */
	bool partitioned;
	struct grid grid; /* if partitioned, as is ... */
	int64_t part;
	int64_t from_us, to_us; /* the interval that its reader asked for: [from, to) ... */
	bool cut;   /* ... of which the part holds rows and of others: cut by `event_time` ... */
	bool whole; /* ... or taken as it is */
	char *event_time; /* the column that says when a row was; NULL: none does */
	int64_t version;  /* pinned at dispatch; 0: not published by us, read what is there */
	char digest[DIGEST_CHARS + 1]; /* pinned content digest, "" with version 0 */
	bool missing;                  /* it does not exist and that is allowed */
	bool for_checks;               /* only checks look at it */
};

struct spec_output {
	char *dataset;
	char *path; /* dataset path, absolute */
	enum format format;
	bool plain; /* as of its dataset */
	struct schema schema;
	struct column_names personal; /* as above */
	struct grid grid;
	int64_t part;
	int64_t version; /* the number it will get if its content is new */
	int at;          /* which of those that the task writes, in the order of its file */
	bool quarantine; /* ... or the quarantine of that */
	/* What it depends on, JSON (core/op/definition.h); NULL of a quarantine. */
	char *definition;
};

/* Rows of an earlier partition of a checked dataset, for volume_change. */
struct spec_history {
	int64_t part, rows;
	int at; /* of which output, as above */
};

struct spec_glob {
	char *glob;
};

struct spec_env {
	char *name;
	char *value, *from_env, *from_file; /* one of these ... */
	char *from_command;                 /* ... or a JSON list ... */
	bool shown;                         /* from_env: it is no secret */
	char *from_connection; /* ... or a variable with a connection, for its password */
};

struct spec {
	int64_t attempt;
	char token[TOKEN_CHARS + 1];
	char *project_dir;
	char *dag, *task, *run_id, *dag_digest;
	char *triggered_by; /* the updates that made the run, JSON; else NULL or "" */
	char *run_state;    /* of a task of on_exit: what the run has come to; else NULL or "" */
	enum run_type run_type;
	int epoch, try_number;
	int look;         /* of a wait for the world: which, from 1; 0: it is none */
	char *seen;       /* what the look before left for it, JSON; NULL or "": nothing */
	struct grid grid; /* of the run */
	int64_t logical_us, start_us, end_us;
	struct param_value *params;
	size_t n_params;
	/* What other tasks left for its templates; never in JSON: all of them are rendered before.
	 */
	const struct param_value *given;
	size_t n_given;
	char *slice; /* built-in operator: dagfile_slice(); NULL for command */
	char **argv; /* command: rendered; NULL-terminated; NULL otherwise */
	struct spec_env *env;
	size_t n_env;
	struct spec_input *inputs;
	size_t n_inputs;
	struct spec_output *outputs; /* by name, each right behind its quarantine */
	size_t n_outputs;
	struct task_output *leaves; /* what its program leaves in $TIDEMILL_RESULT */
	size_t n_leaves;
	bool keeps; /* what its program leaves in $TIDEMILL_STATE is for the next try ... */
	char *kept; /* ... and this is what the last one left, JSON; NULL or "": nothing */
	const char *state_path;      /* that file, as below */
	struct spec_glob *artifacts; /* of files that its program leaves with the attempt ... */
	size_t n_artifacts;
	char *artifacts_path; /* ... there, in a directory that is not there yet */
	struct artifact_limits artifact_limits;
	const char *result_path; /* the file; never in JSON: whoever starts the worker knows */
	int secrets_fd; /* where secrets are told; 0: nobody asks; never in JSON, as above */
	struct spec_history *history; /* of one output after the other, oldest first */
	size_t n_history;
	bool partial;    /* a partition before its producer's start was left out */
	bool early;      /* its interval has not ended: what it writes is preliminary */
	bool connects;   /* its operator may open connections */
	bool no_samples; /* rows that fail a check are not shown at all */
	int64_t memory_bytes;
	struct task_limits limits; /* what its processes are held to */
	struct zone **zones;       /* those of the grids; a reference each */
	size_t n_zones;
	struct arena *arena; /* owner of all else */
};

/* Keep a zone as long as the spec, and tell where it is kept; `s` has an arena. */
const struct zone *spec_keep_zone(struct spec *s, struct zone *zone);

/* Free it with all that it holds. */
void spec_release(struct spec *s);

/* Append it as one JSON object; more than SPEC_BYTES_MAX: out->full, if out has that bound. */
void spec_write(const struct spec *s, struct buf *out);

/*
 * Read one back; every field is checked.  ERR_INPUT, ERR_LIMIT.  On success it
 * is to be released; on failure *out needs no release.
 */
enum err_code spec_read(struct spec *out, const char *data, size_t bytes,
			struct err *err) MUST_CHECK;

/*
 * Does the worker become its program?  It does where nothing is left to do before and after it:
 * no input to look at, no output to read.
 */
bool spec_is_replaced(const struct spec *s);

/* What the templates of this attempt stand for; borrows from s. */
struct run_vars spec_vars(const struct spec *s);

/*
 * The worker's result, JSON, in the exit record and in attempt.result:
 *   {"outcome":"ok|error|gate_failed|missing|input_changed","message":"...",
 *    "outputs":[{"dataset","partition","version","digest","rows","changed":bool, "path"}],
 *    "counters":{...},"checks":[...]}
 * `outputs` stand in publish order: by name, each right behind its quarantine.
 */

#endif
