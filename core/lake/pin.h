/* pin.h - which version of which partition an attempt reads, decided before it starts. */
#ifndef CORE_LAKE_PIN_H
#define CORE_LAKE_PIN_H

#include "core/base/err.h"

/* A partition pinned for an attempt; `dataset` is borrowed. */
struct pinned_input {
	const char *dataset;
	int64_t day;     /* INT64_MIN: unpartitioned */
	int64_t version; /* 0: not published by this project */
	char digest[DIGEST_CHARS + 1];
	bool missing; /* absent and allowed, or before its producer's start */
};

#endif
