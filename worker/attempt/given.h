/*
 * given.h - what a program is told of its inputs: where the pinned versions are.
 *
 *   given_open -> given_variables -> (the program runs) -> given_check -> given_close
 *
 * Looked at before the program starts, as an operator's inputs are (source.h).  A program opens
 * paths, and a publish moves what is behind them; so it is asked afterwards whether they still led
 * to the same files.
 */
#ifndef WORKER_ATTEMPT_GIVEN_H
#define WORKER_ATTEMPT_GIVEN_H

#include "core/lake/manifest.h"
#include "core/wire/spec.h"

struct given;

/*
 * Find what every input of the spec, which is borrowed, was pinned to.  ERR_NOT_FOUND,
 * ERR_CONFLICT, ERR_INPUT: as source_open().  ERR_LIMIT: a list is too long for a variable.
 */
enum err_code given_open(struct given **out, const struct spec *spec, struct err *err) MUST_CHECK;

/* Close it; NULL is fine. */
void given_close(struct given *g);

/*
 * The variables, *n of them, borrowed: of each input INPUT_VARIABLE, the directories of its
 * partitions, one a line, oldest first, or its file; and FILES_VARIABLE, all files, one a line,
 * unless that is longer than a variable should be.
 */
const struct spec_env *given_variables(const struct given *g, size_t *n);

/* Append to m->inputs what the program was given; as source_record(). */
void given_record(const struct given *g, struct manifest *m);

/* Do the paths still lead to what was found?  ERR_CONFLICT: no. */
enum err_code given_check(const struct given *g, struct err *err) MUST_CHECK;

#endif
