/*
 * timeline.h - what each unit did, in order of time, in memory that is bounded.
 *
 *   timeline_open -> timeline_add ... (each lane its own) -> timeline_seal
 *                 -> timeline_each -> timeline_close
 *
 * A unit is who is followed: a user, a tenant, as an integer or a text.  Its rows are brought
 * together by a hash of it (shuffle.h), on disk beyond memory_bytes, and sorted by time one
 * partition at a time, in lanes.  Who looks at them sees a unit as a word: words are in the order
 * of the units, integers by value, texts by bytes.  Which lane sees which unit is chance; the rows
 * of a unit, and their order, are not.
 */
#ifndef WORKER_KEYS_TIMELINE_H
#define WORKER_KEYS_TIMELINE_H

#include "worker/keys/arrange.h"
#include "worker/rows/batch.h"

/* Words of a row, in order of which it is sorted; the note only where there are notes. */
enum { TIMELINE_UNIT, TIMELINE_TIME, TIMELINE_NOTE };

struct timeline;

struct timeline_options {
	const char *who; /* the operator, for messages */
	bool texts;      /* units are texts; else integers */
	bool notes;      /* each row has a word of its caller */
	int lanes;
	int64_t rows;        /* how many are expected; -1: nobody knows */
	size_t memory_bytes; /* of rows: more go to disk */
	size_t text_bytes;   /* of the texts of units: more are refused */
	int64_t task_bytes;  /* what the task was given (`memory:`), for messages */
	const char *dir;     /* where unnamed files are made; borrowed */
};

/* Begin; options are copied.  ERR_SYSTEM: the system has no memory for blocks. */
enum err_code timeline_open(struct timeline **out, const struct timeline_options *options,
			    struct err *err) MUST_CHECK;

/* Free it, with what is in memory and on disk; NULL is fine. */
void timeline_close(struct timeline *t);

/* Which columns of a batch are unit (integers or texts, as was said) and time, and which rows. */
struct timeline_rows {
	size_t unit, time;
	const bool *keep;      /* by row; NULL: all */
	const uint64_t *notes; /* by row; NULL: there are none */
};

/*
 * The rows of a batch that are kept and have a unit and a time.  ERR_LIMIT: the texts of units do
 * not fit into memory; ERR_SYSTEM: the disk refused.
 */
enum err_code timeline_add(struct timeline *t, int lane, const struct batch *b,
			   const struct timeline_rows *rows, struct err *err) MUST_CHECK;

/* All rows are in, of all lanes.  ERR_SYSTEM: the disk refused. */
enum err_code timeline_seal(struct timeline *t, struct err *err) MUST_CHECK;

/* How many rows there are; once sealed. */
int64_t timeline_count(const struct timeline *t);

/* How many bytes went to disk, for the log of the attempt. */
int64_t timeline_spilled_bytes(const struct timeline *t);

/* The text that a unit's word stands for, once sealed; borrowed until timeline_close(). */
struct span timeline_text(const struct timeline *t, uint64_t unit);

/*
 * Units that cut all rows into n + 1 parts of about the same size, in ascending order, into
 * cuts[0..n): for who has to put something in order of the units.  Some may be the same.  They
 * change what is fast, never what comes out.  Once sealed.
 */
void timeline_cuts(const struct timeline *t, uint64_t *cuts, size_t n);

/* The shuffle whose memory becomes free as rows are looked at: shuffle_options.share. */
struct shuffle *timeline_share(struct timeline *t);

/* Some rows, sorted: a unit's rows stand together, and go on in the lane's next piece. */
struct timeline_piece {
	int lane;
	const uint64_t *rows; /* `words` each */
	size_t n;
	unsigned words;
	bool is_last; /* units end here: the lane's next piece has others */
};

/* In several lanes at once; borrowed until it returns. */
typedef enum err_code timeline_fn(void *arg, const struct timeline_piece *piece, struct err *err);

/*
 * Show all rows to fn, in lanes; `room_bytes` is what sorting may take in all of them.  It can be
 * done once.  ERR_SYSTEM: the disk refused; else what fn says.
 */
enum err_code timeline_each(struct timeline *t, size_t room_bytes, timeline_fn *fn, void *arg,
			    struct err *err) MUST_CHECK;

#endif
