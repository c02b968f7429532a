/*
 * catalog.h - the DAG files as the scheduler uses them: what is right, and the last good of what
 * is not.
 *
 *   catalog_init -> catalog_read, again whenever files changed -> catalog_release
 */
#ifndef SCHEDULER_LOOP_CATALOG_H
#define SCHEDULER_LOOP_CATALOG_H

#include "core/base/log.h"
#include "core/dagfile/project.h"

struct later;

struct catalog {
	struct project project; /* dags: what is active, sorted by id */
	size_t problems;        /* errors of the last reading */
	char *shown;            /* diagnostics that the log has, "" when there were none */
	const struct log *log;  /* borrowed */
};

/* Begin, with no dags; `log` is borrowed and outlives it. */
void catalog_init(struct catalog *c, const struct log *log);

/* Free what was read. */
void catalog_release(struct catalog *c);

/*
 * Read every file of the project.  A dag whose file has become wrong stays as
 * it was read last, also before a restart; one whose file has gone goes.  Diagnostics that are new
 * go to the log, all of them to DIR/.tidemill/import-errors.json, a JSON array of
 * {"file","line","column","level","message","help"}.  On failure *c is as it was.
 */
enum err_code catalog_read(struct catalog *c, const char *dir, struct err *err) MUST_CHECK;

/* Tell the engine which definitions are active: steps EVENT_CATALOG. */
void catalog_tell(const struct catalog *c, struct later *later);

/* catalog_read(), then tell. */
enum err_code catalog_reload(struct catalog *c, const char *dir, struct later *later,
			     struct err *err) MUST_CHECK;

/* The absolute path of a dataset that some dag declares, for the caller to free, or NULL. */
char *catalog_dataset_path(const struct catalog *c, const char *dataset);

#endif
