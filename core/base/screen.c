/* screen.c - the bytes of strangers, made fit for a person's terminal. */
#include "core/base/screen.h"

#include "core/base/unicode.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { SGR_BYTES_MAX = 64, COLUMNS_USUAL = 80 };

/* The length of the SGR sequence at p; 0: it is none.  *cut: the bytes end within it. */
static size_t
sgr_bytes(const char *p, size_t room, bool *cut)
{
	size_t n = 2;

	*cut = room < 2;
	if (room < 2 || p[1] != '[')
		return 0;
	while (n < room && n < SGR_BYTES_MAX && p[n] && strchr("0123456789;:", p[n]))
		n++;
	*cut = n == room && n < SGR_BYTES_MAX;
	return n < room && p[n] == 'm' ? n + 1 : 0;
}

bool
screen_plain(const char *p, size_t bytes)
{
	const unsigned char *c = (const unsigned char *)p;

	if (bytes == 2)
		return c[0] != 0xC2 || c[1] >= 0xA0; /* C1 */
	if (bytes != 3 || c[0] != 0xE2)
		return true;
	/* U+202A to U+202E, U+2066 to U+2069 */
	return !(c[1] == 0x80 && c[2] >= 0xAA && c[2] <= 0xAE) &&
	       !(c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9);
}

/* Of two or three bytes. */
static unsigned
code_point(const char *p, size_t bytes)
{
	const unsigned char *c = (const unsigned char *)p;

	if (bytes == 2)
		return (c[0] & 0x1FU) << 6 | (c[1] & 0x3FU);
	return (c[0] & 0x0FU) << 12 | (c[1] & 0x3FU) << 6 | (c[2] & 0x3FU);
}

/* A control character of ASCII; gives the bytes used, 0: more of them are wanted. */
static size_t
show_control(const char *p, size_t room, unsigned flags, struct buf *out)
{
	bool cut = false;
	size_t n;

	if (*p == '\033' && flags & SCREEN_COLORS) {
		n = sgr_bytes(p, room, &cut);
		if (n)
			buf_add(out, p, n);
		if (n || (cut && flags & SCREEN_MORE))
			return n;
	}
	if (flags & SCREEN_CELL)
		buf_format(out, "\\x%02x", (unsigned char)*p);
	else if (*p == '\n' || *p == '\t')
		buf_char(out, *p);
	else
		buf_format(out, "^%c", *p ^ 0x40);
	return 1;
}

/* What begins with a byte beyond ASCII; as show_control(). */
static size_t
show_wide(const char *p, size_t room, unsigned flags, struct buf *out)
{
	size_t n = unicode_bytes(p, room);

	if (!n && flags & SCREEN_MORE && unicode_begins(p, room))
		return 0;
	if (!n)
		buf_format(out, "\\x%02x", (unsigned char)*p);
	else if (!screen_plain(p, n))
		buf_format(out, "\\u%04x", code_point(p, n));
	else
		buf_add(out, p, n);
	return n ? n : 1;
}

static bool
is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7F;
}

size_t
screen_show(const char *data, size_t bytes, unsigned flags, struct buf *out)
{
	size_t at = 0;

	while (at < bytes) {
		size_t n = 0;

		while (at + n < bytes && is_plain(data[at + n]))
			n++;
		buf_add(out, data + at, n);
		at += n;
		if (at == bytes)
			break;
		n = (unsigned char)data[at] >= 0x80
			? show_wide(data + at, bytes - at, flags, out)
			: show_control(data + at, bytes - at, flags, out);
		if (!n)
			break;
		at += n;
	}
	return at;
}

void
screen_text(const char *text, unsigned flags, struct buf *out)
{
	(void)screen_show(text, strlen(text), flags, out);
}

size_t
screen_columns(int fd)
{
	const char *said = getenv("COLUMNS");
	struct winsize size = { 0 };
	long n = said ? strtol(said, NULL, 10) : 0;

	if (!isatty(fd))
		return 0;
	if (n > 0 && n < UINT16_MAX)
		return (size_t)n;
	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return COLUMNS_USUAL;
	return size.ws_col;
}
