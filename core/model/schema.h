/*
 * schema.h - columns and their types, the schemas that the program knows, and file formats.
 */
#ifndef CORE_MODEL_SCHEMA_H
#define CORE_MODEL_SCHEMA_H

#include "core/base/base.h"

enum col_type {
	COL_INT64,
	COL_INT32,
	COL_FLOAT64,
	COL_STRING,
	COL_BOOL,
	COL_TIMESTAMP, /* microseconds UTC */
	COL_DATE,      /* day number */
	COL_JSON,      /* any JSON value, kept byte for byte */
	COL_TYPE_COUNT
};

/* The name of a type as `columns:` spells it; static. */
const char *col_type_name(enum col_type type);

/* The type with a name, exactly; -1: there is none. */
int col_type_of(const char *name);

struct column {
	const char *name;
	enum col_type type;
};

struct schema {
	const struct column *columns;
	size_t count;
};

/* Some of the columns of a schema, by name. */
struct column_names {
	const char *const *names;
	size_t count;
};

/* What is said of a column besides its name and type. */
struct column_note {
	const char *column;
	const char *description;  /* for people, or NULL */
	const char *was;          /* its former name, or NULL */
	bool required;            /* nullable: false */
	int64_t deprecated_after; /* the last day that is meant to read it; INT64_MAX: it stays */
};

/* The columns of which something is said, in their order. */
struct column_notes {
	const struct column_note *items;
	size_t count;
};

/* What is said of a column; NULL: nothing. */
const struct column_note *column_note_of(const struct column_notes *notes, const char *column);

/* Is it one of them? */
bool column_is_named(const struct column_names *names, const char *column);

/* The index of a column, or -1. */
int schema_find(const struct schema *schema, const char *name);

/* Same names and types in the same order. */
bool schema_equal(const struct schema *a, const struct schema *b);

/* Schemas that the program knows by name or fixes; static memory. */
extern const struct schema schema_events;     /* DESIGN 5: `schema: events` */
extern const struct schema schema_quarantine; /* source_file, row, reason, detail, raw */

/* Columns that ingest appends to every schema: _received_at, _source_file, _row. */
extern const struct schema schema_ingest_extra;

enum format { FORMAT_CSV, FORMAT_JSONL, FORMAT_PARQUET, FORMAT_COUNT };
/* The names of the formats, by enum format; NULL ends them. */
extern const char *const format_words[FORMAT_COUNT + 1];

/* The name of a format as `format:` spells it; static. */
const char *format_name(enum format format);

/* The format with a name, exactly; -1: there is none. */
int format_of(const char *name);

#endif
