/*
 * retain.h - which versions nobody needs any longer.
 */
#ifndef SCHEDULER_STORE_RETAIN_H
#define SCHEDULER_STORE_RETAIN_H

#include "core/model/dag.h"
#include "scheduler/store/store.h"

/* A version of a partition, by what names it. */
struct old_version {
	char dataset[NAME_MAX_BYTES + 32]; /* a name and perhaps "_quarantine" */
	struct grid grid; /* the unit of its partitions; a directory is named by that alone */
	int64_t part, version;
	char digest[DIGEST_CHARS + 1];
};

/*
 * Versions that retention may collect now, at most `max`: not live, not among
 * the newest `retain` that were replaced, replaced (not published: somebody may
 * have begun to read it just before) earlier than replaced_before_us, and not
 * pinned by a live attempt.
 */
enum err_code store_old_versions(struct store *s, int retain, int64_t replaced_before_us,
				 struct old_version *out, size_t max, size_t *n,
				 struct err *err) MUST_CHECK;

/* How an attempt ended. */
struct attempt_end {
	enum outcome outcome;
	int64_t ended_us; /* 0: it has not, or nobody knows it */
};

/* Ask for it by the key of the attempt. */
enum err_code store_attempt_end(struct store *s, int64_t attempt, struct attempt_end *out,
				struct err *err) MUST_CHECK;

/* Its directory is gone; the row stays as history.  Twice is fine. */
enum err_code store_version_collected(struct store *s, const struct old_version *v,
				      struct err *err) MUST_CHECK;

#endif
