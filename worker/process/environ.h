/*
 * environ.h - the environment of a worker, made from nothing.
 *
 * PATH and HOME as the scheduler had them, TZ=UTC, LANG=C.UTF-8, what the
 * task's `env:` says, and TIDEMILL_*; nothing else of the scheduler's own
 * environment, which may hold secrets, gets through.
 */
#ifndef WORKER_PROCESS_ENVIRON_H
#define WORKER_PROCESS_ENVIRON_H

#include "core/wire/spec.h"

/*
 * Has the environment of this process every variable that a `from_env` names?  It is the
 * scheduler's, and stays as it is: ERR_INPUT names the first that no other try would find.
 */
enum err_code environ_check(const struct spec *spec, struct err *err) MUST_CHECK;

/*
 * Replace this process's environment.  References are resolved now (secret.h): from_env
 * in the environment that is being replaced.  `more` are variables with values that the attempt
 * itself adds, which nothing may change.  ERR_INPUT names the variable that cannot be set; then the
 * environment is as it was.  The strings live as long as the process.
 */
enum err_code environ_enter(const struct spec *spec, const struct spec_env *more, size_t n_more,
			    struct err *err) MUST_CHECK;

#endif
