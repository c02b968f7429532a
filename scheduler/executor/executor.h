/*
 * executor.h - where attempts run: a row of functions for each way, found by its word.
 *
 *   executor_find -> row->open -> row->start -> launch, adopt, kill, sweep ... -> row->stop, the
 *   loop runs on -> row->close
 *
 * The scheduler holds an open executor and its row, and knows no other way to an attempt.  What the
 * functions promise is what a machine far away can keep as well: an attempt is named by its key
 * and its token, the token is the fence (an exit record with another token is nobody's), and times
 * that cross are durations, not instants.  Functions are called on the loop's thread and never
 * wait for an attempt; what is found out later comes through the mailbox (loop/later.h).  Doing a
 * thing twice is harmless.
 */
#ifndef SCHEDULER_EXECUTOR_EXECUTOR_H
#define SCHEDULER_EXECUTOR_EXECUTOR_H

#include "core/base/log.h"
#include "core/wire/launch.h"
#include "scheduler/executor/spawner.h"
#include "scheduler/loop/job.h"
#include "scheduler/loop/later.h"

/* What a new executor gets; everything is borrowed and outlives it. */
struct executor_setup {
	const char *project_dir;
	struct later *later; /* where it tells what it found out */
	struct spawner
	    *spawner; /* local: forked first thing in main(); NULL: it is never started */
	const struct log *log;
};

/* A live attempt as the engine knows it; tokens are borrowed. */
struct executor_live {
	int64_t attempt;
	const char *token;
	enum attempt_state state;
	bool cancel; /* killing because a person or a timeout asked, not because it vanished */
};

/* An open executor; embedded first in the struct of its kind. */
struct executor {
	const struct executor_row *row;
};

struct executor_row {
	const char *word; /* what a person writes */

	/* Find or make the place where evidence of attempts is kept; *out is for close(). */
	enum err_code (*open)(struct executor **out, const struct executor_setup *setup,
			      struct err *err);

	/*
	 * Live on the loop; blocking work goes to `jobs`.  Before it only inspect, bury,
	 * kill and discard are called.  After a failure too stop() is called.
	 */
	enum err_code (*start)(struct executor *ex, uv_loop_t *loop, struct jobs *jobs,
			       struct err *err);

	/*
	 * Remove what attempts left that are not among the n in `live`, sorted by key.  Once,
	 * before recovery; what cannot be removed stays.
	 */
	void (*clean)(struct executor *ex, const struct executor_live *live, size_t n);

	/*
	 * Start an attempt.  `what` but for runtime_path, which is the executor's own.  The
	 * order goes out with the next flush(); its start, or that it could not, comes by mail.
	 * An error: it was not and will not be started.
	 */
	enum err_code (*launch)(struct executor *ex, const struct launch *what, struct err *err);

	/* All that a turn starts was noted by launch(): send it. */
	void (*flush)(struct executor *ex);

	/* Before the scheduler's end: send the rest, waiting a second at most. */
	void (*drain)(struct executor *ex);

	/*
	 * Follow a live attempt of an earlier scheduler: tell by mail when it ends.  `pid` is
	 * what inspect() gave.  When it cannot be followed patrol() still finds its end.
	 */
	void (*adopt)(struct executor *ex, int64_t attempt, const char *token, int pid);

	/*
	 * Ask the attempt to end; not started: see to it that it never is, if that can be
	 * done.  An error is for a person only: patrol() asks again.
	 */
	enum err_code (*kill)(struct executor *ex, int64_t attempt, const char *token,
			      struct err *err);

	/* Prove that nothing of the attempt is alive, ending what is, then mail EVENT_GONE. */
	void (*sweep)(struct executor *ex, int64_t attempt, const char *token);

	/*
	 * What is known of an attempt now: attempt_inspect().  *pid is a number by which adopt()
	 * finds it again.  ERR_SYSTEM and ERR_BUSY: nothing is proven.
	 */
	enum err_code (*inspect)(struct executor *ex, int64_t attempt, const char *token,
				 enum evidence *out, struct exit_record *record, int *pid,
				 struct err *err);

	/* See to it that the attempt never starts.  ERR_CONFLICT: it began, inspect again. */
	enum err_code (*bury)(struct executor *ex, int64_t attempt, struct err *err);

	/*
	 * Compare n live attempts with what is there: mails those that are worth a look, because
	 * a message may have been lost, and asks again those that do not end.  Every few
	 * seconds.  An error is the last one met, for a person; the rest was looked at.
	 */
	enum err_code (*patrol)(struct executor *ex, const struct executor_live *live, size_t n,
				struct err *err);

	/* The attempt has ended and that is committed: its evidence may go.  Absent is fine. */
	enum err_code (*discard)(struct executor *ex, int64_t attempt, struct err *err);

	/* Close the handles; the loop has to run on.  Attempts live on. */
	void (*stop)(struct executor *ex);

	/* Free it. */
	void (*close)(struct executor *ex);
};

extern const struct executor_row executor_local;

/* The row of a word, or NULL. */
const struct executor_row *executor_find(const char *word);

#endif
