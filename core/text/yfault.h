/*
 * yfault.h - why a text is not YAML, in words of our own.
 *
 * The YAML reader knows where it stopped and what it was reading; people look
 * for what they left open or wrote without quotes, which is often lines above.
 * Here the one becomes the other.  Pure.
 */
#ifndef CORE_TEXT_YFAULT_H
#define CORE_TEXT_YFAULT_H

#include "core/text/diag.h"

/* A place in the text, from 1, in code points; line 0: not known. */
struct yspot {
	uint32_t line, column;
};

/* What the YAML reader says when it stops. */
struct yfault {
	const char *problem, *context; /* its words, which nobody is shown; or NULL */
	struct yspot at;               /* where it stopped */
	struct yspot open;             /* where what it was reading began */
	struct yspot quote;            /* where the last quoted value of several lines began ... */
	uint32_t quote_end_line;       /* ... and the line in which it ended */
};

/*
 * Report why `text`, of `bytes` bytes and called `file` in messages, is not
 * YAML: one diagnostic, at the place that has to be changed.
 */
void yfault_say(struct diags *diags, const char *file, const char *text, size_t bytes,
		const struct yfault *fault);

/*
 * Report the byte at offset `byte` that cannot be part of a text.  `control`:
 * it is a control character, else it is not UTF-8.
 */
void yfault_say_byte(struct diags *diags, const char *file, const char *text, size_t bytes,
		     size_t byte, bool control);

#endif
