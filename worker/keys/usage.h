/*
 * usage.h - how many different users each tenant has.
 *
 *   usage_open -> usage_add ... (in lanes) -> usage_settle -> usage_users ... -> usage_close
 *
 * Memory: what it is given, half of it for tenants, which never go to disk.
 */
#ifndef WORKER_KEYS_USAGE_H
#define WORKER_KEYS_USAGE_H

#include "core/base/err.h"
#include "worker/rows/batch.h"

struct usage;

struct usage_options {
	enum col_type user; /* of the column that tells users apart */
	int lanes;
	int64_t rows;        /* about how many uses are expected; -1: nobody knows */
	size_t memory_bytes; /* of all; half of it is the shuffle's, before that goes to disk */
	const char *dir;     /* where it goes then; borrowed */
};

/* Begin; options are copied, `dir` is borrowed.  ERR_SYSTEM: no room for the shuffle. */
enum err_code usage_open(struct usage **out, const struct usage_options *options,
			 struct err *err) MUST_CHECK;

/* Free it, with what is in memory and on disk; NULL is fine. */
void usage_close(struct usage *u);

/* A user of a tenant, by rows of two columns without nulls there; lanes may call at once. */
void usage_add(struct usage *u, int lane, const struct col *tenant, const struct col *user,
	       const uint32_t *rows, size_t n);

/* All uses were added.  ERR_LIMIT: there are more tenants than fit. */
enum err_code usage_settle(struct usage *u, struct err *err) MUST_CHECK;

/* How many different users a tenant has, after usage_settle(). */
int64_t usage_users(const struct usage *u, int64_t tenant);

/* How many tenants have any users, after usage_settle(). */
size_t usage_tenants(const struct usage *u);

#endif
