/* groups.c - pairs of tenant and feature as dense numbers. */
#include "worker/keys/groups.h"

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/rows/budget.h"
#include "worker/keys/rowkey.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	GRID_CELLS_MAX = 4 << 20,
	GRID_SHARE = 8, /* a grid takes at most this part of what groups may take */
	HEIGHT_MIN = 1024,
	STRIDE_MIN = 16,
	/* An item of groups.index: two words of key, of which the tenant follows, and the tenant.
	 */
	ITEM_HASH = 0,
	ITEM_FEATURE = 1,
	ITEM_TENANT = 2,
	ITEM_WORDS = 3,
	KEY_WORDS = 2,
};

void
groups_init(struct groups *g, const struct groups_limit *limit)
{
	*g = (struct groups){ .lock = PTHREAD_MUTEX_INITIALIZER,
			      .limit = *limit,
			      .seed = rowkey_seed() };
	dict_init(&g->features);
	keytable_init(&g->index, KEY_WORDS, ITEM_WORDS);
}

void
groups_release(struct groups *g)
{
	dict_release(&g->features);
	keytable_release(&g->index);
	(void)pthread_mutex_destroy(&g->lock);
}

void
groups_forget(struct groups *g)
{
	keytable_release(&g->index);
	keytable_init(&g->index, KEY_WORDS, ITEM_WORDS);
}

size_t
groups_bytes(const struct groups *g)
{
	size_t per_group = ITEM_WORDS * sizeof(uint64_t) + g->limit.extra_bytes;

	return g->index.n_slots * sizeof(*g->index.slots) + g->index.count * per_group +
	       budget_dict(&g->features, g->text_bytes) + g->lane_bytes;
}

size_t
groups_count(const struct groups *g)
{
	return g->index.count;
}

int64_t
groups_tenant(const struct groups *g, size_t group)
{
	return (int64_t)g->index.items[group * ITEM_WORDS + ITEM_TENANT];
}

uint32_t
groups_feature(const struct groups *g, size_t group)
{
	return (uint32_t)g->index.items[group * ITEM_WORDS + ITEM_FEATURE];
}

static void
clear_grid(struct group_lane *l)
{
	memset(l->grid, 0xff, l->height * l->stride * sizeof(*l->grid));
}

void
group_lane_init(struct group_lane *l, struct groups *g)
{
	*l = (struct group_lane){ .groups = g, .height = HEIGHT_MIN, .stride = STRIDE_MIN };
	dict_init(&l->tenants);
	dict_init(&l->features);
	keytable_init(&l->known, 1, 2);
	l->tenant_codes = mem_new(BATCH_ROWS_MAX, sizeof(*l->tenant_codes));
	l->feature_codes = mem_new(BATCH_ROWS_MAX, sizeof(*l->feature_codes));
	l->grid = mem_large_resize(NULL, l->height * l->stride, sizeof(*l->grid));
	clear_grid(l);
}

void
group_lane_release(struct group_lane *l)
{
	if (!l->groups)
		return;
	dict_release(&l->tenants);
	dict_release(&l->features);
	code_map_release(&l->tenant_map);
	code_map_release(&l->feature_map);
	keytable_release(&l->known);
	free(l->tenant_codes);
	free(l->feature_codes);
	free(l->feature_of);
	mem_large_free(l->grid);
	*l = (struct group_lane){ 0 };
}

/* The number of a pair that this lane has not met yet. */
static uint32_t
meet(struct group_lane *l, uint32_t tenant_code, uint32_t feature_code)
{
	struct groups *g = l->groups;
	uint64_t item[ITEM_WORDS];
	const uint64_t *found;
	uint32_t group;
	bool is_new;

	memcpy(&item[ITEM_TENANT], dict_span(&l->tenants, tenant_code).data, sizeof(int64_t));
	item[ITEM_FEATURE] = l->feature_of[feature_code];
	/* Of one feature no two tenants have the same hash: hash_word() can be undone. */
	item[ITEM_HASH] = hash_word(item[ITEM_TENANT] ^ hash_word(item[ITEM_FEATURE] ^ g->seed));
	(void)pthread_mutex_lock(&g->lock);
	assert(g->index.key_words == KEY_WORDS && g->index.item_words == ITEM_WORDS);
	found = keytable_get(&g->index, item, &is_new);
	group = (uint32_t)((size_t)(found - g->index.items) / ITEM_WORDS);
	(void)pthread_mutex_unlock(&g->lock);
	if (group >= l->count)
		l->count = (size_t)group + 1;
	return group;
}

