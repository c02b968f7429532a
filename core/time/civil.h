/*
 * civil.h - dates, timestamps and durations as people write them.  Pure.
 *
 * A day number counts days since 1970-01-01 (proleptic Gregorian calendar).
 * Every instant is UTC microseconds.  Texts have years 0001 to 9999 only.
 */
#ifndef CORE_TIME_CIVIL_H
#define CORE_TIME_CIVIL_H

#include "core/base/err.h"

struct civil {
	int year, month, day; /* month and day from 1 */
	int hour, minute, second, micro;
};

/* The day number of a date; month and day have to be in range. */
int64_t civil_day(int year, int month, int day);

/* The date of a day number, at midnight; any year. */
struct civil civil_date(int64_t day);

/* Take an instant apart. */
struct civil civil_of(int64_t us);

/* The instant of a civil time in UTC. */
int64_t civil_us(const struct civil *c);

/* 0 Monday ... 6 Sunday. */
int civil_weekday(int64_t day);

/* The day number an instant falls on, also before 1970. */
int64_t civil_day_of(int64_t us);

enum { DATE_CHARS = 10, TIMESTAMP_CHARS = 27 }; /* without the NUL */

/* "2026-05-01" */
void date_format(int64_t day, char out[DATE_CHARS + 1]);

/* "2026-05-01T02:30:00Z", with ".250000" before the Z only when there are microseconds. */
void timestamp_format(int64_t us, char out[TIMESTAMP_CHARS + 1]);

/* Exactly YYYY-MM-DD, `bytes` long, a real date.  False leaves *day alone. */
bool date_parse(const char *text, size_t bytes, int64_t *day);

/*
 * RFC 3339: YYYY-MM-DD, 'T', 't' or one space, HH:MM:SS, an optional fraction
 * of 1 to 9 digits (cut to microseconds), then Z, z, +HH:MM or -HH:MM.  Without
 * a zone it is UTC; a date alone is its midnight.  Second 60 is refused.
 * False leaves *us alone.
 */
bool timestamp_parse(const char *text, size_t bytes, int64_t *us);

/* "250ms", "30s", "10m", "1h30m", "7d": units d h m s ms in falling order.  False: not one. */
bool duration_parse(const char *text, int64_t *us);

/* The shortest form that duration_parse() reads back, such as "1h30m"; 0 is "0s". */
void duration_format(int64_t us, char *out, size_t room);

#endif
