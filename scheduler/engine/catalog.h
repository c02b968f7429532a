/* catalog.h - the DAG files against what is known. */
#ifndef SCHEDULER_ENGINE_CATALOG_H
#define SCHEDULER_ENGINE_CATALOG_H

#include "scheduler/state/state.h"

/* Compare the catalog with what is known: new definitions, cursors, dags that are gone. */
void catalog_take(struct engine *e, struct dag *const *dags, size_t n);

#endif
