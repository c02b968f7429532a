/*
 * typed.h - what a check names in a file, as values of the type of its column.  Pure.
 *
 * A value in a DAG file is text until it is known which column it is compared with; then it is read
 * once, by the type, and compared as a value: 1.0, 1 and 1e0 are one number, and one instant has
 * many spellings.  What can be no value of the type is a mistake, told where it stands.
 */
#ifndef CORE_CHECK_TYPED_H
#define CORE_CHECK_TYPED_H

#include "core/check/bounds.h"
#include "core/model/schema.h"

/* A value of a type; the member that its type has. */
struct typed_value {
	int64_t whole; /* integers, bool, timestamps in microseconds, day numbers */
	double real;   /* -0.0 is 0.0, and there is one NaN */
	const char *text;
};

enum { TYPED_WHY_CHARS = 300 };

/*
 * Read a text as a value of a type; out->text is borrowed.  False: `why`, of TYPED_WHY_CHARS, says
 * what is in the way, and *help, unless NULL, what to write.
 */
bool typed_read(enum col_type type, const char *text, struct typed_value *out, char *why,
		const char **help);

/* The values of a type that lie between two bounds, both inclusive. */
struct typed_range {
	int64_t int_min, int_max;  /* all but float64 */
	double real_min, real_max; /* float64 */
	bool none;                 /* there is no value between them: each min is above its max */
};

/* Can values of this type lie in a range? */
bool typed_has_order(enum col_type type);

/*
 * The range of a type with an order; `exclusive`: the bounds themselves are outside.  False: a
 * bound is no value of the type; *key names it, `why` and *help as for typed_read().
 */
bool typed_range(enum col_type type, const struct check_bounds *b, bool exclusive,
		 struct typed_range *out, const char **key, char *why, const char **help);

#endif
