/*
 * json_reference.h - a JSON checker that is slow, plain and written from RFC 8259 alone.
 *
 * The fast scanner has to agree with it on every text, and it shares no code with it: one byte at
 * a time, recursion (at most JSON_REF_DEPTH_MAX deep), code points where the scanner has masks.
 */
#ifndef TESTS_JSON_REFERENCE_H
#define TESTS_JSON_REFERENCE_H

#include "core/base.h"

#include <stdlib.h>
#include <string.h>

enum { JSON_REF_DEPTH_MAX = 64, JSON_REF_KEYS_MAX = 1024 };

struct json_ref {
	const unsigned char *at, *end;
	unsigned depth;
};

/* The next byte, or -1 at the end. */
static inline int
ref_peek(const struct json_ref *j)
{
	return j->at < j->end ? *j->at : -1;
}

static inline bool
ref_take(struct json_ref *j, int c)
{
	if (ref_peek(j) != c)
		return false;
	j->at++;
	return true;
}

/* A value stands on one line: a newline is no white space. */
static inline void
ref_space(struct json_ref *j)
{
	while (ref_take(j, ' ') || ref_take(j, '\t') || ref_take(j, '\r'))
		;
}

/* Decode one code point by arithmetic; false: not UTF-8 (RFC 3629). */
static inline bool
ref_code_point(struct json_ref *j, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned n = 1, first = *j->at++;
	uint32_t c = first;

	if (first >= 0xF8 || (first >= 0x80 && first < 0xC0))
		return false;
	if (first >= 0xC0) {
		n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
		c = first & (0xFFU >> (n + 1));
	}
	for (unsigned i = 1; i < n; i++) {
		if (ref_peek(j) < 0x80 || ref_peek(j) > 0xBF)
			return false;
		c = c * 64 + (*j->at++ - 0x80U);
	}
	*out = c;
	return c >= least[n] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}

static inline bool
ref_utf8(const char *text, size_t bytes)
{
	struct json_ref j = { .at = (const unsigned char *)text };
	uint32_t c;

	for (j.end = j.at + bytes; j.at < j.end;)
		if (!ref_code_point(&j, &c))
			return false;
	return true;
}

static inline bool
ref_hex4(struct json_ref *j, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	*out = 0;
	for (int i = 0; i < 4; i++) {
		const char *digit = ref_peek(j) > 0 ? strchr(digits, ref_peek(j)) : NULL;

		if (!digit)
			return false;
		*out = *out * 16 + (uint32_t)((digit - digits) % 16);
		j->at++;
	}
	return true;
}

