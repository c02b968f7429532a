/* say.c - what is said to the person at the terminal, and how the program ends. */
#include "cli/term/say.h"

#include "core/base/screen.h"
#include "core/text/wrap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PROGRESS_BYTES_MAX = 400, INDENT = 2 };

size_t
say_columns(void)
{
	return screen_columns(STDERR_FILENO);
}

static void put(const char *before, const char *after, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void
put(const char *before, const char *after, const char *fmt, va_list ap)
{
	struct buf line, shown;
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	/* What is quoted came from files and command lines; a line goes out in one piece. */
	buf_init(&shown, SIZE_MAX);
	buf_init(&line, SIZE_MAX);
	screen_text(text, 0, &shown);
	buf_text(&line, before);
	wrap_words(shown.data, strlen(before), INDENT, say_columns(), &line);
	buf_text(&line, after);
	(void)fputs(line.data, stderr);
	buf_release(&line);
	buf_release(&shown);
	free(text);
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put("", "\n", fmt, ap);
	va_end(ap);
}

void
say_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put("tidemill: ", "\n", fmt, ap);
	va_end(ap);
}

void
say_text(const char *text)
{
	struct buf lines;

	buf_init(&lines, SIZE_MAX);
	screen_text(text, SCREEN_COLORS, &lines);
	(void)fputs(lines.data, stderr);
	buf_release(&lines);
}

void
say_progress(const char *fmt, ...)
{
	struct winsize size = { 0 };
	char text[PROGRESS_BYTES_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* A line that the terminal breaks could not be written over. */
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col > 1 &&
	    size.ws_col < sizeof(text))
		text[size.ws_col - 1] = '\0';
	(void)fprintf(stderr, "\r\033[K%s", text);
}

void
say_progress_clear(void)
{
	(void)fputs("\r\033[K", stderr);
}

void
say_progress_end(void)
{
	say_text("\n");
}

int
cli_fail(enum exit_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put("tidemill: ", "\n", fmt, ap);
	va_end(ap);
	return code;
}

int
cli_error(const struct err *err)
{
	static const enum exit_code codes[] = {
		[ERR_INPUT] = EXIT_USAGE,      [ERR_NOT_FOUND] = EXIT_USAGE,
		[ERR_CONFLICT] = EXIT_REFUSED, [ERR_LIMIT] = EXIT_REFUSED,
		[ERR_BUSY] = EXIT_REFUSED,     [ERR_SYSTEM] = EXIT_NO,
	};

	return cli_fail(codes[err->code], "%s", err->msg);
}
