/* timeline.c - what each unit did, in order of time, in memory that is bounded. */
#include "worker/keys/timeline.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/keys/rowkey.h"
#include "worker/keys/textsort.h"
#include "worker/rows/budget.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	PARTITION_BYTES = 2 << 20, /* sorted in the cache */
	SAMPLES = 64,              /* rows of each batch that say how units are spread */
	/* What a text takes once all are known: its place in the order of its lane and of all. */
	RANK_BYTES = 2 * sizeof(uint32_t) + sizeof(struct span),
};

/* Until all texts are known, a unit is the number of its lane and its code there. */
struct timeline_lane {
	struct timeline *timeline;
	int number;
	struct dict units;
	struct code_map map;
	uint32_t *codes; /* of one batch */
	size_t n_known, known_bytes;
	size_t budget; /* that was taken of timeline.text_bytes */
	uint32_t *order, *rank;
	uint64_t *samples; /* units of some rows */
	size_t n_samples, samples_room;
	struct arrange arrange;
};

struct timeline {
	struct timeline_options options;
	unsigned words;
	uint64_t seed;
	struct shuffle *rows;
	struct timeline_lane lanes[CREW_LANES_MAX];
	atomic_size_t text_bytes; /* of the dictionaries of all lanes */
	struct span *texts;       /* by rank */
	int64_t count;
	atomic_uint next; /* partition that nobody has taken */
	timeline_fn *fn;
	void *arg;
};

enum err_code
timeline_open(struct timeline **out, const struct timeline_options *options, struct err *err)
{
	struct timeline *t = mem_new(1, sizeof(*t));
	unsigned words = options->notes ? TIMELINE_NOTE + 1 : TIMELINE_NOTE;
	const struct shuffle_options rows = { .record_bytes = words * sizeof(uint64_t),
					      .rows = options->rows,
					      .memory_bytes = options->memory_bytes,
					      .partition_bytes = PARTITION_BYTES,
					      .lanes = options->lanes,
					      .dir = options->dir };
	enum err_code code = shuffle_open(&t->rows, &rows, err);

	assert(options->lanes >= 1 && options->lanes <= CREW_LANES_MAX);
	t->options = *options;
	t->words = words;
	t->seed = rowkey_seed();
	for (int i = 0; i < options->lanes; i++) {
		struct timeline_lane *l = &t->lanes[i];

		*l = (struct timeline_lane){ .timeline = t, .number = i };
		if (!options->texts)
			continue;
		dict_init(&l->units);
		/* The same text has the same hash in all lanes. */
		l->units.seed = t->lanes[0].units.seed;
		l->codes = mem_new(BATCH_ROWS_MAX, sizeof(*l->codes));
	}
	if (code)
		timeline_close(t);
	else
		*out = t;
	return code;
}

void
timeline_close(struct timeline *t)
{
	if (!t)
		return;
	for (int i = 0; i < t->options.lanes; i++) {
		struct timeline_lane *l = &t->lanes[i];

		dict_release(&l->units);
		code_map_release(&l->map);
		free(l->codes);
		mem_large_free(l->order);
		mem_large_free(l->rank);
		free(l->samples);
		arrange_release(&l->arrange);
	}
	mem_large_free(t->texts);
	shuffle_close(t->rows);
	free(t);
}

/* ---- adding ---- */

/* Codes of the units of a batch. */
static enum err_code
read_units(struct timeline *t, struct timeline_lane *l, const struct batch *b, size_t unit,
	   struct err *err)
{
	size_t bytes, all;

	col_codes(b, unit, &l->map, &l->units, l->codes);
	if (l->n_known == l->units.count)
		return ERR_NONE;
	for (; l->n_known < l->units.count; l->n_known++)
		l->known_bytes += l->units.entries[l->n_known].bytes;
	bytes = budget_dict(&l->units, l->known_bytes) + l->units.count * RANK_BYTES;
	all = atomic_fetch_add(&t->text_bytes, bytes - l->budget) + (bytes - l->budget);
	l->budget = bytes;
	if (all > t->options.text_bytes)
		return err_set(err, ERR_LIMIT,
			       "%s: the names of more than %zu units do not fit into memory: %s; "
			       "give the task more (`memory:`)",
			       t->options.who, l->units.count, SIZE_TEXT(t->options.task_bytes));
	return ERR_NONE;
}

