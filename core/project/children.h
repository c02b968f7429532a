/*
 * children.h - tasks that run other dags of the project: is there such a dag, does it have runs for
 * the interval, and does it take the params?
 */
#ifndef CORE_PROJECT_CHILDREN_H
#define CORE_PROJECT_CHILDREN_H

#include "core/project/declared.h"

/* What the tasks of dag number `at` ask of the dags that they run; mistakes are reported. */
void children_check(struct dag_set *set, const struct declared_names *names, uint32_t at);

/* A dag that runs one with mistakes is bad too: true, and it is reported. */
bool children_spread(struct dag_set *set, const struct declared_names *names, uint32_t at);

#endif
