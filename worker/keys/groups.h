/*
 * groups.h - pairs of tenant and feature as dense numbers, for lanes that meet them at once.
 *
 *   groups_init -> group_lane_init ... -> groups_read ... -> group_lane_release -> groups_release
 *
 * Numbers are 0, 1, 2 ... in order of first appearance, which is chance when there
 * are lanes: who writes groups sorts them.  A lane remembers what it has met by its
 * own codes (batch.h), so that a row costs two look-ups in small arrays.
 */
#ifndef WORKER_KEYS_GROUPS_H
#define WORKER_KEYS_GROUPS_H

#include "core/base/err.h"
#include "worker/rows/batch.h"
#include "worker/keys/keytable.h"

#include <pthread.h>

#define GROUP_NONE UINT32_MAX

/* Groups never go to disk: how many there may be is a matter of memory. */
struct groups_limit {
	size_t bytes;         /* for groups, texts and what lanes know of them */
	size_t extra_bytes;   /* what the caller keeps for each group, which is part of that */
	int64_t memory_bytes; /* `memory:` of the task, for messages */
	const char *who;      /* "score"; borrowed */
};

struct groups {
	pthread_mutex_t lock; /* guards all of it while there are lanes */
	struct groups_limit limit;
	size_t text_bytes; /* of features */
	size_t lane_bytes; /* what lanes take */
	size_t n_fit;      /* so many groups were within the limit */
	struct dict features;
	struct keytable index; /* an item per group, in order of their numbers */
	uint64_t seed;
};

/* What one lane knows. */
struct group_lane {
	struct groups *groups;
	struct dict tenants, features; /* codes of this lane */
	struct code_map tenant_map, feature_map;
	uint32_t *feature_of; /* by code of this lane: the code of all */
	size_t n_features, features_room;
	size_t text_bytes;                      /* of features */
	size_t bytes;                           /* part of groups.lane_bytes */
	uint32_t *tenant_codes, *feature_codes; /* of one batch */
	/* The number for tenant code t and feature code f is at grid[t * stride + f]. */
	uint32_t *grid; /* NULL: there are too many pairs; then they are in `known` */
	size_t height, stride;
	struct keytable known;
	size_t count; /* more than any number that this lane has met */
};

/* No groups yet; the limit is copied. */
void groups_init(struct groups *g, const struct groups_limit *limit);

/* Free it, after its lanes. */
void groups_release(struct groups *g);

/* Forget the pairs, when there are no lanes any more; the features stay. */
void groups_forget(struct groups *g);

/* What is taken of limit.bytes; only while no lane is at work. */
size_t groups_bytes(const struct groups *g);

/* How many groups there are: their numbers are below that. */
size_t groups_count(const struct groups *g);

/* The tenant of a group. */
int64_t groups_tenant(const struct groups *g, size_t group);

/* The feature of a group: a code in g->features. */
uint32_t groups_feature(const struct groups *g, size_t group);

/* A lane that has met nothing yet; g has to outlive it. */
void group_lane_init(struct group_lane *l, struct groups *g);

/* Free it; fine on a zeroed one. */
void group_lane_release(struct group_lane *l);

/*
 * out[] (room for b->rows) becomes the group of each row by its tenant (int64) and feature
 * (text) columns; GROUP_NONE where one of them is null.  ERR_LIMIT: they do not fit.
 */
enum err_code groups_read(struct group_lane *l, const struct batch *b, size_t tenant,
			  size_t feature, uint32_t *out, struct err *err) MUST_CHECK;

#endif
