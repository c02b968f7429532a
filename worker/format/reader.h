/*
 * reader.h - the rows of one file, batch by batch, whatever its format.
 *
 *   reader_open -> reader_next ... (until *out is NULL) -> reader_close
 *
 * A record that does not fit the schema does not end the reading: it stands in
 * batch->rejects, and the caller decides.  A file that is damaged as a whole
 * (a gzip stream cut off, a header without a column) is an error naming it.
 * Records are numbered from 1: lines of JSON Lines, empty ones too; records of
 * csv, the header not counted.
 */
#ifndef WORKER_FORMAT_READER_H
#define WORKER_FORMAT_READER_H

#include "core/base/hash.h"
#include "worker/rows/batch.h"
#include "worker/format/spelling.h"
#include "worker/format/stream.h"
#include "worker/rows/value.h"

/* A longer record is one reject ("line_too_long"), with this much of it as raw. */
enum { RECORD_BYTES_MAX = 16 << 20, RECORD_RAW_BYTES = 1024 };

/*
 * Only rows of which this is true are of interest: the value lies in [min, max], or the text is
 * this one.  A format may leave rows out of which it is false, and need not.
 */
struct reader_hint {
	size_t column;
	bool is_text;
	int64_t min, max;
	struct span text;
};

struct reader_options {
	enum format format;
	const struct schema *schema;
	const struct dialect *dialect; /* how the file differs; NULL: it does not */
	const bool *wanted;            /* which columns get values; NULL: all */
	const bool *optional;   /* which columns a file may lack, they are null then; NULL: none */
	bool digest;            /* reader_digest() will be asked for */
	bool unknown_keys_fail; /* a key that is no column makes its record a reject */
	bool any_bytes;         /* a text that is not UTF-8 is no reject but "\\x" and its digits */
	bool is_published;      /* by us, and it is what was published: json columns hold JSON */
	const struct reader_hint *hints; /* all of them have to be true of a row */
	size_t n_hints;
	/*
	 * Timestamp columns of which only the day is asked: another instant of the same
	 * day may stand for any value, so a format that knows that all of them are
	 * on one day need not read them.  NULL: none.
	 */
	const bool *day_only;
	uint64_t unit_base; /* batch->unit is more than this */
};

struct reader_format;

struct reader {
	const struct reader_format *format;
	struct reader_options options;
	char *name; /* in messages */
	struct batch batch;
	struct stream *stream;     /* of the text formats */
	const struct span *header; /* the names in the header of a csv file, in its order */
	size_t n_header;
	int64_t row_no; /* of the newest record */
	char *scratch;  /* decoded texts of this batch; never more than the window holds */
	size_t scratch_used, scratch_room;
	size_t more_copies;         /* how often a text may be decoded again */
	char raw[RECORD_RAW_BYTES]; /* of a record that was too long to keep */
	struct reject fault;        /* what is wrong with the newest record; reason NULL: nothing */
	struct day_memo memo;
	struct spelling *spelling; /* of a text format with a dialect, else NULL */
	void *state;               /* the format's own */
};

/* What a format has to bring. */
struct reader_format {
	/* Open the file and set r->state; the rest of *r is set.  Errors as reader_open(). */
	enum err_code (*open)(struct reader *r, int dir, const char *path, struct err *err);
	/* Fill r->batch, which is empty; leaving it so is the end of the file, or of the part. */
	enum err_code (*next)(struct reader *r, struct err *err);
	/* Free r->state, which may be NULL: open() may have failed. */
	void (*close)(struct reader *r);
	/* As reader_parts().  NULL: a file is one part. */
	size_t (*parts)(const struct reader *r);
	/* As reader_seek(); NULL where parts is. */
	void (*seek)(struct reader *r, size_t part);
	/* As reader_digest(). */
	enum err_code (*digest)(struct reader *r, char out[CHECKSUM_CHARS + 1], struct err *err);
};

/* The rows of the table in reader.c, each in the file of its format. */
extern const struct reader_format reader_csv, reader_jsonl, reader_parquet;

/*
 * Open a file as stream_open() does.  options->schema and what else it points to have to
 * outlive the reader.  ERR_NOT_FOUND: no such file.  ERR_INPUT: it is damaged, or lacks a column.
 */
enum err_code reader_open(struct reader **out, int dir, const char *path, const char *name,
			  const struct reader_options *options, struct err *err) MUST_CHECK;

/* Close the file and free the reader with its batch; NULL is fine. */
void reader_close(struct reader *r);

/* How many parts of the file can be read on their own, in row order: row groups; at least 1. */
size_t reader_parts(const struct reader *r);

/* The next rows are those of this part, and no more.  Without it the reader gives all parts. */
void reader_seek(struct reader *r, size_t part);

/* The checksum of the file as it is on disk, after its last row; options.digest was set. */
enum err_code reader_digest(struct reader *r, char out[CHECKSUM_CHARS + 1],
			    struct err *err) MUST_CHECK;

/*
 * The next rows and rejects, at least one of them, in file order; NULL at the
 * end.  Borrowed until the next call.
 */
enum err_code reader_next(struct reader *r, const struct batch **out, struct err *err) MUST_CHECK;

/* For formats. */

/* Open the file as r->stream, behind a byte order mark: for the text formats. */
enum err_code reader_open_stream(struct reader *r, int dir, const char *path,
				 struct err *err) MUST_CHECK;

/* reader_digest() of a file that was opened by reader_open_stream(). */
enum err_code reader_stream_digest(struct reader *r, char out[CHECKSUM_CHARS + 1],
				   struct err *err) MUST_CHECK;

/* What a column of the schema is called in the file. */
const char *reader_theirs(const struct reader *r, size_t column);

/* The first record of the file is one of values. */
bool reader_has_no_header(const struct reader *r);

/* Room for a decoded text of at most `bytes` bytes, until the next batch. */
char *reader_scratch(struct reader *r, size_t bytes);

/* Fill the window.  Only while the batch is empty: its texts stand in the window. */
enum err_code reader_fill(struct reader *r, struct err *err) MUST_CHECK;

/* Turn the newest row into a reject for reader->fault; raw is its text in the file. */
void reader_reject_row(struct reader *r, struct span raw);

/*
 * The window begins with more than a record may have: make one reject of it and go on behind
 * the next newline.  Only while the batch is empty.
 */
enum err_code reader_skip_long(struct reader *r, struct err *err) MUST_CHECK;

/* Say what is wrong with the newest record; gives false back.  The first word stays. */
bool reader_fault(struct reader *r, const char *reason, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * Parse a text into a column of the newest row.  JSON tells strings and other values apart
 * and has to check that itself.  False: reader_fault() was called.
 */
bool reader_value(struct reader *r, size_t column, struct span text);

#endif
