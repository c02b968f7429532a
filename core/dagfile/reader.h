/*
 * reader.h - what the dagfile files share while one DAG file is read.
 *
 * Internal to them.  Reading goes in three steps: the tables of keys fill
 * drafts (dagfile.c, _dataset, _task, _op, _from, _score, _check), link() in dagfile_link.c
 * resolves names between drafts and checks what they say of each other, and
 * the finished parts are copied into the dag.  Drafts and the tree live in
 * `scratch` and die with the reader.
 */
#ifndef CORE_DAGFILE_READER_H
#define CORE_DAGFILE_READER_H

#include "core/dagfile/dagfile.h"
#include "core/text/ykeys.h"

/* A dataset on its way. */
struct draft_dataset {
	struct dataset d;        /* schema: as declared until link() completes it */
	const struct ynode *key; /* its name in the file; of a quarantine: its owner's */
	bool unsure;   /* something about it was reported: nothing more is said about its columns */
	bool complete; /* d.schema is what its writer writes */
};

/* What a task names as input. */
struct draft_input {
	struct input in;
	const struct ynode *at; /* the name in the file */
	bool windowed;          /* the file says how many days */
};

/* A task on its way. */
struct draft_task {
	struct task task;
	const struct ynode *key;    /* its name in the file */
	const struct ynode *needs;  /* key, or NULL */
	const struct ynode *output; /* key, or NULL */
	const char *output_name;
	const char *input_name;                /* dedup and score: `input`, quality: `dataset` */
	const struct ynode *input, *dimension; /* values */
	struct draft_input *inputs;
	size_t n_inputs;
	const struct ynode **checks_at; /* the name of each check in the file */
	int window_days;                /* score; 0: not said */
	int missing;                    /* index in missing_words */
	bool op_known;
	const uint32_t *edges; /* upstreams, sorted, no doubles */
	size_t n_edges;
	bool unsure; /* its needs or inputs could not be resolved */
};

/* Values of `defaults:`, which a task starts from. */
struct task_defaults {
	int retries;
	int64_t retry_delay_us, max_retry_delay_us, timeout_us;
	double backoff, jitter;
	int missing; /* index in missing_words */
};

/* A name and where it stands in an array. */
struct named {
	const char *name;
	uint32_t at;
};

struct names {
	struct named *items; /* sorted by name */
	size_t count;
};

struct dagfile {
	struct yreader y;
	struct arena *scratch;
	struct dag *dag;
	size_t errors_before; /* in y.diags, when reading began */
	const struct ynode *root, *dag_key, *schedule, *start_date, *tasks_key, *defaults_key,
	    *params_key;
	struct task_defaults defaults;
	struct draft_dataset *datasets;
	size_t n_datasets;
	struct draft_task *tasks;
	size_t n_tasks;
	size_t n_edges;
	struct names dataset_names, task_names;
	struct buf *slice; /* dagfile_slice(): where the slice of task slice_of goes; or NULL */
	size_t slice_of;
};

enum { MISSING_FAIL, MISSING_ALLOW };
extern const char *const missing_words[]; /* fail, allow */
extern const char *const format_words[];  /* as enum format */

/* The reader that a table's `read` function got. */
static inline struct dagfile *
dagfile_of(struct yreader *r)
{
	return r->owner;
}

/* dagfile.c: sort `n` names for names_find(), which gives the index in the array or -1. */
void names_sort(struct names *names);
int names_find(const struct names *names, const char *name);

/* dagfile_dataset.c: `datasets:` into drafts. */
void dagfile_read_datasets(struct yreader *r, const struct key *row, const struct ynode *key,
			   void *base);

/* What `columns:` or `schema:` say, before it is understood. */
struct declared {
	const char *schema;
	const struct ynode *columns; /* key */
	bool given;                  /* one of the two keys is there, right or not */
};

enum { DECLARED_KEYS = 2 };

/* dagfile_dataset.c: the rows of both keys, for struct declared. */
extern const struct key declared_keys[DECLARED_KEYS];

/*
 * dagfile_dataset.c: the columns that were declared in `map`, of which messages
 * speak as `what`.  False was reported.  *out stays when nothing was declared.
 */
bool declared_schema(struct yreader *r, const struct ynode *map, const struct declared *said,
		     const char *what, struct schema *out);

