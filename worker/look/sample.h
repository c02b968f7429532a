/*
 * sample.h - deterministic product events to try the program with.
 *
 * Writes landing/YYYY-MM-DD.jsonl.gz, one file a day, and reference/tenants.csv
 * into a project directory.  Users and features are Zipf-like, tenant sizes
 * log-normal with every bucket edge covered; about 2 % of the lines repeat an
 * earlier event, 0.3 % belong to another day and 0.1 % are broken in several
 * ways; the shares are those of a large public repository's events.  The same options give the same
 * bytes everywhere: integers only, no clock, no libm.
 */
#ifndef WORKER_LOOK_SAMPLE_H
#define WORKER_LOOK_SAMPLE_H

#include "core/base/err.h"

struct sample_options {
	uint64_t seed;
	int64_t start_day; /* day number of the first file */
	int days;          /* 1 to SAMPLE_DAYS_MAX */
	int tenants;       /* 1 to SAMPLE_TENANTS_MAX */
	int64_t events;    /* lines in all files together; 0 to SAMPLE_EVENTS_MAX */
};

enum { SAMPLE_DAYS_MAX = 3660, SAMPLE_TENANTS_MAX = 100000 };
#define SAMPLE_EVENTS_MAX INT64_C(10000000000)

/* A million events on 21 days from 2026-05-01, 200 tenants. */
struct sample_options sample_defaults(void);

/* Write the files; those that are there are replaced.  ERR_INPUT: an option is out of bounds. */
enum err_code sample_write(const char *project_dir, const struct sample_options *options,
			   struct err *err) MUST_CHECK;

#endif
