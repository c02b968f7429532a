/*
 * dialect.h - how files of others differ from the plain form of their format.  Pure.
 *
 * What a person says of files, in a DAG file or on the command line, by one table of keys.
 * Nothing of it is ever guessed.  A zeroed one is the plain form: UTF-8, commas, double quotes, a
 * header, points in numbers, RFC 3339.
 */
#ifndef CORE_MODEL_DIALECT_H
#define CORE_MODEL_DIALECT_H

#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/model/schema.h"

enum encoding {
	ENCODING_UTF8,
	ENCODING_LATIN1,
	ENCODING_CP1252,
	ENCODING_UTF16, /* the mark at the start says which of the two */
	ENCODING_UTF16LE,
	ENCODING_UTF16BE,
	ENCODING_COUNT
};

/* What a local time that the clocks left out means, and one that they showed twice. */
enum dst_gap { DST_GAP_REJECT, DST_GAP_SHIFT };
enum dst_overlap { DST_OVERLAP_EARLIER, DST_OVERLAP_LATER, DST_OVERLAP_REJECT };

/* A column is called something else in the files. */
struct dialect_rename {
	const char *theirs, *ours;
};

/* How the times of a column are written (core/time/pattern.h). */
struct dialect_pattern {
	const char *column; /* NULL: of all columns of the type */
	const char *pattern;
	enum col_type type; /* COL_TIMESTAMP or COL_DATE */
};

struct dialect {
	bool differs;   /* something below is not zero */
	char delimiter; /* 0: a comma */
	char quote;     /* 0: a double quote */
	char escape;    /* 0: a quote is doubled */
	bool no_quote;  /* quotes are characters as others are */
	bool no_header;
	int skip_rows; /* lines before the header */
	enum encoding encoding;
	char decimal;          /* 0: a point */
	const char *thousands; /* NULL: none; one character */
	const char *const *null_values;
	size_t n_null_values;
	const struct dialect_pattern *patterns;
	size_t n_patterns;
	const char *timezone; /* of times without a zone; NULL: UTC */
	enum dst_gap dst_gap;
	enum dst_overlap dst_overlap;
	const struct dialect_rename *renames;
	size_t n_renames;
};

/* What the value of a key looks like. */
enum dialect_shape { DIALECT_ONE, DIALECT_LIST, DIALECT_MAP, DIALECT_ONE_OR_MAP };

/* One key.  `name` with '-' for '_' is the option of the command line. */
struct dialect_key {
	const char *name;
	enum dialect_shape shape;
	unsigned formats; /* bits of enum format: whose files may differ so */
	/* Take one value; `of` is the key of an entry of a map, else NULL. */
	enum err_code (*set)(struct dialect *d, const char *of, const char *text,
			     struct arena *arena, struct err *err);
};

/* All keys, *n of them; static. */
const struct dialect_key *dialect_keys(size_t *n);

/* The key with a name; NULL: there is none. */
const struct dialect_key *dialect_key(const char *name);

/* Take one value of a key; texts are copied into the arena.  ERR_INPUT says what is wrong with it.
 */
enum err_code dialect_set(struct dialect *d, const struct dialect_key *key, const char *of,
			  const char *text, struct arena *arena, struct err *err) MUST_CHECK;

/* What no single key can tell: that two contradict each other.  ERR_INPUT says which. */
enum err_code dialect_check(const struct dialect *d, struct err *err) MUST_CHECK;

/* What a column is called in the files. */
const char *dialect_theirs(const struct dialect *d, const char *ours);

/* What a column that the files call so is called here. */
const char *dialect_ours(const struct dialect *d, const char *theirs);

/* How the times of a column are written; NULL: in the plain form. */
const char *dialect_pattern_of(const struct dialect *d, const struct column *column);

/* The words for the encodings, by enum encoding; NULL ends them. */
extern const char *const encoding_words[ENCODING_COUNT + 1];

#endif
