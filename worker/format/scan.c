/* scan.c - JSON text, checked without being built. */
#include "worker/format/scan.h"

#include "worker/rows/digits.h"
#include "worker/rows/simd.h"

#include <string.h>

static const char *
fail(struct scan_fault *fault, const char *at, const char *what)
{
	*fault = (struct scan_fault){ at, what };
	return NULL;
}

const char *
scan_space_more(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\r')
		p++;
	return p;
}

const char *
scan_char(const char *p, char c, struct scan_fault *fault)
{
	p = scan_space(p);
	if (*p != c)
		return fail(fault, p,
			    c == ':'   ? "expected ':'"
			    : c == '{' ? "expected '{'"
				       : "expected ',' or '}'");
	return scan_space(p + 1);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character behind a backslash, at p, makes an escape together with what follows. */
static bool
is_escape(const char *p)
{
	if (*p != 'u')
		return *p && strchr("\"\\/bfnrt", *p);
	for (int i = 1; i <= 4; i++)
		if (hex_digit(p[i]) < 0)
			return false;
	return true;
}

/*
 * The rest of a string, from a character on that is no second half of an escape.  Escapes cost
 * nothing on their own: one look at 64 bytes finds all of them.
 */
static const char *
scan_string_rest(const char *p, bool *escaped, struct scan_fault *fault)
{
	uint64_t carry = 0, seen = 0;

	for (;; p += 64) {
		struct bytes64 block = bytes64_load(p);
		uint64_t quotes = bytes64_is(&block, '"'), slashes = bytes64_is(&block, '\\');
		uint64_t second = bits_second_halves(slashes, &carry);
		uint64_t stops = (quotes & ~second) | bytes64_control(&block);
		uint64_t before = stops ? (stops & (0 - stops)) - 1 : UINT64_MAX;

		seen |= slashes & before;
		/* Most escapes are of quotes; the others are looked at one by one. */
		for (uint64_t rest = second & before & ~(quotes | slashes); rest; rest &= rest - 1)
			if (!is_escape(p + __builtin_ctzll(rest)))
				return fail(fault, p + __builtin_ctzll(rest) - 1, "no such escape");
		if (!stops)
			continue;
		p += __builtin_ctzll(stops);
		*escaped = seen != 0;
		if (*p != '"')
			break;
		return p + 1;
	}
	return fail(fault, p, "a string does not end, or holds a control character");
}

/* 0xFF for each byte that a string does not simply go on with. */
static inline struct bytes16
string_stops(struct bytes16 b)
{
	return bytes16_or(bytes16_or(bytes16_is(b, '"'), bytes16_is(b, '\\')), bytes16_control(b));
}

static inline void
look_ahead(struct ahead *a, const char *p)
{
	struct bytes64 b = bytes64_load(p);

	a->base = p;
	a->marks = bits64(string_stops(b.part[0]), string_stops(b.part[1]), string_stops(b.part[2]),
			  string_stops(b.part[3]));
}

/* Behind the closing quote of the string that begins at p. */
static inline const char *
skip_string(const char *p, struct ahead *a, struct scan_fault *fault)
{
	const char *stop;
	bool escaped;

	if (*p != '"')
		return fail(fault, p, "expected a string");
	stop = ahead_next(a, ++p);
	if (!stop) {
		look_ahead(a, p);
		stop = a->marks ? p + __builtin_ctzll(a->marks) : p + 64;
	}
	return *stop == '"' && a->marks ? stop + 1 : scan_string_rest(stop, &escaped, fault);
}

/* Behind the closing quote of a short string, else where the rest of it begins. */
static inline const char *
string_end(const char *p, bool *escaped, struct scan_fault *fault)
{
	uint32_t stops;

	if (*p != '"')
		return fail(fault, p, "expected a string");
	*escaped = false;
	stops = bytes16_bits(string_stops(bytes16_load(++p)));
	if (!stops) {
		p += 16;
		stops = bytes16_bits(string_stops(bytes16_load(p)));
	}
	if (stops) {
		p += __builtin_ctz(stops);
		if (*p == '"')
			return p + 1;
	} else {
		p += 16;
	}
	return scan_string_rest(p, escaped, fault);
}

const char *
scan_string(const char *p, bool *escaped, struct scan_fault *fault)
{
	return string_end(p, escaped, fault);
}

const char *
scan_plain_string(const char *p)
{
	uint32_t stops;

	if (*p++ != '"')
		return NULL;
	while (!(stops = bytes16_bits(string_stops(bytes16_load(p)))))
		p += 16;
	p += __builtin_ctz(stops);
	return *p == '"' ? p + 1 : NULL;
}

/* Behind the digits at p. */
static inline const char *
skip_digits(const char *p)
{
	unsigned n;

	do {
		n = digits_count(digits_load(p));
		p += n;
	} while (n == 8);
	return p;
}

static const char *
scan_number(const char *p, struct scan_fault *fault)
{
	const char *digits = p + (*p == '-');

	p = skip_digits(digits);
	if (p == digits || (*digits == '0' && p - digits > 1))
		return fail(fault, digits, "expected a value");
	if (*p == '.') {
		digits = p + 1;
		p = skip_digits(digits);
		if (p == digits)
			return fail(fault, p, "a number has no digits after its point");
	}
	if (*p == 'e' || *p == 'E') {
		digits = p + 1;
		digits += *digits == '+' || *digits == '-';
		p = skip_digits(digits);
		if (p == digits)
			return fail(fault, p, "a number has no digits in its exponent");
	}
	return p;
}

const char *
scan_plain_int(const char *p, int64_t *value)
{
	bool negative = *p == '-';
	uint64_t word, number;
	unsigned n;

	p += negative;
	word = digits_load(p);
	n = digits_count(word);
	if (!n || (*p == '0' && n > 1))
		return NULL;
	number = digits_value(digits_right(word, n));
	p += n;
	if (n == 8) {
		static const uint32_t tens[] = { 1,      10,      100,      1000,     10000,
						 100000, 1000000, 10000000, 100000000 };

		word = digits_load(p);
		n = digits_count(word);
		if (n)
			number = number * tens[n] + digits_value(digits_right(word, n));
		p += n;
	}
	*value = negative ? -(int64_t)number : (int64_t)number;
	return p;
}

static const char *
scan_word(const char *p, const char *word, size_t bytes, struct scan_fault *fault)
{
	return memcmp(p, word, bytes) == 0 ? p + bytes : fail(fault, p, "expected a value");
}

/* A value that is neither a string nor has brackets. */
static inline const char *
scan_literal(const char *p, struct scan_fault *fault)
{
	switch (*p) {
	case 't':
		return scan_word(p, "true", 4, fault);
	case 'f':
		return scan_word(p, "false", 5, fault);
	case 'n':
		return scan_word(p, "null", 4, fault);
	default:
		return scan_number(p, fault);
	}
}

/* Which brackets are open, the innermost in bit 0; a set bit is an object. */
struct nest {
	uint64_t objects;
	unsigned depth;
	struct ahead ahead;
};

static inline bool
in_object(const struct nest *n)
{
	return n->objects & 1;
}

/* A key and its colon; p is at the key, and the result at the value. */
static inline const char *
scan_key(const char *p, struct nest *n, struct scan_fault *fault)
{
	p = skip_string(p, &n->ahead, fault);
	if (p && *p == ':')
		return scan_space(p + 1);
	return p ? scan_char(p, ':', fault) : NULL;
}

/*
 * Behind a value, or an opening bracket: close brackets, step over a comma and a key.  The next
 * value begins at the result when a bracket is still open.
 */
static inline const char *
next_value(const char *p, struct nest *n, struct scan_fault *fault)
{
	while (n->depth) {
		p = scan_space(p);
		if (*p == ',') {
			p = scan_space(p + 1);
			return in_object(n) ? scan_key(p, n, fault) : p;
		}
		if (*p != (in_object(n) ? '}' : ']'))
			return fail(fault, p,
				    in_object(n) ? "expected ',' or '}'" : "expected ',' or ']'");
		p++;
		n->objects >>= 1;
		n->depth--;
	}
	return p;
}

/* Open the bracket at p.  *empty: it is closed at once; else the first value is at the result. */
static inline const char *
open_bracket(const char *p, struct nest *n, bool *empty, struct scan_fault *fault)
{
	bool object = *p == '{';

	if (n->depth == SCAN_DEPTH_MAX)
		return fail(fault, p, "nested too deep");
	n->objects = n->objects << 1 | object;
	n->depth++;
	p = scan_space(p + 1);
	*empty = *p == (object ? '}' : ']');
	return object && !*empty ? scan_key(p, n, fault) : p;
}

static const char *
scan_nested(const char *p, struct scan_fault *fault)
{
	struct nest n = { 0 };

	look_ahead(&n.ahead, p);
	do {
		bool empty = true;

		if (*p == '"')
			p = skip_string(p, &n.ahead, fault);
		else if (*p == '{' || *p == '[')
			p = open_bracket(p, &n, &empty, fault);
		else
			p = scan_literal(p, fault);
		if (p && empty)
			p = next_value(p, &n, fault);
	} while (p && n.depth);
	return p;
}

const char *
scan_value(const char *p, struct scan_fault *fault)
{
	bool escaped;

	if (*p == '{' || *p == '[')
		return scan_nested(p, fault);
	return *p == '"' ? string_end(p, &escaped, fault) : scan_literal(p, fault);
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

/* Decode the escape at *p into *out and move both behind it. */
static bool
unescape_one(const char **p, const char *end, char **out)
{
	static const char letters[] = "bfnrt", plain[] = "\b\f\n\r\t";
	const char *letter;
	size_t used = 2;

	if ((*p)[1] == 'u') {
		uint32_t c = unicode_escape(*p, end, &used);

		if (c == UINT32_MAX)
			return false;
		*out = put_utf8(c, *out);
	} else {
		letter = strchr(letters, (*p)[1]);
		*(*out)++ = letter ? plain[letter - letters] : (*p)[1];
	}
	*p += used;
	return true;
}

bool
scan_unescape(struct span text, char *out, size_t *out_bytes)
{
	const char *p = text.data, *end = p + text.bytes;
	char *start = out;

	while (p < end) {
		struct bytes16 b = bytes16_load(p);
		uint32_t slashes = bytes16_bits(bytes16_is(b, '\\'));
		size_t left = (size_t)(end - p), n = 16;

		/* What is too much of the sixteen is written over, or stands behind the end. */
		bytes16_store(out, b);
		if (slashes)
			n = (size_t)__builtin_ctz(slashes);
		if (n >= left) {
			out += left;
			break;
		}
		p += n;
		out += n;
		if (slashes && !unescape_one(&p, end, &out))
			return false;
	}
	*out_bytes = (size_t)(out - start);
	return true;
}

const char *
scan_line(const char *p, bool *high)
{
	struct bytes16 newlines, all = { 0 };

	for (;; p += 64) {
		struct bytes64 b = bytes64_load(p);
		uint64_t ends, before;

		newlines = bytes16_or(
		    bytes16_or(bytes16_is(b.part[0], '\n'), bytes16_is(b.part[1], '\n')),
		    bytes16_or(bytes16_is(b.part[2], '\n'), bytes16_is(b.part[3], '\n')));
		if (!bytes16_bits(newlines)) {
			all = bytes16_or(all, bytes16_or(bytes16_or(b.part[0], b.part[1]),
							 bytes16_or(b.part[2], b.part[3])));
			continue;
		}
		ends = bytes64_is(&b, '\n');
		before = (ends & (0 - ends)) - 1;
		*high = bytes16_bits(all) || (bytes64_high(&b) & before);
		return p + __builtin_ctzll(ends);
	}
}

bool
scan_is_null(const char *text, size_t bytes)
{
	size_t at = 0;

	while (at < bytes && (unsigned char)text[at] <= ' ')
		at++;
	return at < bytes && text[at] == 'n';
}