/* The codes that all lanes have for the features that this lane has met lately. */
static void
share_features(struct group_lane *l)
{
	struct groups *g = l->groups;

	for (; l->n_features < l->features.count; l->n_features++) {
		struct span text = dict_span(&l->features, (uint32_t)l->n_features);
		size_t known;

		l->feature_of = mem_grow(l->feature_of, l->n_features, &l->features_room,
					 sizeof(*l->feature_of));
		(void)pthread_mutex_lock(&g->lock);
		known = g->features.count;
		l->feature_of[l->n_features] = dict_code(&g->features, text.data, text.bytes);
		g->text_bytes += g->features.count > known ? text.bytes : 0;
		(void)pthread_mutex_unlock(&g->lock);
		l->text_bytes += text.bytes;
	}
}

/* Make the grid as large as the lane's dictionaries, or give it up. */
static void
fit_grid(struct group_lane *l)
{
	size_t height = l->height, stride = l->stride;
	size_t most = l->groups->limit.bytes / GRID_SHARE / sizeof(*l->grid);
	uint32_t *old = l->grid;

	while (height < l->tenants.count)
		height *= 2;
	while (stride < l->features.count)
		stride *= 2;
	if (!old || (height == l->height && stride == l->stride))
		return;
	most = most < GRID_CELLS_MAX ? most : GRID_CELLS_MAX;
	if (height > most || stride > most || height * stride > most) {
		mem_large_free(old);
		l->grid = NULL;
		return;
	}
	l->grid = mem_large_resize(NULL, height * stride, sizeof(*l->grid));
	memset(l->grid, 0xff, height * stride * sizeof(*l->grid));
	for (size_t t = 0; t < l->height; t++)
		memcpy(l->grid + t * stride, old + t * l->stride, l->stride * sizeof(*old));
	mem_large_free(old);
	l->height = height;
	l->stride = stride;
}

static void
read_grid(struct group_lane *l, size_t rows, uint32_t *out)
{
	for (size_t i = 0; i < rows; i++) {
		uint32_t tenant = l->tenant_codes[i], feature = l->feature_codes[i], *cell;

		if (tenant == UINT32_MAX || feature == UINT32_MAX) {
			out[i] = GROUP_NONE;
			continue;
		}
		cell = &l->grid[tenant * l->stride + feature];
		if (*cell == GROUP_NONE)
			*cell = meet(l, tenant, feature);
		out[i] = *cell;
	}
}

static void
read_known(struct group_lane *l, size_t rows, uint32_t *out)
{
	uint64_t item[ITEM_WORDS] = { 0 }; /* of which the table takes the hash and the number */

	for (size_t i = 0; i < rows; i++) {
		uint64_t pair = (uint64_t)l->tenant_codes[i] << 32 | l->feature_codes[i];
		uint64_t *found;
		bool is_new;

		if (l->tenant_codes[i] == UINT32_MAX || l->feature_codes[i] == UINT32_MAX) {
			out[i] = GROUP_NONE;
			continue;
		}
		item[0] = hash_word(pair ^ l->groups->seed);
		found = keytable_get(&l->known, item, &is_new);
		if (is_new)
			found[1] = meet(l, l->tenant_codes[i], l->feature_codes[i]);
		out[i] = (uint32_t)found[1];
	}
}

static size_t
lane_bytes(const struct group_lane *l)
{
	size_t grid = l->grid ? l->height * l->stride * sizeof(*l->grid) : 0;

	return budget_dict(&l->tenants, l->tenants.count * sizeof(int64_t)) +
	       budget_dict(&l->features, l->text_bytes) + l->n_features * sizeof(*l->feature_of) +
	       grid + l->known.n_slots * sizeof(*l->known.slots) +
	       l->known.count * l->known.item_words * sizeof(*l->known.items);
}

/* Once in a batch is enough: what a batch can add is part of the reserve. */
static enum err_code
check_limit(struct group_lane *l, struct err *err)
{
	struct groups *g = l->groups;
	size_t bytes = lane_bytes(l), n_fit;
	bool fits;

	(void)pthread_mutex_lock(&g->lock);
	g->lane_bytes += bytes - l->bytes;
	l->bytes = bytes;
	fits = groups_bytes(g) <= g->limit.bytes;
	if (fits)
		g->n_fit = groups_count(g);
	n_fit = g->n_fit;
	(void)pthread_mutex_unlock(&g->lock);
	if (fits)
		return ERR_NONE;
	return err_set(err, ERR_LIMIT,
		       "%s: more than %zu (tenant, feature) groups do not fit into memory: "
		       "%s; give the task more (`memory:`)",
		       g->limit.who, n_fit, SIZE_TEXT(g->limit.memory_bytes));
}

enum err_code
groups_read(struct group_lane *l, const struct batch *b, size_t tenant, size_t feature,
	    uint32_t *out, struct err *err)
{
	col_codes(b, tenant, &l->tenant_map, &l->tenants, l->tenant_codes);
	col_codes(b, feature, &l->feature_map, &l->features, l->feature_codes);
	share_features(l);
	fit_grid(l);
	if (l->grid)
		read_grid(l, b->rows, out);
	else
		read_known(l, b->rows, out);
	return check_limit(l, err);
}
