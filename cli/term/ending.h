/*
 * ending.h - how the runs ended that a command waited for, and what to type next.
 */
#ifndef CLI_TERM_ENDING_H
#define CLI_TERM_ENDING_H

#include "cli/term/command.h"

/*
 * What came of the runs that a reply names, or those of its plan that were not left alone, read
 * back from the state: {state, success, failed, cancelled, unfinished, runs: [{run_id,
 * logical_date, state, epoch, failed_tasks: [{task, try_number, outcome, message, last_line, checks
 * [those that did not pass]}], set_aside: [rows of core/view/aside.h, if there are some]}]}.
 * A task that failed without an attempt has try_number 0, outcome null, and what it lacked as its
 * message.  `state` is the worst there is.  NULL: there are no runs, or they cannot be read.
 */
json_t *ending_read(const struct cli *cli, const json_t *request, const json_t *reply);

/*
 * Say how it ended: the counts and the days that did not succeed, which tasks set rows aside, of
 * the first day that failed each failed task with the last line of its log or with what it lacked,
 * and the commands to type.
 */
void ending_say(const json_t *request, const json_t *outcome);

#endif
