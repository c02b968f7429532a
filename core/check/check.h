/*
 * check.h - which kinds of checks there are, and `checks:` of a task in a DAG file.
 *
 * A kind is a row: here what it is called, what it looks at and which parameters
 * it takes; in worker/check how rows are judged.  Both tables are made from
 * list.inc.  What each kind means: docs/CHECKS.md.
 */
#ifndef CORE_CHECK_CHECK_H
#define CORE_CHECK_CHECK_H

#include "core/check/typed.h"
#include "core/op/draft.h"

enum check_id {
#define CHECK(ID, name, family) CHECK_##ID,
#include "core/check/list.inc"
#undef CHECK
	CHECK_COUNT
};

/* What a kind looks at, and so what the worker has to do for it. */
enum check_shape {
	SHAPE_ROW,     /* one row at a time: each passes or fails */
	SHAPE_KEYS,    /* all rows by key: those fail that come again */
	SHAPE_TOTAL,   /* the number of rows */
	SHAPE_HISTORY, /* the number of rows, and those of earlier partitions */
};

/* How many columns a kind takes: none, `column: x`, or `columns: [x, y]`. */
enum check_columns { COLUMNS_NONE, COLUMNS_ONE, COLUMNS_SOME };

/* A parameter that a column of some type cannot have. */
struct check_mistake {
	const char *key; /* "values" */
	size_t item;     /* which one of its list */
	char why[TYPED_WHY_CHARS];
	const char *help; /* what to write instead, or NULL */
};

/* Partitions before the one that is looked at: so many at the same place of the weeks before, or...
 */
struct check_history {
	bool weekly;
	int parts; /* ... the last so many */
};

/* A column of another dataset that a check looks at; dataset NULL: it looks at none. */
struct check_reads {
	const char *dataset, *column;
};

/* A text that is asked of every row, true or false, and the key that it stands at. */
enum { CONDITIONS_MAX = 2 };

struct check_condition {
	const char *key, *text;
};

/* A kind of check. */
struct check_kind {
	const char *name;
	enum check_id id;
	enum check_shape shape;
	enum check_columns columns;
	bool may_quarantine; /* takes `on_fail` */
	bool of_required;    /* one kind: it checks the columns that a dataset requires */
	const char *wants;   /* "a number": the columns that fits() takes; NULL: any */
	/* Can it be made on a column of this type?  NULL: on any. */
	bool (*fits)(enum col_type type);
	/*
	 * The first of its parameters from number *from on that a column of this type cannot have;
	 * *from goes behind it.  False: there is none.  NULL: they do not depend on the type.
	 */
	bool (*mistaken)(const void *params, enum col_type type, size_t *from,
			 struct check_mistake *out);
	size_t params_bytes;    /* of the struct of its own; 0: it has none */
	const struct key *keys; /* of its own; offsets in that struct */
	size_t n_keys;
	/* Defaults other than zero, into the struct of its own; NULL: none. */
	void (*begin)(void *params);
	/* After its keys: what one key alone cannot tell.  `at` is its name in the file.  NULL:
	 * nothing. */
	void (*end)(struct yreader *r, const struct ynode *at, void *params);
	/* Append its parameters, the same text for the same ones; NULL: it has none that matter to
	 * which rows fail. */
	void (*say)(const void *params, struct buf *out);
	/* What it looks at besides, of the task's own interval; column NULL: as the one that is
	 * checked.  NULL: nothing. */
	struct check_reads (*reads)(const void *params);
	/* The expressions among its parameters, over the columns of the dataset; NULL: none. */
	size_t (*conditions)(const void *params, struct check_condition out[CONDITIONS_MAX]);
	/* Append what stands behind its name where it names no columns; NULL: nothing. */
	void (*title)(const void *params, struct buf *out);
	/* Which partitions before its own it looks at; NULL: none. */
	struct check_history (*history)(const void *params);
};

/* The rows, each in the file of its family. */
#define CHECK(ID, name, family) extern const struct check_kind check_kind_##name;
#include "core/check/list.inc"
#undef CHECK

/* The row of an id; never NULL. */
const struct check_kind *check_kind_of(enum check_id id);

/* `read` function of a row: the list of checks into the draft_task at `base`. */
void checks_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/* The expressions that a check asks of every row; of others there are 0. */
size_t check_conditions(const struct check *check, struct check_condition out[CONDITIONS_MAX]);

/* Which partitions before its own a check looks at; of none there are 0. */
struct check_history check_history(const struct check *check);

/* The column of another dataset that a check looks at. */
struct check_reads check_reads(const struct check *check);

/*
 * What the checks of a task look at besides is an input of it, for them: it is waited for, and
 * pinned.  What the task reads anyway is not read twice.
 */
void checks_add_inputs(struct yreader *r, struct draft_task *t);

/*
 * Does a dataset have what those checks of a task look at in it that are about `checked`?  NULL:
 * about what another file declares.  False: `why`, of `room` bytes, says what it lacks.
 */
bool checks_reads_fit(const struct task *task, const char *dataset, const struct schema *there,
		      const struct dataset *checked, char *why, size_t room);

/*
 * Can this check be made on column number `at` of its columns, in a dataset of
 * this schema?  False: `why`, of `room` bytes, says what is in the way.
 */
bool check_column_fits(const struct check *check, size_t at, const struct schema *schema, char *why,
		       size_t room);

/*
 * The next parameter that its column, of a type that fits, cannot have, from number *from on (0 at
 * first).  False: there is none.
 */
bool check_mistaken(const struct check *check, const struct schema *schema, size_t *from,
		    struct check_mistake *out);

/*
 * A task writes columns of the dataset that are not nullable: one check more, behind those that it
 * says and those that were reported, which finds nulls in them.
 */
void checks_add_required(struct yreader *r, struct draft_task *t, const struct dataset *dataset);

/*
 * Report every column, and every value for one, that the dataset does not have, of those of a
 * task's checks that look at it.
 */
void checks_report(struct yreader *r, const struct draft_task *t, const struct dataset *dataset);

/* Report every check that looks at nothing that its task writes, or at one cannot tell what. */
void checks_report_outputs(struct yreader *r, const struct draft_task *t);

#endif
