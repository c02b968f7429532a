/*
 * writer.h - rows to the bytes of a file, whatever its format.  Pure: no files here.
 *
 *   writer_open -> writer_add ... (taking w->data in between) -> writer_end -> writer_close
 *
 * The bytes gather in w->data[0, bytes); who takes them sets bytes to 0.  The
 * same rows give the same bytes however they are cut into batches.
 */
#ifndef WORKER_WRITER_H
#define WORKER_WRITER_H

#include "worker/batch.h"
#include "worker/value.h"

struct writer_format;

struct writer {
	const struct writer_format *format;
	const struct schema *schema; /* borrowed */
	char *data;
	size_t bytes, room;
	struct day_memo memo;
	struct span *labels; /* what stands before each value: for the text formats */
};

/* What a format has to bring; all append to the writer. */
struct writer_format {
	void (*begin)(struct writer *w);
	void (*row)(struct writer *w, const struct batch *b, size_t at);
	void (*end)(struct writer *w);
};

extern const struct writer_format writer_csv, writer_jsonl;

/* Begin a file: its header, if the format has one, is there.  Formats cannot fail. */
void writer_open(struct writer *w, enum format format, const struct schema *schema);
void writer_close(struct writer *w); /* frees; fine on a zeroed one */

/*
 * Append rows[0..n) of a batch, which has the writer's schema and all of its columns.
 * rows NULL: the first n.
 */
void writer_add(struct writer *w, const struct batch *b, const uint32_t *rows, size_t n);

/* Append what comes at the end of a file. */
void writer_end(struct writer *w);

/* For formats: room for so many more bytes; the caller moves w->bytes. */
char *writer_room(struct writer *w, size_t bytes);

#endif
