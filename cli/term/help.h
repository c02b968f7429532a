/*
 * help.h - what `tidemill help` prints, from the rows of commands: no line over 80 columns.
 */
#ifndef CLI_TERM_HELP_H
#define CLI_TERM_HELP_H

#include "cli/term/command.h"

/* The options that every command has; ends with a NULL name. */
extern const struct option global_options[];

/* The words of -o of a command, with '|' between them; those of a command that has no -o: "". */
const char *help_outputs(const struct cli_command *c);

/* Of the program: every command and what it does. */
void help_program(const struct cli *cli, struct buf *out);

/* Of the commands that begin with this word; false: none does. */
bool help_group(const struct cli *cli, const char *group, struct buf *out);

/* Of one command. */
void help_command(const struct cli_command *c, struct buf *out);

#endif
