/* mask.c - secrets in a stream of bytes become ***, while it streams. */
#include "worker/process/mask.h"

#include "core/base/mem.h"
#include "core/base/unicode.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char stars[] = "***";

enum { LINES_MAX = 128 }; /* of a secret: each takes its time at every byte that begins one */

/* One spelling of a secret, found as Knuth, Morris and Pratt do. */
struct pattern {
	unsigned char *text;
	size_t bytes;
	uint32_t
	    *back; /* back[i]: of i + 1 matched bytes, how many still are when the next is not */
	size_t matched; /* bytes of it that the stream ends with now */
	bool is_active; /* it is in the list of those with matched > 0 */
};

/*
 * Bytes that may still become part of a match stand in a ring, each with the end of the
 * longest match that begins with it.  Positions count from the start of the stream.
 */
struct mask {
	struct pattern *patterns;
	size_t n, room;
	size_t *active; /* patterns that may be on their way */
	size_t n_active;
	bool begins[256]; /* is it the first byte of a pattern? */
	size_t ring_bytes;
	unsigned char *ring;
	uint64_t *ends;
	uint64_t at, out; /* of the next byte to come, and to go */
	uint64_t covered; /* bytes before this one are of a secret */
	bool is_masking;  /* the last byte that went was */
	bool has_masked;  /* some of the stream was */
};

struct mask *
mask_new(void)
{
	return mem_new(1, sizeof(struct mask));
}

void
mask_free(struct mask *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++) {
		explicit_bzero(m->patterns[i].text, m->patterns[i].bytes);
		free(m->patterns[i].text);
		free(m->patterns[i].back);
	}
	if (m->ring)
		explicit_bzero(m->ring, m->ring_bytes);
	free(m->patterns);
	free(m->active);
	free(m->ring);
	free(m->ends);
	free(m);
}

/* How far each beginning of a pattern is also the end of a shorter one. */
static uint32_t *
make_back(const unsigned char *text, size_t bytes)
{
	uint32_t *back = mem_new(bytes, sizeof(*back)), k = 0;

	for (size_t i = 1; i < bytes; i++) {
		while (k && text[i] != text[k])
			k = back[k - 1];
		k += text[i] == text[k];
		back[i] = k;
	}
	return back;
}

static void
add_pattern(struct mask *m, const struct buf *text)
{
	struct pattern *p;

	for (size_t i = 0; i < m->n; i++)
		if (m->patterns[i].bytes == text->bytes &&
		    memcmp(m->patterns[i].text, text->data, text->bytes) == 0)
			return;
	m->patterns = mem_grow(m->patterns, m->n, &m->room, sizeof(*m->patterns));
	p = &m->patterns[m->n++];
	*p = (struct pattern){ .text = mem_new(text->bytes, 1), .bytes = text->bytes };
	memcpy(p->text, text->data, text->bytes);
	p->back = make_back(p->text, p->bytes);
	m->begins[p->text[0]] = true;
	if (p->bytes > m->ring_bytes)
		m->ring_bytes = p->bytes;
}

/* The letters of base64 that only these bytes say, where `skip` bytes stand before them. */
static void
spell_base64(const char *secret, size_t bytes, size_t skip, const char *last_two, struct buf *out)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t first = (skip * 8 + 5) / 6, end = (skip + bytes) * 8 / 6;

	for (size_t i = first; i < end; i++) {
		unsigned value = 0;

		for (size_t bit = i * 6 - skip * 8; bit < i * 6 - skip * 8 + 6; bit++) {
			unsigned byte = (unsigned char)secret[bit / 8];

			value = value << 1 | (byte >> (7 - bit % 8) & 1);
		}
		buf_char(out, value < 62 ? letters[value] : last_two[value - 62]);
	}
}

/* As RFC 3986 has it, with these digits, and `kept` besides what is never encoded. */
static void
spell_url(const char *secret, size_t bytes, const char *digits, const char *kept, struct buf *out)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (size_t i = 0; i < bytes; i++) {
		unsigned char c = (unsigned char)secret[i];

		if (c && (strchr(plain, c) || strchr(kept, c))) {
			buf_char(out, (char)c);
		} else if (c == ' ' && *kept == '+') {
			buf_char(out, '+');
		} else {
			buf_char(out, '%');
			buf_char(out, digits[c >> 4]);
			buf_char(out, digits[c & 15]);
		}
	}
}

