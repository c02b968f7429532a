/* dedup.c - one row of each key: which rows stay. */
#include "worker/keys/dedup.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/keys/keytable.h"
#include "worker/keys/rowkey.h"
#include "worker/keys/shuffle.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	PARTITION_BYTES = 256 << 10,
	FILES_MAX = 1 << 20, /* different source files that a lane can tell apart */
	FIELDS_MAX = 5,      /* is there an order, the order, received, file, row */
	FATE_BITS = 2,
	FATES_PER_BYTE = 8 / FATE_BITS,
	FATES_PER_WORD = 64 / FATE_BITS,
	PART_SHIFT = 40, /* of the part in an ordinal; below it the row in the part */
	PARTS_MAX = 1 << 23,
	FILE_SHIFT = 32, /* of the lane in the word of a file; below it the lane's code */
	FATES_BYTES_MIN = 1 << 20,
	ROOM_SHARE = 4, /* the room for fates grows by this part of itself */
};

/* Less than any null, which comes last. */
#define FILE_NULL UINT64_MAX

/* What became of the rows of one part. */
struct dedup_part {
	uint8_t *fates; /* FATE_BITS per row, the first row in the low bits */
	size_t rows, room_bytes;
};

/* What one lane has for itself. */
struct dedup_lane {
	struct rowkey key;
	struct dict files; /* of this lane: codes of two lanes have nothing to do with each other */
	struct code_map file_map;
	uint32_t *file_codes; /* of one batch */
	uint32_t *file_ranks; /* by code: the order of the files of all lanes */
	uint64_t *fields[FIELDS_MAX];
	struct dedup_counts counts;
	/* keep: error: the first row that repeats a key, and the row it repeats. */
	uint64_t copy, original;
};

/*
 * A record is the key, the ordinal (part and row) and then what ranks the row.
 * A field that the rows do not have, or that does not matter, is not there.
 */
struct dedup {
	struct dedup_options options;
	unsigned key_words, n_fields;
	/* Fields: indexes behind the ordinal, or -1. */
	int no_order, order, received, file, row;
	struct dedup_lane *lanes;
	struct shuffle *shuffle;
	pthread_mutex_t lock;      /* guards `parts` and its size, not what a part points to */
	struct dedup_part **parts; /* by number; NULL: it has no rows */
	size_t n_parts, parts_room;
	atomic_size_t fates_bytes; /* of all parts */
	size_t fates_bytes_max;
	struct dedup_counts counts;
	int64_t spilled_bytes;
};

/* ---- life ---- */

static int
add_field(struct dedup *d, int column)
{
	return column >= 0 && d->options.keep != KEEP_ERROR ? (int)d->n_fields++ : -1;
}

static void
init_lane(struct dedup *d, struct dedup_lane *l, uint64_t seed)
{
	rowkey_init(&l->key, d->options.schema, d->options.key, d->options.n_key, seed);
	dict_init(&l->files);
	if (d->file >= 0)
		l->file_codes = mem_new(BATCH_ROWS_MAX, sizeof(*l->file_codes));
	for (unsigned i = 0; i < d->n_fields; i++)
		l->fields[i] = mem_new(ROWKEY_ROWS_MAX, sizeof(*l->fields[i]));
	l->copy = UINT64_MAX;
}

static void
release_lane(struct dedup_lane *l)
{
	rowkey_release(&l->key);
	dict_release(&l->files);
	code_map_release(&l->file_map);
	free(l->file_codes);
	free(l->file_ranks);
	for (int i = 0; i < FIELDS_MAX; i++)
		free(l->fields[i]);
}

/*
 * The share of the memory that fates may take: enough for the rows that are expected, and for
 * more where that was a guess.
 */
