/*
 * aside.h - what is said of rows that were read and not published.
 */
#ifndef CLI_TERM_ASIDE_H
#define CLI_TERM_ASIDE_H

#include "cli/term/command.h"
#include "core/base/json.h"

/* Print the rows of view_aside(), a line each; nothing when there are none. */
void aside_print(const json_t *rows);

/*
 * The runs of a reply have ended: say on standard error which of their tasks set rows aside.  What
 * cannot be read is passed over: the runs had their word already.
 */
void aside_say(const struct cli *cli, const json_t *reply);

#endif
