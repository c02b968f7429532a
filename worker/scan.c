/* scan.c - JSON text, checked without being built. */
#include "worker/scan.h"

#include <endian.h>
#include <string.h>

#define BYTES(c) ((uint64_t)(c)*UINT64_C(0x0101010101010101))

static bool
fail(struct scan *s, const char *what)
{
	if (!s->error)
		s->error = what;
	return false;
}

void
scan_space(struct scan *s)
{
	while (*s->at == ' ' || *s->at == '\t' || *s->at == '\r')
		s->at++;
}

bool
scan_char(struct scan *s, char c)
{
	scan_space(s);
	if (*s->at != c)
		return fail(s, c == ':'   ? "expected ':'"
			       : c == '{' ? "expected '{'"
					  : "expected ',' or '}'");
	s->at++;
	scan_space(s);
	return true;
}

/* The high bit of every byte of `word` that is zero; above the first hit there may be others. */
static uint64_t
zero_bytes(uint64_t word)
{
	return (word - BYTES(1)) & ~word & BYTES(0x80);
}

const char *
scan_string_end(const char *p)
{
	for (;;) {
		uint64_t word, hits;

		memcpy(&word, p, sizeof(word));
		word = le64toh(word);
		hits = zero_bytes(word ^ BYTES('"')) | zero_bytes(word ^ BYTES('\\')) |
		       ((word - BYTES(0x20)) & ~word & BYTES(0x80));
		if (hits)
			return p + (__builtin_ctzll(hits) >> 3);
		p += sizeof(word);
	}
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind the escape at p, which is a backslash; NULL: there is no such escape. */
static const char *
skip_escape(const char *p)
{
	if (p[1] == 'u') {
		for (int i = 2; i < 6; i++)
			if (hex_digit(p[i]) < 0)
				return NULL;
		return p + 6;
	}
	return p[1] && strchr("\"\\/bfnrt", p[1]) ? p + 2 : NULL;
}

bool
scan_string(struct scan *s, struct span *out, bool *escaped)
{
	const char *start, *p;

	if (*s->at != '"')
		return fail(s, "expected a string");
	start = ++s->at;
	*escaped = false;
	p = scan_string_end(start);
	while (*p == '\\') {
		const char *next = skip_escape(p);

		if (!next) {
			s->at = p;
			return fail(s, "no such escape");
		}
		*escaped = true;
		p = scan_string_end(next);
	}
	s->at = p;
	if (*p != '"')
		return fail(s, "a string does not end, or holds a control character");
	s->at++;
	*out = (struct span){ start, (size_t)(p - start) };
	return true;
}

static const char *
skip_digits(const char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

static bool
scan_number(struct scan *s)
{
	const char *p = s->at + (*s->at == '-'), *digits = p;

	p = skip_digits(p);
	if (p == digits || (*digits == '0' && p - digits > 1))
		return fail(s, "expected a value");
	if (*p == '.') {
		digits = ++p;
		p = skip_digits(p);
		if (p == digits)
			return fail(s, "a number has no digits after its point");
	}
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '+' || *p == '-';
		digits = p;
		p = skip_digits(p);
		if (p == digits)
			return fail(s, "a number has no digits in its exponent");
	}
	s->at = p;
	return true;
}

static bool
scan_word(struct scan *s, const char *word)
{
	size_t bytes = strlen(word);

	if (strncmp(s->at, word, bytes) != 0)
		return fail(s, "expected a value");
	s->at += bytes;
	return true;
}

static bool
scan_scalar(struct scan *s)
{
	struct span text;
	bool escaped;

	switch (*s->at) {
	case '"':
		return scan_string(s, &text, &escaped);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		return scan_number(s);
	}
}

/* Which brackets are open, the innermost in bit 0; a set bit is an object. */
struct nest {
	uint64_t objects;
	unsigned depth;
};

static bool
scan_key(struct scan *s)
{
	struct span key;
	bool escaped;

	scan_space(s);
	return scan_string(s, &key, &escaped) && scan_char(s, ':');
}

/*
 * Open the bracket at s->at.  *empty: it was closed at once; else the scan
 * stands before the first element's value.
 */
static bool
open_bracket(struct scan *s, struct nest *n, bool *empty)
{
	bool object = *s->at == '{';

	if (n->depth == SCAN_DEPTH_MAX)
		return fail(s, "nested too deep");
	s->at++;
	scan_space(s);
	*empty = *s->at == (object ? '}' : ']');
	if (*empty) {
		s->at++;
		return true;
	}
	n->objects = n->objects << 1 | object;
	n->depth++;
	return !object || scan_key(s);
}

/* Behind a value: close brackets, step over a comma.  False: an error, or all is closed. */
static bool
next_value(struct scan *s, struct nest *n)
{
	while (n->depth) {
		bool object = n->objects & 1;

		scan_space(s);
		if (*s->at == ',') {
			s->at++;
			scan_space(s);
			return !object || scan_key(s);
		}
		if (*s->at != (object ? '}' : ']'))
			return fail(s, object ? "expected ',' or '}'" : "expected ',' or ']'");
		s->at++;
		n->objects >>= 1;
		n->depth--;
	}
	return false;
}

bool
scan_value(struct scan *s, struct span *out)
{
	const char *start = s->at;
	struct nest nest = { 0 };

	do {
		bool is_bracket = *s->at == '{' || *s->at == '[', empty = false;

		if (is_bracket) {
			if (!open_bracket(s, &nest, &empty))
				break;
			/* The first element is read before anything may be closed. */
			if (!empty)
				continue;
		} else if (!scan_scalar(s)) {
			break;
		}
		if (!next_value(s, &nest))
			break;
	} while (!s->error);
	*out = (struct span){ start, (size_t)(s->at - start) };
	return !s->error;
}

static uint32_t
hex4(const char *p)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 4 | (uint32_t)hex_digit(p[i]);
	return value;
}

static char *
put_utf8(uint32_t c, char *out)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xC0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*out++ = (char)(0xE0 | c >> 12);
		} else {
			*out++ = (char)(0xF0 | c >> 18);
			*out++ = (char)(0x80 | (c >> 12 & 0x3F));
		}
		*out++ = (char)(0x80 | (c >> 6 & 0x3F));
	}
	*out++ = (char)(0x80 | (c & 0x3F));
	return out;
}

/* The code point of the \u escape at p, *used bytes long; UINT32_MAX: half a pair. */
static uint32_t
unicode_escape(const char *p, const char *end, size_t *used)
{
	uint32_t c = hex4(p + 2), low;

	*used = 6;
	if (c < 0xD800 || c > 0xDFFF)
		return c;
	if (c > 0xDBFF || end - p < 12 || p[6] != '\\' || p[7] != 'u')
		return UINT32_MAX;
	low = hex4(p + 8);
	if (low < 0xDC00 || low > 0xDFFF)
		return UINT32_MAX;
	*used = 12;
	return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
}

bool
scan_unescape(struct span text, char *out, size_t *out_bytes)
{
	static const char letters[] = "bfnrt", plain[] = "\b\f\n\r\t";
	const char *p = text.data, *end = p + text.bytes;
	char *start = out;

	while (p < end) {
		size_t used = 2;

		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		if (p[1] == 'u') {
			uint32_t c = unicode_escape(p, end, &used);

			if (c == UINT32_MAX)
				return false;
			out = put_utf8(c, out);
		} else {
			const char *letter = strchr(letters, p[1]);

			*out++ = letter ? plain[letter - letters] : p[1];
		}
		p += used;
	}
	*out_bytes = (size_t)(out - start);
	return true;
}
