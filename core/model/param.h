/*
 * param.h - the parameters of a dag: what a value may look like, and a run's values.  Pure.
 *
 * One reader for all of them: a default in a DAG file, `-p name=value` of a
 * command line, a member of a request's `params`.  A value is kept as the text
 * that templates show, spelled as JSON spells it: 7, not 007 or +7; a list is JSON
 * without blanks.
 */
#ifndef CORE_MODEL_PARAM_H
#define CORE_MODEL_PARAM_H

#include "core/base/err.h"
#include "core/base/mem.h"

enum { PARAMS_BYTES_MAX = 64 << 10 }; /* the values of a run, as compact JSON */

enum param_type { PARAM_STRING, PARAM_INT, PARAM_NUMBER, PARAM_BOOL, PARAM_LIST };

struct param {
	const char *name;
	enum param_type type;
	const char *value; /* the default as text, or NULL: has to be given */
	bool secret;       /* its value is a reference: where the worker finds what it stands for */
};

/* What the value of a secret parameter begins with; a name or a path is behind it. */
#define PARAM_OF_ENV "env:"
#define PARAM_OF_FILE "file:"

/* A parameter's value for one run. */
struct param_value {
	const char *name, *value;
};

/* Is this a number as JSON writes it (so that every reader sees the same)?  Perhaps a whole one. */
bool param_is_number(const char *text, bool whole);

/*
 * Does a text spell a value of this type?  int: a whole number of 64 bits;
 * number: a finite double; bool: true or false; string: anything; list: a JSON list
 * of texts, numbers, true and false.
 */
bool param_fits(enum param_type type, const char *text);

/* Is it the value of a secret parameter: env:NAME, or file:PATH? */
bool param_is_reference(const char *text);

/*
 * Check what a person gave for a run, `text`, a JSON object of values;
 * NULL is an empty one.  A value may be of its JSON type, or text that spells
 * it.  ERR_INPUT: not an object, an unknown name, a value of another type, or
 * none for a parameter without default; ERR_LIMIT: longer than PARAMS_BYTES_MAX.
 * `dag` names the dag in messages.
 */
enum err_code params_check(const char *dag, const struct param *params, size_t n_params,
			   const char *text, struct err *err) MUST_CHECK;

/*
 * A run's values, one per parameter in the order of the dag: those of `text`
 * (as for params_check(), which it passed, perhaps before the file changed) over
 * the defaults; what `text` has beyond is left out.  Everything is copied into
 * the arena.  ERR_INPUT: a value is missing, or is no single one or list as declared.
 */
enum err_code params_take(const char *dag, const struct param *params, size_t n_params,
			  const char *text, struct arena *arena, struct param_value **out,
			  struct err *err) MUST_CHECK;

/* The value of one alone, in the arena; NULL: there is none, or it is not as declared. */
const char *param_shown(const struct param *param, const char *text, struct arena *arena);

#endif
