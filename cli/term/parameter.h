/*
 * parameter.h - arguments and options that several commands read the same way.
 */
#ifndef CLI_TERM_PARAMETER_H
#define CLI_TERM_PARAMETER_H

#include "cli/term/command.h"

/* clang-format off */
#define OPTION_KEY   { "idempotency-key", 0, "KEY", "sent again with the same key it is done once" }
#define OPTION_PARAM { "param", 'p', "NAME=VALUE", \
		       "a parameter of the dag; may be given several times" }
#define OPTION_WAIT  { "wait", 'w', NULL, \
		       "stay until the runs have ended; exit 1 if one did not succeed" }
#define OPTIONS_END  { NULL, 0, NULL, NULL }
/* clang-format on */

/* Every --param NAME=VALUE into request.params.  EXIT_OK, or what was wrong was said. */
int parameter_fill(const struct cli *cli, json_t *request);

/* Arguments "DAG RUN": dag and either logical_date or run_id into the request. */
void parameter_run(const struct cli *cli, json_t *request);

#endif
