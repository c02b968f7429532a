/*
 * list.h - every command that changes the state.
 */
#ifndef SCHEDULER_COMMAND_LIST_H
#define SCHEDULER_COMMAND_LIST_H

#include "scheduler/command/def.h"

/* The row of a command. */
const struct command_def *command_def_of(enum command_kind kind);

/* The row of a command by its name in a request; NULL: there is none. */
const struct command_def *command_find(const char *name);

/* What the value of a field has to be, for people: "a date such as 2026-05-01 or ...". */
const char *field_wants(enum field_type type);

#endif
