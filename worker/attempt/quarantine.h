/*
 * quarantine.h - rows that were set aside, as rows of the sibling dataset: file, row, why, raw.
 */
#ifndef WORKER_ATTEMPT_QUARANTINE_H
#define WORKER_ATTEMPT_QUARANTINE_H

#include "worker/attempt/staging.h"
#include "worker/format/writer.h"

/* One row set aside.  Texts may be any bytes; they are cleaned and cut before they are written. */
struct castaway {
	struct span source_file; /* data NULL: null */
	int64_t row_no;
	const char *reason;
	const char *detail;
	struct span raw;
};

struct quarantine;

/* Stage the quarantine `output` of spec.  Borrows both until quarantine_close(). */
enum err_code quarantine_open(struct quarantine **out, const struct spec *spec,
			      const struct spec_output *output, struct err *err) MUST_CHECK;

/* Close it, finished or not.  NULL is fine. */
void quarantine_close(struct quarantine *q);

/* Set a row aside; its texts are copied. */
enum err_code quarantine_add(struct quarantine *q, const struct castaway *row,
			     struct err *err) MUST_CHECK;

/*
 * Set a row of a batch aside that was readable: raw is the row as one JSON object,
 * source_file and row_no come from _source_file and _row where the batch has
 * them; otherwise row_no is `number`.
 */
enum err_code quarantine_add_row(struct quarantine *q, const struct batch *b, size_t at,
				 int64_t number, const char *reason, const char *detail,
				 struct err *err) MUST_CHECK;

/* How many rows were set aside. */
int64_t quarantine_rows(const struct quarantine *q);

/* Which row was the first, and why: "a.csv row 2: wrong_type: ..."; "" when there is none. */
const char *quarantine_first(const struct quarantine *q);

/* Where they are staged; borrowed. */
struct staging *quarantine_staging(struct quarantine *q);

#endif
