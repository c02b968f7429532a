/* recode.c - bytes of other encodings to UTF-8. */
#include "worker/format/recode.h"

#include <string.h>

enum { NO_CHARACTER = 0, BAD_BYTE = 0xff };

/* The code points of the bytes 0x80 to 0x9f of cp1252; all others are those of Latin 1. */
static const uint16_t cp1252[32] = {
	0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

int
recode_mark(const char *data, size_t bytes)
{
	if (bytes >= 2 && memcmp(data, "\xff\xfe", 2) == 0)
		return ENCODING_UTF16LE;
	if (bytes >= 2 && memcmp(data, "\xfe\xff", 2) == 0)
		return ENCODING_UTF16BE;
	return -1;
}

/* Write a code point; behind it. */
static char *
put_character(uint32_t c, char *out)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
		*out++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	} else {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	}
	return out;
}

/* Encodings in which a byte is a character. */
static size_t
recode_bytes(enum encoding encoding, const unsigned char *p, size_t bytes, char *out)
{
	const unsigned char *end = p + bytes;
	char *start = out;

	while (p < end) {
		uint32_t c;
		uint64_t word;

		/* Most of any such file is ASCII. */
		if (end - p >= (ptrdiff_t)sizeof(word)) {
			memcpy(&word, p, sizeof(word));
			if (!(word & UINT64_C(0x8080808080808080))) {
				memcpy(out, &word, sizeof(word));
				out += sizeof(word);
				p += sizeof(word);
				continue;
			}
		}
		c = *p++;
		if (encoding == ENCODING_CP1252 && c >= 0x80 && c < 0xa0) {
			c = cp1252[c - 0x80];
			if (c == NO_CHARACTER) {
				*out++ = (char)BAD_BYTE;
				continue;
			}
		}
		out = put_character(c, out);
	}
	return (size_t)(out - start);
}

static uint32_t
unit_at(enum encoding encoding, const unsigned char *p)
{
	return encoding == ENCODING_UTF16LE ? p[0] | (uint32_t)p[1] << 8
					    : p[1] | (uint32_t)p[0] << 8;
}

static size_t
recode_units(enum encoding encoding, const unsigned char *p, size_t bytes, bool last, char *out,
	     size_t *used)
{
	size_t at = 0;
	char *start = out;

	for (; bytes - at >= 2; at += 2) {
		uint32_t c = unit_at(encoding, p + at), low;

		if (c < 0xd800 || c >= 0xe000) {
			out = put_character(c, out);
			continue;
		}
		if (bytes - at < 4 && !last)
			break;
		low = bytes - at < 4 ? 0 : unit_at(encoding, p + at + 2);
		if (c >= 0xdc00 || low < 0xdc00 || low >= 0xe000) {
			*out++ = (char)BAD_BYTE;
			continue;
		}
		out = put_character(0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff)), out);
		at += 2;
	}
	if (last && at < bytes) {
		*out++ = (char)BAD_BYTE;
		at = bytes;
	}
	*used = at;
	return (size_t)(out - start);
}

/* Every other byte of text in UTF-16 is 0, as long as it is that of Europe. */
int
recode_unmarked(const char *data, size_t bytes)
{
	size_t zeros[2] = { 0, 0 };

	if (bytes > 200)
		bytes = 200;
	for (size_t i = 0; i < bytes; i++)
		zeros[i & 1] += !data[i];
	if (bytes >= 4 && zeros[1] * 5 > bytes * 2 && !zeros[0])
		return ENCODING_UTF16LE;
	if (bytes >= 4 && zeros[0] * 5 > bytes * 2 && !zeros[1])
		return ENCODING_UTF16BE;
	return -1;
}

size_t
recode(enum encoding encoding, const char *data, size_t bytes, bool last, char *out, size_t *used)
{
	const unsigned char *p = (const unsigned char *)data;

	if (encoding == ENCODING_UTF16LE || encoding == ENCODING_UTF16BE)
		return recode_units(encoding, p, bytes, last, out, used);
	*used = bytes;
	return recode_bytes(encoding, p, bytes, out);
}
