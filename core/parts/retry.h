/* retry.h - the keys of a DAG file that say whether and when a task is tried again. */
#ifndef CORE_PARTS_RETRY_H
#define CORE_PARTS_RETRY_H

#include "core/model/retry.h"
#include "core/text/ykeys.h"

/* What holds where a file says nothing. */
void dagfile_retry_begin(struct retry *retry);

/* The table of the keys, into `retry`: those that are not there leave what it has. */
struct keyset dagfile_retry_keys(struct retry *retry);

/* Those of a group: the same but for infra_retries, and its lists may name every end. */
struct keyset dagfile_group_retry_keys(struct retry *retry);

/* After they were read from `map`: the two lists do not contradict each other. */
void dagfile_retry_check(struct yreader *r, const struct ynode *map, const struct retry *retry);

#endif
