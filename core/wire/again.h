/*
 * again.h - a shim that has nothing left of its attempt asks for another.
 *
 *   shim --one byte: free--> spawner --launch frame--> the same shim
 *
 * Each such shim has a stream socket pair with the spawner, whose other end nobody else holds: it
 * ends when the spawner does, however that is, and with it a shim that waits.
 */
#ifndef CORE_WIRE_AGAIN_H
#define CORE_WIRE_AGAIN_H

#include "core/wire/launch.h"

/* Make one; both ends are close-on-exec.  False: descriptors are short. */
bool again_pair(int *spawner_fd, int *shim_fd) MUST_CHECK;

/* The shim: ask.  False: there will be none, and it has to end. */
bool again_ask(int fd) MUST_CHECK;

/*
 * The shim: wait for the frame of the next launch, which is read into `frame` and borrows from it.
 * ERR_NOT_FOUND: there will be none.  ERR_INPUT: it is no launch, and whoever sent it counts on us.
 */
enum err_code again_wait(int fd, struct buf *frame, struct launch *out, struct err *err) MUST_CHECK;

/* The spawner: has it asked?  True once for each time. */
bool again_asked(int fd);

/*
 * The spawner: give a frame to one that has asked.  False: it took none or only a part, and the
 * frame may be given to another when this end is closed.
 */
bool again_give(int fd, const char *frame, size_t bytes) MUST_CHECK;

#endif
