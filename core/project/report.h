/*
 * report.h - saying what is wrong between the DAG files of a project, and that a dag is bad for it.
 */
#ifndef CORE_PROJECT_REPORT_H
#define CORE_PROJECT_REPORT_H

#include "core/project/project_check.h"

/* A name that stands at a place of the file of a dag. */
struct place place_of(const struct dag *dag, uint32_t line, uint32_t column, const char *name);

/* Where a task of a dag begins. */
struct place task_place(const struct dag *dag, const struct task *task);

/* Report a mistake of a dag of the set, which is bad from then on; help may be NULL. */
void report(struct dag_set *set, uint32_t dag, const struct place *at, enum code code,
	    const char *help, const char *fmt, ...) PRINTF_LIKE(6, 7);

#endif
