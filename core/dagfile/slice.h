/*
 * slice.h - one task as a DAG file of its own, in one line of JSON.
 */
#ifndef CORE_DAGFILE_SLICE_H
#define CORE_DAGFILE_SLICE_H

#include "core/parts/reader.h"

/*
 * Make the slice of every task of a filled dag, for its length is bounded (a
 * longer one is reported); when one was asked for, f->slice, only that one.
 * Those of a long file are kept in dag->slices.
 */
void dagfile_slices(struct dagfile *f, const struct task *tasks);

#endif
