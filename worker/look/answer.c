/* answer.c - the rows of an answer to `tidemill data`, from what is known of the files. */
#include "worker/look/answer.h"

#include "core/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
data_answer_column(struct data_answer *out, const char *name, const char *title, bool right)
{
	json_t *column = json_object();

	(void)json_object_set_new(column, "name", json_text_new(name));
	(void)json_object_set_new(column, "title", json_text_new(title));
	(void)json_object_set_new(column, "right", json_boolean(right));
	(void)json_array_append_new(out->columns, column);
}

/* Append a word to a list with commas unless it is there. */
static void
add_word(struct buf *list, const char *word)
{
	size_t bytes = strlen(word);

	for (const char *p = list->data; *p; p += strcspn(p, ","), p += *p == ',') {
		if (strncmp(p, word, bytes) == 0 && (p[bytes] == ',' || p[bytes] == '\0'))
			return;
	}
	buf_text(list, list->bytes ? "," : "");
	buf_text(list, word);
}

/* How a leaf is stored, over all row groups. */
static void
add_storage(json_t *row, const struct pq_file *file, const struct pq_leaf *leaf)
{
	struct buf encodings, codecs;

	buf_init(&encodings, 1000);
	buf_init(&codecs, 1000);
	for (size_t g = 0; g < file->meta.n_groups; g++) {
		const struct pq_row_group *group = &file->meta.groups[g];
		const struct pq_chunk *chunk;

		if (leaf->index >= group->n_chunks)
			continue;
		chunk = &group->chunks[leaf->index];
		for (size_t e = 0; e < chunk->n_encodings; e++)
			add_word(&encodings, pq_encoding_name(chunk->encodings[e]));
		add_word(&codecs, pq_codec_name(chunk->codec));
	}
	(void)json_object_set_new(row, "physical", json_text_new(leaf->physical));
	(void)json_object_set_new(row, "logical", json_text_new(leaf->logical));
	(void)json_object_set_new(row, "encodings", json_text_new(encodings.data));
	(void)json_object_set_new(row, "codec", json_text_new(codecs.data));
	buf_release(&encodings);
	buf_release(&codecs);
}

static json_t *
schema_row(const struct data_source *s, bool with_file, const char *name, const char *type,
	   bool nullable)
{
	json_t *row = json_object();

	if (with_file)
		(void)json_object_set_new(row, "file", json_text_new(s->path));
	(void)json_object_set_new(row, "column", json_text_new(name));
	(void)json_object_set_new(row, "type", json_string(type));
	(void)json_object_set_new(row, "nullable", json_boolean(nullable));
	return row;
}

/* What the files themselves say, so declared or not: every leaf, nested ones too. */
static void
parquet_schema(struct data_answer *out, const struct data_source *s, bool with_file)
{
	for (size_t i = 0; i < s->parquet->n_leaves; i++) {
		const struct pq_leaf *leaf = &s->parquet->leaves[i];
		json_t *row = schema_row(s, with_file, leaf->name,
					 leaf->is_flat ? col_type_name(leaf->natural) : "nested",
					 leaf->max_definition > 0);

		add_storage(row, s->parquet, leaf);
		(void)json_array_append_new(out->rows, row);
	}
}

void
data_answer_schema(struct data_answer *out, const struct data_source *s, bool with_file)
{
	static const struct {
		const char *name, *title;
		bool file, parquet;
	} columns[] = {
		{ "file", "FILE", true, false },           { "column", "COLUMN", false, false },
		{ "type", "TYPE", false, false },          { "nullable", "NULLABLE", false, false },
		{ "physical", "PHYSICAL", false, true },   { "logical", "LOGICAL", false, true },
		{ "encodings", "ENCODINGS", false, true }, { "codec", "CODEC", false, true },
	};
	size_t known = json_array_size(out->columns);

	/* A Parquet file after one of text has more columns to show. */
	for (size_t i = 0, at = 0; i < countof(columns); i++) {
		if ((columns[i].file && !with_file) || (columns[i].parquet && !s->parquet))
			continue;
		if (at++ >= known)
			data_answer_column(out, columns[i].name, columns[i].title, false);
	}
	if (s->parquet) {
		parquet_schema(out, s, with_file);
		return;
	}
	for (size_t i = 0; i < s->schema.count; i++)
		(void)json_array_append_new(
		    out->rows, schema_row(s, with_file, s->schema.columns[i].name,
					  col_type_name(s->schema.columns[i].type), true));
}

/* A value as text; null stays null. */
static json_t *
value_text(const struct col *c, size_t at, struct day_memo *memo)
{
	char text[VALUE_CHARS_MAX + 1];

	if (!c->valid[at])
		return json_null();
	if (!col_is_text(c->type)) {
		*value_put(c, at, memo, text) = '\0';
		return json_text_new(text);
	}
	return json_bytes_new(col_text(c, at).data, col_text(c, at).bytes);
}

/* Columns of data are named by number: their own names may be no key of a JSON object. */
void
data_answer_names(struct data_answer *out, const struct schema *schema)
{
	char key[24];

	for (size_t c = 0; c < schema->count; c++) {
		enum col_type type = schema->columns[c].type;

		(void)snprintf(key, sizeof(key), "%zu", c);
		data_answer_column(out, key, schema->columns[c].name,
				   type == COL_INT64 || type == COL_INT32 || type == COL_FLOAT64);
	}
}

void
data_answer_rows(struct data_answer *out, const struct batch *b, size_t rows)
{
	struct day_memo memo = { 0 };
	char key[24];

	for (size_t i = 0; i < rows; i++) {
		json_t *row = json_object();

		for (size_t c = 0; c < b->schema->count; c++) {
			(void)snprintf(key, sizeof(key), "%zu", c);
			(void)json_object_set_new(row, key, value_text(&b->cols[c], i, &memo));
		}
		(void)json_array_append_new(out->rows, row);
	}
}
