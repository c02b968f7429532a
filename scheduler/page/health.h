/*
 * health.h - what the status page knows besides the database: which DAG files are wrong, and
 * whether a scheduler lives.
 */
#ifndef SCHEDULER_PAGE_HEALTH_H
#define SCHEDULER_PAGE_HEALTH_H

#include "core/base/json.h"

/*
 * The diagnostics of the last reading of the DAG files, as catalog.h describes
 * them, new in *out; an empty array when no scheduler has written any.
 * ERR_LIMIT or ERR_SYSTEM when the file cannot be used.
 */
enum err_code health_import_errors(const char *project_dir, json_t **out,
				   struct err *err) MUST_CHECK;

/*
 * The process that keeps what is under way, a scheduler or a command with --wait; 0: nobody; -1:
 * somebody whose number is not known.
 */
long health_scheduler(const char *project_dir);

#endif
