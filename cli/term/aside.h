/*
 * aside.h - what is said of rows that were read and not published.
 */
#ifndef CLI_TERM_ASIDE_H
#define CLI_TERM_ASIDE_H

#include "core/base/json.h"

/* Print the rows of view_aside(), a line each; nothing when there are none. */
void aside_print(const json_t *rows);

/*
 * Say on standard error which tasks set rows aside, of runs {logical_date, set_aside [rows of
 * view_aside()]} of a dag; the first few of them, and what tells more of the first.
 */
void aside_say(const char *dag, const json_t *runs);

#endif
