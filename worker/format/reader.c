/* reader.c - the rows of one file, batch by batch, whatever its format. */
#include "worker/format/reader.h"

#include "core/base/mem.h"
#include "core/base/size.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct reader_format *const formats[FORMAT_COUNT] = {
	[FORMAT_CSV] = &reader_csv,
	[FORMAT_JSONL] = &reader_jsonl,
	[FORMAT_PARQUET] = &reader_parquet,
};

enum err_code
reader_open_stream(struct reader *r, int dir, const char *path, struct err *err)
{
	enum err_code code = stream_open(&r->stream, dir, path, r->name, err);
	struct stream *s = r->stream;

	if (code)
		return code;
	if (r->options.digest)
		stream_want_digest(s);
	if (r->options.dialect)
		stream_recode(s, r->options.dialect->encoding);
	code = stream_fill(s, err);
	if (!code && s->end >= 3 && memcmp(s->data, "\xEF\xBB\xBF", 3) == 0)
		s->at = 3;
	return code;
}

enum err_code
reader_stream_digest(struct reader *r, char out[CHECKSUM_CHARS + 1], struct err *err)
{
	(void)err;
	stream_digest(r->stream, out);
	return ERR_NONE;
}

/* A Parquet file says itself what its values are. */
static bool
has_spelling(const struct reader_options *options)
{
	return options->dialect && options->dialect->differs && options->format != FORMAT_PARQUET;
}

enum err_code
reader_open(struct reader **out, int dir, const char *path, const char *name,
	    const struct reader_options *options, struct err *err)
{
	struct reader *r = mem_new(1, sizeof(*r));
	enum err_code code;

	r->format = formats[options->format];
	r->options = *options;
	r->name = mem_str(name);
	batch_init(&r->batch, options->schema, options->wanted);
	code = has_spelling(options)
		   ? spelling_open(&r->spelling, options->dialect, options->schema, err)
		   : ERR_NONE;
	if (!code)
		code = r->format->open(r, dir, path, err);
	if (code) {
		reader_close(r);
		return code;
	}
	*out = r;
	return ERR_NONE;
}

void
reader_close(struct reader *r)
{
	if (!r)
		return;
	if (r->state)
		r->format->close(r);
	stream_close(r->stream);
	spelling_free(r->spelling);
	batch_release(&r->batch);
	free(r->scratch);
	free(r->name);
	free(r);
}

size_t
reader_parts(const struct reader *r)
{
	return r->format->parts ? r->format->parts(r) : 1;
}

void
reader_seek(struct reader *r, size_t part)
{
	assert(part < reader_parts(r));
	if (r->format->seek)
		r->format->seek(r, part);
}

enum err_code
reader_digest(struct reader *r, char out[CHECKSUM_CHARS + 1], struct err *err)
{
	assert(r->options.digest);
	return r->format->digest(r, out, err);
}

enum err_code
reader_next(struct reader *r, const struct batch **out, struct err *err)
{
	enum err_code code;

	batch_reset(&r->batch);
	r->scratch_used = 0;
	code = r->format->next(r, err);
	if (!code)
		*out = r->batch.rows || r->batch.n_rejects ? &r->batch : NULL;
	return code;
}

const char *
reader_theirs(const struct reader *r, size_t column)
{
	return dialect_theirs(r->options.dialect, r->options.schema->columns[column].name);
}

bool
reader_has_no_header(const struct reader *r)
{
	return r->options.dialect && r->options.dialect->no_header;
}

char *
reader_scratch(struct reader *r, size_t bytes)
{
	char *text;

	/* Decoding never makes a text longer, so the window's size is always enough. */
	if (r->scratch_room < r->stream->room * (1 + r->more_copies)) {
		assert(r->scratch_used == 0);
		free(r->scratch);
		r->scratch_room = r->stream->room * (1 + r->more_copies);
		r->scratch = mem_new(r->scratch_room + STREAM_PAD, 1);
	}
	assert(bytes <= r->scratch_room - r->scratch_used);
	text = r->scratch + r->scratch_used;
	r->scratch_used += bytes;
	return text;
}

enum err_code
reader_fill(struct reader *r, struct err *err)
{
	assert(r->batch.rows == 0 && r->batch.n_rejects == 0);
	r->scratch_used = 0;
	return stream_fill(r->stream, err);
}

void
reader_reject_row(struct reader *r, struct span raw)
{
	struct reject *reject;

	assert(r->fault.reason);
	batch_pop(&r->batch);
	reject = batch_reject(&r->batch, r->row_no, r->fault.reason);
	memcpy(reject->detail, r->fault.detail, sizeof(reject->detail));
	if (raw.bytes > REJECT_RAW_BYTES_MAX)
		raw.bytes = REJECT_RAW_BYTES_MAX;
	reject->raw = raw;
}

enum err_code
reader_skip_long(struct reader *r, struct err *err)
{
	struct reject *reject = batch_reject(&r->batch, ++r->row_no, "line_too_long");
	struct stream *w = r->stream;
	const char *end;

	(void)snprintf(reject->detail, sizeof(reject->detail), "longer than %s",
		       SIZE_TEXT(RECORD_BYTES_MAX));
	memcpy(r->raw, w->data + w->at, sizeof(r->raw));
	reject->raw = (struct span){ r->raw, sizeof(r->raw) };
	w->at += RECORD_BYTES_MAX;
	while (!(end = memchr(w->data + w->at, '\n', w->end - w->at)) && !w->ended) {
		enum err_code code;

		w->at = w->end;
		code = stream_fill(w, err);
		if (code)
			return code;
	}
	w->at = end ? (size_t)(end - w->data) + 1 : w->end;
	return ERR_NONE;
}

bool
reader_fault(struct reader *r, const char *reason, const char *fmt, ...)
{
	va_list ap;

	if (r->fault.reason)
		return false;
	r->fault.reason = reason;
	va_start(ap, fmt);
	(void)vsnprintf(r->fault.detail, sizeof(r->fault.detail), fmt, ap);
	va_end(ap);
	return false;
}

bool
reader_value(struct reader *r, size_t column, struct span text)
{
	struct batch *b = &r->batch;
	const struct column *c = &b->schema->columns[column];
	struct col *col = &b->cols[column];
	size_t at = b->rows - 1;
	char why[100];
	enum value_status status = r->spelling ? spelling_parse(r->spelling, column, col, at, text,
								&r->memo)
					       : value_parse(col, at, text, &r->memo);

	if (!status)
		return true;
	why[0] = '\0';
	if (r->spelling && status == VALUE_WRONG_TYPE)
		spelling_explain(r->spelling, column, text, why, sizeof(why));
	return reader_fault(r, status == VALUE_OUT_OF_RANGE ? "out_of_range" : "wrong_type",
			    "column '%s': '%.*s' %s %s%s", c->name,
			    (int)(text.bytes < 60 ? text.bytes : 60), text.data,
			    status == VALUE_OUT_OF_RANGE ? "does not fit into" : "is no",
			    col_type_name(c->type), why);
}
