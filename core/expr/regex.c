/* regex.c - is all of a text what a regular expression says? */
#include "core/expr/regex.h"

#include "core/base/unicode.h"
#include "core/base/size.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAR_MAX_POINT 0x10FFFF
#define NO_END UINT32_MAX /* of a{m,} */

enum step_kind {
	STEP_CHAR, /* c */
	STEP_ANY,
	STEP_SET,   /* one of set number c */
	STEP_BEGIN, /* nothing, at the beginning of the text */
	STEP_END,   /* nothing, at its end */
	STEP_SPLIT, /* go on at x and at y, from here */
	STEP_GO,    /* go on at x, from here */
	STEP_DONE,
};

struct regex_step {
	enum step_kind kind;
	uint32_t c;
	int32_t x, y;
};

struct range {
	uint32_t from, to;
};

struct set {
	const struct range *ranges;
	size_t n;
	bool others; /* [^...] */
};

struct regex {
	const struct regex_step *steps;
	size_t n;
	const struct set *sets;
};

/* An expression on its way. */
struct regex_reading {
	const char *text;
	size_t bytes, at, bad;
	int nesting;
	struct arena *arena;
	struct regex_step steps[REGEX_STATES_MAX + 1];
	size_t n;
	struct set sets[REGEX_BYTES_MAX];
	size_t n_sets;
	struct range ranges[REGEX_BYTES_MAX];
	struct err *err;
};

/* The ranges of [:name:], two characters each. */
static const struct {
	const char *name, *ranges;
} classes[] = {
	{ "alnum", "09AZaz" }, { "alpha", "AZaz" }, { "blank", "  \t\t" },
	{ "digit", "09" },     { "lower", "az" },   { "punct", "!/:@[`{~" },
	{ "space", "  \t\r" }, { "upper", "AZ" },   { "xdigit", "09AFaf" },
};

/* ---- characters ---- */

/* The character at text, of which `room` bytes are there; *bytes is its length.  A byte that is in
 * none counts as one of its own. */
static uint32_t
character(const char *text, size_t room, size_t *bytes)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = unicode_bytes(text, room);
	uint32_t c;

	*bytes = n ? n : 1;
	if (n <= 1)
		return n ? p[0] : CHAR_MAX_POINT + 1 + p[0];
	c = p[0] & (0xFFU >> (n + 1));
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3FU);
	return c;
}

static bool
more(const struct regex_reading *r)
{
	return r->at < r->bytes;
}

/* Is this what comes next? */
static bool
next_is(const struct regex_reading *r, const char *what)
{
	size_t n = strlen(what);

	return r->bytes - r->at >= n && memcmp(r->text + r->at, what, n) == 0;
}

static uint32_t
take(struct regex_reading *r)
{
	size_t n;
	uint32_t c = character(r->text + r->at, r->bytes - r->at, &n);

	r->at += n;
	return c;
}

static enum err_code PRINTF_LIKE(3, 4)
    wrong(struct regex_reading *r, size_t at, const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	r->bad = at;
	return err_set(r->err, ERR_INPUT, "%s", text);
}

/* ---- steps ---- */

static enum err_code
emit(struct regex_reading *r, const struct regex_step *steps, size_t n)
{
	if (r->n + n > REGEX_STATES_MAX) {
		r->bad = 0;
		return err_set(r->err, ERR_LIMIT,
			       "it comes to more than %d states; repeat less, a{50} is 50 of them",
			       REGEX_STATES_MAX);
	}
	if (n)
		memcpy(r->steps + r->n, steps, n * sizeof(*steps));
	r->n += n;
	return ERR_NONE;
}

static enum err_code
emit_one(struct regex_reading *r, enum step_kind kind, uint32_t c, int32_t x, int32_t y)
{
	return emit(r, &(struct regex_step){ kind, c, x, y }, 1);
}

/* Put a step before those from `start` on; within them all is relative. */
static enum err_code
insert(struct regex_reading *r, size_t start, const struct regex_step *step)
{
	enum err_code code = emit(r, step, 1);

	if (code)
		return code;
	memmove(r->steps + start + 1, r->steps + start, (r->n - 1 - start) * sizeof(*step));
	r->steps[start] = *step;
	return ERR_NONE;
}

/* ---- [...] ---- */

static enum err_code
add_range(struct regex_reading *r, size_t *n, uint32_t from, uint32_t to)
{
	if (*n == countof(r->ranges))
		return wrong(r, r->at, "this [ ] has too many characters");
	r->ranges[(*n)++] = (struct range){ from, to };
	return ERR_NONE;
}

