/*
 * circle.h - tasks of a project that would wait for themselves: by what they need, read and run,
 * and by the datasets that wake their dags.
 */
#ifndef CORE_PROJECT_CIRCLE_H
#define CORE_PROJECT_CIRCLE_H

#include "core/project/declared.h"

/* True: one circle of dags that are not bad was reported, and these are bad now. */
bool circle_check(struct dag_set *set, const struct declared_names *names);

#endif
