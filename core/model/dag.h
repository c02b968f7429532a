/*
 * dag.h - the definition of a DAG, checked and immutable.
 *
 * Made by dagfile_read() only; everything in it lives in one arena and is
 * freed with it.  Definitions are shared and counted: dag_ref(), dag_unref().
 * Ids, not pointers, cross modules that outlive a definition.
 */
#ifndef CORE_MODEL_DAG_H
#define CORE_MODEL_DAG_H

#include "core/time/schedule.h"
#include "core/base/err.h"
#include "core/base/buf.h"
#include "core/model/param.h"
#include "core/model/task.h"

/* Bounds on a DAG file; each has a test at the limit and one past it. */
enum {
	DAG_FILE_BYTES_MAX = 64 << 20,
	DAG_TASKS_MAX = 100000,
	DAG_EDGES_MAX = 1000000,
	DAG_DATASETS_MAX = 1000,
	DAG_GROUPS_MAX = 10000,
	DAG_GROUP_DEPTH_MAX = 8,
	DAG_COLUMNS_MAX = 1000,
	DAG_CHECKS_MAX = 100,
	DAG_WINDOW_DAYS_MAX = 366,
	DAG_WAKES_MAX = 100,
};

/*
 * A group of tasks: a prefix in their names, told of, cleared and retried as one.  Its tasks, those
 * of groups in it among them, stand side by side in dag->tasks.
 */
struct task_group {
	const char *id;        /* with the names of the groups around it: "load.inner" */
	int32_t parent;        /* index in dag->groups, always lower, or -1 */
	uint32_t first, count; /* its tasks */
	uint32_t line, column;
	struct retry retry; /* of the group as a whole; no infra_retries */
};

/* One of the datasets that wake a dag, and where it is named. */
struct wake_dataset {
	const char *name;
	uint32_t line, column;
};

/* Runs that are made when what they read is there (docs/STATE.md, "Woken by datasets"). */
struct wake_rule {
	const struct wake_dataset *datasets;
	size_t n;            /* 0: no dataset wakes it */
	bool any;            /* one of them is enough */
	bool rerun;          /* a run that has ended is made again after an update */
	int64_t debounce_us; /* after the last update; without partitions before the run, too */
};

enum catchup { CATCHUP_NONE, CATCHUP_LATEST, CATCHUP_ALL };

struct dag {
	const char *id;
	const char *file;                /* as it was named to dagfile_read() */
	const char *text;                /* the whole source: what a run is pinned to */
	char digest[DIGEST_CHARS + 1];   /* of text */
	const char *description, *owner; /* "" if absent */
	bool has_fires;                  /* schedule_fires(): time makes runs of it */
	struct wake_rule wakes;          /* datasets make runs of it; then has_fires is false */
	struct schedule schedule; /* its crons, zone, and what changes of clocks do to them */
	struct zone *zone;        /* of schedule and grid, a reference; NULL: UTC */
	struct zone **zones;      /* of datasets that say their own, references */
	size_t n_zones;
	/* For people: its crons, with " | " between; "every 15m"; "datasets: all of a, b". */
	const char *schedule_text;
	struct grid grid; /* of its partitions */
	bool partitioned; /* a dag without partitions has no data interval to speak of */
	bool implied;     /* by the crons: nobody said `partition` */
	int64_t start_us; /* of start_date; INT64_MIN if absent */
	int64_t end_us;   /* no interval starts at or after it; INT64_MAX if absent */
	enum catchup catchup;
	int64_t catchup_window_us; /* 0: no limit */
	bool cancel_running;       /* a run of the schedule that is due cancels those that run */
	int max_active_runs;
	int pause_after_failures; /* scheduled runs in a row; 0: never */
	int64_t timeout_us;       /* of a run; 0: none */
	struct retry run_retry;   /* of a run that failed, with what failed of it */
	int max_active_tasks;     /* attempts over all runs; 0: no limit */
	const struct param *params;
	size_t n_params;
	const struct dataset *datasets;
	size_t n_datasets;
	const struct task
	    *tasks; /* in file order; those of groups behind the others, on_exit last */
	size_t n_tasks, n_exits;
	const struct task_group *groups; /* a group before those in it */
	size_t n_groups;
	const uint32_t *retried; /* groups with retries, none of them in another: in dag->groups */
	size_t n_retried;
	const uint32_t *by_name; /* task indexes, by id; NULL: dag_task_find() looks at all */
	/* Of a long file: the slice of each task, NULL for a command; or made when asked for. */
	const char *const *slices;
	const uint32_t *order; /* task indexes, topological */
	bool depends_on_past;  /* some task does */
	void *arena;           /* owner of all of it */
	int refs;
};

