/*
 * shell_template.h - a line for a shell in which values stand.
 *
 * A value from outside never becomes a part of the line: it goes into a variable
 * of the environment, and the line gets "$TIDEMILL_T1".  So it is one argument,
 * whatever is in it.  That works where a word may stand; inside quotes, backticks,
 * comments and here-documents it does not, and such a template is a mistake when
 * the file is read.  `| raw` pastes a value all the same.
 */
#ifndef CORE_TEXT_SHELL_TEMPLATE_H
#define CORE_TEXT_SHELL_TEMPLATE_H

#include "core/text/template.h"
#include "core/text/ykeys.h"

enum { SHELL_PARTS_MAX = 256 }; /* {{ ... }} of one line */

/*
 * Check the text at `value`, which messages call `name`, as ykeys_template()
 * does and for where its values would stand: a copy in the reader's arena, or NULL
 * (reported).
 */
const char *shell_template_read(struct yreader *r, const struct ynode *value, const char *name);

/* What a line is rendered with; everything is borrowed. */
struct shell_values {
	const struct param *params; /* those that it was checked against */
	size_t n_params;
	const struct run_vars *vars;
	/* Takes a variable of the environment that the line names; both texts are lent. */
	void (*give)(void *ctx, const char *name, const char *value);
	void *ctx; /* of give */
};

/* Render a checked text into *out (appended), giving each variable in it away. */
enum err_code shell_template_render(const char *text, const struct shell_values *values,
				    struct buf *out, struct err *err) MUST_CHECK;

#endif