/* The next character of a text, for JSON; one that is no UTF-8 stands for itself. */
static uint32_t
take_code(const char *text, size_t bytes, size_t *at)
{
	uint32_t code = (unsigned char)text[*at];
	size_t n = unicode_bytes(text + *at, bytes - *at);

	if (n > 1)
		code &= 0xffu >> (n + 1);
	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)text[*at + i] & 0x3f);
	*at += n ? n : 1;
	return code;
}

/* As it stands between the quotes of JSON; `plain`: what is no ASCII stands as it is. */
static void
spell_json(const char *secret, size_t bytes, bool plain, struct buf *out)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";

	for (size_t at = 0, next = 0; at < bytes; at = next) {
		uint32_t code = take_code(secret, bytes, &next);
		const char *letter = code && code < 0x80 ? strchr(from, (int)code) : NULL;

		if (letter)
			buf_format(out, "\\%c", to[letter - from]);
		else if (code > 0xffff && !plain)
			buf_format(out, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10),
				   0xdc00 + (code & 0x3ff));
		else if (code < 0x20 || (code > 0x7e && !plain))
			buf_format(out, "\\u%04x", code);
		else
			buf_add(out, secret + at, next - at);
	}
}

static void
take_spelling(struct mask *m, struct buf *text)
{
	add_pattern(m, text);
	explicit_bzero(text->data, text->bytes);
	buf_reset(text);
}

/* Programs show a text of several lines a line at a time. */
static void
take_lines(struct mask *m, const char *secret, size_t bytes, struct buf *text)
{
	const char *end = secret + bytes, *next;
	int n = 0;

	if (!memchr(secret, '\n', bytes))
		return;
	for (const char *line = secret; line < end && n < LINES_MAX; line = next + 1) {
		size_t length;

		next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next : end;
		length = (size_t)(next - line);
		length -= length && line[length - 1] == '\r';
		if (length < MASK_BYTES_MIN)
			continue;
		n++;
		buf_add(text, line, length);
		take_spelling(m, text);
	}
}

bool
mask_add(struct mask *m, const char *secret, size_t bytes)
{
	static const char *const digits[] = { "0123456789ABCDEF", "0123456789abcdef" };
	static const char *const kept[] = { "", "/" }; /* some leave a slash as it is */
	static const char *const last_two[] = { "+/", "-_" };
	struct buf text;

	assert(!m->ring);
	if (bytes < MASK_BYTES_MIN)
		return false;
	buf_init(&text, SIZE_MAX);
	buf_add(&text, secret, bytes);
	take_spelling(m, &text);
	for (size_t i = 0; i < countof(last_two); i++) {
		for (size_t skip = 0; skip < 3; skip++) {
			spell_base64(secret, bytes, skip, last_two[i], &text);
			take_spelling(m, &text);
		}
	}
	for (size_t i = 0; i < countof(digits); i++) {
		for (size_t k = 0; k < countof(kept); k++) {
			spell_url(secret, bytes, digits[i], kept[k], &text);
			take_spelling(m, &text);
		}
	}
	for (int plain = 0; plain < 2; plain++) {
		spell_json(secret, bytes, plain, &text);
		take_spelling(m, &text);
	}
	take_lines(m, secret, bytes, &text);
	buf_release(&text);
	return true;
}

static void
begin(struct mask *m)
{
	if (m->ring || !m->n)
		return;
	m->ring = mem_new(m->ring_bytes, 1);
	m->ends = mem_new(m->ring_bytes, sizeof(*m->ends));
	m->active = mem_new(m->n, sizeof(*m->active));
}

/* A pattern's last byte is the one that just came. */
static void
take_match(struct mask *m, size_t bytes)
{
	uint64_t *end = &m->ends[(m->at - bytes) % m->ring_bytes];

	if (*end < m->at)
		*end = m->at;
}

/* One more byte for a pattern, which is in the ring already. */
static void
advance(struct mask *m, struct pattern *p, unsigned char c)
{
	while (p->matched && p->text[p->matched] != c)
		p->matched = p->back[p->matched - 1];
	p->matched += p->text[p->matched] == c;
	if (p->matched < p->bytes)
		return;
	take_match(m, p->bytes);
	p->matched = p->back[p->bytes - 1];
}

