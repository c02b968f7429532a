/* repeats.c - which keys come more than once, in memory that is bounded. */
#include "worker/keys/repeats.h"

#include "core/base/mem.h"
#include "worker/keys/keytable.h"
#include "worker/keys/rowkey.h"
#include "worker/keys/shuffle.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 1024, PREFETCH_ROWS = 32, PARTITION_BYTES = 256 << 10 };

/* The number of a row, in a record or an item; the bit above: the key came again. */
#define AGAIN (UINT64_C(1) << 63)

/*
 * One lane on its way to the shuffle.  Its keys meet here first: a frequent one would
 * be as many records as it has rows, all in one partition, and no number of
 * shares (check.c) would divide them.
 */
struct repeats_lane {
	struct keytable lately; /* a key, and its lowest number */
	struct repeats_verdict verdict;
};

/*
 * The table is an array of keys, three quarters full at most; that a key came
 * again is a bit beside it, which is not looked at before that happens.  A slot whose words
 * are 0 is free; the one key of one word that is 0 is kept apart, and a print is
 * never 0 (see take()).
 */
struct repeats {
	struct repeats_options options;
	uint64_t *slots;
	uint8_t *again; /* a bit per slot */
	size_t n_slots, used;
	bool full; /* new keys go to the shuffle */
	bool has_zero, zero_again;
	struct repeats_verdict verdict;
	struct shuffle *shuffle;
	struct repeats_lane *lanes; /* with the shuffle */
};

static enum err_code
open_shuffle(struct repeats *k, struct err *err)
{
	const struct repeats_options *o = &k->options;
	const struct shuffle_options options = {
		.record_bytes = (o->words + 1) * sizeof(uint64_t),
		.rows = o->rows,
		.memory_bytes = o->dir ? o->memory_bytes : SIZE_MAX,
		.partition_bytes = PARTITION_BYTES,
		.lanes = o->lanes,
		.dir = o->dir,
	};

	k->full = true;
	k->lanes = mem_new((size_t)o->lanes, sizeof(*k->lanes));
	for (int i = 0; i < o->lanes; i++)
		keytable_init(&k->lanes[i].lately, o->words, o->words + 1);
	return shuffle_open(&k->shuffle, &options, err);
}

static void
make_slots(struct repeats *k, size_t n)
{
	k->n_slots = n;
	k->slots = mem_new(n, k->options.words * sizeof(*k->slots));
	k->again = mem_new(n / 8, 1);
}

enum err_code
repeats_open(struct repeats **out, const struct repeats_options *options, struct err *err)
{
	struct repeats *k = mem_new(1, sizeof(*k));
	enum err_code code = ERR_NONE;

	assert(options->words == 1 || options->words == 2);
	assert(options->lanes >= 1);
	k->options = *options;
	if (options->table_bytes)
		make_slots(k, SLOTS_MIN);
	else
		code = open_shuffle(k, err);
	if (code) {
		repeats_close(k);
		return code;
	}
	*out = k;
	return ERR_NONE;
}

void
repeats_close(struct repeats *k)
{
	if (!k)
		return;
	for (int i = 0; k->lanes && i < k->options.lanes; i++)
		keytable_release(&k->lanes[i].lately);
	shuffle_close(k->shuffle);
	free(k->lanes);
	free(k->slots);
	free(k->again);
	free(k);
}

/* ---- the table ---- */

/* Where a key is, or would be: the low bits are left to the partitions of a shuffle. */
static size_t
home(const struct repeats *k, const uint64_t *key)
{
	return (size_t)(key[0] >> 12) & (k->n_slots - 1);
}

/* The number of the slot of a key, or of a free one; *there tells which. */
static size_t
probe(const struct repeats *k, const uint64_t *key, bool *there)
{
	size_t at = home(k, key), words = k->options.words;

	for (;; at = (at + 1) & (k->n_slots - 1)) {
		const uint64_t *slot = k->slots + at * words;
		uint64_t high = words == 2 ? slot[1] : 0;

		*there = slot[0] == key[0] && (words == 1 || high == key[1]);
		if (*there || !(slot[0] | high))
			return at;
	}
}

static bool
bit_is_set(const uint8_t *bits, size_t at)
{
	return bits[at / 8] >> (at % 8) & 1;
}

static void
set_bit(uint8_t *bits, size_t at)
{
	bits[at / 8] |= (uint8_t)(1 << (at % 8));
}

