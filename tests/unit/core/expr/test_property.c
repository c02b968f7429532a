/*
 * test_property.c - random expressions against an evaluator that is slow and simple, and against
 * SQLite for what both have.
 *
 * A random tree is written as text; the text goes through the program and through SQLite, the tree
 * through the evaluator of this file, which computes in 128 bits and in long doubles.
 */
#include "core/expr/expr.h"
#include "core/base/buf.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

#include <cmocka.h>
#include <sqlite3.h>

enum { ROUNDS = 20000, SLOTS = 9, DEPTH = 5 };

/* Trees of the test: operators by their text. */
enum form {
	LEAF_INT,
	LEAF_REAL,
	LEAF_TEXT,
	LEAF_BOOL,
	LEAF_NULL,
	LEAF_SLOT,
	ADD,
	SUB,
	MUL,
	DIV,
	MOD,
	NEG,
	EQ,
	NE,
	LT,
	LE,
	GT,
	GE,
	AND,
	OR,
	NOT,
	IS_NULL,
	IN,
	BETWEEN,
	CASE,
	COALESCE,
	NULLIF,
	SUBSTR,
	LENGTH,
	CONTAINS,
	LIKE,
	REPLACE,
	MATCHES,
};

struct tree {
	enum form form;
	enum expr_type type;
	int n;
	struct tree *args[4];
	int64_t whole;
	double real;
	const char *text;
	int slot;
};

struct val {
	bool null, error;
	int64_t whole; /* also of bool */
	double real;
	char *text;
};

static const struct {
	const char *name;
	enum expr_type type;
} slots[SLOTS] = {
	{ "a", EXPR_INT64 },   { "b", EXPR_INT64 }, { "x", EXPR_FLOAT64 },
	{ "y", EXPR_FLOAT64 }, { "s", EXPR_TEXT },  { "t", EXPR_TEXT },
	{ "p", EXPR_BOOL },    { "q", EXPR_BOOL },  { "c", EXPR_INT64 },
};

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int
below(uint64_t *random, int n)
{
	return (int)(next_random(random) % (uint64_t)n);
}

static const int64_t wholes[] = { 0,
				  1,
				  -1,
				  2,
				  7,
				  -13,
				  1000,
				  INT64_MAX,
				  INT64_MIN,
				  INT64_C(1) << 53,
				  (INT64_C(1) << 53) + 1,
				  INT64_MAX - 1 };
static const double reals[] = {
	0.0, -0.0, 0.5, -2.5, 7.0, 1e300, -1e308, 9007199254740992.0, 9223372036854775808.0, 0.1
};
static const char *const texts[] = { "",
				     "a",
				     "ab",
				     "abab",
				     "\xc3\xbc"
				     "b",
				     "%",
				     "x_y",
				     "aXb" };

/* For matches(), which the C library matches byte by byte. */
static const char *const patterns[] = {
	".*", "[a-c]*b", "(a|ab)*c?", "[^a]+", "a{1,2}.*", "(x|%)b?"
};

static struct tree *grow(struct arena *arena, uint64_t *random, enum expr_type type, int depth);

static struct tree *
leaf(struct arena *arena, uint64_t *random, enum expr_type type)
{
	struct tree *t = arena_get(arena, sizeof(*t));
	int from = below(random, SLOTS);

	t->type = type;
	for (int i = 0; i < SLOTS && below(random, 3); i++) {
		t->slot = (from + i) % SLOTS;
		t->form = LEAF_SLOT;
		if (slots[t->slot].type == type)
			return t;
	}
	if (below(random, 8) == 0) {
		t->form = LEAF_NULL;
		return t;
	}
	t->form = type == EXPR_INT64     ? LEAF_INT
		  : type == EXPR_FLOAT64 ? LEAF_REAL
		  : type == EXPR_TEXT    ? LEAF_TEXT
					 : LEAF_BOOL;
	t->whole = type == EXPR_BOOL ? below(random, 2)
				     : wholes[below(random, (int)countof(wholes))];
	t->real = reals[below(random, (int)countof(reals))];
	t->text = texts[below(random, (int)countof(texts))];
	return t;
}

