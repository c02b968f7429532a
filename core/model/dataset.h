/*
 * dataset.h - a dataset of a DAG file, what is checked of it, and what a task reads of it.
 */
#ifndef CORE_MODEL_DATASET_H
#define CORE_MODEL_DATASET_H

#include "core/time/reach.h"
#include "core/time/grid.h"
#include "core/model/schema.h"

/*
 * A dataset.  `quarantine` of a written dataset is a sibling dataset with the
 * name and path of its owner plus "_quarantine"; it is made by the reader of
 * the file and stands in the same array.
 */
struct dataset {
	const char *name;
	const char *path; /* relative to the project directory, or absolute; no trailing slash */
	enum format format;
	bool plain; /* encoding: plain, for old readers of Parquet */
	bool partitioned;
	struct grid grid;             /* of its partitions; a written one's is that of its dag */
	struct schema schema;         /* complete: for a written one what its writer writes */
	struct column_names personal; /* about people: no values of them are shown */
	struct column_notes notes;    /* what else it says of its columns */
	int32_t writer;               /* index of the task of this dag that writes it, or -1 */
	int32_t quarantine;           /* index in dag->datasets, or -1 */
	uint32_t line, column;        /* where it was declared, from 1 */
};

enum severity { SEVERITY_ERROR, SEVERITY_WARN, SEVERITY_INFO };

/* Its name as `severity:` spells it; static. */
const char *severity_name(enum severity severity);

struct check_kind; /* a row of core/check */

/* One check: what all kinds have, and the parameters of its own. */
struct check {
	const struct check_kind *kind;
	enum severity severity;
	bool quarantine;    /* on_fail: quarantine moves the rows that fail */
	const char *output; /* the dataset that it looks at; NULL: the only one that there is */
	const char *const *columns; /* that it looks at; none for those that count rows */
	size_t n_columns;
	const void *params; /* the struct of its kind (core/check/<family>.h); NULL: none */
};

/* Does the check look at the dataset of that name, of those that its task writes or reads? */
bool check_is_of(const struct check *check, const char *dataset);

/* A dataset that a task reads, and which partitions (core/time/reach.h). */
struct input {
	const char *dataset;
	bool partitioned; /* else it is one file, and what follows says nothing */
	struct input_window window;
	bool whole;         /* map: whole; parts that reach beyond the window are taken uncut */
	bool allow_missing; /* missing: allow */
	bool for_checks;    /* only checks look at it: what is written does not come of it */
	int at_least;     /* from `after` on so many parts are enough; 0: all of them are needed */
	int64_t after_us; /* since midnight of the day in which the interval ends; -1: at its end */
};

/* How many parts the window of an input counts, in its own unit; 0: it is one file. */
int64_t input_parts(const struct input *in);

/* Does an input reach beyond the run's own interval? */
bool input_is_window(const struct input *in);

#endif
