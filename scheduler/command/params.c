/* params.c - the params a person gave. */
#include "scheduler/command/params.h"

#include "scheduler/command/answer.h"

bool
command_params(struct engine *e, const struct dag *dag, const char *params, struct reply *reply)
{
	struct err err;

	if (!params_check(dag->id, dag->params, dag->n_params, params, &err))
		return true;
	reply_say(e, reply, REPLY_INVALID, "%s", err.msg);
	return false;
}
