/*
 * publisher.h - publishing and clearing away what attempts staged, on pool threads.
 *
 *   track, probe at the launch -> publish -> EVENT_PUBLISHED by mail -> discard
 */
#ifndef SCHEDULER_PUBLISH_PUBLISHER_H
#define SCHEDULER_PUBLISH_PUBLISHER_H

#include "core/base/log.h"
#include "scheduler/engine/look.h"
#include "scheduler/loop/job.h"
#include "scheduler/loop/later.h"
#include "scheduler/publish/collector.h"

struct tracked;
struct probed;
struct publish_work;

/* Begins as its first members and zeros; ends with publisher_release(). */
struct publisher {
	const char *project_dir;     /* borrowed, as all of these */
	const struct engine *engine; /* asked for live attempts */
	struct later *later;
	struct collector *collector; /* hears of versions that became old */
	const struct log *log;
	struct jobs *jobs; /* NULL: no loop runs, everything is done at once, in the caller */

	struct tracked *tracked;         /* what live attempts with outputs may stage */
	struct publish_work *publishing; /* at most one per attempt */
	struct probed *probed;           /* dataset directories that can publish */
};

/*
 * Note what a live attempt may leave in staging directories, before anything
 * happens to it: the engine forgets an attempt when it ends.
 */
void publisher_track(struct publisher *p, int64_t attempt);

/* May the outputs of a live attempt be published where they go?  Each is probed once. */
enum err_code publisher_probe(struct publisher *p, const struct attempt_info *info,
			      struct err *err) MUST_CHECK;

/*
 * Publish what a live attempt staged, on a thread, then step EVENT_PUBLISHED.  A
 * file system that refuses is asked again for some six seconds, a full one until it has room; what
 * it says stands behind EVENT_UNPUBLISHED meanwhile.
 */
void publisher_publish(struct publisher *p, int64_t attempt);

/*
 * The attempt has ended: remove what it staged and did not publish, on a thread,
 * unless `keep_staging`.  One that was never tracked staged nothing.
 */
void publisher_discard(struct publisher *p, int64_t attempt, bool keep_staging);

/*
 * An attempt found no room for more than these bytes of what it stages: publisher_probe() refuses
 * (ENOSPC) until so many are free.
 */
void publisher_short(struct publisher *p, int64_t attempt, int64_t staged_bytes);

/* Forget everything; jobs have ended. */
void publisher_release(struct publisher *p);

#endif
