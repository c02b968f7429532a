/*
 * guess.h - what a file that does not fit might be, for a person.
 *
 * Words only: three rows of the file as they are, and keys that would make it fit, each with a
 * question mark.  Nothing is ever read by a guess.
 */
#ifndef WORKER_FORMAT_GUESS_H
#define WORKER_FORMAT_GUESS_H

#include "core/base/buf.h"
#include "worker/format/reader.h"

enum { GUESS_ROWS = 3 };

struct guess {
	struct buf rows[GUESS_ROWS]; /* safe to write anywhere; empty: there is no such row */
	struct buf advice;           /* "separated by ';'? add `delimiter: \";\"`"; "": none */
};

/*
 * Is it worth a guess, after `bad` of `read` rows were refused?  From a tenth on a file is most
 * likely written in another way; a few bad rows are bad rows.
 */
bool guess_is_due(int64_t bad, int64_t read);

/*
 * Look at the front of a text file that was to be read with these options.  is_option: keys are
 * named as options of the command line.  What cannot be opened gives an empty guess.
 */
void guess_make(struct guess *g, int dir, const char *path, const struct reader_options *options,
		bool is_option);

/* Free what it holds. */
void guess_release(struct guess *g);

#endif
