/*
 * cron.h - five-field cron, read and asked "when next?".  Pure, UTC.
 *
 * Fields: minute hour day-of-month month day-of-week; lists, ranges, steps,
 * names jan-dec and sun-sat, 0 and 7 both Sunday; @hourly @daily @midnight
 * @weekly @monthly @yearly @annually.  A day has to match both day fields when
 * one of them begins with a star, also with a step; else either of them (crontab(5)).
 */
#ifndef CORE_TIME_CRON_H
#define CORE_TIME_CRON_H

#include "core/base/err.h"

struct cron {
	uint64_t minutes;          /* bit 0 to 59 */
	uint32_t hours, days;      /* bit 0 to 23; bit 1 to 31 */
	uint16_t months;           /* bit 1 to 12 */
	uint8_t weekdays;          /* bit 0 Sunday to 6 Saturday */
	bool any_day, any_weekday; /* the field begins with a star */
};

/*
 * Every cron fires within so many years: 29 February on a certain weekday comes every 28, and
 * after 40 around 1900 and 2100.
 */
enum { CRON_YEARS_MAX = 41 };

/*
 * Read an expression.  On ERR_INPUT the message says what is wrong and
 * *at_byte (if not NULL) where in `text`.  An expression that can never fire
 * (31 February) is an error.
 */
enum err_code cron_parse(struct cron *out, const char *text, size_t *at_byte,
			 struct err *err) MUST_CHECK;

/* The first tick at or after `us`. */
int64_t cron_next(const struct cron *cron, int64_t us);

#endif
