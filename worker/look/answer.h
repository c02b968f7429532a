/*
 * answer.h - the rows of an answer to `tidemill data`, from what is known of the files.
 */
#ifndef WORKER_LOOK_ANSWER_H
#define WORKER_LOOK_ANSWER_H

#include "worker/look/source.h"

/* Append a column; `right`: it is laid out as a number. */
void data_answer_column(struct data_answer *out, const char *name, const char *title, bool right);

/* For DATA_SCHEMA: a row per column of a source; with_file: each says of which file. */
void data_answer_schema(struct data_answer *out, const struct data_source *s, bool with_file);

/* For DATA_ROWS: the columns. */
void data_answer_names(struct data_answer *out, const struct schema *schema);

/* For DATA_ROWS: the first `rows` rows of a batch, every value as text. */
void data_answer_rows(struct data_answer *out, const struct batch *b, size_t rows);

#endif
