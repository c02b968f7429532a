/*
 * emptiness.h - what it means that nothing is left to publish.  Pure.
 *
 * docs/CHECKS.md 6.  That there is nothing has to be what the input says.  Where rows were read and
 * each was refused, nobody says it; and where there were rows on the same weekdays before, it is
 * likelier that something broke.  Asked of every output, whatever wrote it.
 */
#ifndef WORKER_CHECK_EMPTINESS_H
#define WORKER_CHECK_EMPTINESS_H

#include "worker/check/check.h"

/* How an output came to its rows. */
struct emptiness_facts {
	int64_t read, refused; /* refused: to the quarantine, or dropped */
	int64_t written;
	bool carries_rows; /* rows of the input are those of the output (struct op_def) */
};

enum emptiness {
	EMPTINESS_NONE,    /* there are rows, or nothing was to be expected */
	EMPTINESS_ALL_BAD, /* rows were read, and each was refused */
	EMPTINESS_ODD,     /* no rows, where there were some on the same weekdays: a warning */
	EMPTINESS_WRONG,   /* the same, where rows are carried over: an error */
};

enum { EMPTINESS_WEEKS = 4, EMPTINESS_POINTS_MIN = 2, EMPTINESS_ROWS_MIN = 100 };

/*
 * The median of the last EMPTINESS_WEEKS same weekdays, doubled, and in *points how many of them
 * are known; 0 where too few or too small.
 */
int64_t emptiness_usual_twice(const struct check_subject *subject, int *points);

/* What it means, of a task without `empty: allow`. */
enum emptiness emptiness_judge(const struct emptiness_facts *facts,
			       const struct check_subject *subject);

/*
 * The result of EMPTINESS_ODD and EMPTINESS_WRONG, as one of a check (docs/CHECKS.md 5): a new
 * reference.
 */
json_t *emptiness_result(enum emptiness what, const struct check_subject *subject);

#endif
