/*
 * sandbox.h - what a built-in operator cannot do even when it is wrong.
 *
 * It writes into the staging directories of its outputs and nowhere else,
 * starts no program, opens no connection (unless that is what it is for) and signals nobody
 * outside.  By
 * Landlock, as far as the kernel has it; where it has not, the operator runs
 * without.  Reading is not limited.
 */
#ifndef WORKER_PROCESS_SANDBOX_H
#define WORKER_PROCESS_SANDBOX_H

#include "core/wire/spec.h"

/*
 * Enter it, for good.  Makes the staging directories, since rules are about
 * directories that exist.  Says nothing when it cannot: a staging directory
 * that cannot be made is the operator's error to report.
 */
void sandbox_enter(const struct spec *spec);

#endif