static size_t
fates_share(const struct dedup_options *o)
{
	size_t rows = o->rows > 0 ? (size_t)o->rows : 0;
	size_t bytes = rows / FATES_PER_BYTE + rows / FATES_PER_BYTE / ROOM_SHARE;

	if (bytes < o->memory_bytes / 4)
		bytes = o->memory_bytes / 4;
	if (bytes > o->memory_bytes / 2)
		bytes = o->memory_bytes / 2;
	return bytes > FATES_BYTES_MIN ? bytes : FATES_BYTES_MIN;
}

enum err_code
dedup_open(struct dedup **out, const struct dedup_options *options, struct err *err)
{
	struct dedup *d = mem_new(1, sizeof(*d));
	struct shuffle_options shuffle = { .rows = options->rows,
					   .partition_bytes = PARTITION_BYTES,
					   .lanes = options->lanes,
					   .dir = options->dir };
	uint64_t seed = rowkey_seed();
	enum err_code code;

	d->options = *options;
	d->fates_bytes_max = fates_share(options);
	if (options->memory_bytes > d->fates_bytes_max)
		shuffle.memory_bytes = options->memory_bytes - d->fates_bytes_max;
	d->no_order = add_field(d, options->order_by);
	d->order = add_field(d, options->order_by);
	d->received = add_field(d, options->received_at);
	d->file = add_field(d, options->source_file);
	d->row = add_field(d, options->row);
	d->lanes = mem_new((size_t)options->lanes, sizeof(*d->lanes));
	for (int i = 0; i < options->lanes; i++)
		init_lane(d, &d->lanes[i], seed);
	d->key_words = d->lanes[0].key.words;
	d->options.key = NULL;
	d->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	shuffle.record_bytes = (d->key_words + 1 + d->n_fields) * sizeof(uint64_t);
	code = shuffle_open(&d->shuffle, &shuffle, err);
	if (code) {
		dedup_close(d);
		return code;
	}
	*out = d;
	return ERR_NONE;
}

void
dedup_close(struct dedup *d)
{
	if (!d)
		return;
	shuffle_close(d->shuffle);
	for (int i = 0; i < d->options.lanes; i++)
		release_lane(&d->lanes[i]);
	for (size_t i = 0; i < d->n_parts; i++) {
		if (d->parts[i])
			free(d->parts[i]->fates);
		free(d->parts[i]);
	}
	free(d->parts);
	free(d->lanes);
	free(d);
}

/* ---- fates ---- */

static struct dedup_part *
find_part(struct dedup *d, size_t number)
{
	struct dedup_part *p;

	(void)pthread_mutex_lock(&d->lock);
	while (d->n_parts <= number) {
		d->parts = mem_grow(d->parts, d->n_parts, &d->parts_room,
				    sizeof(struct dedup_part *));
		d->parts[d->n_parts++] = NULL;
	}
	if (!d->parts[number])
		d->parts[number] = mem_new(1, sizeof(*p));
	p = d->parts[number];
	(void)pthread_mutex_unlock(&d->lock);
	return p;
}

/* The part of a batch, with room for its rows; new rows are kept until somebody knows better. */
static enum err_code
reach_part(struct dedup *d, const struct dedup_place *place, size_t rows, struct dedup_part **out,
	   struct err *err)
{
	struct dedup_part *p = find_part(d, place->part);
	size_t bytes, room;

	assert((int64_t)p->rows == place->row);
	*out = p;
	p->rows += rows;
	bytes = (p->rows + FATES_PER_BYTE - 1) / FATES_PER_BYTE;
	if (bytes <= p->room_bytes)
		return ERR_NONE;
	room = p->room_bytes ? bytes + bytes / ROOM_SHARE : bytes;
	if (atomic_fetch_add(&d->fates_bytes, room - p->room_bytes) + room - p->room_bytes >
	    d->fates_bytes_max)
		return err_set(err, ERR_LIMIT,
			       "dedup: %s are not enough for what becomes of so many rows; "
			       "give the task more memory:",
			       SIZE_TEXT(d->fates_bytes_max));
	p->fates = mem_resize(p->fates, room, 1);
	memset(p->fates + p->room_bytes, FATE_KEPT, room - p->room_bytes);
	p->room_bytes = room;
	return ERR_NONE;
}

