/* unicode.c - UTF-8 as Unicode defines it (RFC 3629): no overlong forms, no surrogates. */
#include "core/base/unicode.h"

#include <string.h>

/* The length that a first byte announces; 0: no character begins with it. */
static size_t
announced(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xC2 || first > 0xF4)
		return 0;
	return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* May the second byte follow the first (table 3-7 of Unicode)? */
static bool
may_follow(unsigned char first, unsigned char second)
{
	return (second & 0xC0) == 0x80 && !(first == 0xE0 && second < 0xA0) &&
	       !(first == 0xED && second > 0x9F) && !(first == 0xF0 && second < 0x90) &&
	       !(first == 0xF4 && second > 0x8F);
}

/* How many bytes of the character are there and right; all of them when it equals `whole`. */
static size_t
right_bytes(const unsigned char *text, size_t room, size_t whole)
{
	size_t n = 1;

	if (whole > 1 && room > 1 && !may_follow(text[0], text[1]))
		return n;
	while (n < whole && n < room && (text[n] & 0xC0) == 0x80)
		n++;
	return n;
}

size_t
unicode_bytes(const char *text, size_t room)
{
	size_t whole = room ? announced((unsigned char)text[0]) : 0;

	return whole && right_bytes((const unsigned char *)text, room, whole) == whole ? whole : 0;
}

bool
unicode_begins(const char *text, size_t room)
{
	size_t whole = room ? announced((unsigned char)text[0]) : 0;

	return whole > room && right_bytes((const unsigned char *)text, room, whole) == room;
}

bool
unicode_valid(const char *text)
{
	size_t room = strlen(text);

	while (room) {
		size_t n = unicode_bytes(text, room);

		if (!n)
			return false;
		text += n;
		room -= n;
	}
	return true;
}
