/*
 * files.h - tells when the DAG files or the settings may have changed.
 *
 * Also when newer tzdata was installed, which changes what the files mean.
 *
 * By the kernel's word at once, and by looking every five seconds, because
 * that word is not given on every file system.  Looking asks for the state of
 * each file, which is done on a thread.
 */
#ifndef SCHEDULER_LOOP_FILES_H
#define SCHEDULER_LOOP_FILES_H

#include "core/base/base.h"

#include <uv.h>

typedef void files_fn(void *arg);

struct files_watch {
	uv_fs_event_t event;
	uv_timer_t look;   /* the regular one */
	uv_timer_t settle; /* shortly after the kernel's word: an editor writes more than once */
	char *project_dir;
	uint64_t seen;  /* fingerprint when it last told */
	uv_work_t work; /* one look */
	uint64_t found; /* what it found; the thread's until it is over */
	bool looking, again, stopped;
	files_fn *on_change;
	void *arg;
};

/*
 * A number that is another one once a file of DIR/dags or DIR/calendars, or DIR/tidemill.yaml was
 * written.  Take it before reading the files.
 */
uint64_t files_fingerprint(const char *project_dir);

/* Follow DIR/dags and DIR/tidemill.yaml; `seen` is the fingerprint of what was read. */
void files_start(struct files_watch *w, uv_loop_t *loop, const char *project_dir, uint64_t seen,
		 files_fn *on_change, void *arg);

/* Close the handles; the loop has to run on. */
void files_stop(struct files_watch *w);

#endif
