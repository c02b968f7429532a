/*
 * writer.h - rows to the bytes of a file, whatever its format.  Pure: no files here.
 *
 *   writer_open -> writer_add ... (taking w->data in between) -> writer_end -> writer_close
 *
 * The bytes gather in w->data[0, bytes); who takes them sets bytes to 0.  A
 * columnar format gives them a row group at a time, and to who has set a sink piece by piece.  The
 * same rows give the same bytes however they are cut into batches, and whether a batch has codes or
 * values.  A file that is cut in two is cut where `may_end` is true: that depends on the rows alone
 * as well.
 */
#ifndef WORKER_FORMAT_WRITER_H
#define WORKER_FORMAT_WRITER_H

#include "worker/rows/batch.h"
#include "worker/rows/value.h"

struct writer_format;

/* Take bytes of the file, which are borrowed.  What goes wrong it has to remember. */
typedef void writer_sink(void *arg, const char *data, size_t bytes);

struct writer {
	const struct writer_format *format;
	const struct schema *schema; /* borrowed */
	char *data;
	size_t bytes, room;
	writer_sink
	    *sink; /* may be set before the first row, with its arg: the format may call it */
	void *sink_arg;
	uint64_t rows; /* so far */
	bool plain;    /* for old readers: no encoding that came after PLAIN and dictionaries; set
			* before the first row */
	bool may_end;  /* behind the newest row is a place where a file may end */
	bool is_full;  /* and this one should: its format can hardly take more */
	struct day_memo memo;
	struct span *labels; /* what stands before each value: for the text formats */
	void *state;         /* the format's own */
};

/* What a format has to bring; none of it can fail. */
struct writer_format {
	/* Append what stands before the rows, and set w->state. */
	void (*begin)(struct writer *w);
	/* As writer_add_some(); sets may_end and is_full. */
	size_t (*rows)(struct writer *w, const struct batch *b, const uint32_t *rows, size_t from,
		       size_t n);
	/* Append what stands behind the rows. */
	void (*end)(struct writer *w);
	/* Free w->state, which may be NULL.  NULL: there is none. */
	void (*close)(struct writer *w);
};

/* The rows of the table in writer.c; that of a columnar format stands in its own room. */
extern const struct writer_format writer_csv, writer_jsonl, writer_parquet;

/* Begin a file: its header, if the format has one, is there.  Formats cannot fail. */
void writer_open(struct writer *w, enum format format, const struct schema *schema);

/* Free what is left of it; fine on a zeroed one. */
void writer_close(struct writer *w);

/*
 * Append rows[0..n) of a batch, which has the writer's schema and all of its columns.
 * rows NULL: the first n.
 */
void writer_add(struct writer *w, const struct batch *b, const uint32_t *rows, size_t n);

/*
 * Append rows[from, from + n), n > 0, or as many of them as there are up to the next
 * place where the file may end.  Returns how many these were, at least one.  rows NULL: the
 * batch's rows [from, from + n).
 */
size_t writer_add_some(struct writer *w, const struct batch *b, const uint32_t *rows, size_t from,
		       size_t n) MUST_CHECK;

/* Append what comes at the end of a file. */
void writer_end(struct writer *w);

/* For formats: append bytes, by the sink where there is one and it is worth it. */
void writer_put(struct writer *w, const void *data, size_t bytes);

/* For formats: room for so many more bytes; the caller moves w->bytes. */
char *writer_room(struct writer *w, size_t bytes);

#endif