/* What stands for a definition that this version does not understand: names and digest alone. */
struct dag *dag_unread(const char *id, const char *file, const char *text, const char *digest);

/* Is it such a stand-in? */
bool dag_is_unread(const struct dag *dag);

/* Does it clean up after others: has it a rule of its own, and does it outlive a cancelled run? */
bool task_is_teardown(const struct task *task);

/* The outermost of the groups that a task is in: an index into dag->groups, or -1. */
int32_t dag_outer_group(const struct dag *dag, size_t task);

/* Does it come after the work, to end what it left: a teardown, or one of on_exit? */
bool task_outlives(const struct task *task);

/* One more holder; returns dag. */
struct dag *dag_ref(struct dag *dag);

/* Do all clocks of two dags of one text show the same at every instant? */
bool dag_same_zones(const struct dag *a, const struct dag *b);

/* One holder less; the last one frees.  NULL is fine. */
void dag_unref(struct dag *dag);

/* The index of a task by id, or -1. */
int dag_task_find(const struct dag *dag, const char *id);

/* The index of a group by id, or -1. */
int dag_group_find(const struct dag *dag, const char *id);

/* Is the task in the group, or in one inside it? */
bool dag_group_has(const struct dag *dag, int group, uint32_t task);

/* The index in dag->datasets of a dataset by name, or -1. */
int dag_dataset_find(const struct dag *dag, const char *name);

/* Does time alone make runs of it? */
bool dag_is_scheduled(const struct dag *dag);

/* Do datasets make runs of it? */
bool dag_is_woken(const struct dag *dag);

/* Does this dataset wake it? */
bool dag_woken_by(const struct dag *dag, const char *dataset);

/* Is an instant between the dates of the dag: from start_date on, before end_date? */
bool dag_is_within(const struct dag *dag, int64_t us);

/* Does this definition write the dataset?  Then *task is the index of the task that does. */
bool dag_writes(const struct dag *dag, const char *dataset, uint32_t *task);

/* Of datasets that one task writes, without and with their quarantines. */
enum { TASK_WRITES_MAX = 16, DAG_OUTPUTS_MAX = 2 * TASK_WRITES_MAX };

/* `declared` or `opaque`, as `content:` of a task spells it; static. */
const char *content_name(bool declared);

/* How many datasets a task writes, quarantines left out. */
size_t task_n_writes(const struct task *task);

/* Number `at` of them, in the order of the file; there has to be one. */
const struct dataset *dag_written(const struct dag *dag, const struct task *task, size_t at);

/* A dataset that a task writes. */
struct dag_output {
	const struct dataset *dataset;
	size_t at;  /* which, as of dag_written() */
	bool aside; /* not itself: its quarantine */
};

/*
 * All of them, in the order in which they are published: by name, and each right behind its
 * quarantine.  Returns how many.
 */
size_t dag_outputs(const struct dag *dag, const struct task *task,
		   struct dag_output out[DAG_OUTPUTS_MAX]);

/* Do two tasks, each of its own dag, write a dataset of the same name? */
bool dag_write_same(const struct dag *dag, const struct task *task, const struct dag *other_dag,
		    const struct task *other);

/* How many checks of a task look at number `at` of the datasets that it writes. */
size_t dag_checks_of(const struct dag *dag, const struct task *task, size_t at);

/*
 * Order-independent check for a cycle over n nodes: up[i] lists the n_up[i]
 * upstreams of i.  True: order[] (n of them) is topological, ties by index.
 * False: cycle[] holds the *n_cycle nodes of one cycle in edge direction.
 * Not recursive.
 */
bool dag_sort(size_t n, const uint32_t *const *up, const size_t *n_up, uint32_t *order,
	      uint32_t *cycle, size_t *n_cycle);

/*
 * The name of the environment variable that tells a program of a dataset: `prefix`, then the
 * dataset's name in upper case, what is no letter or digit as '_'.
 */
void input_variable(const char *prefix, const char *dataset, struct buf *out);

#define OUTPUT_VARIABLE "TIDEMILL_OUTPUT" /* the directory for the first that it writes */
#define INPUT_VARIABLE "TIDEMILL_INPUT_"  /* the directories of the pinned versions, or the file */
#define FILES_VARIABLE "TIDEMILL_FILES_"  /* the files in them */

#endif
