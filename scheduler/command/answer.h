/*
 * answer.h - the words of a reply.
 */
#ifndef SCHEDULER_COMMAND_ANSWER_H
#define SCHEDULER_COMMAND_ANSWER_H

#include "scheduler/state/state.h"

/* Set code and message; the message is copied into the effects. */
void reply_say(struct engine *e, struct reply *reply, enum reply_code code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Name the run that the reply is about. */
void reply_run(struct engine *e, struct reply *reply, const struct run *run);

/* A logical date as a person would type it; lives as long as the effects. */
const char *reply_date(struct engine *e, int64_t us);

#endif
