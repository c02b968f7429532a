/*
 * litter.h - runtime directories that nobody comes back to.
 *
 * They lie side by side in a place that is emptied by a reboot or never.  One whose project is
 * gone, or has another one by now, is removed with what is in it, unless a shim lives in it.
 */
#ifndef SCHEDULER_EXECUTOR_LITTER_H
#define SCHEDULER_EXECUTOR_LITTER_H

#include "core/base/log.h"

/* Note whose runtime directory it is, then look at its neighbours, at most a few hundred. */
void litter_clear(const char *project_dir, const char *runtime_path, const struct log *log);

#endif
