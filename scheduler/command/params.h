/* params.h - the params a person gave. */
#ifndef SCHEDULER_COMMAND_PARAMS_H
#define SCHEDULER_COMMAND_PARAMS_H

#include "scheduler/state/state.h"

/* Do these params (JSON text, or NULL) fit the dag?  False: the reply says what is wrong. */
bool command_params(struct engine *e, const struct dag *dag, const char *params,
		    struct reply *reply);

#endif
