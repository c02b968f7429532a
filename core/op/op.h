/*
 * op.h - which operators there are, and what each adds to the keys of a task.
 *
 * An operator is a row: core/op/<name>.c says what it is asked and what it
 * asks of others, worker/op/<name>.c does it, and list.inc names both.  General
 * code asks the row, never which operator it is.
 */
#ifndef CORE_OP_OP_H
#define CORE_OP_OP_H

#include "core/op/definition.h"
#include "core/op/draft.h"

enum { TOLD_MAX = 2 };

#define OP(NAME, name) OP_##NAME,
enum op_kind {
#include "core/op/list.inc"
	OP_COUNT
};
#undef OP

/* What one operator is.  What is zero is not so, or not needed. */
struct op_def {
	enum op_kind kind;
	const char *name;    /* `operator:` */
	const char *method;  /* `method:`; NULL if the operator has none */
	const char *label;   /* both, for people: "score: engagement" */
	const char *summary; /* one line for people */

	/* The keys it adds to those of every task; offsets in its params. */
	const struct key *rows;
	size_t n_rows;
	size_t params_bytes; /* of task->params: the struct in core/op/<name>.h */

	bool sets_aside;    /* rows of its input may be set aside: the output has a quarantine */
	bool reads_landing; /* reads files: its output has schema_ingest_extra besides its own */
	bool copies_input;  /* its output has the columns of its input */
	bool checks_input;  /* writes nothing: its checks are about its input */
	bool waits;         /* for the world or for runs, and writes nothing */
	bool asks;          /* a person, and makes no attempts: the engine fills in its templates */
	bool connects;      /* it may open connections */
	bool carries_rows;  /* rows of its input are those of its output: none at all are suspicious
			     */

	/* Its inputs have to be partitioned, for it "rolls up one day of" them; NULL: any will do.
	 */
	const char *one_day;
	/* Columns of an input whose rows no `where` is about, for each stands for many; or NULL. */
	const struct schema *no_where;
	/* The files that it reads in place of a dataset, if it does (from.h); or NULL. */
	const struct op_from *(*from)(const void *params);
	/* The columns that it always writes; NULL: its output declares them, or `writes` says them.
	 */
	const struct schema *fixed;

	/* Defaults other than zero, before the keys are read. */
	void (*begin)(void *params);
	/* After its keys: inputs, and what one key alone cannot tell. */
	void (*end)(struct yreader *r, struct draft_task *t);
	/* What it asks of the columns of its output, when they are complete; reports. */
	void (*check_output)(struct yreader *r, const struct draft_task *t,
			     const struct schema *written);
	/*
	 * The columns that it writes, where they follow from its keys and from the columns of its
	 * input (NULL: another file declares those), or else from what the output says.  False:
	 * they are a guess.  Lists are in the reader's arena.
	 */
	bool (*writes)(struct yreader *r, const struct draft_task *t, const struct schema *in,
		       const struct schema *said, struct schema *out);
	/*
	 * Columns of its output that tell what a column of its input says, into tell[]; returns how
	 * many.  They are as personal as that one.
	 */
	size_t (*tells)(const void *params, const char *column, const char *tell[TOLD_MAX]);
	/* As op_input_fits(). */
	bool (*input_fits)(const void *params, size_t at, const struct schema *schema, char *why,
			   size_t room);
	/*
	 * The key by which the task names the column that .input_fits refuses, and that column.
	 * NULL: there is only the input to point at.
	 */
	const char *(*refused_by)(const void *params, const struct schema *schema,
				  const char **column);
	/*
	 * Its keys that its content depends on (definition.h); inputs and what all tasks have are
	 * said for it.  NULL: they are all there is.
	 */
	void (*define)(struct definition *d, const struct task *task);
	/* The column by which it places rows in partitions; NULL: it does not. */
	const char *(*event_time)(const void *params);
	/* Raised when other rows come of the same keys and inputs. */
	int revision;
	/* As op_argv(). */
	const template_text *(*argv)(const void *params, size_t *n, bool *shell);
};

#define OP(NAME, name) extern const struct op_def op_def_##name;
#include "core/op/list.inc"
#undef OP

/* The row of an operator. */
const struct op_def *op_def_of(enum op_kind kind);

/* The row of the operator that runs a program: of tasks that have no slice. */
const struct op_def *op_program(void);

/* The row for the `operator:` and `method:` of the task at `key`; NULL was reported. */
const struct op_def *op_choose(struct yreader *r, const struct ynode *key);

/*
 * Does a dataset with these columns do as input number `at` of a task?  False:
 * `why`, of `room` bytes, says what it lacks.
 */
bool op_input_fits(const struct task *task, size_t at, const struct schema *schema, char *why,
		   size_t room);

/*
 * Does the worker of this task have its definition, a slice?  It does unless it only runs a
 * program: whatever is written is checked, and the checks are in the definition.
 */
bool op_is_sliced(const struct task *task);

/*
 * The program that a task runs, *n words; NULL: it runs none.  *shell: the last word is a line
 * for a shell (shell_template.h).  Borrowed from the dag.
 */
const template_text *op_argv(const struct task *task, size_t *n, bool *shell);

#endif
