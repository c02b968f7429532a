/* stats.c - what is in the columns of some files. */
#include "worker/look/stats.h"

#include "core/base/mem.h"
#include "worker/look/answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Distinct values are counted exactly up to here, then not at all: memory stays bounded. */
enum { DISTINCT_MAX = 65536, DISTINCT_BYTES_MAX = 16 << 20 };

struct column_stats {
	enum col_type type;
	int64_t nulls;
	bool any; /* least and greatest are set */
	int64_t least, greatest;
	double real_least, real_greatest;
	struct buf text_least, text_greatest;
	bool unordered; /* texts that stand for numbers: least and greatest would be wrong */
	bool whole;     /* texts that stand for whole numbers without a sign */
	bool counted;   /* distinct values still are */
	size_t over;    /* else there are more than this many */
	struct dict values;
	struct code_map map;
	size_t value_bytes;                           /* of the texts in `values` */
	int64_t chunks, packed_bytes, unpacked_bytes; /* of Parquet files */
};

struct data_stats {
	const struct schema *schema;
	struct column_stats *columns;
	uint32_t *codes; /* of one column of one batch */
	int64_t rows;
	bool parquet; /* one of the files was */
};

struct data_stats *
data_stats_new(const struct schema *schema)
{
	struct data_stats *s = mem_new(1, sizeof(*s));

	s->schema = schema;
	s->columns = mem_new(schema->count, sizeof(*s->columns));
	s->codes = mem_new(BATCH_ROWS_MAX, sizeof(*s->codes));
	for (size_t i = 0; i < schema->count; i++) {
		struct column_stats *c = &s->columns[i];

		c->type = schema->columns[i].type;
		c->counted = true;
		dict_init(&c->values);
		buf_init(&c->text_least, SIZE_MAX);
		buf_init(&c->text_greatest, SIZE_MAX);
	}
	return s;
}

void
data_stats_free(struct data_stats *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->schema->count; i++) {
		struct column_stats *c = &s->columns[i];

		dict_release(&c->values);
		code_map_release(&c->map);
		buf_release(&c->text_least);
		buf_release(&c->text_greatest);
	}
	free(s->columns);
	free(s->codes);
	free(s);
}

/* As span_compare(); of whole numbers without a sign those with more digits come behind. */
static int
compare_texts(const struct column_stats *s, struct span a, struct span b)
{
	if (s->whole && a.bytes != b.bytes)
		return a.bytes < b.bytes ? -1 : 1;
	return span_compare(a, b);
}

static void
see_text(struct column_stats *s, struct span text)
{
	struct span least = { s->text_least.data, s->text_least.bytes };
	struct span greatest = { s->text_greatest.data, s->text_greatest.bytes };

	if (!s->any || compare_texts(s, text, least) < 0) {
		buf_reset(&s->text_least);
		buf_add(&s->text_least, text.data, text.bytes);
	}
	if (!s->any || compare_texts(s, text, greatest) > 0) {
		buf_reset(&s->text_greatest);
		buf_add(&s->text_greatest, text.data, text.bytes);
	}
	s->any = true;
}

static void
see_ints(struct column_stats *s, const struct col *c, size_t rows)
{
	for (size_t i = 0; i < rows; i++) {
		int64_t value;

		if (!c->valid[i])
			continue;
		value = col_int(c, i);
		if (!s->any || value < s->least)
			s->least = value;
		if (!s->any || value > s->greatest)
			s->greatest = value;
		s->any = true;
	}
}

/*
 * Does a come before b?  NaN is the greatest value.  The two zeros are equal as values; as bounds
 * -0.0 is the lesser, so that the order of the rows does not decide which of them is shown.
 */
static bool
real_less(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(b) && !isnan(a);
	return a < b || (a == b && signbit(a) > signbit(b));
}

static void
see_reals(struct column_stats *s, const struct col *c, size_t rows)
{
	for (size_t i = 0; i < rows; i++) {
		double value;

		if (!c->valid[i])
			continue;
		value = col_real(c, i);
		if (!s->any || real_less(value, s->real_least))
			s->real_least = value;
		if (!s->any || real_less(s->real_greatest, value))
			s->real_greatest = value;
		s->any = true;
	}
}

/*
 * The texts of one batch.  While distinct values are counted, only a value that
 * was not seen before can be less than the least or more than the greatest.
 */
static void
see_texts(struct data_stats *all, struct column_stats *s, const struct batch *b, size_t column)
{
	const struct col *c = &b->cols[column];
	size_t seen = s->values.count;

	if (!s->counted) {
		for (size_t i = 0; i < b->rows; i++) {
			if (c->valid[i])
				see_text(s, col_text(c, i));
		}
		return;
	}
	col_codes(b, column, &s->map, &s->values, all->codes);
	for (size_t code = seen; code < s->values.count; code++) {
		struct span text = dict_span(&s->values, (uint32_t)code);

		s->value_bytes += text.bytes;
		see_text(s, text);
	}
}

/* Codes of the values that are no text; those are counted only. */
static void
count_values(struct data_stats *all, struct column_stats *s, const struct batch *b, size_t column)
{
	const struct col *c = &b->cols[column];

	if (c->type != COL_FLOAT64) {
		col_codes(b, column, &s->map, &s->values, all->codes);
		return;
	}
	for (size_t i = 0; i < b->rows; i++) {
		double value = c->valid[i] ? col_real(c, i) : 0;

		if (!c->valid[i])
			continue;
		/* One value has one form: there are two zeros, and many a NaN. */
		if (isnan(value))
			value = (double)NAN;
		else if (value == 0)
			value = 0;
		(void)dict_code(&s->values, &value, sizeof(value));
	}
}

