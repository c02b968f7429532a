/* params.h - answering, and the params a person gave. */
#ifndef SCHEDULER_COMMAND_PARAMS_H
#define SCHEDULER_COMMAND_PARAMS_H

#include "scheduler/state/state.h"

/* Set code and message; the message is copied into the effects. */
void reply_say(struct engine *e, struct reply *reply, enum reply_code code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Do these params (JSON text, or NULL) fit the dag?  False: the reply says what is wrong. */
bool params_check(struct engine *e, const struct dag *dag, const char *params, struct reply *reply);

#endif
