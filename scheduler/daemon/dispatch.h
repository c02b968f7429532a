/*
 * dispatch.h - from a decision to a launch message.  Pure but for the environment it is given.
 */
#ifndef SCHEDULER_DAEMON_DISPATCH_H
#define SCHEDULER_DAEMON_DISPATCH_H

#include "core/wire/launch.h"
#include "core/project/project.h"
#include "core/wire/spec.h"
#include "scheduler/engine/engine.h"

/*
 * Build the spec of an attempt that the engine wants launched: inputs pinned by
 * the action, outputs with the version they will get, templates of a command
 * rendered, history for volume_change (of 28 days, or more when a check looks
 * back further, oldest first).  It owns everything in it; the caller releases
 * it.  ERR_INPUT: it cannot be rendered, or an input is declared nowhere.
 * ERR_LIMIT: larger than SPEC_BYTES_MAX.  ERR_NOT_FOUND: not a live attempt.
 */
enum err_code launch_spec(const struct engine *e, const struct project *project,
			  const struct action *action, struct spec *out,
			  struct err *err) MUST_CHECK;

#endif
