/*
 * dag.h - what operator dag is asked to do.
 */
#ifndef CORE_OP_DAG_H
#define CORE_OP_DAG_H

#include "core/model/dag.h"

struct op_dag {
	struct task_child child;
};

#endif
