/* internal.h - the struct that the files of the store share.  Nobody else includes it. */
#ifndef SCHEDULER_STORE_INTERNAL_H
#define SCHEDULER_STORE_INTERNAL_H

#include "core/base/db.h"
#include "scheduler/store/anchor.h"
#include "scheduler/store/columns.h"
#include "scheduler/store/store.h"

struct store {
	struct db *db;
	char *path;   /* of the database */
	char *notice; /* store_notice() */
	int lock_fd;  /* DIR/.tidemill/lock */
	int guard_fd; /* anchor_guard() */
	struct anchor anchor;
	bool check_due;    /* every page has still to be looked at */
	char *put[TABLES]; /* columns_insert(); statements are kept by these addresses */
};

#endif
