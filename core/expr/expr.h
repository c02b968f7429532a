/*
 * expr.h - the one expression language: read and typed once, then asked of rows of values.  Pure.
 *
 * docs/EXPR.md has the grammar, the types and the functions.  An expression has no side effects,
 * asks no clock and takes a bounded time.  What its names stand for is the caller's: a table says
 * the type of each and the slot of a row in which its value will be.
 *
 *   expr_read(text, names) -> expr_type(), expr_eval(row) ...
 *
 * A mistake is told with the bytes of the text that it is about, so that whoever read the text from
 * a file can put a caret under them.
 */
#ifndef CORE_EXPR_EXPR_H
#define CORE_EXPR_EXPR_H

#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/expr/decimal.h"
#include "core/time/zone.h"

enum {
	EXPR_BYTES_MAX = 4096,
	EXPR_NESTING_MAX = 64,         /* parentheses, calls and signs inside each other */
	EXPR_HEIGHT_MAX = 256,         /* operators in a row, such as 1 + 1 + 1 ... */
	EXPR_ITEMS_MAX = 1000,         /* of a list, or of one `and` */
	EXPR_PATH_MAX = 4,             /* parts of a name: tasks.load.state has three */
	EXPR_TEXT_BYTES_MAX = 1 << 20, /* of a text that an expression makes */
};

/* id, the word, the letter of it in signatures (fn.h).  NULL alone is of type EXPR_NULL. */
/* clang-format off */
#define EXPR_TYPES(X)                                \
	X(EXPR_NULL,      "null",      '0')          \
	X(EXPR_BOOL,      "bool",      'b')          \
	X(EXPR_INT64,     "int64",     'i')          \
	X(EXPR_FLOAT64,   "float64",   'f')          \
	X(EXPR_DECIMAL,   "decimal",   'n')          \
	X(EXPR_TEXT,      "text",      't')          \
	X(EXPR_DATE,      "date",      'd')          \
	X(EXPR_TIMESTAMP, "timestamp", 's')          \
	X(EXPR_DURATION,  "duration",  'u')          \
	X(EXPR_JSON,      "json",      'j')
/* clang-format on */

#define X(id, word, letter) id,
enum expr_type { EXPR_TYPES(X) EXPR_TYPE_COUNT };
#undef X

/* The word of a type; static. */
const char *expr_type_name(enum expr_type type);

/* decimal(precision, scale): 1 to 38 digits, so many of them behind the point.  Else 0, 0. */
struct expr_digits {
	uint8_t precision, scale;
};

/* A value of a type that somebody else knows; texts are borrowed. */
struct expr_value {
	bool null;
	union {
		bool yes;      /* BOOL */
		int64_t whole; /* INT64; DATE: a day number; TIMESTAMP, DURATION: microseconds */
		double real;   /* FLOAT64 */
		decimal_units units; /* DECIMAL, of the scale of its type */
		struct {
			const char *data; /* need not end with a NUL */
			size_t bytes;
		} text; /* TEXT, JSON */
	};
};

/* A name as it is written, tasks.load.state in three parts; texts end with a NUL. */
struct expr_path {
	const char *part[EXPR_PATH_MAX];
	size_t n;
};

/* What a name stands for. */
struct expr_name {
	enum expr_type type;
	uint32_t slot;             /* in the rows of expr_eval() */
	const char *const *words;  /* all the texts that it can be, with a NULL behind; or NULL */
	struct expr_digits digits; /* DECIMAL */
};

/* What is wrong, and where: `bytes` bytes (at least 1, but at the end of the text) at byte `at`. */
enum expr_fault {
	EXPR_BAD_SYNTAX, /* it is no expression */
	EXPR_BAD_NAME,   /* nothing is called so */
	EXPR_BAD_TYPE,   /* what is combined does not fit */
	EXPR_BAD_CALL,   /* there is no such function, or it is called otherwise */
	EXPR_BAD_VALUE,  /* a literal that cannot be, or that is never equal to what it is held
			    against */
	EXPR_TOO_LARGE,  /* a bound of this header */
};

struct expr_mistake {
	enum expr_fault fault;
	size_t at, bytes;
	char help[256]; /* what to type, or "" */
};

/* The caller's names and zones. */
struct expr_names {
	/*
	 * Find a name.  False: there is none; the sentence is put into `err`, help (may stay
	 * empty) into bad->help, and *part is the part of the name that is wrong.
	 */
	bool (*find)(void *ctx, const struct expr_path *path, struct expr_name *out, size_t *part,
		     struct expr_mistake *bad, struct err *err);
	/* The zone with a name, which outlives the expression; NULL: there is none.  Or NULL. */
	const struct zone *(*zone)(void *ctx, const char *name);
	void *ctx;
	const struct zone *here; /* of date(), trunc() and part() without a zone; NULL: UTC */
	const char *clock;       /* what to do without now(), for messages; NULL: as in `when` */
};

struct expr; /* read and typed; immutable */

/*
 * Read a text.  Everything is made in the arena and lives as long.  ERR_INPUT, ERR_LIMIT: a
 * sentence in `err`, the place and help in *bad.
 */
enum err_code expr_read(const char *text, const struct expr_names *names, struct arena *arena,
			struct expr **out, struct expr_mistake *bad, struct err *err) MUST_CHECK;

/* The type of its values; EXPR_NULL: it is never anything else. */
enum expr_type expr_type(const struct expr *e);

/*
 * Is it a condition, true or false or null?  ERR_INPUT: not, as expr_read() says it, all of the
 * text being wrong.
 */
enum err_code expr_want_bool(const struct expr *e, struct expr_mistake *bad,
			     struct err *err) MUST_CHECK;

/* Of its values, if they are decimals. */
struct expr_digits expr_digits(const struct expr *e);

/* The text that was read. */
const char *expr_text(const struct expr *e);

/*
 * Its value for a row, whose slots have the types that `find` said.  Texts that are made are taken
 * from `scratch`.  ERR_LIMIT, ERR_INPUT: there is no value (what passes int64, a date that is
 * none): the sentence says which part of the expression it is about.
 */
enum err_code expr_eval(const struct expr *e, const struct expr_value *row, struct arena *scratch,
			struct expr_value *out, struct err *err) MUST_CHECK;

/*
 * As -1, 0, 1: two values of one type, decimals also of one scale, not null; NaN equals NaN and is
 * greatest, -0.0 is 0.0.
 */
int expr_compare(enum expr_type type, const struct expr_value *a, const struct expr_value *b);

#endif
