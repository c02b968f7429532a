/*
 * by_key.h - checks of rows by key: shares of the keys, and which rows come again.
 *
 *   by_key_open -> (by_key_begin -> by_key_judge ... -> by_key_end)+
 *
 * Keys of rows that can be shown again are looked at in shares that fit into memory, a round for
 * each; those of rows that cannot go to a table and then to the disk (worker/keys/repeats.h).
 */
#ifndef WORKER_CHECK_BY_KEY_H
#define WORKER_CHECK_BY_KEY_H

#include "worker/check/internal.h"

/* Is it one of these? */
bool by_key(const struct check_watch *t);

/* What such a check needs besides its columns, which are known. */
void by_key_open(struct checks *c, struct check_watch *t);

/* In how many shares the keys of `rows` rows are looked at: into *c. */
void by_key_share(struct checks *c, int64_t rows);

/* Begin with a share of the keys of all these checks.  ERR_SYSTEM: no room for them. */
enum err_code by_key_begin(struct checks *c, int64_t share, struct err *err) MUST_CHECK;

/*
 * The findings of in->rows, into those of its lane, as far as they are known by now: every row
 * after the first with a key fails.  ERR_LIMIT: the keys do not fit into memory and rows are to
 * move.  ERR_SYSTEM: the disk refused.
 */
enum err_code by_key_judge(struct checks *c, struct check_watch *t, const struct check_rows *in,
			   struct err *err) MUST_CHECK;

/* Nothing more comes for this share: its verdicts are added up.  ERR_SYSTEM: the disk refused. */
enum err_code by_key_end(struct checks *c, struct err *err) MUST_CHECK;

#endif