static enum expr_type
any_type(uint64_t *random)
{
	static const enum expr_type types[] = { EXPR_INT64, EXPR_FLOAT64, EXPR_TEXT, EXPR_BOOL };

	return types[below(random, (int)countof(types))];
}

/* What it may be beside: numbers compare with numbers. */
static enum expr_type
beside(uint64_t *random, enum expr_type type)
{
	if (type == EXPR_INT64 || type == EXPR_FLOAT64)
		return below(random, 2) ? EXPR_INT64 : EXPR_FLOAT64;
	return type;
}

static void
give(struct tree *t, struct arena *arena, uint64_t *random, int depth, enum expr_type type)
{
	t->args[t->n++] = grow(arena, random, type, depth - 1);
}

static void
grow_bool(struct tree *t, struct arena *arena, uint64_t *random, int depth)
{
	enum expr_type type = any_type(random);

	t->form = (enum form)(EQ + below(random, CASE - EQ + 1));
	switch (t->form) {
	case AND:
	case OR:
		give(t, arena, random, depth, EXPR_BOOL);
		give(t, arena, random, depth, EXPR_BOOL);
		if (below(random, 2))
			give(t, arena, random, depth, EXPR_BOOL);
		return;
	case NOT:
		give(t, arena, random, depth, EXPR_BOOL);
		return;
	case IS_NULL:
		give(t, arena, random, depth, type);
		return;
	case IN:
	case BETWEEN:
		give(t, arena, random, depth, type);
		give(t, arena, random, depth, beside(random, type));
		give(t, arena, random, depth, beside(random, type));
		return;
	case CASE:
		t->form = below(random, 2) ? LIKE : CONTAINS;
		give(t, arena, random, depth, EXPR_TEXT);
		if (below(random, 3) == 0) {
			t->form = MATCHES;
			t->args[t->n] = arena_get(arena, sizeof(*t));
			t->args[t->n]->form = LEAF_TEXT;
			t->args[t->n]->type = EXPR_TEXT;
			t->args[t->n++]->text = patterns[below(random, (int)countof(patterns))];
			return;
		}
		give(t, arena, random, depth, EXPR_TEXT);
		return;
	default:
		give(t, arena, random, depth, type);
		give(t, arena, random, depth, beside(random, type));
		return;
	}
}

static void
grow_number(struct tree *t, struct arena *arena, uint64_t *random, int depth)
{
	t->form = (enum form)(ADD + below(random, 6));
	if (t->type == EXPR_INT64 && below(random, 6) == 0) {
		t->form = LENGTH;
		give(t, arena, random, depth, EXPR_TEXT);
		return;
	}
	give(t, arena, random, depth, t->type);
	if (t->form != NEG)
		give(t, arena, random, depth,
		     t->type == EXPR_FLOAT64 ? beside(random, t->type) : t->type);
}

static void
grow_text(struct tree *t, struct arena *arena, uint64_t *random, int depth)
{
	t->form = below(random, 2) ? SUBSTR : REPLACE;
	give(t, arena, random, depth, EXPR_TEXT);
	if (t->form == REPLACE) {
		give(t, arena, random, depth, EXPR_TEXT);
		give(t, arena, random, depth, EXPR_TEXT);
		return;
	}
	for (int i = 0; i < 2; i++) {
		give(t, arena, random, 1, EXPR_INT64);
		t->args[t->n - 1]->form = LEAF_INT;
		t->args[t->n - 1]->n = 0;
		t->args[t->n - 1]->whole = 1 + below(random, 3);
	}
}

static struct tree *
grow(struct arena *arena, uint64_t *random, enum expr_type type, int depth)
{
	struct tree *t;

	if (depth <= 1 || below(random, 5) == 0)
		return leaf(arena, random, type);
	t = arena_get(arena, sizeof(*t));
	t->type = type;
	if (below(random, 5) == 0) {
		t->form = below(random, 2) ? COALESCE : below(random, 2) ? NULLIF : CASE;
		if (t->form == CASE)
			give(t, arena, random, depth, EXPR_BOOL);
		give(t, arena, random, depth, type);
		give(t, arena, random, depth, type);
		return t;
	}
	if (type == EXPR_BOOL)
		grow_bool(t, arena, random, depth);
	else if (type == EXPR_TEXT)
		grow_text(t, arena, random, depth);
	else
		grow_number(t, arena, random, depth);
	return t;
}

