/*
 * mark.h - a process carries the token of its attempt where the kernel shows it.
 *
 *   main: mark_room() -> spawner: mark_prepare() -> shim: mark_process(), inherited by fork
 *
 * A command has the token in the environment that it was started with.  Shims and built-in workers
 * are forks of one process and never exec: they write it over the environment that process was
 * given, which is what /proc/PID/environ shows of them.  So the sweep (sweep.h) finds every process
 * of an attempt, also where no file tells of it any more.
 */
#ifndef CORE_WIRE_MARK_H
#define CORE_WIRE_MARK_H

#include "core/base/base.h"

/* A variable that makes the environment of a process long enough; its value means nothing. */
#define MARK_ROOM_VARIABLE "TIDEMILL_ROOM"

/* Is the environment that this process was given long enough to be written over? */
bool mark_room(void);

/* Move the environment elsewhere, so that its first place may be written over. */
void mark_prepare(void);

/*
 * Show the token, or with "" none any more; after mark_prepare(), in this process or one above it.
 * False: no room.
 */
bool mark_process(const char *token);

#endif
