/*
 * log.h - what a long-lived program says: one entry, one line, with its time and level.
 *
 *   text   2026-05-01T02:30:00.123Z warn scheduler: the disk is full; trying again
 *   JSON   {"time":"2026-05-01T02:30:00.123Z","level":"warn","who":"scheduler","message":"..."}
 *
 * A struct that is opened in main() and handed down; there is no log of the
 * process.  An entry is one write(), so those of several processes on one
 * standard error do not mix.  Nothing fails: what cannot be written is lost.
 */
#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

#include "core/base/base.h"

enum log_level {
	LOG_ERROR, /* something that was asked for does not happen */
	LOG_WARN,  /* something is wrong, and is tried again or gone around */
	LOG_INFO,  /* what happens, now and then */
	LOG_DEBUG, /* what happens, each time */
};

struct log {
	const char *who; /* the program, borrowed: "scheduler" */
	enum log_level level;
	bool json;
	int fd; /* borrowed */
};

/*
 * A log to standard error.  `words` is what a person set ($TIDEMILL_LOG), words
 * apart by commas, or NULL: "text" or "json", and the least urgent level that is
 * written: "error", "warn", "info", "debug"; without them text and info.  A word
 * that is none of these is said in the log, and left out.
 */
struct log log_open(const char *who, const char *words);

/* An entry; dropped when it is less urgent than the log's level.  A message is one sentence. */
void log_line(const struct log *log, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * What whoever started the program waits for, such as where the page is: in text
 * without time and level ("scheduler: 3 dags"), in JSON an entry of level info.
 * Written at any level.
 */
void log_tell(const struct log *log, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The columns of the terminal that a log in text goes to; 0: it goes to none. */
size_t log_columns(const struct log *log);

/*
 * Text of whole lines that is laid out for a person, such as diagnostics with the
 * place in the file: as it is, or in JSON as one entry of that level.
 */
void log_block(const struct log *log, enum log_level level, const char *text);

#endif