static void
write_text(const char *text, struct buf *out)
{
	buf_char(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_char(out, '\'');
		buf_char(out, *text);
	}
	buf_char(out, '\'');
}

/* In words that both languages read; contains() is instr() there, div is what it has not. */
static void
print(const struct tree *t, bool sqlite, struct buf *out)
{
	static const char *const marks[] = {
		[ADD] = " + ", [SUB] = " - ",   [MUL] = " * ", [DIV] = " div ",  [MOD] = " % ",
		[EQ] = " = ",  [NE] = " <> ",   [LT] = " < ",  [LE] = " <= ",    [GT] = " > ",
		[GE] = " >= ", [AND] = " and ", [OR] = " or ", [LIKE] = " like "
	};
	static const char *const calls[] = {
		[COALESCE] = "coalesce", [NULLIF] = "nullif",     [SUBSTR] = "substr",
		[LENGTH] = "length",     [CONTAINS] = "contains", [REPLACE] = "replace",
		[MATCHES] = "matches"
	};
	bool is_call = (t->form >= COALESCE && t->form != LIKE);
	const char *between = is_call ? ", " : t->form < countof(marks) ? marks[t->form] : NULL;

	switch (t->form) {
	case LEAF_INT:
		/* SQLite reads the least of them as a double, with its sign apart. */
		if (t->whole == INT64_MIN && sqlite)
			buf_text(out, "(-9223372036854775807 - 1)");
		else
			buf_format(out, "%lld", (long long)t->whole);
		return;
	case LEAF_REAL:
		/* Without an exponent it would be a decimal. */
		buf_format(out, "%.17e", t->real);
		return;
	case LEAF_TEXT:
		write_text(t->text, out);
		return;
	case LEAF_BOOL:
		buf_text(out, t->whole ? "true" : "false");
		return;
	case LEAF_NULL:
		buf_text(out, "null");
		return;
	case LEAF_SLOT:
		buf_text(out, slots[t->slot].name);
		return;
	default:
		break;
	}
	if (t->form == CONTAINS && sqlite)
		buf_text(out, "(0 < instr");
	else if (is_call)
		buf_text(out, calls[t->form]);
	buf_text(out, t->form == NEG    ? "(- "
		      : t->form == NOT  ? "(not "
		      : t->form == CASE ? "(case when "
					: "(");
	for (int i = 0; i < t->n; i++) {
		if (i && t->form == IN)
			buf_text(out, i == 1 ? " in (" : ", ");
		else if (i && t->form == BETWEEN)
			buf_text(out, i == 1 ? " between " : " and ");
		else if (i && t->form == CASE)
			buf_text(out, i == 1 ? " then " : " else ");
		else if (i)
			buf_text(out, between);
		print(t->args[i], sqlite, out);
	}
	buf_text(out, t->form == IN        ? "))"
		      : t->form == CASE    ? " end)"
		      : t->form == IS_NULL ? " is null)"
					   : ")");
	if (t->form == CONTAINS && sqlite)
		buf_char(out, ')');
}

/* Below 0, 0, above 0: in long doubles, whose 64 bits hold every int64. */
static int
naive_order(enum expr_type ta, const struct val *a, enum expr_type tb, const struct val *b)
{
	long double la, lb;

	if (ta == EXPR_TEXT)
		return strcmp(a->text, b->text);
	la = ta == EXPR_FLOAT64 ? (long double)a->real : (long double)a->whole;
	lb = tb == EXPR_FLOAT64 ? (long double)b->real : (long double)b->whole;
	return la < lb ? -1 : la > lb;
}

static struct val
of_bool(bool yes)
{
	return (struct val){ .whole = yes };
}

