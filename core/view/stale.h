/* stale.h - the unpartitioned files that partitions have read, as they are now. */
#ifndef CORE_VIEW_STALE_H
#define CORE_VIEW_STALE_H

#include "core/view/open.h"

enum { VIEW_FILE_BYTES_MAX = 256 << 20 }; /* larger unpartitioned files are not looked at */

/*
 * The unpartitioned files that live partitions have read (`dataset` NULL: of
 * all datasets, else of that one) as they are now: {"dataset": "digest"}, for
 * the caller to free.  One that is declared nowhere, is gone, or has more than
 * VIEW_FILE_BYTES_MAX is not in it.  Reads each of the others from end to end.
 */
enum err_code stale_files(struct view *v, const char *dataset, char **out,
			  struct err *err) MUST_CHECK;

#endif
