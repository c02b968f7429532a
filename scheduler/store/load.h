/*
 * load.h - what was committed, given to the engine again.
 */
#ifndef SCHEDULER_STORE_LOAD_H
#define SCHEDULER_STORE_LOAD_H

#include "scheduler/engine/engine.h"
#include "scheduler/store/store.h"

enum { COMMANDS_MAX = 10000 }; /* answered commands that are remembered */

/*
 * Give everything committed to the engine.  Definitions are parsed again with
 * dagfile_read(); one that no longer parses is reported in *err with its dag
 * and its runs cannot go on: ERR_INPUT.
 */
enum err_code store_load(struct store *s, struct engine *e, struct err *err) MUST_CHECK;

#endif
