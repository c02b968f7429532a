/*
 * dedup.h - what operator dedup is asked to do.
 */
#ifndef CORE_OP_DEDUP_H
#define CORE_OP_DEDUP_H

#include "core/model/dag.h"

enum keep { KEEP_FIRST, KEEP_LAST, KEEP_ERROR };

/* What becomes of a row whose key has a null. */
enum null_key { NULL_KEY_QUARANTINE, NULL_KEY_KEEP, NULL_KEY_DROP };

struct op_dedup {
	const char *const *key;
	size_t n_key;
	enum keep keep;
	const char *order_by; /* what ranks rows before anything else, or NULL */
	enum null_key null_key;
};

#endif