/* [:name:], behind its [: */
static enum err_code
read_class(struct regex_reading *r, size_t from, size_t *n)
{
	const char *name = r->text + r->at;
	size_t bytes = strspn(name, "abcdefghijklmnopqrstuvwxyz");
	enum err_code code = ERR_NONE;

	for (size_t i = 0; i < countof(classes); i++) {
		const char *p = classes[i].ranges;

		if (strlen(classes[i].name) != bytes || memcmp(classes[i].name, name, bytes) != 0 ||
		    strncmp(name + bytes, ":]", 2) != 0)
			continue;
		r->at += bytes + 2;
		for (; *p && !code; p += 2)
			code = add_range(r, n, (unsigned char)p[0], (unsigned char)p[1]);
		return code;
	}
	return wrong(r, from,
		     "there is no such class; they are alnum, alpha, blank, digit, lower, punct, "
		     "space, upper and xdigit");
}

/* One character, or from one to another. */
static enum err_code
read_range(struct regex_reading *r, size_t *n)
{
	size_t from_at = r->at;
	uint32_t from = take(r), to = from;

	if (next_is(r, "-") && !next_is(r, "-]") && r->at + 1 < r->bytes) {
		r->at++;
		if (next_is(r, "[.") || next_is(r, "[=") || next_is(r, "[:"))
			return wrong(r, r->at, "a range ends with a character");
		to = take(r);
	}
	if (to < from)
		return wrong(r, from_at,
			     "this range is none: its first character comes after its last");
	return add_range(r, n, from, to);
}

/* Behind the [ */
static enum err_code
read_set(struct regex_reading *r, size_t open)
{
	bool others = next_is(r, "^"), first = true;
	enum err_code code = ERR_NONE;
	struct range *ranges;
	size_t n = 0;

	r->at += others;
	while (!code && (first || !next_is(r, "]"))) {
		first = false;
		if (!more(r))
			return wrong(r, open, "this [ has no ]");
		if (next_is(r, "[.") || next_is(r, "[="))
			return wrong(r, r->at, "[. .] and [= =] are not there");
		if (next_is(r, "[:")) {
			r->at += 2;
			code = read_class(r, r->at - 2, &n);
		} else {
			code = read_range(r, &n);
		}
	}
	if (code)
		return code;
	r->at++;
	ranges = arena_get(r->arena, n * sizeof(*ranges));
	memcpy(ranges, r->ranges, n * sizeof(*ranges));
	r->sets[r->n_sets] = (struct set){ ranges, n, others };
	return emit_one(r, STEP_SET, (uint32_t)r->n_sets++, 0, 0);
}

/* ---- the grammar ---- */

static enum err_code alternatives(struct regex_reading *r);

/* Behind a backslash. */
static enum err_code
read_escape(struct regex_reading *r, size_t at)
{
	if (!more(r))
		return wrong(r, at, "a backslash stands in front of nothing");
	if (strchr("^.[]$()|*+?{}\\/-", r->text[r->at]))
		return emit_one(r, STEP_CHAR, take(r), 0, 0);
	switch (r->text[r->at]) {
	case 'd':
		return wrong(r, at, "\\d is not POSIX: write [0-9]");
	case 'w':
		return wrong(r, at, "\\w is not POSIX: write [[:alnum:]_]");
	case 's':
		return wrong(r, at, "\\s is not POSIX: write [[:space:]]");
	default:
		break;
	}
	if (r->text[r->at] >= '1' && r->text[r->at] <= '9')
		return wrong(r, at, "there are no back-references");
	return wrong(r, at, "a backslash stands in front of a special character only");
}

static enum err_code
read_group(struct regex_reading *r, size_t open)
{
	enum err_code code;

	if (++r->nesting > REGEX_NESTING_MAX)
		return wrong(r, open, "more than %d parentheses inside each other",
			     REGEX_NESTING_MAX);
	code = alternatives(r);
	if (code)
		return code;
	if (!next_is(r, ")"))
		return wrong(r, open, "this ( has no )");
	r->at++;
	r->nesting--;
	return ERR_NONE;
}

static enum err_code
atom(struct regex_reading *r)
{
	size_t at = r->at;
	uint32_t c = take(r);

	switch (c) {
	case '.':
		return emit_one(r, STEP_ANY, 0, 0, 0);
	case '[':
		return read_set(r, at);
	case '(':
		return read_group(r, at);
	case '\\':
		return read_escape(r, at);
	case '^':
		return emit_one(r, STEP_BEGIN, 0, 0, 0);
	case '$':
		return emit_one(r, STEP_END, 0, 0, 0);
	case '*':
	case '+':
	case '?':
	case '{':
		return wrong(r, at, "there is nothing in front of this that could be repeated");
	default:
		return emit_one(r, STEP_CHAR, c, 0, 0);
	}
}

