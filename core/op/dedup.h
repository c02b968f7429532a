/*
 * dedup.h - what operator dedup is asked to do.
 */
#ifndef CORE_OP_DEDUP_H
#define CORE_OP_DEDUP_H

#include "core/model/dag.h"

enum keep { KEEP_FIRST, KEEP_LAST, KEEP_ERROR };

struct op_dedup {
	const char *const *key;
	size_t n_key;
	enum keep keep;
};

#endif
