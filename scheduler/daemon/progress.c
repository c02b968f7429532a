/* progress.c - how far a session is, on stderr. */
#include "scheduler/daemon/progress.h"

#include "core/base/clock.h"
#include "core/base/screen.h"
#include "core/text/wrap.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 400, INDENT = 2 };

/* Back to the first column, and the rest of the line empty: ECMA-48 CR, EL. */
#define REWRITE "\r\033[K"

void
progress_start(struct progress_line *line, const char *what, FILE *out)
{
	*line = (struct progress_line){ .what = what, .out = out };
	line->start_us = clock_boot_us();
	line->terminal = isatty(fileno(out)) != 0;
}

/* The columns that the terminal has, whatever $COLUMNS says; 0: it does not say. */
static size_t
columns_of(FILE *out)
{
	struct winsize size = { 0 };

	return ioctl(fileno(out), TIOCGWINSZ, &size) < 0 ? 0 : size.ws_col;
}

static void
add_duration(struct buf *out, int64_t us)
{
	int64_t seconds = us / SECOND_US;

	if (seconds >= 3600)
		buf_format(out, "%" PRId64 ":", seconds / 3600);
	buf_format(out, "%02" PRId64 ":%02" PRId64, seconds / 60 % 60, seconds % 60);
}

void
progress_text(const char *what, const struct progress *p, int64_t since_us, struct buf *out)
{
	/* Of a single run its tasks are what moves. */
	bool one = p->runs_total == 1;

	buf_format(out,
		   "%s: %" PRId64 " of %" PRId64 " %s, %" PRId64 " running tasks, %" PRId64
		   " failed, ",
		   what, one ? p->tasks_done : p->runs_done, one ? p->tasks_total : p->runs_total,
		   one ? "tasks" : "runs", p->tasks_running, p->runs_failed);
	add_duration(out, since_us);
}

void
progress_show(struct progress_line *line, const struct progress *p)
{
	size_t columns = columns_of(line->out);
	struct buf text;

	if (!line->terminal)
		return;
	buf_init(&text, LINE_BYTES_MAX);
	progress_text(line->what, p, clock_boot_us() - line->start_us, &text);
	/* A line that the terminal breaks could not be written over. */
	(void)fprintf(line->out, REWRITE "%.*s", (int)(columns > 1 ? columns - 1 : LINE_BYTES_MAX),
		      text.data);
	(void)fflush(line->out);
	buf_release(&text);
	line->shown = true;
}

void
progress_run(struct progress_line *line, const char *run_id, enum run_state state,
	     const struct progress *p)
{
	if (!line->terminal || state != RUN_SUCCESS)
		progress_say(line, "%s: %s %s (%" PRId64 " of %" PRId64 " runs)", line->what,
			     run_id, run_state_name(state), p->runs_done, p->runs_total);
}

void
progress_end(struct progress_line *line, const struct progress *p)
{
	if (!line->shown)
		return;
	progress_show(line, p);
	(void)fputc('\n', line->out);
	line->shown = false;
}

void
progress_say(struct progress_line *line, const char *fmt, ...)
{
	struct buf clean, shown;
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	buf_init(&clean, SIZE_MAX);
	buf_text(&clean, line->shown ? REWRITE : "");
	buf_init(&shown, SIZE_MAX);
	screen_text(text, 0, &shown);
	wrap_words(shown.data, 0, INDENT, screen_columns(fileno(line->out)), &clean);
	buf_char(&clean, '\n');
	(void)fputs(clean.data, line->out);
	line->shown = false;
	buf_release(&shown);
	buf_release(&clean);
	free(text);
}
