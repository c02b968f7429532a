/*
 * follow.h - staying with runs that a daemon executes, until they have ended.
 */
#ifndef CLI_TERM_FOLLOW_H
#define CLI_TERM_FOLLOW_H

#include "cli/term/command.h"

/*
 * Follow the run that a reply names, or those of its plan that are made,
 * cleared or in flight, by reading the state database: a progress line on a
 * terminal, a line per finished run elsewhere.  Ctrl-C detaches: the runs go
 * on.  EXIT_OK, EXIT_NO when one did not succeed, EXIT_INTERRUPTED;
 * EXIT_UNREACHABLE when no scheduler listens any more that would end them.  *left: they were kept
 * by a --wait command, which has ended before them; nothing was said, ask again.
 */
int follow_reply(struct cli *cli, const json_t *request, const json_t *reply, bool *left);

#endif
