/* usage.c - how many different users each tenant has. */
#include "worker/keys/usage.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/rows/canon.h"
#include "worker/keys/keytable.h"
#include "worker/keys/rowkey.h"
#include "worker/keys/shuffle.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	PARTITION_BYTES = 256 << 10,
	WORDS_MAX = 3,
	RECENT = 1 << 12,           /* a power of two */
	TABLES_BYTES_MIN = 1 << 20, /* for the tables of all lanes */
};

/* What one lane has for itself. */
struct usage_lane {
	/*
	 * Records that were met lately: a user uses a feature again and again, and most of
	 * that need not go through the shuffle.
	 */
	uint64_t *recent;
	struct keytable tenants; /* a mixed tenant, and how many users it has */
};

/*
 * A record tells a user of a tenant apart from all others, and its first word is
 * a hash: of integers, the user mixed with the tenant, and the tenant; of others
 * their print, mixed with the tenant, and the tenant.
 */
struct usage {
	struct usage_options options;
	uint64_t seed;
	unsigned words; /* of a record */
	struct shuffle *shuffle;
	struct usage_lane *lanes;
	struct keytable tenants; /* of all lanes */
};

enum err_code
usage_open(struct usage **out, const struct usage_options *options, struct err *err)
{
	struct usage *u = mem_new(1, sizeof(*u));
	struct shuffle_options shuffle = { .rows = options->rows,
					   .memory_bytes = options->memory_bytes / 2,
					   .partition_bytes = PARTITION_BYTES,
					   .lanes = options->lanes,
					   .dir = options->dir };
	enum err_code code;

	u->options = *options;
	u->seed = rowkey_seed();
	u->words = col_is_int(options->user) ? 2 : 3;
	u->lanes = mem_new((size_t)options->lanes, sizeof(*u->lanes));
	keytable_init(&u->tenants, 1, 2);
	for (int i = 0; i < options->lanes; i++) {
		u->lanes[i].recent = mem_new(RECENT, WORDS_MAX * sizeof(uint64_t));
		keytable_init(&u->lanes[i].tenants, 1, 2);
	}
	shuffle.record_bytes = u->words * sizeof(uint64_t);
	code = shuffle_open(&u->shuffle, &shuffle, err);
	if (code) {
		usage_close(u);
		return code;
	}
	*out = u;
	return ERR_NONE;
}

void
usage_close(struct usage *u)
{
	if (!u)
		return;
	shuffle_close(u->shuffle);
	for (int i = 0; i < u->options.lanes; i++) {
		free(u->lanes[i].recent);
		keytable_release(&u->lanes[i].tenants);
	}
	keytable_release(&u->tenants);
	free(u->lanes);
	free(u);
}

/* ---- uses ---- */

static struct print
print_user(const struct usage *u, const struct col *c, size_t at)
{
	char encoded[9]; /* canon_value_bytes() of what is no text */
	struct span text;

	if (col_is_text(c->type)) {
		text = col_text(c, at);
		return print_of(text.data, text.bytes, u->seed);
	}
	return print_of(encoded, (size_t)(canon_value(c, at, encoded) - encoded), u->seed);
}

static void
make_record(const struct usage *u, int64_t tenant, const struct col *user, size_t at,
	    uint64_t record[WORDS_MAX])
{
	uint64_t mixed = rowkey_int(tenant, u->seed);

	record[2] = 0;
	if (u->words == 2) {
		record[0] = rowkey_int(col_int(user, at), mixed);
	} else {
		struct print print = print_user(u, user, at);

		record[0] = print.low ^ mixed;
		record[2] = print.high;
	}
	record[1] = (uint64_t)tenant;
}

void
usage_add(struct usage *u, int lane, const struct col *tenant, const struct col *user,
	  const uint32_t *rows, size_t n)
{
	struct shuffle_lane *to = shuffle_lane(u->shuffle, lane);
	struct usage_lane *l = &u->lanes[lane];

	for (size_t i = 0; i < n; i++) {
		uint64_t record[WORDS_MAX], *recent;

		make_record(u, col_int(tenant, rows[i]), user, rows[i], record);
		/* A place that is empty looks like a record of zeros, which has to be told from it.
		 */
		recent = l->recent + (record[0] >> 12) % RECENT * WORDS_MAX;
		if (record[0] && memcmp(recent, record, sizeof(record)) == 0)
			continue;
		memcpy(recent, record, sizeof(record));
		memcpy(shuffle_slot(to, record[0]), record, u->words * sizeof(*record));
	}
}

