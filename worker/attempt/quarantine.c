/* quarantine.c - rows that were set aside, as rows of the sibling dataset. */
#include "worker/attempt/quarantine.h"

#include "core/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { DETAIL_BYTES = 1000, NAME_BYTES = 4096, FIRST_CHARS = 300 };

/* The columns of schema_quarantine. */
enum { Q_SOURCE_FILE, Q_ROW, Q_REASON, Q_DETAIL, Q_RAW, Q_COUNT };

struct quarantine {
	struct staging *staging;
	struct batch batch;   /* one row, again and again: they are few */
	struct writer writer; /* readable rows as JSON */
	bool writes;
	bool personal;           /* values of its rows are not shown */
	char first[FIRST_CHARS]; /* what is said of the first row */
};

enum err_code
quarantine_open(struct quarantine **out, const struct spec *spec, const struct spec_output *output,
		struct err *err)
{
	struct quarantine *q;
	struct staging *staging;
	enum err_code code;

	if (!schema_equal(&output->schema, &schema_quarantine))
		return err_set(err, ERR_INPUT, "write dataset '%s': it is no quarantine",
			       output->dataset);
	code = staging_open(&staging, spec, output, 0, err);
	if (code)
		return code;
	q = mem_new(1, sizeof(*q));
	q->staging = staging;
	q->personal = output->personal.count > 0;
	batch_init(&q->batch, &schema_quarantine, NULL);
	*out = q;
	return ERR_NONE;
}

void
quarantine_close(struct quarantine *q)
{
	if (!q)
		return;
	staging_close(q->staging);
	batch_release(&q->batch);
	writer_close(&q->writer);
	free(q);
}

static void
put(struct quarantine *q, int column, const struct buf *text)
{
	q->batch.cols[column].texts[0] = (struct span){ text->data, text->bytes };
	q->batch.cols[column].valid[0] = true;
}

/* For a message: the row, and why it is here. */
static void
note_first(struct quarantine *q, const struct castaway *row)
{
	struct buf text;

	buf_init(&text, FIRST_CHARS - 1);
	if (row->source_file.data) {
		value_clean(row->source_file, FIRST_CHARS / 3, &text);
		buf_char(&text, ' ');
	}
	buf_format(&text, "row %lld: %s", (long long)row->row_no, row->reason);
	if (*row->detail && !q->personal) {
		buf_text(&text, ": ");
		value_clean((struct span){ row->detail, strlen(row->detail) }, FIRST_CHARS / 3,
			    &text);
	}
	memcpy(q->first, text.data, text.bytes + 1);
	buf_release(&text);
}

enum err_code
quarantine_add(struct quarantine *q, const struct castaway *row, struct err *err)
{
	const struct span given[Q_COUNT] = {
		[Q_SOURCE_FILE] = row->source_file,
		[Q_REASON] = { row->reason, strlen(row->reason) },
		[Q_DETAIL] = { row->detail, strlen(row->detail) },
		[Q_RAW] = row->raw,
	};
	static const size_t bytes_max[Q_COUNT] = { [Q_SOURCE_FILE] = NAME_BYTES,
						   [Q_REASON] = NAME_BYTES,
						   [Q_DETAIL] = DETAIL_BYTES,
						   [Q_RAW] = REJECT_RAW_BYTES_MAX };
	struct buf clean[Q_COUNT];
	enum err_code code;

	if (!*q->first)
		note_first(q, row);
	batch_reset(&q->batch);
	(void)batch_push(&q->batch, 1);
	for (int i = 0; i < Q_COUNT; i++) {
		buf_init(&clean[i], SIZE_MAX);
		if (i == Q_ROW || !given[i].data)
			continue;
		value_clean(given[i], bytes_max[i], &clean[i]);
		put(q, i, &clean[i]);
	}
	q->batch.cols[Q_ROW].ints[0] = row->row_no;
	q->batch.cols[Q_ROW].valid[0] = true;
	code = staging_add(q->staging, &q->batch, NULL, 1, err);
	for (int i = 0; i < Q_COUNT; i++)
		buf_release(&clean[i]);
	return code;
}

enum err_code
quarantine_add_row(struct quarantine *q, const struct batch *b, size_t at, int64_t number,
		   const char *reason, const char *detail, struct err *err)
{
	int file = schema_find(b->schema, "_source_file"), row = schema_find(b->schema, "_row");
	struct castaway c = { .row_no = number, .reason = reason, .detail = detail };
	uint32_t rows = (uint32_t)at;

	if (!q->writes)
		writer_open(&q->writer, FORMAT_JSONL, b->schema);
	q->writes = true;
	assert(schema_equal(q->writer.schema, b->schema));
	q->writer.bytes = 0;
	writer_add(&q->writer, b, &rows, 1);
	c.raw = (struct span){ q->writer.data, q->writer.bytes - 1 };
	if (file >= 0 && b->cols[file].valid[at])
		c.source_file = col_text(&b->cols[file], at);
	if (row >= 0 && b->cols[row].valid[at])
		c.row_no = col_int(&b->cols[row], at);
	return quarantine_add(q, &c, err);
}

int64_t
quarantine_rows(const struct quarantine *q)
{
	return staging_rows(q->staging);
}

const char *
quarantine_first(const struct quarantine *q)
{
	return q->first;
}

struct staging *
quarantine_staging(struct quarantine *q)
{
	return q->staging;
}
