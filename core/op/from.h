/*
 * from.h - `from:` of a score: files that it reads in place of a dataset.
 */
#ifndef CORE_OP_FROM_H
#define CORE_OP_FROM_H

#include "core/model/dag.h"
#include "core/model/dialect.h"

struct draft_task;
struct key;
struct ynode;
struct yreader;

/* Files that a score reads in place of a dataset.  Zero, path NULL: it reads a dataset. */
struct op_from {
	template_text path; /* may hold * and ?; rendered once, not per day of the window */
	enum format format;
	struct dialect dialect;       /* how the files differ from the plain form */
	struct schema schema;         /* what the files hold: events unless declared otherwise */
	struct column_names personal; /* of them */
	const char *const *dedup; /* key columns: the first row of a key counts; NULL: every row */
	size_t n_dedup;
	int days; /* the window, [ds - days + 1, ds]: rows of other days do not count */
};

/* `read` function of a row: `from:` into the struct op_from at row->at. */
void from_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/* `read` function of a row: refuse `dedup:` where it does not belong, and say where it does. */
void from_refuse_dedup(struct yreader *r, const struct key *row, const struct ynode *key,
		       void *base);

/* Do files with these columns do for a score?  False: `why`, of `room` bytes, says what they lack.
 */
typedef bool from_fits_fn(const void *params, const struct schema *schema, char *why, size_t room);

/*
 * Check `input:` and `from:` of a score against each other, and what is in
 * `from`; make room for the inputs and add the dataset if it is one.  When files are
 * read the window goes into `from`; `fits` is asked about their columns, with t->params.
 */
void from_end(struct yreader *r, struct draft_task *t, struct op_from *from, from_fits_fn *fits);

#endif
