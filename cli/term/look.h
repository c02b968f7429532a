/*
 * look.h - opening what commands read: the state database and the DAG files.
 */
#ifndef CLI_TERM_LOOK_H
#define CLI_TERM_LOOK_H

#include "cli/term/command.h"
#include "core/project/project.h"
#include "core/view/open.h"

/* Open the state database; *out stays NULL, and EXIT_OK is given, when nothing has run yet. */
int look_state(const struct cli *cli, struct view **out);

/* The same, but nothing having run yet is an answer: said, EXIT_NO. */
int look_state_needed(const struct cli *cli, struct view **out);

/*
 * The run of a dag that args name, as view_run(); what is wrong with either name is said, with
 * what is near.  `run` NULL: the latest.
 */
int look_run(const struct cli *cli, struct view *view, const char *dag, const char *run,
	     json_t **out);

/*
 * EXIT_OK when a scheduler has seen the dag, or, unless it has to have `run`, when a DAG file has
 * it; else said, with what is near.
 */
int look_known(const struct cli *cli, struct view *view, const char *dag, bool run);

/*
 * The state database, and of DAG TASK RUN in args the run, all attempts of the task in it, the
 * oldest first, and the task as view_tasks() has it.  A task that the run had in an earlier epoch
 * alone is in state "removed".
 */
int look_task(const struct cli *cli, struct view **view, json_t **run, json_t **attempts,
	      json_t **task);

/* Read the DAG files; says on stderr how many have mistakes.  The caller releases *out. */
int look_project(const struct cli *cli, struct project *out);

/* The same, and what is wrong with them is put into diags. */
int look_files(const struct cli *cli, struct project *out, struct diags *diags);

/* A dag of the project by name, with did-you-mean; NULL: said on stderr. */
const struct dag *look_dag(const struct project *p, const char *id);

#endif