/* Two lanes may write to the same byte. */
static void
set_fate(struct dedup_part *p, size_t row, enum fate fate)
{
	uint8_t bits = (uint8_t)(fate << row % FATES_PER_BYTE * FATE_BITS);

	(void)__atomic_fetch_or(&p->fates[row / FATES_PER_BYTE], bits, __ATOMIC_RELAXED);
}

static enum fate
fate_of(const struct dedup_part *p, size_t row)
{
	return p->fates[row / FATES_PER_BYTE] >> row % FATES_PER_BYTE * FATE_BITS & 3;
}

/* Copy the fates of rows that stand in one part; returns how many are kept. */
static size_t
copy_fates(const struct dedup_part *p, size_t row, size_t n, uint8_t *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < n;) {
		size_t at = row + i;
		uint64_t many = 1;

		if (at % FATES_PER_BYTE == 0 && n - i >= FATES_PER_WORD)
			memcpy(&many, p->fates + at / FATES_PER_BYTE, sizeof(many));
		if (!many) {
			memset(out + i, FATE_KEPT, FATES_PER_WORD);
			kept += FATES_PER_WORD;
			i += FATES_PER_WORD;
			continue;
		}
		out[i] = (uint8_t)fate_of(p, at);
		kept += out[i] == FATE_KEPT;
		i++;
	}
	return kept;
}

enum err_code
dedup_fates(const struct dedup *d, size_t part, int64_t row, size_t n, uint8_t *out, size_t *kept,
	    struct err *err)
{
	const struct dedup_part *p = part < d->n_parts ? d->parts[part] : NULL;
	size_t rows = p ? p->rows : 0;

	*kept = 0;
	if (row < 0 || (size_t)row > rows || n > rows - (size_t)row)
		return err_set(err, ERR_CONFLICT,
			       "more rows than when their keys were read (%zu); it changed "
			       "meanwhile, run again",
			       rows);
	if (n)
		*kept = copy_fates(p, (size_t)row, n, out);
	return ERR_NONE;
}

enum err_code
dedup_seen_all(const struct dedup *d, int64_t rows, struct err *err)
{
	if (rows == d->counts.rows)
		return ERR_NONE;
	return err_set(err, ERR_CONFLICT,
		       "dedup: %lld rows, but %lld when their keys were read; the input changed "
		       "meanwhile, run again",
		       (long long)rows, (long long)d->counts.rows);
}

size_t
dedup_bytes(const struct dedup *d)
{
	return d->fates_bytes;
}

/* ---- rows to records ---- */

/* A column of integers as words; a null is more than any value. */
static void
put_ints(const struct col *c, size_t first, size_t n, uint64_t *out)
{
	if (c->no_nulls && !c->dict) {
		memcpy(out, c->ints + first, n * sizeof(*out));
		return;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = (uint64_t)(c->valid[first + i] ? col_int(c, first + i) : INT64_MAX);
}

/* A real as an integer of the same order: NaN is one and the greatest, -0.0 is 0.0. */
static int64_t
ordered_real(double value)
{
	int64_t bits;

	if (isnan(value))
		return INT64_MAX;
	value += 0.0; /* no negative zero */
	memcpy(&bits, &value, sizeof(bits));
	return bits < 0 ? bits ^ INT64_MAX : bits;
}

/* What rows are ranked by first, and whether they lack it. */
static void
put_order(const struct col *c, enum col_type type, size_t first, size_t n, uint64_t *missing,
	  uint64_t *out)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = first + i;

		missing[i] = !c->valid[at];
		if (missing[i])
			out[i] = 0;
		else if (type == COL_FLOAT64)
			out[i] = (uint64_t)ordered_real(col_real(c, at));
		else
			out[i] = (uint64_t)col_int(c, at);
	}
}

