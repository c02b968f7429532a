/*
 * checks.h - what the checks of an attempt found, with the first rows that failed.
 */
#ifndef CLI_TERM_CHECKS_H
#define CLI_TERM_CHECKS_H

#include "core/base/json.h"

/*
 * Append a line for each check of a result that did not pass, and below it the first rows that
 * failed, as the worker sampled them (docs/CHECKS.md).  With `all` also the checks that passed.
 */
void checks_text(const json_t *checks, bool all, struct buf *out);

#endif