/* Put in a byte; gives how many of the last bytes may be the beginning of a match. */
static size_t
step(struct mask *m, unsigned char c)
{
	size_t longest = 0, kept = 0;

	m->ring[m->at % m->ring_bytes] = c;
	m->ends[m->at % m->ring_bytes] = 0;
	m->at++;
	for (size_t i = 0; m->begins[c] && i < m->n; i++) {
		struct pattern *p = &m->patterns[i];

		if (!p->is_active && p->text[0] == c) {
			p->is_active = true;
			m->active[m->n_active++] = i;
		}
	}
	for (size_t i = 0; i < m->n_active; i++) {
		struct pattern *p = &m->patterns[m->active[i]];

		advance(m, p, c);
		p->is_active = p->matched > 0;
		if (p->is_active)
			m->active[kept++] = m->active[i];
		if (p->matched > longest)
			longest = p->matched;
	}
	m->n_active = kept;
	return longest;
}

/* Let what stands before `until` go. */
static void
let_go(struct mask *m, uint64_t until, mask_sink *sink, void *ctx)
{
	while (m->out < until) {
		size_t at = m->out % m->ring_bytes;

		if (m->ends[at] > m->covered)
			m->covered = m->ends[at];
		if (m->out >= m->covered)
			sink(ctx, (const char *)&m->ring[at], 1);
		else if (!m->is_masking)
			sink(ctx, stars, strlen(stars));
		m->is_masking = m->out < m->covered;
		m->has_masked |= m->is_masking;
		m->out++;
	}
}

void
mask_feed(struct mask *m, const char *data, size_t bytes, mask_sink *sink, void *ctx)
{
	size_t i = 0;

	begin(m);
	while (i < bytes) {
		size_t plain = 0;

		/* Nothing is on its way: all up to a byte that could begin something goes by. */
		if (m->out == m->at && !m->n_active)
			while (i + plain < bytes && !m->begins[(unsigned char)data[i + plain]])
				plain++;
		if (plain) {
			sink(ctx, data + i, plain);
			m->at += plain;
			m->out = m->at;
			m->is_masking = false;
			i += plain;
		} else {
			size_t held = step(m, (unsigned char)data[i++]);

			let_go(m, m->at - held, sink, ctx);
		}
	}
}

/* All that is on its way goes out. */
static void
finish(struct mask *m, mask_sink *sink, void *ctx)
{
	for (size_t i = 0; i < m->n_active; i++) {
		const struct pattern *p = &m->patterns[m->active[i]];

		if (p->matched >= MASK_BYTES_MIN)
			take_match(m, p->matched);
	}
	let_go(m, m->at, sink, ctx);
}

/* Nothing of what was read before is part of what comes. */
static void
forget(struct mask *m)
{
	for (size_t i = 0; i < m->n; i++) {
		m->patterns[i].matched = 0;
		m->patterns[i].is_active = false;
	}
	m->n_active = 0;
	m->at = m->out = m->covered = 0;
	m->is_masking = m->has_masked = false;
}

void
mask_end(struct mask *m, mask_sink *sink, void *ctx)
{
	finish(m, sink, ctx);
	forget(m);
}

static void
drop(void *ctx, const char *data, size_t bytes)
{
	(void)ctx;
	(void)data;
	(void)bytes;
}

bool
mask_finds(struct mask *m, const char *text, size_t bytes)
{
	bool found;

	mask_feed(m, text, bytes, drop, NULL);
	finish(m, drop, NULL);
	found = m->has_masked;
	forget(m);
	return found;
}

static void
add_to(void *ctx, const char *data, size_t bytes)
{
	buf_add(ctx, data, bytes);
}

void
mask_text(struct mask *m, struct buf *text)
{
	struct buf out;

	buf_init(&out, text->bytes_max);
	mask_feed(m, text->data, text->bytes, add_to, &out);
	mask_end(m, add_to, &out);
	explicit_bzero(text->data, text->bytes);
	buf_reset(text);
	buf_add(text, out.data, out.bytes);
	buf_release(&out);
}