static struct val
null_or(bool unknown, bool yes)
{
	return unknown ? (struct val){ .null = true } : of_bool(yes);
}

static double
as_real(const struct tree *t, const struct val *v)
{
	return t->type == EXPR_INT64 ? (double)v->whole : v->real;
}

/* Only numbers that are not null. */
static struct val
naive_number(const struct tree *t, const struct val *v)
{
	struct val out = { 0 };
	__extension__ __int128 a = v[0].whole, b = t->n > 1 ? v[1].whole : 0, r = 0;
	double x = as_real(t->args[0], &v[0]), y = t->n > 1 ? as_real(t->args[1], &v[1]) : 0, m;

	if (t->form == DIV || t->form == MOD)
		if (t->type == EXPR_INT64 ? b == 0 : y == 0)
			return (struct val){ .null = true };
	if (t->type == EXPR_INT64) {
		if (t->form == DIV || t->form == MOD) {
			r = a / b;
			if (r * b != a && (a < 0) != (b < 0))
				r--;
			if (t->form == MOD)
				r = a - r * b;
		} else {
			r = t->form == ADD   ? a + b
			    : t->form == SUB ? a - b
			    : t->form == MUL ? a * b
					     : -a;
		}
		out.error = r > INT64_MAX || r < INT64_MIN;
		out.whole = (int64_t)r;
		return out;
	}
	m = y != 0 ? fmod(x, y) : 0;
	if (m != 0 && (m < 0) != (y < 0))
		m += y;
	out.real = t->form == ADD   ? x + y
		   : t->form == SUB ? x - y
		   : t->form == MUL ? x * y
		   : t->form == MOD ? m
		   : t->form == DIV ? rint((x - m) / y)
				    : -x;
	out.error = !isfinite(out.real);
	return out;
}

/* The character that begins at p. */
static int
chars(const char *p)
{
	int n = 0;

	for (; *p; p++)
		n += ((unsigned char)*p & 0xc0) != 0x80;
	return n;
}

static bool
naive_like(const char *s, const char *p)
{
	if (!*p)
		return !*s;
	if (*p == '%')
		return naive_like(s, p + 1) || (*s && naive_like(s + 1, p));
	if (!*s)
		return false;
	if (*p == '_') {
		s++;
		while (((unsigned char)*s & 0xc0) == 0x80)
			s++;
		return naive_like(s, p + 1);
	}
	return *s == *p && naive_like(s + 1, p + 1);
}

static bool
naive_matches(const char *text, const char *pattern)
{
	char anchored[64];
	regex_t theirs;
	bool yes;

	(void)snprintf(anchored, sizeof(anchored), "^(%s)$", pattern);
	assert_int_equal(regcomp(&theirs, anchored, REG_EXTENDED | REG_NOSUB), 0);
	yes = regexec(&theirs, text, 0, NULL, 0) == 0;
	regfree(&theirs);
	return yes;
}

static struct val
naive_text(struct arena *arena, const struct tree *t, const struct val *v)
{
	struct buf out;
	struct val value = { 0 };
	int at = 0;

	buf_init(&out, 1 << 20);
	for (const char *p = v[0].text; *p;) {
		size_t n = strlen(v[1].text ? v[1].text : "");

		if (t->form == REPLACE && n && !strncmp(p, v[1].text, n)) {
			buf_text(&out, v[2].text);
			p += n;
			continue;
		}
		at += ((unsigned char)*p & 0xc0) != 0x80;
		if (t->form == REPLACE || (at >= v[1].whole && at < v[1].whole + v[2].whole))
			buf_char(&out, *p);
		p++;
	}
	value.text = arena_bytes(arena, out.bytes ? out.data : "", out.bytes);
	buf_release(&out);
	return value;
}

static struct val naive(struct arena *arena, const struct tree *t, const struct val *row);

/* and, or: false (true) decides from the left, and what is behind is not computed. */
static struct val
naive_joined(struct arena *arena, const struct tree *t, const struct val *row)
{
	bool unknown = false;

	for (int i = 0; i < t->n; i++) {
		struct val v = naive(arena, t->args[i], row);

		if (v.error || (!v.null && v.whole == (t->form == OR)))
			return v;
		unknown |= v.null;
	}
	return null_or(unknown, t->form == AND);
}

