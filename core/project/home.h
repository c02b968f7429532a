/*
 * home.h - which directory is meant by "the project".
 */
#ifndef CORE_PROJECT_HOME_H
#define CORE_PROJECT_HOME_H

#include "core/base/err.h"

/* Is it a project: is there a dags/, a tidemill.yaml or a .tidemill/ in it? */
bool home_is_project(const char *dir);

/*
 * The project: `dir` (from -C), else $TIDEMILL_HOME; with neither the nearest of the current
 * directory and those above it that is a project.  Absolute, for the caller to free.
 * ERR_NOT_FOUND: it is not there, or is no project.
 */
enum err_code home_find(const char *dir, char **out, struct err *err) MUST_CHECK;

#endif
