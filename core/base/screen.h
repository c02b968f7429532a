/*
 * screen.h - the bytes of strangers, made fit for a person's terminal.
 *
 * A terminal executes what it is sent: it moves its cursor, sets its title and its clipboard.  What
 * came from a file, a task or a command line is shown there, never executed.
 */
#ifndef CORE_BASE_SCREEN_H
#define CORE_BASE_SCREEN_H

#include "core/base/buf.h"

enum screen_flag {
	SCREEN_COLORS = 1, /* sequences that only choose colours and weight (SGR) pass */
	SCREEN_MORE = 2,   /* more bytes follow: what may go on there is left for then */
	SCREEN_CELL = 4,   /* one cell of a table: control characters, all of them, as \x1b */
};

/*
 * Append the bytes: control characters but newline and tab as ^X, C1 controls and what turns the
 * direction of text as \u009b, bytes that are no UTF-8 as \xff.  Gives how many bytes it used: all
 * of them without SCREEN_MORE, else all but a few.
 */
size_t screen_show(const char *data, size_t bytes, unsigned flags, struct buf *out);

/* The same of a string. */
void screen_text(const char *text, unsigned flags, struct buf *out);

/* The columns of the terminal that a descriptor is, or what $COLUMNS says of it; 0: it is none. */
size_t screen_columns(int fd);

/* Does a character of several bytes act neither on a terminal nor on the order of what is shown? */
bool screen_plain(const char *p, size_t bytes);

#endif
