/*
 * pattern.h - times in a form that somebody else chose, such as "%d.%m.%Y %H:%M".  Pure.
 *
 * A pattern is text in which directives stand for parts of a time, a subset of
 * strptime(3):
 *
 *   %Y four digits    %y two digits, 1969 to 2068    %m %d %H %I %M %S one or two digits
 *   %f 1 to 9 digits of a second    %j day of the year    %p AM or PM    %z Z, +HH, +HHMM, +HH:MM
 *   %b %B month, %a %A weekday, both in English    %T %H:%M:%S    %R %H:%M    %F %Y-%m-%d    %% %
 *
 * All else stands for itself, a space for one space.  Or it is one of the words epoch_s,
 * epoch_ms, epoch_us, epoch_ns: a number of them since 1970 UTC, of seconds with up to nine
 * decimals.  The whole text has to match and be a real time; nothing is corrected.
 */
#ifndef CORE_TIME_PATTERN_H
#define CORE_TIME_PATTERN_H

#include "core/base/err.h"

/*
 * Does a pattern say everything that a timestamp, or (is_date) a date and no more, needs?
 * ERR_INPUT says what is wrong with it.
 */
enum err_code pattern_check(const char *pattern, bool is_date, struct err *err) MUST_CHECK;

/* It is one of the words of numbers since 1970. */
bool pattern_is_epoch(const char *pattern);

/*
 * Read a text by a pattern that was checked.  *us: microseconds since 1970, in UTC if *has_zone,
 * else as a clock on the wall would count them; what is finer is cut off.  False: the text is not
 * written so, or no such time exists.
 */
bool pattern_read(const char *pattern, const char *text, size_t bytes, int64_t *us, bool *has_zone);

/* The same by a pattern of dates: a day number (civil.h). */
bool pattern_read_date(const char *pattern, const char *text, size_t bytes, int64_t *day);

#endif
