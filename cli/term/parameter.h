/*
 * parameter.h - options of several commands, and what a command line asks of the scheduler.
 */
#ifndef CLI_TERM_PARAMETER_H
#define CLI_TERM_PARAMETER_H

#include "cli/term/command.h"

/* clang-format off */
#define OPTION_KEY \
	OPTION("idempotency-key", 0, "KEY", "sent again with the same key it is done once")
#define OPTION_PARAM \
	OPTION_ASKS("param", 'p', "NAME=VALUE", \
		    "a parameter of the dag; may be given several times", "params", VALUE_PAIRS), \
	OPTION("params-file", 0, "FILE", \
	       "parameters as a map, YAML or JSON; --param comes before it")
#define OPTION_WAIT \
	OPTION("wait", 'w', NULL, "stay until the runs have ended; exit 1 if one did not succeed")
/* clang-format on */

/*
 * Fill the arguments and options that have a field into the request, as the
 * command's row says: parameters of a file, and those of the command line over them.  EXIT_OK, or
 * what was wrong was said.
 */
int parameter_fill(const struct cli *cli, json_t *request);

#endif
