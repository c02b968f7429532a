/*
 * task.h - a task of a DAG file.
 */
#ifndef CORE_MODEL_TASK_H
#define CORE_MODEL_TASK_H

#include "core/model/dataset.h"
#include "core/model/held.h"
#include "core/model/output.h"
#include "core/model/param.h"
#include "core/model/retry.h"
#include "core/model/rule.h"

/* What a kind of task can do and asks for: its row, core/op/op.h. */
struct op_def;

/* Text that may hold {{ template }} parts; checked at load, rendered per attempt (template.h). */
typedef const char *template_text;

struct env_entry {
	const char *name;
	template_text value;  /* or NULL ... */
	const char *from_env; /* ... then one of these: read by the child just before exec */
	const char *from_file;
	const char *from_command;    /* the program and its arguments, a JSON list */
	const char *from_connection; /* a variable that holds a connection: its password */
	const char *from_param;      /* a secret parameter, whose value is such a reference */
	bool shown;                  /* what from_env gives is no secret: it is not masked */
};

enum on_fail { ON_FAIL_FAIL, ON_FAIL_WARN, ON_FAIL_IGNORE };

struct when; /* core/dagfile/when.h */

/* `where`: which rows of what it reads there are for it (core/parts/where.h). */
struct task_where {
	const char *text;
	uint32_t line, column, width;
};

struct expand; /* core/dagfile/expand.h */

/* An output of another task that templates of a task name. */
struct given_name {
	const char *name; /* outputs.TASK.NAME */
	uint32_t task, output;
};

/* How a task waits for the world (docs/STATE.md, "Looks"). */
#define WAIT_TIMEOUT_US (7 * DAY_US) /* where a sensor does not say */

struct task_wait {
	int64_t every_us;   /* from one look to the next; 0: it does not wait */
	int64_t timeout_us; /* of the whole wait, from the first look of the epoch */
	bool alone;         /* an attempt is nothing but a look */
	bool skip;          /* ... and then the task is skipped, not failed */
	bool told; /* where the engine knows whether it is there, no look is made: an input, or ...
		    */
	const struct approval *asks; /* ... what a person is asked; or NULL */
};

/* The dag whose runs a task has made and waits for, in place of attempts (STATE.md 5.6). */
enum { CHILD_PARAMS_MAX = 100, CHILD_RUNS_MAX = 1000 };

struct task_child {
	const char *dag;                  /* NULL: it has attempts */
	const struct param_value *params; /* of those runs; values are templates */
	size_t n_params;
};

/* What a person is asked. */
enum { APPROVAL_OPTIONS_MAX = 20, APPROVAL_BYTES_MAX = 1000 };

struct approval {
	template_text subject;
	const char *const *options; /* the first that is no refusal is meant where none is named */
	size_t n_options;
	bool refuses[APPROVAL_OPTIONS_MAX]; /* per option: it says no */
	bool skip_refused;                  /* ... and then the task is skipped, not failed */
};

#define APPROVAL_OUTPUT "answer" /* of the task: the option that was chosen */

struct task {
	const char *id;
	const struct op_def *op;
	const void *params; /* what the operator of the task asked for: core/op/<operator>.h */
	uint32_t line, column;
	int32_t group; /* the innermost that it is in: index in dag->groups, or -1 */
	uint32_t
	    held_by; /* the group with retries that it is in: 1 + index in dag->retried, or 0 */
	const uint32_t
	    *upstream; /* task indexes, ascending, no doubles; needs plus implied edges */
	size_t n_upstream;
	const uint32_t *downstream;
	size_t n_downstream;
	enum trigger_rule rule;
	bool setup;   /* what needs it runs only if it succeeded, whatever the trigger rule is */
	bool on_exit; /* it begins when all others that are not have ended, however they did */
	enum on_fail on_fail;
	bool depends_on_past; /* it begins when the same task of the run before has ended well */
	bool wait_for_downstream;       /* ... and what is directly downstream of that, too */
	const struct when *when;        /* or NULL */
	const struct expand *expand;    /* or NULL */
	const struct task_where *where; /* or NULL */
	int skip_exit_code; /* with which its program says that there is nothing to do; 0: none */
	const char *const *artifacts; /* globs of files that its program leaves with the attempt */
	size_t n_artifacts;
	bool keeps_state; /* what a try leaves in $TIDEMILL_STATE is given to the next */
	const struct task_output *outputs; /* that its program leaves, in the order of the file */
	size_t n_outputs;
	const struct given_name *given; /* that its templates name, each once */
	size_t n_given;
	struct retry retry;
	int64_t timeout_us; /* of an attempt; 0: none */
	struct task_wait wait;
	struct task_child child;
	const char *pool;                /* NULL: `default` */
	uint32_t pool_line, pool_column; /* where that is written */
	int pool_slots;                  /* of it that an attempt takes; at least 1 */
	int max_active;                  /* attempts over all runs of the dag; 0: no limit */
	int priority;
	int64_t memory_bytes;
	bool memory_asked; /* it is written down: counted against the machine's */
	struct task_limits limits;
	const struct input *inputs;
	size_t n_inputs;
	int32_t output;        /* the first that it writes: index in dag->datasets, or -1 */
	const int32_t *beside; /* the others, in the order of the file */
	size_t n_beside;
	/* What its author says of the program that it runs; built-in operators are both. */
	bool declared;      /* content: declared; what it writes comes of what is declared alone */
	bool deterministic; /* ... and twice of the same it is the same */
	bool empty_allowed; /* no rows at all are as good as any */
	const struct check *checks;
	size_t n_checks;
	const struct env_entry *env;
	size_t n_env;
};

#endif