static void
put_files(const struct dedup_lane *l, uint64_t lane, size_t first, size_t n, uint64_t *out)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t code = l->file_codes[first + i];

		out[i] = code == UINT32_MAX ? FILE_NULL : lane << FILE_SHIFT | code;
	}
}

/* What the rows are ranked by, column by column. */
static void
put_fields(const struct dedup *d, const struct dedup_place *place, const struct batch *b,
	   size_t first, size_t n)
{
	const struct dedup_lane *l = &d->lanes[place->lane];
	int order_by = d->options.order_by;

	if (d->order >= 0)
		put_order(&b->cols[order_by], b->schema->columns[order_by].type, first, n,
			  l->fields[d->no_order], l->fields[d->order]);
	if (d->received >= 0)
		put_ints(&b->cols[d->options.received_at], first, n, l->fields[d->received]);
	if (d->file >= 0)
		put_files(l, (uint64_t)place->lane, first, n, l->fields[d->file]);
	if (d->row >= 0)
		put_ints(&b->cols[d->options.row], first, n, l->fields[d->row]);
}

/* Rows that do not take part go the way of those without a key: no record. */
static void
leave_out(struct dedup_lane *l, const bool *takes_part, size_t n)
{
	for (size_t i = 0; i < n; i++)
		l->key.nulls[i] |= !takes_part[i];
}

/* The keys and fields of some rows become records. */
static void
put_records(struct dedup *d, struct dedup_lane *l, struct shuffle_lane *to, uint64_t ordinal,
	    size_t n)
{
	unsigned key_words = d->key_words, n_fields = d->n_fields;

	for (size_t i = 0; i < n; i++) {
		const uint64_t *key = l->key.keys + i * key_words;
		uint64_t *record;

		if (l->key.nulls[i])
			continue;
		record = shuffle_slot(to, key[0]);
		for (unsigned k = 0; k < key_words; k++)
			*record++ = key[k];
		*record++ = ordinal + i;
		for (unsigned f = 0; f < n_fields; f++)
			*record++ = l->fields[f][i];
	}
}

static void
set_aside(struct dedup_part *p, const struct dedup_lane *l, size_t row, size_t n)
{
	for (size_t i = 0; l->key.n_nulls && i < n; i++)
		if (l->key.nulls[i])
			set_fate(p, row + i, FATE_NULL_KEY);
}

enum err_code
dedup_add(struct dedup *d, const struct dedup_place *place, const struct batch *b, struct err *err)
{
	struct dedup_lane *l = &d->lanes[place->lane];
	struct shuffle_lane *to = shuffle_lane(d->shuffle, place->lane);
	uint64_t ordinal = (uint64_t)place->part << PART_SHIFT | (uint64_t)place->row;
	struct dedup_part *p = NULL;
	enum err_code code;

	if (place->part >= PARTS_MAX)
		return err_set(err, ERR_LIMIT, "dedup: more than %d files and row groups",
			       PARTS_MAX);
	code = reach_part(d, place, b->rows, &p, err);
	if (code)
		return code;
	if (d->file >= 0)
		col_codes(b, (size_t)d->options.source_file, &l->file_map, &l->files,
			  l->file_codes);
	if (l->files.count > FILES_MAX)
		return err_set(err, ERR_LIMIT,
			       "dedup: column '_source_file' has more than %d different values",
			       FILES_MAX);
	for (size_t first = 0; first < b->rows; first += ROWKEY_ROWS_MAX) {
		size_t n = b->rows - first < ROWKEY_ROWS_MAX ? b->rows - first : ROWKEY_ROWS_MAX;

		rowkey_read(&l->key, b, first, n);
		put_fields(d, place, b, first, n);
		set_aside(p, l, (size_t)place->row + first, n);
		l->counts.null_keys += (int64_t)l->key.n_nulls;
		if (place->takes_part)
			leave_out(l, place->takes_part + first, n);
		put_records(d, l, to, ordinal + first, n);
	}
	l->counts.rows += (int64_t)b->rows;
	return ERR_NONE;
}

