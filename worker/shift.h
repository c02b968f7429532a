/*
 * shift.h - a shim's life: one attempt after another, as long as none leaves anything.
 *
 * A fork of the spawner costs as much as all else of a short attempt.  A shim whose attempt left
 * nothing, neither a descendant nor in its own memory what another must not know, asks for the
 * next one (core/wire/again.h), a hundred times at most; any other ends.  docs/adr/0018 has what
 * that rests on.
 */
#ifndef WORKER_SHIFT_H
#define WORKER_SHIFT_H

#include "core/wire/launch.h"

/* A shim_main_fn.  Does not return to the spawner's code path: its result is the exit status. */
int shift_main(const struct launch *first, const struct shim_ends *ends);

#endif