static void
add_column(struct data_stats *all, const struct batch *b, size_t column)
{
	struct column_stats *s = &all->columns[column];
	const struct col *c = &b->cols[column];

	for (size_t i = 0; i < b->rows; i++)
		s->nulls += !c->valid[i];
	if (col_is_text(c->type))
		see_texts(all, s, b, column);
	else if (c->type == COL_FLOAT64)
		see_reals(s, c, b->rows);
	else
		see_ints(s, c, b->rows);
	if (s->counted && !col_is_text(c->type))
		count_values(all, s, b, column);
	if (s->counted && (s->values.count > DISTINCT_MAX || s->value_bytes > DISTINCT_BYTES_MAX)) {
		s->counted = false;
		s->over = s->values.count > DISTINCT_MAX ? DISTINCT_MAX : s->values.count - 1;
		dict_release(&s->values);
		dict_init(&s->values);
	}
}

void
data_stats_add(struct data_stats *s, const struct batch *b)
{
	s->rows += (int64_t)b->rows;
	for (size_t i = 0; i < s->schema->count; i++)
		add_column(s, b, i);
}

void
data_stats_add_file(struct data_stats *s, const struct data_source *source)
{
	const struct pq_file *file = source->parquet;

	if (!file)
		return;
	s->parquet = true;
	for (size_t i = 0; i < s->schema->count; i++) {
		struct column_stats *c = &s->columns[i];
		bool ambiguous;
		const struct pq_leaf *leaf = pq_file_find(
		    file, dialect_theirs(source->dialect, s->schema->columns[i].name), &ambiguous);

		if (leaf && leaf->element->logical.meaning == PQ_DECIMAL)
			c->unordered = true;
		if (leaf && pq_leaf_is_uint64(leaf))
			c->whole = true;
		for (size_t g = 0; leaf && g < file->meta.n_groups; g++) {
			const struct pq_row_group *group = &file->meta.groups[g];

			if (leaf->index >= group->n_chunks)
				continue;
			c->chunks++;
			c->packed_bytes += group->chunks[leaf->index].packed_bytes;
			c->unpacked_bytes += group->chunks[leaf->index].unpacked_bytes;
		}
	}
}

/* The least or greatest value as text; null where there is none, or no order. */
static json_t *
bound(const struct column_stats *s, bool greatest)
{
	const struct buf *found = greatest ? &s->text_greatest : &s->text_least;
	int64_t whole = greatest ? s->greatest : s->least;
	double real = greatest ? s->real_greatest : s->real_least;
	struct col c = { .type = s->type };
	char text[VALUE_CHARS_MAX + 1];
	struct day_memo memo = { 0 };

	if (!s->any || s->type == COL_JSON || (s->type == COL_STRING && s->unordered))
		return json_null();
	if (s->type == COL_STRING)
		return json_bytes_new(found->data, found->bytes);
	if (s->type == COL_FLOAT64)
		c.reals = &real;
	else
		c.ints = &whole;
	*value_put(&c, 0, &memo, text) = '\0';
	return json_text_new(text);
}

static json_t *
answer_row(const struct data_stats *all, size_t column)
{
	const struct column_stats *s = &all->columns[column];
	json_t *row = json_object();

	(void)json_object_set_new(row, "column", json_text_new(all->schema->columns[column].name));
	(void)json_object_set_new(row, "type", json_string(col_type_name(s->type)));
	(void)json_object_set_new(row, "rows", json_integer(all->rows));
	(void)json_object_set_new(row, "nulls", json_integer(s->nulls));
	(void)json_object_set_new(
	    row, "distinct", s->counted ? json_integer((json_int_t)s->values.count) : json_null());
	if (!s->counted)
		(void)json_object_set_new(row, "distinct_over", json_integer((json_int_t)s->over));
	(void)json_object_set_new(row, "min", bound(s, false));
	(void)json_object_set_new(row, "max", bound(s, true));
	if (all->parquet) {
		(void)json_object_set_new(row, "row_groups", json_integer(s->chunks));
		(void)json_object_set_new(row, "packed_bytes", json_integer(s->packed_bytes));
		(void)json_object_set_new(row, "unpacked_bytes", json_integer(s->unpacked_bytes));
	}
	return row;
}

void
data_stats_answer(const struct data_stats *s, struct data_answer *out)
{
	static const struct {
		const char *name, *title;
		bool right, parquet;
	} columns[] = {
		{ "column", "COLUMN", false, false },
		{ "type", "TYPE", false, false },
		{ "rows", "ROWS", true, false },
		{ "nulls", "NULLS", true, false },
		{ "distinct", "DISTINCT", true, false },
		{ "min", "MIN", false, false },
		{ "max", "MAX", false, false },
		{ "row_groups", "ROW_GROUPS", true, true },
		{ "packed_bytes", "PACKED", true, true },
		{ "unpacked_bytes", "UNPACKED", true, true },
	};

	for (size_t i = 0; i < countof(columns); i++) {
		if (!columns[i].parquet || s->parquet)
			data_answer_column(out, columns[i].name, columns[i].title,
					   columns[i].right);
	}
	for (size_t i = 0; i < s->schema->count; i++)
		(void)json_array_append_new(out->rows, answer_row(s, i));
}
