/*
 * unknown.h - a word that is not known: what was meant, as far as can be told.
 */
#ifndef CLI_TERM_UNKNOWN_H
#define CLI_TERM_UNKNOWN_H

#include "cli/term/command.h"

/* The words name no command: said, with what is near.  Gives EXIT_USAGE. */
int unknown_command(const struct cli *cli, char **words, int n);

/* The command, which may be NULL, has no such option: said.  Gives EXIT_USAGE. */
int unknown_option(const struct cli_command *c, const char *word);

/* There are too few arguments, or too many: said, by name.  Gives EXIT_USAGE. */
int unknown_arguments(const struct cli *cli);

/*
 * "; did you mean 'NEAR'?" of the names that there are, else what they are when they are few:
 * what every message about a name ends in.  Appended to out, "" where there is nothing to say.
 */
void unknown_name(const char *word, const char *const *names, size_t n, struct buf *out);

#endif