static void
grow(struct repeats *k)
{
	size_t words = k->options.words, n = k->n_slots;
	uint64_t *old = k->slots;
	uint8_t *again = k->again;

	make_slots(k, n * 2);
	for (size_t i = 0; i < n; i++) {
		const uint64_t *key = old + i * words;
		bool there;
		size_t at;

		if (!(key[0] | key[words - 1]))
			continue;
		at = probe(k, key, &there);
		memcpy(k->slots + at * words, key, words * sizeof(*key));
		if (bit_is_set(again, i))
			set_bit(k->again, at);
	}
	free(old);
	free(again);
}

/* Make room for one more key, or say that there is none. */
static enum err_code
make_room(struct repeats *k, struct err *err)
{
	size_t bytes = k->n_slots * k->options.words * sizeof(*k->slots);

	if ((k->used + 1) * 4 <= k->n_slots * 3)
		return ERR_NONE;
	/* Old and new slots are there together while it grows. */
	if (bytes * 3 <= k->options.table_bytes) {
		grow(k);
		return ERR_NONE;
	}
	if (k->options.table_only)
		return err_set(err, ERR_LIMIT,
			       "%zu different keys are all that fit into the memory of the task; "
			       "give it more with 'memory:'",
			       k->used);
	return open_shuffle(k, err);
}

/* The one key whose word is 0. */
static enum key_answer
take_zero(struct repeats *k)
{
	if (!k->has_zero) {
		k->has_zero = true;
		return KEY_NEW;
	}
	k->verdict.surplus++;
	k->verdict.repeated += !k->zero_again;
	k->zero_again = true;
	return KEY_SEEN;
}

/* Look a key up; it goes into the table if there is room. */
static enum err_code
take(struct repeats *k, const uint64_t *given, uint8_t *answer, struct err *err)
{
	/* A print of zeros would look like a free slot; another one is as good. */
	uint64_t key[2] = { given[0], k->options.words == 2 ? given[1] | !given[0] : 0 };
	enum err_code code = ERR_NONE;
	bool there;
	size_t at;

	if (!(key[0] | key[1])) {
		*answer = (uint8_t)take_zero(k);
		return ERR_NONE;
	}
	at = probe(k, key, &there);
	if (there) {
		k->verdict.surplus++;
		k->verdict.repeated += !bit_is_set(k->again, at);
		set_bit(k->again, at);
		*answer = KEY_SEEN;
		return ERR_NONE;
	}
	if (!k->full)
		code = make_room(k, err);
	*answer = k->full ? KEY_LATER : KEY_NEW;
	if (code || k->full)
		return code;
	memcpy(k->slots + probe(k, key, &there) * k->options.words, key,
	       k->options.words * sizeof(*key));
	k->used++;
	return ERR_NONE;
}

/* ---- keys without an answer ---- */

/* Keep the lowest numbers. */
static void
remember(struct repeats_verdict *v, uint64_t number)
{
	size_t at = v->n_first;

	if (at == REPEATS_FIRST_MAX && number > v->first[at - 1])
		return;
	at -= at == REPEATS_FIRST_MAX;
	for (; at > 0 && v->first[at - 1] > number; at--)
		v->first[at] = v->first[at - 1];
	v->first[at] = number;
	v->n_first += v->n_first < REPEATS_FIRST_MAX;
}

/*
 * Bring a record to the one of its key.  Of two rows with a key the higher one is surplus,
 * whichever comes first; the lower one may still meet one that is lower than both.
 */
static void
meet(struct keytable *known, const uint64_t *record, struct repeats_verdict *verdict)
{
	unsigned words = known->key_words;
	uint64_t number = record[words] & ~AGAIN, lowest, *item;
	bool is_new;

	item = keytable_get(known, record, &is_new);
	if (is_new)
		return;
	lowest = item[words] & ~AGAIN;
	verdict->surplus++;
	item[words] = (number < lowest ? number : lowest) | AGAIN;
	remember(verdict, number < lowest ? lowest : number);
}

/* What a lane met lately goes to the shuffle. */
static void
forget_lately(struct repeats *k, int lane)
{
	struct keytable *lately = &k->lanes[lane].lately;
	struct shuffle_lane *to = shuffle_lane(k->shuffle, lane);
	size_t words = lately->item_words;

	for (size_t i = 0; i < lately->count; i++) {
		const uint64_t *item = lately->items + i * words;

		memcpy(shuffle_slot(to, item[0]), item, words * sizeof(*item));
	}
	keytable_reset(lately, REPEATS_LATELY);
}

