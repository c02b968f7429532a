/*
 * says.h - what three-valued logic says of a row.
 */
#ifndef WORKER_PREDICATE_SAYS_H
#define WORKER_PREDICATE_SAYS_H

/* `and` is the least, `or` the greatest of its parts. */
enum predicate_says { PREDICATE_FALSE, PREDICATE_NULL, PREDICATE_TRUE };

#endif