/* ---- records to fates ---- */

/* The files of all lanes in order of their names, as bytes; each lane is told by its own codes. */
static void
rank_files(struct dedup *d)
{
	uint32_t *order;
	struct dict all;

	dict_init(&all);
	for (int i = 0; i < d->options.lanes; i++) {
		struct dedup_lane *l = &d->lanes[i];

		l->file_ranks = mem_new(l->files.count, sizeof(*l->file_ranks));
		for (uint32_t code = 0; code < l->files.count; code++) {
			struct span name = dict_span(&l->files, code);

			l->file_ranks[code] = dict_code(&all, name.data, name.bytes);
		}
	}
	order = mem_new(all.count * 2, sizeof(*order));
	dict_sort(&all, order + all.count);
	for (size_t i = 0; i < all.count; i++)
		order[order[all.count + i]] = (uint32_t)i;
	for (int i = 0; i < d->options.lanes; i++) {
		struct dedup_lane *l = &d->lanes[i];

		for (size_t code = 0; code < l->files.count; code++)
			l->file_ranks[code] = order[l->file_ranks[code]];
	}
	free(order);
	dict_release(&all);
}

static uint64_t
file_rank(const struct dedup *d, uint64_t file)
{
	return file == FILE_NULL ? FILE_NULL
				 : d->lanes[file >> FILE_SHIFT].file_ranks[(uint32_t)file];
}

/* True when the row of record a comes before that of b. */
static bool
is_before(const struct dedup *d, const uint64_t *a, const uint64_t *b)
{
	const uint64_t *left = a + d->key_words + 1, *right = b + d->key_words + 1;

	/* The one that lacks it never stays: it comes behind the first, and before the last. */
	if (d->order >= 0 && left[d->no_order] != right[d->no_order])
		return !left[d->no_order] == (d->options.keep != KEEP_LAST);
	if (d->order >= 0 && left[d->order] != right[d->order])
		return (int64_t)left[d->order] < (int64_t)right[d->order];
	if (d->received >= 0 && left[d->received] != right[d->received])
		return (int64_t)left[d->received] < (int64_t)right[d->received];
	if (d->file >= 0 && left[d->file] != right[d->file]) {
		uint64_t first = file_rank(d, left[d->file]), second = file_rank(d, right[d->file]);

		if (first != second)
			return first < second;
	}
	if (d->row >= 0 && left[d->row] != right[d->row])
		return (int64_t)left[d->row] < (int64_t)right[d->row];
	return a[d->key_words] < b[d->key_words];
}

/* What the lanes share while they look at partitions. */
struct settling {
	struct dedup *d;
	atomic_uint next; /* partition */
};

/* One lane at one partition. */
struct contest {
	struct dedup *d;
	struct dedup_lane *lane;
	struct keytable best;           /* of each key, the record that is ahead */
	uint64_t copy;                  /* the lowest ordinal that lost, ... */
	uint64_t key[ROWKEY_WORDS_MAX]; /* ... and its key */
};

static void
lose(struct contest *c, const uint64_t *record)
{
	struct dedup *d = c->d;
	uint64_t ordinal = record[d->key_words];

	c->lane->counts.duplicates++;
	set_fate(d->parts[ordinal >> PART_SHIFT],
		 (size_t)(ordinal & ((UINT64_C(1) << PART_SHIFT) - 1)), FATE_DUPLICATE);
	if (ordinal >= c->copy)
		return;
	c->copy = ordinal;
	memcpy(c->key, record, d->key_words * sizeof(*record));
}

