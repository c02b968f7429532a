/* command.h - carrying out what a person asked for, once for each key. */
#ifndef SCHEDULER_COMMAND_COMMAND_H
#define SCHEDULER_COMMAND_COMMAND_H

#include "scheduler/state/state.h"

/* Carry out a command, or answer a known key again; appends one REPLY. */
void command_step(struct engine *e, const struct event *event);

#endif
