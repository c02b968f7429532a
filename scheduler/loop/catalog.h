/*
 * catalog.h - the DAG files as the scheduler uses them: what is right, and the last good of what
 * is not.
 *
 *   catalog_init -> catalog_read -> catalog_follow -> catalog_ask* -> catalog_release
 *
 * The first reading is waited for.  From catalog_follow() on files are read and
 * checked on a thread, one reading at a time, and the loop only takes what came
 * out: ten thousand files hold up nothing.
 */
#ifndef SCHEDULER_LOOP_CATALOG_H
#define SCHEDULER_LOOP_CATALOG_H

#include "core/base/log.h"
#include "core/project/project.h"

struct jobs;
struct later;
struct catalog_reading;

/* A reading that was asked for was taken; `err` NULL: it went well. */
typedef void catalog_done_fn(void *arg, int64_t request, const struct err *err);

/* What is active may be other definitions now: before whoever asked is told. */
typedef void catalog_taken_fn(void *arg);

/* Who waits for a reading. */
struct catalog_asker {
	catalog_done_fn *done;
	void *arg;
	int64_t request;
	bool next; /* for the one after that which is under way: files may have changed since */
};

struct catalog {
	struct project project; /* dags: what is active, sorted by id */
	size_t problems;        /* errors of the last reading */
	char *shown;            /* diagnostics that the log has, "" when there were none */
	const struct log *log;  /* borrowed */
	/* While the loop runs. */
	struct jobs *jobs;
	catalog_taken_fn *taken;
	void *arg;
	const char *dir;
	struct catalog_reading *reading; /* under way; NULL: none is */
	bool again;                      /* read once more when it was taken */
	struct catalog_asker *askers;
	size_t n_askers;
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

/* From now on readings are jobs, and `taken` is called on the loop after each; all is borrowed. */
void catalog_follow(struct catalog *c, const char *dir, struct jobs *jobs, catalog_taken_fn *taken,
		    void *arg);

/*
 * Read every file anew, off the loop.  `done` is told on the loop, never from
 * within, when a reading that began after this call was taken; NULL: what goes
 * wrong is logged.
 */
void catalog_ask(struct catalog *c, catalog_done_fn *done, void *arg, int64_t request);

/* The absolute path of a dataset that some dag declares, for the caller to free, or NULL. */
char *catalog_dataset_path(const struct catalog *c, const char *dataset);

#endif
