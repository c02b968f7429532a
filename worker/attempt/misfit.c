/* misfit.c - a file that does not fit: its first rows, and what it might be. */
#include "worker/attempt/misfit.h"

#include "worker/attempt/ctx.h"
#include "worker/format/guess.h"

#include <stdio.h>
#include <string.h>

void
misfit_explain(int dir, const char *path, const char *name, const struct reader_options *options,
	       bool shows_rows, struct err *err)
{
	struct guess g;
	size_t used;

	guess_make(&g, dir, path, options, false);
	for (size_t i = 0; shows_rows && i < GUESS_ROWS && g.rows[i].bytes; i++)
		op_log("'%s': line %zu: %s", name, i + 1, g.rows[i].data);
	if (g.advice.bytes)
		op_log("'%s': %s", name, g.advice.data);
	if (g.advice.bytes && err) {
		used = strlen(err->msg);
		(void)snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", g.advice.data);
	}
	guess_release(&g);
}
