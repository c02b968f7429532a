/*
 * look.h - opening what commands read: the state database and the DAG files.
 */
#ifndef CLI_TERM_LOOK_H
#define CLI_TERM_LOOK_H

#include "cli/term/command.h"
#include "core/dagfile/project.h"
#include "core/view/open.h"

/* Open the state database; *out stays NULL, and EXIT_OK is given, when nothing has run yet. */
int look_state(const struct cli *cli, struct view **out);

/* The same, but nothing having run yet is an answer: said, EXIT_NO. */
int look_state_needed(const struct cli *cli, struct view **out);

/* Read the DAG files; says on stderr how many have mistakes.  The caller releases *out. */
int look_project(const struct cli *cli, struct project *out);

/* A dag of the project by name, with did-you-mean; NULL: said on stderr. */
const struct dag *look_dag(const struct project *p, const char *id);

#endif