/* The steps from `start` on, m to n times. */
static enum err_code
repeat(struct regex_reading *r, size_t start, uint32_t m, uint32_t n)
{
	size_t length = r->n - start;
	struct regex_step *body = arena_get(r->arena, (length + 1) * sizeof(*body));
	int32_t over = (int32_t)length + 1;
	enum err_code code = ERR_NONE;

	memcpy(body, r->steps + start, length * sizeof(*body));
	r->n = start;
	for (uint32_t i = 0; i < m && !code; i++)
		code = emit(r, body, length);
	if (!code && n == NO_END && m > 0)
		return emit_one(r, STEP_SPLIT, 0, -(int32_t)length, 1);
	if (!code && n == NO_END) {
		code = emit_one(r, STEP_SPLIT, 0, 1, over + 1);
		if (!code)
			code = emit(r, body, length);
		return code ? code : emit_one(r, STEP_GO, 0, -over, 0);
	}
	for (uint32_t i = m; i < n && !code; i++) {
		code = emit_one(r, STEP_SPLIT, 0, 1, over);
		if (!code)
			code = emit(r, body, length);
	}
	return code;
}

/* A number of at most REGEX_REPEAT_MAX; false: there is none. */
static bool
read_count(struct regex_reading *r, uint32_t *out)
{
	size_t n = 0;

	*out = 0;
	while (r->at + n < r->bytes && n < 4 && r->text[r->at + n] >= '0' &&
	       r->text[r->at + n] <= '9')
		*out = *out * 10 + (uint32_t)(r->text[r->at + n++] - '0');
	r->at += n;
	return n > 0 && *out <= REGEX_REPEAT_MAX;
}

/* {m}, {m,} or {m,n}, behind its { */
static enum err_code
read_bounds(struct regex_reading *r, size_t open, uint32_t *m, uint32_t *n)
{
	bool good = read_count(r, m);

	*n = *m;
	if (good && next_is(r, ",")) {
		r->at++;
		if (next_is(r, "}"))
			*n = NO_END;
		else
			good = read_count(r, n);
	}
	if (!good || !next_is(r, "}") || *n < *m)
		return wrong(r, open, "a repetition is written {2}, {2,} or {2,5}, up to %d",
			     REGEX_REPEAT_MAX);
	r->at++;
	return ERR_NONE;
}

static enum err_code
piece(struct regex_reading *r)
{
	size_t start = r->n;
	enum err_code code = atom(r);

	while (!code && more(r) && strchr("*+?{", r->text[r->at])) {
		size_t at = r->at;
		uint32_t m, n = NO_END;
		char how = r->text[r->at++];

		m = how == '+';
		if (how == '?')
			n = 1;
		if (how == '{')
			code = read_bounds(r, at, &m, &n);
		if (!code)
			code = repeat(r, start, m, n);
	}
	return code;
}

static enum err_code
branch(struct regex_reading *r)
{
	size_t from = r->at;
	enum err_code code = ERR_NONE;

	while (!code && more(r) && !next_is(r, "|") && !(r->nesting && next_is(r, ")")))
		code = next_is(r, ")") ? wrong(r, r->at, "this ) has no (") : piece(r);
	if (!code && r->at == from)
		return wrong(r,
			     more(r) ? from
			     : from  ? from - 1
				     : 0,
			     "nothing stands here; what may be absent is written (...)?");
	return code;
}

/* a|b|c: whoever is done goes to the end, which is known when all are read. */
static enum err_code
alternatives(struct regex_reading *r)
{
	int32_t last = -1; /* the last step that goes there; its x is the one before it */
	size_t start = r->n;
	enum err_code code = branch(r);

	while (!code && next_is(r, "|")) {
		const struct regex_step split = { STEP_SPLIT, 0, 1, (int32_t)(r->n - start) + 2 };

		r->at++;
		code = insert(r, start, &split);
		if (!code)
			code = emit_one(r, STEP_GO, 0, last, 0);
		last = (int32_t)r->n - 1;
		start = r->n;
		if (!code)
			code = branch(r);
	}
	while (!code && last >= 0) {
		int32_t before = r->steps[last].x;

		r->steps[last].x = (int32_t)r->n - last;
		last = before;
	}
	return code;
}

enum err_code
regex_read(const char *text, size_t bytes, struct arena *arena, struct regex **out, size_t *at,
	   struct err *err)
{
	struct regex_reading *r = mem_new(1, sizeof(*r));
	struct regex *regex = arena_get(arena, sizeof(*regex));
	struct regex_step *steps;
	struct set *sets;
	enum err_code code;

