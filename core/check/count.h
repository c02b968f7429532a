/*
 * count.h - parameters of the checks that count rows.
 */
#ifndef CORE_CHECK_COUNT_H
#define CORE_CHECK_COUNT_H

#include "core/check/bounds.h"

/* row_count: how many rows there have to be; with neither bound given at least one. */
struct check_row_count {
	struct check_bounds rows;
};

#endif
