/* checkup.c - every page of the state database is looked at while the scheduler works. */
#include "scheduler/daemon/checkup.h"

#include "core/base/clock.h"
#include "core/base/db.h"
#include "core/base/mem.h"

#include <stdlib.h>
#include <unistd.h>

struct check_work {
	struct job job;
	struct checkup *checkup;
	const char *path;
	int64_t began_us, took_us;
	enum err_code found;
	struct err err;
};

static void
run_check(struct job *job)
{
	struct check_work *w = (struct check_work *)job;

	w->found = db_check(w->path, &w->checkup->stop, &w->err);
	w->took_us = clock_boot_us() - w->began_us;
}

static void
drop_check(struct job *job)
{
	free(job);
}

static void
check_done(struct job *job)
{
	struct check_work *w = (struct check_work *)job;
	const struct checkup *c = w->checkup;
	struct err err;

	if (w->found == ERR_LIMIT) {
		drop_check(job);
		return;
	}
	if (store_checked(c->store, w->found, &err))
		log_line(c->log, LOG_ERROR, "%s", err.msg);
	if (w->found) {
		log_line(c->log, LOG_ERROR, "%s", w->err.msg);
		_exit(1);
	}
	log_line(c->log, LOG_INFO, "the state database is whole, checked in %.1f s",
		 (double)w->took_us / 1e6);
	drop_check(job);
}

void
checkup_start(struct checkup *c)
{
	struct check_work *w;

	if (!store_check_due(c->store))
		return;
	w = mem_new(1, sizeof(*w));
	w->job = (struct job){ .run = run_check, .done = check_done, .drop = drop_check };
	w->checkup = c;
	w->path = store_path(c->store);
	w->began_us = clock_boot_us();
	job_start(c->jobs, &w->job);
}

void
checkup_stop(struct checkup *c)
{
	atomic_store(&c->stop, true);
}