/* ---- counting ---- */

static void
count(struct keytable *tenants, uint64_t tenant, uint64_t users)
{
	const uint64_t item[2] = { tenant, 0 };
	bool is_new;

	assert(tenants->item_words == countof(item));
	keytable_get(tenants, item, &is_new)[1] += users;
}

/* What the lanes share while they look at partitions. */
struct counting {
	struct usage *u;
	atomic_uint next; /* partition */
};

/* One lane at one partition. */
struct counter {
	const struct usage *u;
	struct usage_lane *lane;
	struct keytable known; /* the records of the partition, each once */
};

/* What a lane may take for its tenants and the users of one partition. */
static enum err_code
check_limit(const struct counter *c, struct err *err)
{
	const struct keytable *tenants = &c->lane->tenants, *users = &c->known;
	size_t half = c->u->options.memory_bytes / 2;
	size_t most = (half > TABLES_BYTES_MIN ? half : TABLES_BYTES_MIN) /
		      (size_t)c->u->options.lanes;

	if (keytable_bytes_max(tenants->count, tenants->item_words) +
		keytable_bytes_max(users->count, users->item_words) <=
	    most)
		return ERR_NONE;
	return err_set(err, ERR_LIMIT,
		       "score: more than %zu tenants that use the feature, and %zu users in one "
		       "partition, do not fit into %s of its memory; give the task more "
		       "(`memory:`)",
		       tenants->count, users->count, SIZE_TEXT(c->u->options.memory_bytes));
}

/* A shuffle_fn. */
static enum err_code
count_records(void *arg, const void *data, size_t n, struct err *err)
{
	struct counter *c = arg;
	const uint64_t *record = data;

	for (size_t i = 0; i < n; i++, record += c->u->words) {
		bool is_new;

		(void)keytable_get(&c->known, record, &is_new);
		if (is_new)
			count(&c->lane->tenants, rowkey_int((int64_t)record[1], c->u->seed), 1);
	}
	return check_limit(c, err);
}

/* A crew_fn: partitions until there are no more. */
static enum err_code
count_partitions(void *arg, int lane, struct err *err)
{
	struct counting *all = arg;
	struct usage *u = all->u;
	struct counter c = { .u = u, .lane = &u->lanes[lane] };
	enum err_code code = ERR_NONE;

	keytable_init(&c.known, u->words, u->words);
	for (;;) {
		unsigned p = atomic_fetch_add(&all->next, 1);

		if (code || p >= shuffle_partitions(u->shuffle))
			break;
		keytable_reset(&c.known, shuffle_count(u->shuffle, p));
		code = shuffle_each(u->shuffle, p, count_records, &c, err);
		shuffle_drop(u->shuffle, p);
	}
	keytable_release(&c.known);
	return code;
}

enum err_code
usage_settle(struct usage *u, struct err *err)
{
	struct counting all = { .u = u };
	enum err_code code = shuffle_seal(u->shuffle, err);

	if (!code)
		code = crew_run(u->options.lanes, count_partitions, &all, err);
	if (code)
		return code;
	/* The sum needs its memory. */
	shuffle_close(u->shuffle);
	u->shuffle = NULL;
	for (int i = 0; i < u->options.lanes; i++) {
		struct keytable *t = &u->lanes[i].tenants;

		for (size_t k = 0; k < t->count; k++)
			count(&u->tenants, t->items[2 * k], t->items[2 * k + 1]);
		keytable_release(t);
	}
	return ERR_NONE;
}

int64_t
usage_users(const struct usage *u, int64_t tenant)
{
	uint64_t key = rowkey_int(tenant, u->seed);
	const uint64_t *item = keytable_find(&u->tenants, &key);

	return item ? (int64_t)item[1] : 0;
}

size_t
usage_tenants(const struct usage *u)
{
	return u->tenants.count;
}
