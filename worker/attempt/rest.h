/*
 * rest.h - have files stayed as they are for a while?
 *
 * Who writes them may not have ended when their names are there.  What one look saw the next is
 * given; times are those of the boot, so that no clock that is set makes a file seem old.
 */
#ifndef WORKER_ATTEMPT_REST_H
#define WORKER_ATTEMPT_REST_H

#include "worker/attempt/ctx.h"

/*
 * Names, sizes and times of the files are as the look before saw them, since rest_us at least (0:
 * since that look).  Else op_not_yet(), with when to look again.
 */
enum err_code rest_await(struct op_ctx *ctx, const struct landing *files, int64_t rest_us,
			 struct err *err) MUST_CHECK;

#endif
