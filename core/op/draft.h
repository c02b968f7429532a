/*
 * draft.h - a task on its way, and what the operators share while it is read.
 *
 * Reading a DAG file goes in three steps: tables of keys fill drafts, the names
 * between drafts are resolved and checked (core/dagfile/link.h), and the
 * finished parts are copied into the dag.  A draft and the tree that it points
 * into live in the reader's `scratch` and die with it; what is kept of it is in
 * the reader's `arena`.
 */
#ifndef CORE_OP_DRAFT_H
#define CORE_OP_DRAFT_H

#include "core/model/dag.h"
#include "core/op/window.h"
#include "core/text/ykeys.h"

/* What a task names as input. */
struct draft_input {
	struct input in;
	const struct ynode *at;    /* the name in the file */
	struct draft_window reads; /* which partitions */
	int window_days;           /* how many where it does not say */
};

/* A task on its way. */
struct draft_task {
	struct task task;
	void *params;                 /* task.params, while they are read */
	const struct ynode *key;      /* its name in the file */
	int32_t group;                /* the innermost draft group that it is in, or -1 */
	const struct ynode *needs;    /* key, or NULL */
	const struct ynode *rule;     /* `trigger_rule`: key, or NULL */
	const struct ynode *teardown; /* key of one that is not `false`, or NULL */
	const struct ynode *limits;   /* `limits`: key, or NULL */
	bool on_fail_given;
	const struct ynode *output;  /* value, or NULL */
	const struct ynode *when;    /* value, or NULL */
	const struct ynode *where;   /* value, or NULL */
	const struct ynode *expand;  /* key, or NULL */
	const struct ynode **writes; /* the names of the datasets that it writes, in the file */
	size_t n_writes;
	const char *input_name;    /* what draft_read_input() read, or NULL */
	const struct ynode *input; /* value */
	struct draft_input *inputs;
	size_t n_inputs;
	const struct ynode **checks_at; /* the name of each check in the file */
	struct draft_window reads;      /* which partitions of its input */
	int window_days;                /* how many where it does not say; 0: its own interval */
	int missing;                    /* `missing`: enum missing of core/parts/task.h */
	const uint32_t *edges;          /* upstreams, sorted, no doubles */
	size_t n_edges;
	bool unsure;         /* its needs or inputs could not be resolved */
	bool outputs_unsure; /* something about `outputs` was reported: there may be more of them */
};

/* The task whose keys are read, for `read` functions of the table of an operator. */
static inline struct draft_task *
draft_of(struct yreader *r)
{
	return r->subject;
}

/* clang-format off */
/* Rows of an operator that reads the run's own interval: how it is made of parts. */
#define DRAFT_PARTS_KEYS                                                                           \
	{ "map", WANT_CUSTOM, .read = draft_read_window },                                         \
	{ "at_least", WANT_CUSTOM, .read = draft_read_window },                                    \
	{ "after", WANT_CUSTOM, .read = draft_read_window }

/* Rows of an operator: which partitions of its input the task reads. */
#define DRAFT_WINDOW_KEYS { "window", WANT_CUSTOM, .read = draft_read_window }, DRAFT_PARTS_KEYS
/* clang-format on */

/* `read` function of a row: one of the keys of window.h, into `reads` of the task. */
void draft_read_window(struct yreader *r, const struct key *row, const struct ynode *key,
		       void *base);

/* `read` function of a row: the name of the dataset that the task writes. */
void draft_read_output(struct yreader *r, const struct key *row, const struct ynode *key,
		       void *base);

/* The same of an operator that may write several: a name, or a list of names. */
void draft_read_written(struct yreader *r, const struct key *row, const struct ynode *key,
			void *base);

/* `read` function of a row: the name of the dataset that the task reads. */
void draft_read_input(struct yreader *r, const struct key *row, const struct ynode *key,
		      void *base);

/* `read` function of a row: `where`, which is typed when the columns of the input are known. */
void draft_read_where(struct yreader *r, const struct key *row, const struct ynode *key,
		      void *base);

/* One more input, the run's own interval; there has to be room.  `at` is its name in the file. */
struct draft_input *draft_add_input(struct yreader *r, struct draft_task *t, const char *dataset,
				    const struct ynode *at);

/* What draft_read_input() read, if anything, is the first input; makes room for two. */
void draft_end_input(struct yreader *r, struct draft_task *t);

/* What `columns:` or `schema:` say, before it is understood. */
struct declared {
	const char *schema;
	const struct ynode *columns; /* key */
	bool given;                  /* one of the two keys is there, right or not */
};

enum { DECLARED_KEYS = 2 };

/* The rows of both keys, for struct declared. */
extern const struct key declared_keys[DECLARED_KEYS];

/*
 * The columns that were declared in `map`, of which messages speak as `what`.
 * False was reported.  *out stays when nothing was declared; names are in the
 * reader's arena.
 */
bool declared_schema(struct yreader *r, const struct ynode *map, const struct declared *said,
		     const char *what, struct schema *out);

/* Those of the columns that are marked `personal: true`; names are in the reader's arena. */
struct column_names declared_personal(struct yreader *r, const struct declared *said);

/*
 * What is said of the columns besides; reports a date that is none, and a former name that another
 * column has or had.  Texts are in the reader's arena.
 */
struct column_notes declared_notes(struct yreader *r, const struct declared *said);

#endif
