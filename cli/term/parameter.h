/*
 * parameter.h - arguments that several commands read the same way.
 */
#ifndef CLI_TERM_PARAMETER_H
#define CLI_TERM_PARAMETER_H

#include "cli/term/command.h"

/* Every --param NAME=VALUE into request.params.  EXIT_OK, or what was wrong was said. */
int parameter_fill(const struct cli *cli, json_t *request);

/* Arguments "DAG RUN": dag and either logical_date or run_id into the request. */
void parameter_run(const struct cli *cli, json_t *request);

#endif