	r->text = arena_bytes(arena, text, bytes < REGEX_BYTES_MAX ? bytes : REGEX_BYTES_MAX);
	r->bytes = bytes;
	r->arena = arena;
	r->err = err;
	if (bytes > REGEX_BYTES_MAX)
		code = err_set(err, ERR_LIMIT, "it is longer than %s", SIZE_TEXT(REGEX_BYTES_MAX));
	else if (memchr(text, '\0', bytes))
		code = err_set(err, ERR_INPUT, "it has a zero byte");
	else
		code = alternatives(r);
	*at = r->bad;
	if (!code) {
		r->steps[r->n++] = (struct regex_step){ .kind = STEP_DONE };
		steps = arena_get(arena, r->n * sizeof(*steps));
		memcpy(steps, r->steps, r->n * sizeof(*steps));
		sets = arena_get(arena, (r->n_sets + 1) * sizeof(*sets));
		memcpy(sets, r->sets, r->n_sets * sizeof(*sets));
		*regex = (struct regex){ steps, r->n, sets };
		*out = regex;
	}
	free(r);
	return code;
}

/* ---- matching ---- */

/* Where the machine is: a list of steps, each once. */
struct places {
	uint32_t *at;
	size_t n;
};

struct regex_run {
	const struct regex *regex;
	uint32_t *seen;    /* by step: at which character it was added last, from 1 */
	uint32_t *waiting; /* steps that are still to be followed */
	uint32_t now;
	bool begin, end; /* where the character stands */
};

static bool
is_in_set(const struct set *set, uint32_t c)
{
	for (size_t i = 0; i < set->n; i++)
		if (c >= set->ranges[i].from && c <= set->ranges[i].to)
			return !set->others;
	return set->others;
}

static void
push(struct regex_run *m, size_t *n, uint32_t step)
{
	if (m->seen[step] == m->now)
		return;
	m->seen[step] = m->now;
	m->waiting[(*n)++] = step;
}

/* Add a step, and what can be reached from it without a character. */
static void
add(struct regex_run *m, struct places *to, uint32_t step)
{
	size_t n = 0;

	push(m, &n, step);
	while (n) {
		uint32_t at = m->waiting[--n];
		const struct regex_step *s = &m->regex->steps[at];

		switch (s->kind) {
		case STEP_SPLIT:
			push(m, &n, (uint32_t)((int32_t)at + s->x));
			push(m, &n, (uint32_t)((int32_t)at + s->y));
			break;
		case STEP_GO:
			push(m, &n, (uint32_t)((int32_t)at + s->x));
			break;
		case STEP_BEGIN:
			if (m->begin)
				push(m, &n, at + 1);
			break;
		case STEP_END:
			if (m->end)
				push(m, &n, at + 1);
			break;
		default:
			to->at[to->n++] = at;
		}
	}
}

static bool
takes(const struct regex *r, const struct regex_step *s, uint32_t c)
{
	switch (s->kind) {
	case STEP_CHAR:
		return s->c == c;
	case STEP_ANY:
		return true;
	case STEP_SET:
		return is_in_set(&r->sets[s->c], c);
	default:
		return false;
	}
}

enum err_code
regex_matches(const struct regex *r, const char *text, size_t bytes, struct arena *scratch,
	      bool *out, struct err *err)
{
	struct regex_run m = { .regex = r, .now = 1, .begin = true, .end = bytes == 0 };
	struct places now, next;

	if (bytes > REGEX_TEXT_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "the text is longer than %s",
			       SIZE_TEXT(REGEX_TEXT_BYTES_MAX));
	m.seen = arena_get(scratch, r->n * sizeof(*m.seen));
	m.waiting = arena_get(scratch, r->n * sizeof(*m.waiting));
	now = (struct places){ arena_get(scratch, r->n * sizeof(*now.at)), 0 };
	next = (struct places){ arena_get(scratch, r->n * sizeof(*next.at)), 0 };
	add(&m, &now, 0);
	for (size_t at = 0, n; at < bytes && now.n; at += n) {
		uint32_t c = character(text + at, bytes - at, &n);
		struct places kept;

		m.now++;
		m.begin = false;
		m.end = at + n == bytes;
		next.n = 0;
		for (size_t i = 0; i < now.n; i++)
			if (takes(r, &r->steps[now.at[i]], c))
				add(&m, &next, now.at[i] + 1);
		kept = now;
		now = next;
		next = kept;
	}
	*out = false;
	for (size_t i = 0; i < now.n; i++)
		*out = *out || r->steps[now.at[i]].kind == STEP_DONE;
	return ERR_NONE;
}
