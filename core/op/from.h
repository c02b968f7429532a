/*
 * from.h - `from:` of a score: files that it reads in place of a dataset.
 */
#ifndef CORE_OP_FROM_H
#define CORE_OP_FROM_H

#include "core/op/draft.h"

/* `read` function of a row: `from:` into the struct op_from at row->at. */
void from_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/* `read` function of a row: refuse `dedup:` where it does not belong, and say where it does. */
void from_refuse_dedup(struct yreader *r, const struct key *row, const struct ynode *key,
		       void *base);

/*
 * Check `input:` and `from:` of a score against each other, and what is in
 * `from`; make room for the inputs and add the dataset if it is one.  `days` is
 * the window, which goes into `from` when files are read.
 */
void from_end(struct yreader *r, struct draft_task *t, struct op_from *from, int days);

#endif