/* One character of a string, as a code unit of UTF-16 where it is an escape.  False: it is none. */
static inline bool
ref_char(struct json_ref *j, uint32_t *out)
{
	static const char letters[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (ref_peek(j) < 0x20)
		return false;
	if (!ref_take(j, '\\')) {
		*out = *j->at++; /* bytes are code points enough: UTF-8 is checked elsewhere */
		return true;
	}
	if (ref_take(j, 'u'))
		return ref_hex4(j, out);
	letter = ref_peek(j) > 0 ? strchr(letters, ref_peek(j)) : NULL;
	if (!letter)
		return false;
	j->at++;
	*out = (unsigned char)plain[letter - letters];
	return true;
}

static inline bool
ref_string(struct json_ref *j)
{
	uint32_t c;

	if (!ref_take(j, '"'))
		return false;
	while (ref_peek(j) != '"')
		if (!ref_char(j, &c))
			return false;
	return ref_take(j, '"');
}

static inline bool
ref_digits(struct json_ref *j)
{
	const unsigned char *start = j->at;

	while (ref_peek(j) >= '0' && ref_peek(j) <= '9')
		j->at++;
	return j->at > start;
}

static inline bool
ref_number(struct json_ref *j)
{
	(void)ref_take(j, '-');
	if (!ref_take(j, '0') && !ref_digits(j))
		return false;
	if (ref_take(j, '.') && !ref_digits(j))
		return false;
	if (ref_take(j, 'e') || ref_take(j, 'E')) {
		if (!ref_take(j, '+'))
			(void)ref_take(j, '-');
		return ref_digits(j);
	}
	return true;
}

static inline bool
ref_word(struct json_ref *j, const char *word)
{
	for (; *word; word++)
		if (!ref_take(j, *word))
			return false;
	return true;
}

static inline bool ref_value(struct json_ref *j);

/* What stands between brackets; the opening one is behind us. */
static inline bool
ref_elements(struct json_ref *j, bool object)
{
	int last = object ? '}' : ']';

	ref_space(j);
	if (ref_take(j, last))
		return true;
	do {
		ref_space(j);
		if (object) {
			if (!ref_string(j))
				return false;
			ref_space(j);
			if (!ref_take(j, ':'))
				return false;
			ref_space(j);
		}
		if (!ref_value(j))
			return false;
		ref_space(j);
	} while (ref_take(j, ','));
	return ref_take(j, last);
}

static inline bool
ref_value(struct json_ref *j)
{
	bool object, ok;

	switch (ref_peek(j)) {
	case '"':
		return ref_string(j);
	case 't':
		return ref_word(j, "true");
	case 'f':
		return ref_word(j, "false");
	case 'n':
		return ref_word(j, "null");
	case '{':
	case '[':
		if (j->depth == JSON_REF_DEPTH_MAX)
			return false;
		object = *j->at++ == '{';
		j->depth++;
		ok = ref_elements(j, object);
		j->depth--;
		return ok;
	default:
		return ref_number(j);
	}
}

/* All of the text is one value, with space around it.  UTF-8 is another question. */
static inline bool
json_reference(const char *text, size_t bytes)
{
	struct json_ref j = { .at = (const unsigned char *)text };

	j.end = j.at + bytes;
	ref_space(&j);
	if (!ref_value(&j))
		return false;
	ref_space(&j);
	return j.at == j.end;
}

/*
 * Decode the string at j, so that an escaped character looks like the same one unescaped.  NULL:
 * half a surrogate pair.
 */
static inline char *
ref_key(struct json_ref *j, size_t *bytes)
{
	struct json_ref whole = *j;
	size_t n = 0;
	char *out;

	(void)ref_string(&whole);
	out = calloc((size_t)(whole.at - j->at), 1); /* decoding makes nothing longer */
	j->at++;
	while (ref_peek(j) != '"') {
		bool escape = ref_peek(j) == '\\';
		uint32_t c = 0, low = 0;

		(void)ref_char(j, &c);
		if (c >= 0xD800 && c <= 0xDFFF) {
			if (c > 0xDBFF || ref_peek(j) != '\\' || !ref_char(j, &low) ||
			    low < 0xDC00 || low > 0xDFFF) {
				free(out);
				return NULL;
			}
			c = 0x10000 + (c - 0xD800) * 0x400 + (low - 0xDC00);
		}
		if (!escape || c < 0x80) {
			out[n++] = (char)c;
		} else {
			unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

			out[n++] = (char)((0xFF00U >> (more + 1) & 0xFFU) | c >> 6 * more);
			while (more--)
				out[n++] = (char)(0x80 | (c >> 6 * more & 0x3F));
		}
	}
	j->at++;
	*bytes = n;
	return out;
}

/* Every key of an object that is known to be well-formed is there once, and can be decoded. */
static inline bool
ref_keys_differ(struct json_ref *j)
{
	char *keys[JSON_REF_KEYS_MAX] = { NULL };
	size_t bytes[JSON_REF_KEYS_MAX], n = 0;
	bool ok = true;

	j->at++;
	ref_space(j);
	while (ok && ref_peek(j) == '"') {
		ok = n < JSON_REF_KEYS_MAX && (keys[n] = ref_key(j, &bytes[n]));
		for (size_t i = 0; ok && i < n; i++)
			ok = bytes[i] != bytes[n] || memcmp(keys[i], keys[n], bytes[n]) != 0;
		n += ok;
		ref_space(j);
		j->at++;
		ref_space(j);
		(void)ref_value(j);
		ref_space(j);
		(void)ref_take(j, ',');
		ref_space(j);
	}
	for (size_t i = 0; i <= n && i < JSON_REF_KEYS_MAX; i++)
		free(keys[i]);
	return ok;
}

/*
 * A whole line as the reader of JSON Lines takes it, but for the types of columns: one object,
 * whose own brackets do not count in the depth of its values.
 */
static inline bool
json_reference_line(const char *line, size_t bytes)
{
	struct json_ref j = { .at = (const unsigned char *)line }, keys;

	j.end = j.at + bytes;
	if (!ref_utf8(line, bytes))
		return false;
	ref_space(&j);
	keys = j;
	if (!ref_take(&j, '{') || !ref_elements(&j, true))
		return false;
	ref_space(&j);
	return j.at == j.end && ref_keys_differ(&keys);
}

#endif
