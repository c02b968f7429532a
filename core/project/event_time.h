/*
 * event_time.h - the column of a dataset by which its rows are placed in partitions.
 */
#ifndef CORE_PROJECT_EVENT_TIME_H
#define CORE_PROJECT_EVENT_TIME_H

#include "core/model/dag.h"

/*
 * The column that says when a row of a dataset was: that of the operator that wrote it, also where
 * its rows were copied since.  `own` is looked at before `dags`.  NULL: nobody says; borrowed from
 * the dags.
 */
const char *event_time_of(const struct dag *own, struct dag *const *dags, size_t n_dags,
			  const char *dataset);

#endif
