/*
 * cron.h - five-field cron, read and asked for its times on a clock on the wall.  Pure.
 *
 * Fields: minute hour day-of-month month day-of-week; lists, ranges, steps, names jan-dec and
 * sun-sat, 0 and 7 both Sunday; `L` the last day of the month, `5L` its last Friday, `5#2` or
 * `fri#2` its second; @hourly @daily @midnight @weekly @monthly @yearly @annually.  A day has to
 * match both day fields when one of them begins with a star, also with a step; else either of
 * them (crontab(5)).  What the times become in a zone is told in schedule.h.
 */
#ifndef CORE_TIME_CRON_H
#define CORE_TIME_CRON_H

#include "core/base/err.h"

enum { CRON_NTH_LAST = 6, CRON_FIELDS = 5 };

struct cron {
	uint64_t minutes;     /* bit 0 to 59 */
	uint32_t hours, days; /* bit 0 to 23; bit 1 to 31 */
	uint16_t months;      /* bit 1 to 12 */
	uint8_t weekdays;     /* bit 0 Sunday to 6 Saturday */
	uint8_t nth[7];       /* of each: bit n the n-th of the month, CRON_NTH_LAST the last */
	bool last_day;        /* L: the last day of the month */
	bool any_day, any_weekday; /* the field begins with a star */
	bool rhythm;               /* the minute or the hour field does */
};

/*
 * Every cron fires within so many years: 29 February on a certain weekday comes every 28, and
 * after 40 around 1900 and 2100.
 */
enum { CRON_YEARS_MAX = 41 };

/* A step that does not divide its field: the last stride before it begins again is shorter. */
struct cron_uneven {
	size_t at, bytes;  /* where in the text */
	const char *field; /* "minute" */
	unsigned step;
	const char
	    *divisors; /* "1, 2, 3, 4 or 6"; NULL: months differ in length, none divides them */
};

/* What is to be said of a text. */
struct cron_marks {
	size_t at;  /* of the mistake */
	bool never; /* it is that the cron can never fire */
	struct cron_uneven uneven[CRON_FIELDS];
	size_t n_uneven;
};

/*
 * Read an expression.  On ERR_INPUT the message says what is wrong and marks->at where in `text`;
 * `marks` may be NULL.  An expression that can never fire (31 February) is an error.
 */
enum err_code cron_parse(struct cron *out, const char *text, struct cron_marks *marks,
			 struct err *err) MUST_CHECK;

/*
 * The first time at or after `from` and before `end`, all of them microseconds as a clock on the
 * wall counts them; INT64_MAX: there is none.
 */
int64_t cron_next(const struct cron *cron, int64_t from, int64_t end);

/* Does it tick on a day (civil.h)? */
bool cron_has_day(const struct cron *cron, int64_t day);

#endif