/* A row of the shuffle, but for its note. */
static inline uint64_t *
put(struct shuffle_lane *to, uint64_t hash, uint64_t unit, int64_t time)
{
	uint64_t *row = shuffle_slot(to, hash);

	row[TIMELINE_UNIT] = unit;
	row[TIMELINE_TIME] = radix_int(time);
	return row;
}

/* Does row `i` of a batch go in? */
static inline bool
counts(const struct batch *b, const struct timeline_rows *rows, size_t i)
{
	return (!rows->keep || rows->keep[i]) && b->cols[rows->unit].valid[i] &&
	       b->cols[rows->time].valid[i];
}

static void
add_texts(struct timeline_lane *l, struct shuffle_lane *to, const struct batch *b,
	  const struct timeline_rows *rows)
{
	const struct col *time = &b->cols[rows->time];
	uint64_t lane = (uint64_t)l->number << 32;

	for (size_t i = 0; i < b->rows; i++) {
		uint64_t *row;

		if (!counts(b, rows, i))
			continue;
		row = put(to, l->units.entries[l->codes[i]].hash, lane | l->codes[i],
			  col_int(time, i));
		if (rows->notes)
			row[TIMELINE_NOTE] = rows->notes[i];
	}
}

static void
add_ints(const struct timeline *t, struct shuffle_lane *to, const struct batch *b,
	 const struct timeline_rows *rows)
{
	const struct col *unit = &b->cols[rows->unit], *time = &b->cols[rows->time];

	for (size_t i = 0; i < b->rows; i++) {
		int64_t who;
		uint64_t *row;

		if (!counts(b, rows, i))
			continue;
		who = col_int(unit, i);
		row = put(to, rowkey_int(who, t->seed), radix_int(who), col_int(time, i));
		if (rows->notes)
			row[TIMELINE_NOTE] = rows->notes[i];
	}
}

/* Remember the units of a few rows, evenly over the batch. */
static void
add_samples(struct timeline_lane *l, const struct batch *b, size_t unit)
{
	const struct col *c = &b->cols[unit];
	size_t step = b->rows / SAMPLES + 1;

	for (size_t i = step / 2; i < b->rows; i += step) {
		if (!c->valid[i])
			continue;
		l->samples = mem_grow(l->samples, l->n_samples, &l->samples_room,
				      sizeof(*l->samples));
		l->samples[l->n_samples++] = l->codes ? (uint64_t)l->number << 32 | l->codes[i]
						      : radix_int(col_int(c, i));
	}
}

enum err_code
timeline_add(struct timeline *t, int lane, const struct batch *b, const struct timeline_rows *rows,
	     struct err *err)
{
	struct timeline_lane *l = &t->lanes[lane];
	struct shuffle_lane *to = shuffle_lane(t->rows, lane);
	enum err_code code;

	assert(!rows->notes == !t->options.notes);
	if (t->options.texts) {
		code = read_units(t, l, b, rows->unit, err);
		if (code)
			return code;
		add_texts(l, to, b, rows);
	} else {
		add_ints(t, to, b, rows);
	}
	add_samples(l, b, rows->unit);
	return shuffle_failed(to, err);
}

/* ---- the order of texts ---- */

/* A crew_fn: the order of one lane's texts. */
static enum err_code
sort_texts(void *arg, int lane, struct err *err)
{
	struct timeline_lane *l = &((struct timeline *)arg)->lanes[lane];

	(void)err;
	l->order = mem_large_new(l->units.count, sizeof(*l->order));
	l->rank = mem_large_new(l->units.count, sizeof(*l->rank));
	textsort(&l->units, l->order);
	return ERR_NONE;
}

/* Merge the orders of the lanes: the same text is the same unit in all of them. */
static void
rank_texts(struct timeline *t)
{
	size_t at[CREW_LANES_MAX] = { 0 }, room = 0, n = 0;

	for (int i = 0; i < t->options.lanes; i++)
		room += t->lanes[i].units.count;
	t->texts = mem_large_new(room, sizeof(*t->texts));
	for (;;) {
		struct span least = { 0 };
		bool found = false;

		for (int i = 0; i < t->options.lanes; i++) {
			const struct timeline_lane *l = &t->lanes[i];
			struct span text;

			if (at[i] == l->units.count)
				continue;
			text = dict_span(&l->units, l->order[at[i]]);
			if (!found || span_compare(text, least) < 0)
				least = text;
			found = true;
		}
		if (!found)
			break;
		for (int i = 0; i < t->options.lanes; i++) {
			struct timeline_lane *l = &t->lanes[i];

			if (at[i] < l->units.count &&
			    span_equal(dict_span(&l->units, l->order[at[i]]), least))
				l->rank[l->order[at[i]++]] = (uint32_t)n;
		}
		t->texts[n++] = least;
	}
}