/* A key that has no answer yet. */
static void
put_off(struct repeats *k, int lane, const uint64_t *key, uint64_t number)
{
	struct repeats_lane *l = &k->lanes[lane];
	unsigned words = k->options.words;
	uint64_t record[ROWKEY_WORDS_MAX + 1] = { key[0], key[words - 1] };

	record[words] = number;
	meet(&l->lately, record, &l->verdict);
	if (l->lately.count == REPEATS_LATELY)
		forget_lately(k, lane);
}

/* ---- adding ---- */

/* Look keys up in the table; what is new when it is full goes to the shuffle. */
static enum err_code
look_up(struct repeats *k, const struct repeats_rows *rows, struct err *err)
{
	unsigned words = k->options.words;

	for (size_t i = 0; i < rows->n; i++) {
		const uint64_t *key = rows->keys + i * words;
		enum err_code code;

		if (i % PREFETCH_ROWS == 0)
			for (size_t p = i; p < rows->n && p < i + PREFETCH_ROWS; p++)
				__builtin_prefetch(k->slots +
						   home(k, rows->keys + p * words) * words);
		code = take(k, key, &rows->answers[i], err);
		if (code)
			return code;
		if (rows->answers[i] == KEY_LATER)
			put_off(k, rows->lane, key, rows->numbers[i]);
	}
	return ERR_NONE;
}

enum err_code
repeats_add(struct repeats *k, const struct repeats_rows *rows, struct err *err)
{
	enum err_code code = ERR_NONE;

	if (k->slots) {
		code = look_up(k, rows, err);
	} else {
		memset(rows->answers, KEY_LATER, rows->n);
		for (size_t i = 0; i < rows->n; i++)
			put_off(k, rows->lane, rows->keys + i * k->options.words, rows->numbers[i]);
	}
	if (!code && k->shuffle)
		code = shuffle_failed(shuffle_lane(k->shuffle, rows->lane), err);
	return code;
}

/* ---- the end ---- */

/* What the lanes share while they look at partitions. */
struct judges {
	struct repeats *k;
	atomic_uint next; /* partition */
	struct repeats_verdict verdicts[CREW_LANES_MAX];
};

struct judge {
	struct keytable table;
	struct repeats_verdict *verdict;
};

/* A shuffle_fn. */
static enum err_code
judge_records(void *arg, const void *data, size_t n, struct err *err)
{
	struct judge *j = arg;
	const uint64_t *records = data;

	(void)err;
	for (size_t i = 0; i < n; i++)
		meet(&j->table, records + i * j->table.item_words, j->verdict);
	return ERR_NONE;
}

/* A crew_fn: partitions until there are no more. */
static enum err_code
judge_partitions(void *arg, int lane, struct err *err)
{
	struct judges *js = arg;
	struct shuffle *s = js->k->shuffle;
	struct judge j = { .verdict = &js->verdicts[lane] };
	unsigned words = js->k->options.words;
	enum err_code code = ERR_NONE;

	keytable_init(&j.table, words, words + 1);
	for (;;) {
		unsigned p = atomic_fetch_add(&js->next, 1);

		if (code || p >= shuffle_partitions(s))
			break;
		keytable_reset(&j.table, shuffle_count(s, p));
		code = shuffle_each(s, p, judge_records, &j, err);
		shuffle_drop(s, p);
		for (size_t i = 0; i < j.table.count; i++)
			j.verdict->repeated += j.table.items[i * (words + 1) + words] >= AGAIN;
	}
	keytable_release(&j.table);
	return code;
}

/* What a lane saw of rows adds to what is known. */
static void
add_verdict(struct repeats_verdict *sum, const struct repeats_verdict *v)
{
	sum->surplus += v->surplus;
	sum->repeated += v->repeated;
	for (size_t i = 0; i < v->n_first; i++)
		remember(sum, v->first[i]);
}

enum err_code
repeats_finish(struct repeats *k, struct repeats_verdict *out, struct err *err)
{
	struct judges js = { .k = k };
	enum err_code code = ERR_NONE;

	/* All answers are given, or wait in the shuffle. */
	free(k->slots);
	free(k->again);
	k->slots = NULL;
	k->again = NULL;
	*out = k->verdict;
	if (!k->shuffle)
		return ERR_NONE;
	for (int i = 0; i < k->options.lanes; i++)
		forget_lately(k, i);
	code = shuffle_seal(k->shuffle, err);
	if (!code)
		code = crew_run(k->options.lanes, judge_partitions, &js, err);
	for (int i = 0; i < k->options.lanes && !code; i++) {
		add_verdict(out, &k->lanes[i].verdict);
		add_verdict(out, &js.verdicts[i]);
	}
	return code;
}
