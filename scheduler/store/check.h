/*
 * check.h - is the file whole?  Asked after every end that was not orderly.
 *
 * What a start waits for is bounded: SQLite has recovered its log and compared the size of the file
 * with its header, and each table is entered once.  A file of few pages is looked at whole
 * there and then; a larger one while the scheduler works (scheduler/daemon/checkup.h), and until
 * that found nothing no end counts as orderly.
 */
#ifndef SCHEDULER_STORE_CHECK_H
#define SCHEDULER_STORE_CHECK_H

#include "core/base/db.h"

enum { OPEN_PAGES_MAX = 4096 }; /* 16 MiB, looked at whole: some 30 ms; 840 MiB took 6 s */

/*
 * At the open: how the last end was, and what follows from it.  The database counts as in use from
 * here on.  *due: every page has still to be looked at.  *orderly: the last end was.  ERR_SYSTEM:
 * it is damaged.
 */
enum err_code check_open(struct db *db, const char *path, bool *due, bool *orderly,
			 struct err *err) MUST_CHECK;

/* At the end: it was orderly. */
enum err_code check_close(struct db *db, struct err *err) MUST_CHECK;

/* Every page was looked at.  Unless it is whole the next open does so before it goes on. */
enum err_code check_end(struct db *db, bool whole, struct err *err) MUST_CHECK;

#endif