static struct val
naive_case(struct arena *arena, const struct tree *t, const struct val *row)
{
	struct val v = naive(arena, t->args[0], row);

	if (v.error)
		return v;
	return naive(arena, t->args[!v.null && v.whole ? 1 : 2], row);
}

/* An item that errs is not reached behind one that is equal. */
static struct val
naive_in(struct arena *arena, const struct tree *t, const struct val *row)
{
	struct val a = naive(arena, t->args[0], row);
	bool unknown = false;

	if (a.error)
		return a;
	for (int i = 1; i < t->n; i++) {
		struct val b = naive(arena, t->args[i], row);

		if (b.error)
			return b;
		unknown |= a.null || b.null;
		if (!a.null && !b.null && !naive_order(t->args[0]->type, &a, t->args[i]->type, &b))
			return of_bool(true);
	}
	return null_or(unknown, false);
}

static struct val
naive_strict(struct arena *arena, const struct tree *t, const struct val *v)
{
	int order = t->n > 1 && t->args[1]->type != EXPR_NULL && t->form >= EQ && t->form <= GE
			? naive_order(t->args[0]->type, &v[0], t->args[1]->type, &v[1])
			: 0;

	switch (t->form) {
	case EQ:
		return of_bool(order == 0);
	case NE:
		return of_bool(order != 0);
	case LT:
		return of_bool(order < 0);
	case LE:
		return of_bool(order <= 0);
	case GT:
		return of_bool(order > 0);
	case GE:
		return of_bool(order >= 0);
	case NOT:
		return of_bool(!v[0].whole);
	case LENGTH:
		return (struct val){ .whole = chars(v[0].text) };
	case CONTAINS:
		return of_bool(strstr(v[0].text, v[1].text) != NULL);
	case LIKE:
		return of_bool(naive_like(v[0].text, v[1].text));
	case MATCHES:
		return of_bool(naive_matches(v[0].text, v[1].text));
	case SUBSTR:
	case REPLACE:
		return naive_text(arena, t, v);
	default:
		return naive_number(t, v);
	}
}

static struct val
naive_between(const struct tree *t, const struct val *v)
{
	bool low = !v[0].null && !v[1].null, high = !v[0].null && !v[2].null;

	if (low && naive_order(t->args[0]->type, &v[0], t->args[1]->type, &v[1]) < 0)
		return of_bool(false);
	if (high && naive_order(t->args[0]->type, &v[0], t->args[2]->type, &v[2]) > 0)
		return of_bool(false);
	return null_or(!low || !high, true);
}

static struct val
naive_leaf(const struct tree *t, const struct val *row)
{
	struct val out = { .whole = t->whole, .real = t->real, .null = t->form == LEAF_NULL };

	if (t->form == LEAF_SLOT)
		return row[t->slot];
	out.text = t->form == LEAF_TEXT ? (char *)(uintptr_t)t->text : NULL;
	return out;
}

static struct val
naive(struct arena *arena, const struct tree *t, const struct val *row)
{
	struct val v[4] = { 0 };
	bool null = false;

	if (t->form <= LEAF_SLOT)
		return naive_leaf(t, row);
	if (t->form == AND || t->form == OR)
		return naive_joined(arena, t, row);
	if (t->form == CASE)
		return naive_case(arena, t, row);
	if (t->form == IN)
		return naive_in(arena, t, row);
	for (int i = 0; i < t->n; i++) {
		v[i] = naive(arena, t->args[i], row);
		if (v[i].error)
			return v[i];
		null |= v[i].null;
	}
	if (t->form == IS_NULL)
		return of_bool(v[0].null);
	if (t->form == BETWEEN)
		return naive_between(t, v);
	if (t->form == COALESCE)
		return v[0].null ? v[1] : v[0];
	if (t->form == NULLIF)
		return !null && !naive_order(t->type, &v[0], t->type, &v[1])
			   ? (struct val){ .null = true }
			   : v[0];
	return null ? (struct val){ .null = true } : naive_strict(arena, t, v);
}

