/*
 * exact.h - numbers as they are written, without what a double would make of them.  Pure.
 *
 * A double holds whole numbers to 2^53 and few decimals: 0.07 * 100 is above 7 there.  What is
 * compared with whole numbers stays whole here, and a share is the fraction that stands in the
 * text.
 */
#ifndef CORE_BASE_EXACT_H
#define CORE_BASE_EXACT_H

#include "core/base/base.h"

/* A number in the grammar of JSON. */
struct number {
	int64_t floor; /* the largest whole number that is not above it, if an int64 is */
	int beyond;    /* -1: it is below every int64; 1: above every one */
	bool whole;    /* it has no decimals */
	bool digits;   /* it is written as a whole number, without point and exponent */
	double real;   /* the nearest double, which may be infinite */
};

/* Read all of a text; false: it is no number, and *out is not written. */
bool number_parse(const char *text, struct number *out);

/* Below 0, 0, above 0: as the numbers are. */
int number_compare(const struct number *a, const struct number *b);

/* The least int64 that is not below the number, with `above` over it; false: there is none. */
bool number_least_int(const struct number *n, bool above, int64_t *out);

/* The greatest int64 that is not above the number, with `below` under it; false: there is none. */
bool number_greatest_int(const struct number *n, bool below, int64_t *out);

/*
 * The same among doubles.  A number written in digits alone that fits into an int64 is meant
 * exactly; any other is the double that it reads as, wherever it is written.
 */
double number_least_real(const struct number *n, bool above);

/* As number_least_real(), from the other side. */
double number_greatest_real(const struct number *n, bool below);

/* A share of something, from 0 to 1: parts / of, where `of` is a power of ten; 0: not given. */
struct share {
	int64_t parts, of;
};

enum { SHARE_DECIMALS_MAX = 15 };

/* How a text reads as a share. */
enum share_status {
	SHARE_OK,
	SHARE_NO_NUMBER,
	SHARE_OUT_OF_RANGE, /* below 0 or above 1 */
	SHARE_TOO_LONG,     /* more decimals than SHARE_DECIMALS_MAX */
};

/* Read "7%", "0.07" or "1e-2"; *out is written with SHARE_OK only. */
enum share_status share_parse(const char *text, struct share *out);

/* Compare `part` with the share of `whole`, exactly: below 0, 0 or above 0. */
int share_compare(int64_t part, struct share share, int64_t whole);

/* The nearest double. */
double share_real(struct share share);

enum { SHARE_CHARS = 32 };

/* As a percentage, exactly: "7%", "0.5%". */
void share_format(struct share share, char out[SHARE_CHARS]);

#endif