/* dagfile_dataset.c: true when path `inner` is `outer` or lies below it. */
bool path_is_inside(const char *inner, const char *outer);

/* dagfile_dataset.c: an order in which a directory stands right before everything below it. */
int path_order(const char *x, const char *y);

/*
 * dagfile_dataset.c: complete the schema of what task `t` writes from what it
 * reads; both ends are complete before.
 */
void dataset_complete(struct dagfile *f, struct draft_task *t);

/* dagfile_task.c: `tasks:` into drafts. */
void dagfile_read_tasks(struct yreader *r, const struct key *row, const struct ynode *key,
			void *base);

/* dagfile_task.c: check a template text at `value`; a copy in the dag's arena, or NULL (reported).
 */
const char *dagfile_template(struct dagfile *f, const struct ynode *value, const char *name);

/* What one operator adds to the common keys. */
struct op_def {
	const char *name, *method; /* method: NULL if the operator has none */
	enum op_kind kind;
	const struct key *rows; /* offsets in struct draft_task */
	size_t n_rows;
	void (*begin)(struct draft_task *t); /* defaults other than zero; NULL: none */
	void (*end)(struct dagfile *f, struct draft_task *t); /* inputs and cross checks, or NULL */
};

extern const struct op_def op_def_engagement, op_def_adoption; /* dagfile_score.c */

/* dagfile_op.c: the definition for the `operator:` and `method:` of a task; NULL was reported. */
const struct op_def *op_reader_find(struct dagfile *f, const struct ynode *key);

/* dagfile_op.c: `read` functions for tables of keys. */
void op_read_template(struct yreader *r, const struct key *row, const struct ynode *key,
		      void *base);
void op_read_input(struct yreader *r, const struct key *row, const struct ynode *key, void *base);
void op_read_output(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/* dagfile_op.c: a window such as 7d at a key; false was reported. */
bool op_window(struct yreader *r, const struct ynode *key, int *days);

/* dagfile_op.c: one more input; there has to be room.  `at` is its name in the file. */
void op_add_input(struct dagfile *f, struct draft_task *t, const char *dataset, int days,
		  const struct ynode *at);

/* dagfile_op.c: what `input:` or `dataset:` named is the first input; makes room for two. */
void op_end_input(struct dagfile *f, struct draft_task *t, int days);

/* dagfile_op.c: the columns that an operator always writes; NULL: its output declares them. */
const struct schema *op_fixed_schema(enum op_kind op);

/*
 * dagfile_op.c: does a dataset with these columns do as input number `at` of a
 * task?  False: `why` says what it lacks.
 */
bool op_input_fits(const struct task *task, size_t at, const struct schema *schema, char *why,
		   size_t room);

/* dagfile_op.c: the same for the files that a score reads, which hold events and no rollups. */
bool op_files_fit(const struct task *task, const struct schema *schema, char *why, size_t room);

/* dagfile_from.c: read `from:` of a score into the struct op_from at row->at. */
void op_read_from(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/* dagfile_from.c: read `dedup:` where it does not belong. */
void op_read_dedup(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/*
 * dagfile_from.c: check `input:` and `from:` of a score against each other, and
 * what is in `from`; make room for the inputs and add the dataset if it is one.
 */
void op_end_events(struct dagfile *f, struct draft_task *t, struct op_from *from, int days);

/* dagfile_check.c: `checks:` of a task. */
void dagfile_read_checks(struct yreader *r, const struct key *row, const struct ynode *key,
			 void *base);

/* dagfile_check.c: can this check be made on column number `at` of its columns? */
bool check_column_fits(const struct check *check, size_t at, const struct schema *schema, char *why,
		       size_t room);

/* dagfile_check.c: "did you mean" for the name of a column, or NULL. */
const char *schema_nearest(struct yreader *r, const struct schema *schema, const char *name);

/* dagfile_check.c: report every column of a task's checks that does not fit. */
void checks_report(struct dagfile *f, const struct draft_task *t, const struct schema *schema);

/* dagfile_link.c: resolve and check; everything is reported.  Fills the dag when nothing was wrong.
 */
void dagfile_link(struct dagfile *f);

/*
 * dagfile_slice.c: make the slice of every task of a filled dag, for its length is bounded; when
 * one was asked for, only that one.
 */
void dagfile_slices(struct dagfile *f, const struct task *tasks);

#endif
