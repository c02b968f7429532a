/* schema.c - names of types and formats, and the schemas that the program knows. */
#include "core/model/schema.h"

#include "core/base/words.h"

#include <assert.h>
#include <string.h>

static const char *const col_types[COL_TYPE_COUNT] = {
	[COL_INT64] = "int64",   [COL_INT32] = "int32", [COL_FLOAT64] = "float64",
	[COL_STRING] = "string", [COL_BOOL] = "bool",   [COL_TIMESTAMP] = "timestamp",
	[COL_DATE] = "date",     [COL_JSON] = "json",
};

const char *const format_words[FORMAT_COUNT + 1] = {
	[FORMAT_CSV] = "csv",
	[FORMAT_JSONL] = "jsonl",
	[FORMAT_PARQUET] = "parquet",
};

static const struct column events_columns[] = {
	{ "event_id", COL_INT64 },      { "event_type", COL_STRING },
	{ "feature_name", COL_STRING }, { "tenant_id", COL_INT64 },
	{ "user_id", COL_INT64 },       { "project_key", COL_STRING },
	{ "timestamp", COL_TIMESTAMP }, { "properties", COL_JSON },
};

static const struct column quarantine_columns[] = {
	{ "source_file", COL_STRING }, { "row", COL_INT64 },  { "reason", COL_STRING },
	{ "detail", COL_STRING },      { "raw", COL_STRING },
};

static const struct column ingest_extra_columns[] = {
	{ "_received_at", COL_TIMESTAMP },
	{ "_source_file", COL_STRING },
	{ "_row", COL_INT64 },
};

const struct schema schema_events = { events_columns, countof(events_columns) };
const struct schema schema_quarantine = { quarantine_columns, countof(quarantine_columns) };
const struct schema schema_ingest_extra = { ingest_extra_columns, countof(ingest_extra_columns) };

const char *
col_type_name(enum col_type type)
{
	assert(type < COL_TYPE_COUNT);
	return col_types[type];
}

int
col_type_of(const char *name)
{
	return words_at(col_types, countof(col_types), name);
}

const char *
format_name(enum format format)
{
	assert(format < FORMAT_COUNT);
	return format_words[format];
}

int
format_of(const char *name)
{
	return words_at(format_words, FORMAT_COUNT, name);
}

bool
column_is_named(const struct column_names *names, const char *column)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->names[i], column) == 0)
			return true;
	return false;
}

const struct column_note *
column_note_of(const struct column_notes *notes, const char *column)
{
	for (size_t i = 0; i < notes->count; i++)
		if (strcmp(notes->items[i].column, column) == 0)
			return &notes->items[i];
	return NULL;
}

int
schema_find(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->count; i++) {
		if (strcmp(schema->columns[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

bool
schema_equal(const struct schema *a, const struct schema *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (a->columns[i].type != b->columns[i].type ||
		    strcmp(a->columns[i].name, b->columns[i].name) != 0)
			return false;
	}
	return true;
}