static bool
find(void *ctx, const struct expr_path *path, struct expr_name *out, size_t *part,
     struct expr_mistake *bad, struct err *err)
{
	(void)ctx;
	(void)bad;
	*part = 0;
	for (uint32_t i = 0; i < SLOTS; i++) {
		if (strcmp(path->part[0], slots[i].name) != 0)
			continue;
		*out = (struct expr_name){ .type = slots[i].type, .slot = i };
		return true;
	}
	(void)err_set(err, ERR_INPUT, "no name");
	return false;
}

/* One row of random values, in both shapes. */
static void
fill(uint64_t *random, struct val *row, struct expr_value *ours)
{
	for (int i = 0; i < SLOTS; i++) {
		row[i] = (struct val){ .null = below(random, 5) == 0 };
		ours[i] = (struct expr_value){ .null = row[i].null };
		switch (slots[i].type) {
		case EXPR_FLOAT64:
			ours[i].real = row[i].real = reals[below(random, (int)countof(reals))];
			break;
		case EXPR_TEXT:
			row[i].text = (char *)(uintptr_t)texts[below(random, (int)countof(texts))];
			ours[i].text.data = row[i].text;
			ours[i].text.bytes = strlen(row[i].text);
			break;
		case EXPR_BOOL:
			row[i].whole = below(random, 2);
			ours[i].yes = row[i].whole;
			break;
		default:
			ours[i].whole = row[i].whole = wholes[below(random, (int)countof(wholes))];
			break;
		}
	}
}

static bool
same(enum expr_type type, const struct val *a, const struct expr_value *b)
{
	if (type == EXPR_NULL || a->null || b->null)
		return a->null && b->null;
	switch (type) {
	case EXPR_BOOL:
		return a->whole == b->yes;
	case EXPR_FLOAT64:
		return a->real == b->real;
	case EXPR_TEXT:
		return strlen(a->text) == b->text.bytes &&
		       !memcmp(a->text, b->text.data, b->text.bytes);
	default:
		return a->whole == b->whole;
	}
}

static void
bind(sqlite3_stmt *statement, const struct val *row)
{
	for (int i = 0; i < SLOTS; i++) {
		if (row[i].null)
			(void)sqlite3_bind_null(statement, i + 1);
		else if (slots[i].type == EXPR_TEXT)
			(void)sqlite3_bind_text(statement, i + 1, row[i].text, -1, SQLITE_STATIC);
		else if (slots[i].type == EXPR_FLOAT64)
			(void)sqlite3_bind_double(statement, i + 1, row[i].real);
		else
			(void)sqlite3_bind_int64(statement, i + 1, row[i].whole);
	}
}

static bool
sqlite_agrees(sqlite3 *db, const char *text, const struct val *row, enum expr_type type,
	      const struct expr_value *ours)
{
	struct val theirs = { 0 };
	sqlite3_stmt *statement;
	char sql[20000];
	bool good;

	(void)snprintf(
	    sql, sizeof(sql),
	    "select %s from (select ?1 a, ?2 b, ?3 x, ?4 y, ?5 s, ?6 t, ?7 p, ?8 q, ?9 c)", text);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL)) {
		print_error("%s: %s\n", text, sqlite3_errmsg(db));
		return false;
	}
	bind(statement, row);
	good = sqlite3_step(statement) == SQLITE_ROW;
	theirs.null = sqlite3_column_type(statement, 0) == SQLITE_NULL;
	theirs.whole = sqlite3_column_int64(statement, 0);
	theirs.real = sqlite3_column_double(statement, 0);
	theirs.text = (char *)(uintptr_t)sqlite3_column_text(statement, 0);
	good = good && same(type, &theirs, ours);
	if (!good)
		print_error("SQLite: type %d %lld %.17g %s; here: null %d %lld %.17g\n",
			    sqlite3_column_type(statement, 0), (long long)theirs.whole, theirs.real,
			    theirs.text ? theirs.text : "null", ours->null, (long long)ours->whole,
			    ours->real);
	(void)sqlite3_finalize(statement);
	return good;
}

