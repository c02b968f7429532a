/*
 * command.h - what operator command is asked to do.
 */
#ifndef CORE_OP_COMMAND_H
#define CORE_OP_COMMAND_H

#include "core/model/dag.h"

struct op_command {
	const template_text *argv; /* n_argv of them; for `shell:` {"/bin/sh", "-c", text} */
	size_t n_argv;
	bool shell; /* the last of argv is a line for a shell */
};

#endif
