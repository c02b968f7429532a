/*
 * rollup.h - what operator rollup writes, which a score reads in place of events.
 */
#ifndef CORE_OP_ROLLUP_H
#define CORE_OP_ROLLUP_H

#include "core/model/schema.h"

/* The columns of what it writes. */
extern const struct schema schema_rollup;

#endif
