/*
 * command.h - what operator command is asked to do, for those that run a program as well.
 */
#ifndef CORE_OP_COMMAND_H
#define CORE_OP_COMMAND_H

#include "core/model/artifact.h"
#include "core/model/dag.h"
#include "core/text/ykeys.h"

struct op_command {
	const template_text *argv; /* n_argv of them; for `shell:` {"/bin/sh", "-c", text} */
	size_t n_argv;
	bool shell;                   /* the last of argv is a line for a shell */
	bool state;                   /* $TIDEMILL_STATE; not of a sensor */
	bool deterministic;           /* task.deterministic; not of a sensor */
	const char *const *artifacts; /* n_artifacts globs; not of a sensor */
	size_t n_artifacts;
};

/* `read` function of a row: `run:`, into params that begin with a struct op_command. */
void command_read_run(struct yreader *r, const struct key *row, const struct ynode *key,
		      void *base);

/* The same of `shell:`. */
void command_read_shell(struct yreader *r, const struct key *row, const struct ynode *key,
			void *base);

/* `read` function of a row: a status that a program may end with but 0, into an int. */
void command_read_exit_code(struct yreader *r, const struct key *row, const struct ynode *key,
			    void *base);

/* `read` function of a row: `outputs:`, into the task. */
void command_read_outputs(struct yreader *r, const struct key *row, const struct ynode *key,
			  void *base);

/* As op_argv(), of params that begin with a struct op_command. */
const template_text *command_argv(const void *params, size_t *n, bool *shell);

#endif