/* Does SQLite mean the same by all of it?  It rounds div and % otherwise, and passes int64. */
static bool
is_common(const struct tree *t)
{
	if (t->form == DIV || t->form == MOD || t->form == MATCHES)
		return false;
	for (int i = 0; i < t->n; i++)
		if (!is_common(t->args[i]))
			return false;
	return true;
}

/*
 * Is no part of it beyond int64 or float64, also where it is not looked at?  And nothing replaced
 * that is empty: SQLite does not look at what by, which may be null.
 */
static bool
means_the_same(struct arena *arena, const struct tree *t, const struct val *row)
{
	for (int i = 0; i < t->n; i++)
		if (!means_the_same(arena, t->args[i], row))
			return false;
	if (t->form == REPLACE) {
		struct val what = naive(arena, t->args[1], row);

		if (!what.null && !*what.text)
			return false;
	}
	return !naive(arena, t, row).error;
}

/* One round; false: somebody disagrees.  *compared counts what SQLite was asked. */
static bool
agrees(sqlite3 *db, uint64_t seed, int *errors, int *compared)
{
	uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	struct arena *arena = arena_new();
	struct expr_value ours[SLOTS], value = { 0 };
	struct val row[SLOTS], wanted;
	struct expr_mistake bad = { 0 };
	struct buf text, sql;
	struct expr *e = NULL;
	struct tree *t;
	struct err err = { 0 };
	bool good;

	buf_init(&text, EXPR_BYTES_MAX);
	buf_init(&sql, 16 << 10);
	t = grow(arena, &random, any_type(&random), 2 + below(&random, DEPTH));
	fill(&random, row, ours);
	print(t, false, &text);
	if (text.full) {
		good = true;
		goto out;
	}
	good = !expr_read(text.data, &(struct expr_names){ .find = find }, arena, &e, &bad, &err);
	if (!good)
		goto out;
	wanted = naive(arena, t, row);
	good = (expr_eval(e, ours, arena, &value, &err) != ERR_NONE) == wanted.error;
	*errors += wanted.error;
	if (!good || wanted.error)
		goto out;
	/* A literal null makes int64 of what the tree calls float64. */
	if (t->type == EXPR_FLOAT64 && expr_type(e) == EXPR_INT64)
		value.real = (double)value.whole;
	good = same(expr_type(e) == EXPR_NULL ? EXPR_NULL : t->type, &wanted, &value);
	if (!good)
		print_error("naive: null %d %lld %.17g; here: null %d %lld %.17g\n", wanted.null,
			    (long long)wanted.whole, wanted.real, value.null,
			    (long long)value.whole, value.real);
	if (good && is_common(t) && means_the_same(arena, t, row)) {
		print(t, true, &sql);
		good = sql.full || sqlite_agrees(db, sql.data, row, t->type, &value);
		(*compared)++;
	}
out:
	if (!good)
		print_error("seed %llu: %s\n  %s\n", (unsigned long long)seed, text.data, err.msg);
	buf_release(&text);
	buf_release(&sql);
	arena_free(arena);
	return good;
}

static void
random_expressions_have_the_value_of_the_naive_evaluator_and_of_sqlite(void **state)
{
	int errors = 0, compared = 0, wrong = 0;
	sqlite3 *db;

	(void)state;
	assert_int_equal(SQLITE_OK, sqlite3_open(":memory:", &db));
	assert_int_equal(SQLITE_OK,
			 sqlite3_exec(db, "pragma case_sensitive_like = 1", NULL, NULL, NULL));
	for (uint64_t seed = 1; seed <= ROUNDS && wrong < 5; seed++)
		wrong += !agrees(db, seed, &errors, &compared);
	(void)sqlite3_close(db);
	assert_int_equal(0, wrong);
	/* It met what it is for. */
	assert_true(errors > ROUNDS / 100);
	assert_true(compared > ROUNDS / 4);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    random_expressions_have_the_value_of_the_naive_evaluator_and_of_sqlite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
