/*
 * wrap.h - lines that fit: how wide text is on a terminal, and breaking it between words.
 */
#ifndef CORE_TEXT_WRAP_H
#define CORE_TEXT_WRAP_H

#include "core/base/buf.h"

/* The width of documents and help, whatever the terminal is. */
enum { WRAP_COLUMNS = 80 };

/* The columns that a text takes: combining characters none, East Asian wide ones two. */
size_t wrap_width(const char *text);

/*
 * How many bytes of text go into a line of `columns`, at least one character: broken at a space
 * where there is one, else within the word.  The space itself belongs to neither line.
 */
size_t wrap_line(const char *text, size_t columns);

/*
 * Append a text whose first line begins at column `at`; further lines are indented by `indent`.
 * Line breaks of its own stay.  No line break at its end.
 */
void wrap_text(const char *text, size_t at, size_t indent, size_t columns, struct buf *out);

/*
 * Append what a person is told, whose first line begins at column `at`: broken between words alone,
 * further lines of a sentence indented.  What stands between backticks is typed, and is not broken;
 * what is too long for a line is left to the terminal.  Line breaks of its own stay, and what comes
 * behind one begins at column 0.  No columns: as it is.
 */
void wrap_words(const char *text, size_t at, size_t indent, size_t columns, struct buf *out);

#endif
