/*
 * attempt.h - one attempt with its log, its counters and its checks.
 */
#ifndef SCHEDULER_PAGE_ATTEMPT_H
#define SCHEDULER_PAGE_ATTEMPT_H

#include "scheduler/page/exchange.h"

/* GET /attempts/KEY. */
enum err_code page_attempt(struct exchange *x, struct err *err);

/* GET /attempts/KEY/log: the end of its log as plain text, ?tail= bytes of it. */
enum err_code attempt_log(struct exchange *x, struct err *err);

/* GET /attempts/KEY/artifacts/N: the Nth of the files that it left, as bytes to be saved. */
enum err_code attempt_artifact(struct exchange *x, struct err *err);

/* Everything about an attempt, in a page that has begun; its log before the numbers. */
enum err_code attempt_put(struct exchange *x, const json_t *attempt, struct err *err);

#endif
