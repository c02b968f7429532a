/*
 * data.h - `tidemill data`: looks into files, without a project and without a task.
 */
#ifndef WORKER_LOOK_DATA_H
#define WORKER_LOOK_DATA_H

#include "core/model/data_request.h"
#include "core/base/err.h"

/*
 * Answer a request.  What is wrong with one file or one row is said on standard error and
 * counted, and the rest is read; an error is for a request that no file can
 * answer: ERR_INPUT, a column that is not there or a file of no known format.  On
 * success the caller drops out->columns and out->rows.
 */
enum err_code data_run(const struct data_request *request, struct data_answer *out,
		       struct err *err) MUST_CHECK;

#endif
