/*
 * local.h - the storage of this machine: staged directories become live partitions, atomically.
 *
 * Called when the attempt is committed as `publishing` (the intent) and its
 * process tree is proven empty.  Every step can be done again after a crash:
 * the publish id in the manifest in place says whether it already happened.
 *
 *   per output, in the order of dag_outputs(), when all of them were looked at:
 *   live manifest has our publish id        -> it happened; only tidy up
 *   staged content equals the live content  -> version and files kept, manifest replaced
 *   live exists                             -> exchange(staged, live), sync, old one to versions/
 *   live absent                             -> move(staged, live) without replacing, sync
 *
 * A live directory without a manifest is somebody else's: it is never replaced.
 *
 * File operations go through a table (local_fs.h), so that the simulator can
 * crash between any two of them; the row storage_local has the real one below.
 */
#ifndef SCHEDULER_PUBLISH_LOCAL_H
#define SCHEDULER_PUBLISH_LOCAL_H

#include "core/storage/storage.h"
#include "scheduler/publish/local_fs.h"

/*
 * Do it.  `out` has room for n_outputs; strings in it live in `arena`.  What is
 * staged has to name this dataset, part and token.  Its version has to be above
 * the live one; where it is not, the state database is behind the lake (made
 * anew, or a publish was given up half way) and it gets the number after the
 * live one: out->version tells.
 * ERR_INPUT: what is staged is not what was promised, or what is live is in the
 * way; nothing was changed, unless that came to be in between.
 * ERR_SYSTEM: the file system refused; may be tried again, and has to be where
 * out->dataset is set: the first output is live (struct storage).  Blocks;
 * touches only its arguments, so it may run on any thread.
 */
enum err_code local_publish(const struct publish_fs *fs, const struct storage_job *job,
			    struct published *out, struct arena *arena, struct err *err) MUST_CHECK;

/*
 * Remove what attempt `job->attempt` staged and did not publish.  An old version
 * that a publish left in the staging directory goes to versions/ instead.
 */
enum err_code local_discard(const struct publish_fs *fs, const struct storage_job *job,
			    struct err *err) MUST_CHECK;

/* Remove one old version directory; absent is fine. */
enum err_code local_collect(const struct publish_fs *fs, const char *path, struct grid grid,
			    int64_t part, int64_t version, const char *digest,
			    struct err *err) MUST_CHECK;

#endif
