/* answer.c - the words of a reply. */
#include "scheduler/command/answer.h"

#include "core/time/grid.h"
#include "scheduler/rows/effects.h"

#include <stdarg.h>
#include <stdio.h>

void
reply_say(struct engine *e, struct reply *reply, enum reply_code code, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	reply->code = code;
	reply->message = arena_str(e->fx->arena, text);
}

void
reply_run(struct engine *e, struct reply *reply, const struct run *run)
{
	reply->run = run->key;
	reply->run_id = arena_str(e->fx->arena, run->run_id);
	reply->logical_us = run->logical_us;
}

const char *
reply_date(struct engine *e, int64_t us)
{
	char text[TIMESTAMP_CHARS + 1];

	grid_instant_text(grid_days, us, text);
	return arena_str(e->fx->arena, text);
}
