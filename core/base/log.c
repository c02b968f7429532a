/* log.c - what a long-lived program says: one entry, one line, with its time and level. */
#include "core/base/log.h"

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	TIME_CHARS = 24,             /* 2026-05-01T02:30:00.123Z */
	MESSAGE_BYTES_MAX = 1 << 20, /* a longer message is cut */
};

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

/* core/time has the calendar but stands above this room; here the C library's will do. */
static void
time_text(int64_t wall_us, char out[TIME_CHARS + 1])
{
	time_t seconds = (time_t)(wall_us / SECOND_US);
	char date[TIME_CHARS];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(out, TIME_CHARS + 1, "%.19s.%03uZ", date,
		       (unsigned)(wall_us % SECOND_US / 1000) % 1000);
}

static void
put(const struct log *log, const struct buf *entry)
{
	/* Whole or not at all: who reads standard error may have gone away. */
	(void)!write(log->fd, entry->data, entry->bytes);
}

/* How much of a message is written. */
static size_t
message_bytes(const char *message)
{
	return strnlen(message, MESSAGE_BYTES_MAX);
}

/* A message may quote a file, byte for byte, and be cut anywhere: the object is valid all the same.
 */
static void
put_json(const struct log *log, enum log_level level, const char *message)
{
	char *cut = mem_bytes(message, message_bytes(message));
	char when[TIME_CHARS + 1];
	struct buf entry;
	json_t *object;

	time_text(clock_wall_us(), when);
	object = json_pack("{s:s, s:s, s:s, s:o}", "time", when, "level", level_names[level], "who",
			   log->who, "message", json_text_new(cut));
	buf_init(&entry, SIZE_MAX);
	json_write(object, &entry);
	buf_char(&entry, '\n');
	put(log, &entry);
	buf_release(&entry);
	json_decref(object);
	free(cut);
}

/* A message never breaks the line, nor moves the cursor: control characters become spaces. */
static void
put_text(const struct log *log, enum log_level level, const char *message)
{
	char *line = mem_bytes(message, message_bytes(message));
	char when[TIME_CHARS + 1];
	struct buf entry;

	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	time_text(clock_wall_us(), when);
	buf_init(&entry, SIZE_MAX);
	buf_format(&entry, "%s %s %s: ", when, level_names[level], log->who);
	screen_text(line, 0, &entry);
	buf_char(&entry, '\n');
	put(log, &entry);
	buf_release(&entry);
	free(line);
}

struct log
log_open(const char *who, const char *words)
{
	struct log log = { .who = who, .level = LOG_INFO, .fd = STDERR_FILENO };
	const char *unknown = NULL;
	size_t chars, unknown_chars = 0;

	for (const char *at = words ? words : ""; *at; at += chars + (at[chars] == ',')) {
		bool known = false;

		chars = strcspn(at, ",");
		for (size_t i = 0; i < countof(level_names); i++)
			if (strlen(level_names[i]) == chars &&
			    !strncmp(at, level_names[i], chars)) {
				log.level = (enum log_level)i;
				known = true;
			}
		if (chars == 4 && (!strncmp(at, "json", 4) || !strncmp(at, "text", 4))) {
			log.json = *at == 'j';
			known = true;
		}
		if (!known) {
			unknown = at;
			unknown_chars = chars;
		}
	}
	if (unknown)
		log_line(&log, LOG_WARN,
			 "TIDEMILL_LOG: '%.*s' is none of text, json, error, warn, info, debug; "
			 "a comma goes between two of them",
			 (int)unknown_chars, unknown);
	return log;
}

/* The message of a format, for put_json() or put_text(). */
static void
put_format(const struct log *log, enum log_level level, const char *fmt, va_list ap)
{
	char *message;

	if (vasprintf(&message, fmt, ap) < 0)
		return;
	if (log->json)
		put_json(log, level, message);
	else
		put_text(log, level, message);
	free(message);
}

void
log_line(const struct log *log, enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > log->level)
		return;
	va_start(ap, fmt);
	put_format(log, level, fmt, ap);
	va_end(ap);
}

void
log_tell(const struct log *log, const char *fmt, ...)
{
	char *message;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&message, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (log->json) {
		put_json(log, LOG_INFO, message);
	} else {
		struct buf entry;

		buf_init(&entry, SIZE_MAX);
		buf_format(&entry, "%s: ", log->who);
		screen_text(message, 0, &entry);
		buf_char(&entry, '\n');
		put(log, &entry);
		buf_release(&entry);
	}
	free(message);
}

size_t
log_columns(const struct log *log)
{
	return log->json ? 0 : screen_columns(log->fd);
}

void
log_block(const struct log *log, enum log_level level, const char *text)
{
	if (level > log->level)
		return;
	if (log->json)
		put_json(log, level, text);
	else
		(void)!write(log->fd, text, strlen(text));
}
