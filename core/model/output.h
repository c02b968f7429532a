/*
 * output.h - what a task leaves for the tasks after it: named values of a type.  Pure.
 *
 * A program writes one JSON object into the file that $TIDEMILL_RESULT names.  Whoever ends the
 * attempt checks it once, against `outputs:` of the task; what is kept is the object with the
 * declared keys alone.
 */
#ifndef CORE_MODEL_OUTPUT_H
#define CORE_MODEL_OUTPUT_H

#include "core/base/json.h"
#include "core/base/mem.h"

enum { OUTPUTS_BYTES_MAX = 64 << 10, OUTPUTS_MAX = 100, STATE_BYTES_MAX = 64 << 10 };

#define STATE_NONE "{}" /* what the first try finds in $TIDEMILL_STATE */

/* id, the word in a DAG file (that of columns), what a value looks like in JSON */
/* clang-format off */
#define OUTPUT_TYPES(X)                                                                         \
	X(OUTPUT_BOOL,      "bool",      "true or false")                                       \
	X(OUTPUT_INT64,     "int64",     "a whole number of 64 bits, such as 7")                \
	X(OUTPUT_FLOAT64,   "float64",   "a number, such as 0.5")                               \
	X(OUTPUT_STRING,    "string",    "a text in double quotes")                             \
	X(OUTPUT_DATE,      "date",      "a text such as \"2026-05-01\"")                       \
	X(OUTPUT_TIMESTAMP, "timestamp", "a text such as \"2026-05-01T13:30:00Z\"")             \
	X(OUTPUT_DURATION,  "duration",  "a text such as \"1h30m\"")                            \
	X(OUTPUT_JSON,      "json",      "any value")
/* clang-format on */

#define X(id, word, looks) id,
enum output_type { OUTPUT_TYPES(X) OUTPUT_TYPE_COUNT };
#undef X

/* One key of what a task leaves. */
struct task_output {
	const char *name;
	enum output_type type;
};

/* A value of one of the types; texts are borrowed. */
struct output_value {
	bool null;
	bool yes;         /* BOOL */
	int64_t whole;    /* INT64; DATE: a day number; TIMESTAMP, DURATION: microseconds */
	double real;      /* FLOAT64 */
	const char *text; /* STRING, JSON; need not end with a NUL */
	size_t bytes;
};

/* The word of a type; static. */
const char *output_type_name(enum output_type type);

/* The type of a word, or -1. */
int output_type_of(const char *word);

/*
 * Check what was left, `bytes` bytes of `text`, and append the object with the n declared keys
 * alone, in their order.  ERR_INPUT: it is no JSON object, lacks a key or has a value of another
 * type; ERR_LIMIT: longer than OUTPUTS_BYTES_MAX.  The sentence says what to write.
 */
enum err_code outputs_check(const struct task_output *outputs, size_t n, const char *text,
			    size_t bytes, struct buf *out, struct err *err) MUST_CHECK;

/*
 * Check what a try left in $TIDEMILL_STATE for the next one, and append it as compact JSON; nothing
 * is appended of an empty text, which says nothing.  ERR_INPUT: it is no JSON object; ERR_LIMIT:
 * longer than STATE_BYTES_MAX.
 */
enum err_code state_check(const char *text, size_t bytes, struct buf *out,
			  struct err *err) MUST_CHECK;

/*
 * The value that a person gave for an output, of its type or as text that spells one of it; to let
 * go of.  NULL: it is none, and err says what is wanted.
 */
json_t *output_given(const struct task_output *output, const json_t *value,
		     struct err *err) MUST_CHECK;

/* Append a value as people read it: a text without quotes, anything else as JSON. */
void output_text(const json_t *value, struct buf *out);

/*
 * The value of an output in an object that was kept, which may be NULL or of an older definition:
 * what is not there or of another type is null.  Texts are the object's or made in the arena.
 */
struct output_value output_take(const struct task_output *output, const json_t *kept,
				struct arena *arena);

#endif