/* A shuffle_fn: of two rows with the same key one loses. */
static enum err_code
meet_records(void *arg, const void *data, size_t n, struct err *err)
{
	struct contest *c = arg;
	const struct dedup *d = c->d;
	unsigned words = c->best.item_words;
	const uint64_t *record = data;

	(void)err;
	for (size_t i = 0; i < n; i++, record += words) {
		uint64_t *best;
		bool is_new, wins;

		best = keytable_get(&c->best, record, &is_new);
		if (is_new)
			continue;
		wins = is_before(d, record, best) == (d->options.keep != KEEP_LAST);
		lose(c, wins ? best : record);
		if (wins)
			memcpy(best, record, words * sizeof(*record));
	}
	return ERR_NONE;
}

/* keep: error: remember the first row that repeats a key.  The one it repeats has won. */
static void
note_copy(struct contest *c)
{
	struct dedup_lane *l = c->lane;

	if (c->copy >= l->copy)
		return;
	l->copy = c->copy;
	l->original = keytable_find(&c->best, c->key)[c->d->key_words];
}

/* A crew_fn: partitions until there are no more. */
static enum err_code
settle_partitions(void *arg, int lane, struct err *err)
{
	struct settling *s = arg;
	struct dedup *d = s->d;
	struct contest c = { .d = d, .lane = &d->lanes[lane] };
	enum err_code code = ERR_NONE;

	keytable_init(&c.best, d->key_words, d->key_words + 1 + d->n_fields);
	for (;;) {
		unsigned p = atomic_fetch_add(&s->next, 1);

		if (code || p >= shuffle_partitions(d->shuffle))
			break;
		keytable_reset(&c.best, shuffle_count(d->shuffle, p));
		c.copy = UINT64_MAX;
		code = shuffle_each(d->shuffle, p, meet_records, &c, err);
		shuffle_drop(d->shuffle, p);
		note_copy(&c);
		c.lane->counts.keys += (int64_t)c.best.count;
	}
	keytable_release(&c.best);
	return code;
}

/* The number of a row among all, from 1. */
static int64_t
row_number(const struct dedup *d, uint64_t ordinal)
{
	int64_t number = (int64_t)(ordinal & ((UINT64_C(1) << PART_SHIFT) - 1)) + 1;

	for (size_t i = 0; i < ordinal >> PART_SHIFT; i++)
		number += d->parts[i] ? (int64_t)d->parts[i]->rows : 0;
	return number;
}

/* keep: error: name the first row that repeats a key. */
static enum err_code
refuse_copies(const struct dedup *d, struct err *err)
{
	const struct dedup_lane *first = &d->lanes[0];

	if (d->options.keep != KEEP_ERROR || !d->counts.duplicates)
		return ERR_NONE;
	for (int i = 1; i < d->options.lanes; i++)
		if (d->lanes[i].copy < first->copy)
			first = &d->lanes[i];
	return err_set(
	    err, ERR_INPUT, "dedup: row %lld has the same key as row %lld, and keep is error",
	    (long long)row_number(d, first->copy), (long long)row_number(d, first->original));
}

enum err_code
dedup_settle(struct dedup *d, struct err *err)
{
	struct settling s = { .d = d };
	enum err_code code = shuffle_seal(d->shuffle, err);

	if (!code) {
		rank_files(d);
		code = crew_run(d->options.lanes, settle_partitions, &s, err);
	}
	if (code)
		return code;
	d->spilled_bytes = shuffle_spilled_bytes(d->shuffle);
	shuffle_close(d->shuffle);
	d->shuffle = NULL;
	for (int i = 0; i < d->options.lanes; i++) {
		const struct dedup_counts *c = &d->lanes[i].counts;

		d->counts.rows += c->rows;
		d->counts.keys += c->keys;
		d->counts.duplicates += c->duplicates;
		d->counts.null_keys += c->null_keys;
	}
	return refuse_copies(d, err);
}

struct dedup_counts
dedup_counts(const struct dedup *d)
{
	return d->counts;
}

int64_t
dedup_spilled_bytes(const struct dedup *d)
{
	return d->spilled_bytes;
}
