/*
 * parameter.h - arguments that several commands read the same way.
 */
#ifndef CLI_PARAMETER_H
#define CLI_PARAMETER_H

#include "cli/command.h"

/* Every --param NAME=VALUE into request.params.  EXIT_OK, or what was wrong was said. */
int parameter_fill(const struct cli *cli, json_t *request);

/* "DAG RUN" at args[at]: dag and either logical_date or run_id into the request. */
int parameter_run(const struct cli *cli, int at, json_t *request);

#endif