enum err_code
timeline_seal(struct timeline *t, struct err *err)
{
	enum err_code code = shuffle_seal(t->rows, err);

	if (!code && t->options.texts)
		code = crew_run(t->options.lanes, sort_texts, t, err);
	if (code)
		return code;
	if (t->options.texts)
		rank_texts(t);
	for (uint32_t p = 0; p < shuffle_partitions(t->rows); p++)
		t->count += (int64_t)shuffle_count(t->rows, p);
	return ERR_NONE;
}

int64_t
timeline_count(const struct timeline *t)
{
	return t->count;
}

int64_t
timeline_spilled_bytes(const struct timeline *t)
{
	return shuffle_spilled_bytes(t->rows);
}

struct span
timeline_text(const struct timeline *t, uint64_t unit)
{
	return t->texts[unit];
}

struct shuffle *
timeline_share(struct timeline *t)
{
	return t->rows;
}

/* The word by which a unit of a row is known from now on. */
static inline uint64_t
unit_word(const struct timeline *t, uint64_t unit)
{
	return t->options.texts ? t->lanes[unit >> 32].rank[(uint32_t)unit] : unit;
}

void
timeline_cuts(const struct timeline *t, uint64_t *cuts, size_t n)
{
	static const struct radix_field fields[] = { { 0, 0, sizeof(uint64_t) } };
	uint64_t *samples, *spare, *sorted;
	size_t all = 0, at = 0;

	for (int i = 0; i < t->options.lanes; i++)
		all += t->lanes[i].n_samples;
	samples = mem_new(all + 1, sizeof(*samples));
	spare = mem_new(all + 1, sizeof(*spare));
	for (int i = 0; i < t->options.lanes; i++)
		for (size_t k = 0; k < t->lanes[i].n_samples; k++)
			samples[at++] = unit_word(t, t->lanes[i].samples[k]);
	sorted = radix_sort(samples, spare, all, 1, fields, countof(fields));
	for (size_t i = 0; i < n; i++)
		cuts[i] = sorted[all * (i + 1) / (n + 1)];
	free(samples);
	free(spare);
}

/* ---- looking ---- */

/* An arrange_prepare_fn */
static void
name_units(const void *arg, uint64_t *rows, size_t n)
{
	const struct timeline *t = arg;

	for (size_t i = 0; i < n; i++, rows += t->words)
		rows[TIMELINE_UNIT] = unit_word(t, rows[TIMELINE_UNIT]);
}

/* An arrange_fn */
static enum err_code
show(void *arg, const uint64_t *rows, size_t n, bool is_last, struct err *err)
{
	const struct timeline_lane *l = arg;
	const struct timeline *t = l->timeline;
	const struct timeline_piece piece = {
		.lane = l->number, .rows = rows, .n = n, .words = t->words, .is_last = is_last
	};

	return t->fn(t->arg, &piece, err);
}

/* A crew_fn */
static enum err_code
show_lane(void *arg, int lane, struct err *err)
{
	struct timeline *t = arg;
	struct timeline_lane *l = &t->lanes[lane];
	enum err_code code = ERR_NONE;

	for (uint32_t p;
	     !code && (p = atomic_fetch_add(&t->next, 1)) < shuffle_partitions(t->rows);) {
		code = arrange_each(&l->arrange, t->rows, p, show, l, err);
		shuffle_drop(t->rows, p);
	}
	/* What is made of the rows has to be sorted next, in the same memory. */
	arrange_release(&l->arrange);
	return code;
}

enum err_code
timeline_each(struct timeline *t, size_t room_bytes, timeline_fn *fn, void *arg, struct err *err)
{
	/* Records, and the spare place that sorting takes. */
	size_t record_bytes = sizeof(uint64_t) * 2 * t->words;

	t->fn = fn;
	t->arg = arg;
	for (int i = 0; i < t->options.lanes; i++) {
		struct arrange *a = &t->lanes[i].arrange;

		arrange_init(a, t->words, t->words,
			     room_bytes / (size_t)t->options.lanes / record_bytes);
		if (t->options.texts) {
			a->prepare = name_units;
			a->prepare_arg = t;
		}
	}
	return crew_run(t->options.lanes, show_lane, t, err);
}
