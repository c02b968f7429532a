/*
 * html.h - a page that cannot be injected into by accident.
 *
 * Markup is a string literal and nothing else; text from anywhere goes through
 * html_text() or html_path().  Pure.
 */
#ifndef SCHEDULER_PAGE_HTML_H
#define SCHEDULER_PAGE_HTML_H

#include "core/base/buf.h"

/* Markup; the "" makes the compiler check that it is a literal. */
#define html_lit(b, literal) buf_add((b), "" literal "", sizeof(literal) - 1)

/*
 * Text, escaped for element content and quoted attributes: & < > " ' and control
 * characters other than newline and tab; bytes that are not UTF-8 become U+FFFD.
 */
void html_text(struct buf *b, const char *text);

/* The same for text of a length, which may hold NUL bytes. */
void html_bytes(struct buf *b, const char *text, size_t bytes);

/* One segment of a URL path, percent-encoded but for letters, digits, - . _ ~ and :. */
void html_path(struct buf *b, const char *segment);

#endif
