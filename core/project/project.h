/*
 * project.h - the project directory, and all its DAG files read together.
 *
 *   DIR/tidemill.yaml     optional settings
 *   DIR/dags/NAME.yaml    one dag per file
 *   DIR/calendars/NAME.txt  days that schedules name
 *   DIR/.tidemill/        state.db, logs/, control.sock, token; mode 0700
 */
#ifndef CORE_PROJECT_PROJECT_H
#define CORE_PROJECT_PROJECT_H

#include "core/project/settings.h"
#include "core/model/dag.h"
#include "core/text/diag.h"

enum { PROJECT_DAGS_MAX = 10000 };

struct project {
	char *dir; /* absolute, no trailing slash */
	struct settings settings;
	bool unsettled;    /* tidemill.yaml has mistakes */
	struct dag **dags; /* sorted by id; one reference each */
	size_t n_dags;
	char **broken; /* the files that gave none of these, sorted */
	size_t n_broken;
};

/* Find the directory: `dir` (from -C), else $TIDEMILL_HOME, else the current one.  Absolute. */
enum err_code project_dir(const char *dir, char **out, struct err *err) MUST_CHECK;

/*
 * Read settings and every dags/NAME.yaml of `dir`, then check what spans files:
 * two files with one dag id, a dataset declared twice, written by two tasks, or
 * read and declared nowhere, nested dataset paths, a cycle of datasets between
 * dags.  A dag with an error, its own or a shared one, is not in out->dags.
 * Inputs found in other files are resolved.  A file beyond PROJECT_DAGS_MAX, by
 * name, is refused by itself.  Fails (ERR_SYSTEM) only when the directory cannot
 * be read.  The caller releases *out.
 */
enum err_code project_load(struct project *out, const char *dir, struct diags *diags,
			   struct err *err) MUST_CHECK;

/* The settings alone: those of DIR/tidemill.yaml, defaults where it says nothing or a mistake. */
void project_settings(struct settings *out, const char *dir, struct diags *diags);

/* Is a file ("dags/NAME.yaml") there, and gave no dag that can run? */
bool project_is_broken(const struct project *p, const char *file);

/* Free what project_load() gave. */
void project_release(struct project *p);

/*
 * Check files by themselves, as `tidemill validate PATH...` does: into diags,
 * with cross checks among them.  A dataset that none of them declares is a
 * warning only, since another file of the project may; variables that they name are taken
 * to be there, templates and calendars are those of the project that a file lies in, else of
 * project `dir` (NULL: none).  Those that are right are in out->dags, to be released.
 */
enum err_code project_check_files(const char *dir, const char *const *paths, size_t n,
				  struct project *out, struct diags *diags,
				  struct err *err) MUST_CHECK;

/*
 * Where a dataset comes from: the dag that declares it and its index there; a
 * declared one wins over an external of the same name.  False: nobody has it.
 */
bool catalog_find(struct dag *const *dags, size_t n_dags, const char *name, const struct dag **dag,
		  const struct dataset **dataset);

#endif
