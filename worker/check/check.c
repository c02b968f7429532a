/* check.c - the checks of a task, watching rows go by. */
#include "worker/check/check.h"

#include "core/base/mem.h"
#include "worker/check/internal.h"
#include "worker/check/result.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct check_judge *const judges[CHECK_COUNT] = {
#define CHECK(ID, name, family) [CHECK_##ID] = &check_judge_##name,
#include "core/check/list.inc"
#undef CHECK
};

static char *
name_of(const struct check *check)
{
	struct buf name;
	char *text;

	buf_init(&name, 1024);
	buf_text(&name, check->kind->name);
	for (size_t i = 0; i < check->n_columns; i++)
		buf_format(&name, "%s%s", i ? ", " : "(", check->columns[i]);
	if (check->n_columns)
		buf_char(&name, ')');
	text = buf_give(&name);
	buf_release(&name);
	return text;
}

static enum err_code
find_columns(struct check_watch *t, const struct check_subject *subject, struct err *err)
{
	const struct check *check = t->check;

	t->columns = mem_new(check->n_columns, sizeof(*t->columns));
	for (size_t i = 0; i < check->n_columns; i++) {
		enum col_type type;

		t->columns[i] = schema_find(subject->schema, check->columns[i]);
		if (t->columns[i] < 0)
			return err_set(err, ERR_INPUT, "check %s: dataset '%s' has no column '%s'",
				       t->name, subject->dataset, check->columns[i]);
		type = subject->schema->columns[t->columns[i]].type;
		if (check->kind->fits && !check->kind->fits(type))
			return err_set(err, ERR_INPUT, "check %s: column '%s' is %s, not %s",
				       t->name, check->columns[i], col_type_name(type),
				       check->kind->wants);
	}
	return ERR_NONE;
}

static bool
is_by_key(const struct check_watch *t)
{
	return t->check->kind->shape == SHAPE_KEYS;
}

/* What a check by key needs besides its columns. */
static void
prepare_keys(struct checks *c, struct check_watch *t)
{
	c->n_by_key++;
	t->seed = rowkey_seed();
	for (int i = 0; i < c->n_lanes; i++)
		rowkey_init(&t->sights[i].key, c->subject->schema, t->columns, t->check->n_columns,
			    t->seed);
}

static enum err_code
open_watch(struct checks *c, struct check_watch *t, const struct check *check, struct err *err)
{
	enum err_code code;

	t->check = check;
	t->judge = judges[check->kind->id];
	t->name = name_of(check);
	t->sights = mem_new((size_t)c->n_lanes, sizeof(*t->sights));
	code = find_columns(t, c->subject, err);
	if (!code && t->judge->open)
		code = t->judge->open(t, c->subject, err);
	if (!code && is_by_key(t))
		prepare_keys(c, t);
	return code;
}

static size_t
memory_of(const struct checks *c)
{
	size_t bytes = c->subject->memory_bytes ? c->subject->memory_bytes : CHECK_MEMORY_BYTES;

	return bytes / c->n_by_key;
}

/* Where the keys of a share go. */
static enum err_code
open_keys(struct checks *c, struct check_watch *t, struct err *err)
{
	const struct check_subject *s = c->subject;
	unsigned words = t->sights[0].key.words;
	struct repeats_options options = { .words = words,
					   .rows = s->rows,
					   .memory_bytes = memory_of(c) / 2,
					   .table_bytes = memory_of(c) / 2,
					   .dir = s->dir,
					   .lanes = c->n_lanes };

	if (s->rereadable) {
		options.table_bytes = 0;
		options.dir = NULL;
		options.rows = c->share_rows;
	} else if (t->check->quarantine) {
		options.table_bytes = memory_of(c);
		options.table_only = true;
	}
	return repeats_open(&t->keys, &options, err);
}

/* Begin with a share of the keys. */
static enum err_code
begin_share(struct checks *c, int64_t share, struct err *err)
{
	enum err_code code = ERR_NONE;

	c->share = share;
	for (size_t i = 0; i < c->count && !code; i++)
		if (is_by_key(&c->watches[i]))
			code = open_keys(c, &c->watches[i], err);
	return code;
}

/* In how many shares the keys of `rows` rows are looked at. */
static void
count_shares(struct checks *c, int64_t rows)
{
	size_t record_bytes = (ROWKEY_WORDS_MAX + 1) * sizeof(uint64_t);

	/* Partitions are not filled evenly, nor are their last blocks full. */
	c->n_shares = 1 + (int64_t)((size_t)rows * record_bytes / (memory_of(c) / 4 * 3));
	c->share_rows = rows / c->n_shares;
}

enum err_code
checks_open(struct checks **out, const struct check *list, size_t n,
	    const struct check_subject *subject, struct err *err)
{
	struct checks *c = mem_new(1, sizeof(*c));
	enum err_code code = ERR_NONE;

	c->subject = subject;
	c->n_lanes = subject->lanes ? subject->lanes : 1;
	c->n_shares = 1;
	c->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	c->watches = mem_new(n, sizeof(*c->watches));
	c->lanes = mem_new((size_t)c->n_lanes, sizeof(*c->lanes));
	for (; c->count < n && !code; c->count++)
		code = open_watch(c, &c->watches[c->count], &list[c->count], err);
	if (!code && c->n_by_key && subject->rereadable && subject->rows >= 0)
		count_shares(c, subject->rows);
	if (!code && subject->rereadable && subject->rows < 0)
		c->share = -1;
	else if (!code)
		code = begin_share(c, 0, err);
	if (code) {
		checks_close(c);
		return code;
	}
	*out = c;
	return ERR_NONE;
}

static void
release_watch(struct check_watch *t, int n_lanes)
{
	for (int i = 0; i < n_lanes; i++) {
		struct sight *s = &t->sights[i];

		for (size_t k = 0; k < s->n_samples; k++)
			json_decref(s->samples[k].row);
		free(s->entries.of);
		free(s->values);
		rowkey_release(&s->key);
	}
	for (size_t k = 0; k < t->n_later; k++)
		json_decref(t->later[k].row);
	repeats_close(t->keys);
	if (t->judge->close)
		t->judge->close(t);
	free(t->sights);
	free(t->columns);
	free(t->name);
}

void
checks_close(struct checks *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		release_watch(&c->watches[i], c->n_lanes);
	for (int i = 0; i < c->n_lanes; i++) {
		free(c->lanes[i].findings);
		free(c->lanes[i].keys);
		free(c->lanes[i].numbers);
		free(c->lanes[i].index);
		free(c->lanes[i].answers);
	}
	free(c->lanes);
	free(c->part_rows);
	free(c->watches);
	free(c);
}

void
checks_want(const struct checks *c, bool *wanted)
{
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->watches[i].check->n_columns; k++)
			wanted[c->watches[i].columns[k]] = true;
}

/* ---- unique ---- */

/* The number in its part of in->rows[at]. */
static int64_t
number_of(const struct check_rows *in, size_t at)
{
	return in->first_row + (in->places ? in->places[at] : in->rows[at]);
}

/* The part, and a number in it. */
static uint64_t
place_of(const struct check_rows *in, int64_t number)
{
	return (uint64_t)in->part << CHECK_PART_SHIFT | (uint64_t)number;
}

static void
init_lane(struct check_lane *l)
{
	if (l->findings)
		return;
	l->findings = mem_new(BATCH_ROWS_MAX, sizeof(*l->findings));
	l->keys = mem_new(ROWKEY_ROWS_MAX, ROWKEY_WORDS_MAX * sizeof(*l->keys));
	l->numbers = mem_new(ROWKEY_ROWS_MAX, sizeof(*l->numbers));
	l->index = mem_new(ROWKEY_ROWS_MAX, sizeof(*l->index));
	l->answers = mem_new(ROWKEY_ROWS_MAX, sizeof(*l->answers));
}

/*
 * Take the keys of in->rows[from .. to), whose keys were read for rows from `first`, into
 * the lane; those of another share pass.
 */
static size_t
gather_keys(const struct checks *c, const struct rowkey *key, const struct check_rows *in,
	    size_t first, const size_t range[2])
{
	struct check_lane *l = &c->lanes[in->lane];
	unsigned words = key->words;
	size_t n = 0;

	for (size_t i = range[0]; i < range[1]; i++) {
		size_t at = in->rows[i] - first;
		const uint64_t *from = key->keys + at * words;

		l->findings[i] = key->nulls[at] ? IS_MISSING : PASSES;
		if (key->nulls[at])
			continue;
		if (c->n_shares > 1 &&
		    (int64_t)((from[0] >> 48) % (uint64_t)c->n_shares) != c->share)
			continue;
		memcpy(l->keys + n * words, from, words * sizeof(*from));
		l->numbers[n] = place_of(in, number_of(in, i));
		l->index[n++] = (uint32_t)i;
	}
	return n;
}

/* Every row after the first with a key fails: the surplus, as far as it is known by now. */
static enum err_code
judge_keys(struct checks *c, struct check_watch *t, const struct check_rows *in, struct err *err)
{
	struct check_lane *l = &c->lanes[in->lane];
	struct rowkey *key = &t->sights[in->lane].key;
	enum err_code code = ERR_NONE;

	for (size_t from = 0, to; from < in->n && !code; from = to) {
		size_t first = in->rows[from], end = first + ROWKEY_ROWS_MAX;
		struct repeats_rows rows = { .keys = l->keys,
					     .numbers = l->numbers,
					     .lane = in->lane,
					     .answers = l->answers };

		if (end > in->batch->rows)
			end = in->batch->rows;
		for (to = from; to < in->n && in->rows[to] < end;)
			to++;
		rowkey_read(key, in->batch, first, end - first);
		rows.n = gather_keys(c, key, in, first, (size_t[]){ from, to });
		code = repeats_add(t->keys, &rows, err);
		for (size_t i = 0; i < rows.n && !code; i++)
			if (l->answers[i] == KEY_SEEN)
				l->findings[l->index[i]] = FAILS;
	}
	if (code)
		err_wrap(err, "check %s", t->name);
	return code;
}

/* ---- rows ---- */

/* Count what the findings say; the rows that fail are looked at one by one. */
static enum err_code
note_findings(struct check_watch *t, const uint8_t *findings, struct check_rows *in,
	      struct err *err)
{
	struct sight *seen = &t->sights[in->lane];
	size_t kept = 0;

	for (size_t i = 0; i < in->n; i++) {
		uint32_t row = in->rows[i];
		struct check_refusal why = { row, number_of(in, i), t->check->kind->name, t->name };
		enum err_code code;

		if (in->places)
			in->places[kept] = in->places[i];
		in->rows[kept++] = row;
		seen->missing += findings[i] == IS_MISSING;
		if (findings[i] != FAILS)
			continue;
		seen->failed++;
		if (seen->n_samples < CHECK_SAMPLES_MAX)
			seen->samples[seen->n_samples++] =
			    (struct check_sample){ place_of(in, why.number),
						   result_sample(t, in->batch, row) };
		if (!t->check->quarantine || !in->refuse)
			continue;
		kept--;
		seen->moved++;
		code = in->refuse(in->arg, in->batch, &why, err);
		if (code)
			return code;
	}
	in->n = kept;
	return ERR_NONE;
}

/* Show rows to one check; those that it moves to quarantine leave in->rows. */
static enum err_code
show_rows(struct checks *c, struct check_watch *t, struct check_rows *in, struct err *err)
{
	struct sight *seen = &t->sights[in->lane];
	uint8_t *findings = c->lanes[in->lane].findings;
	const uint32_t *rows = in->n == in->batch->rows ? NULL : in->rows;
	enum err_code code;

	if (!is_by_key(t)) {
		seen->rows += (int64_t)in->n;
		if (!t->judge->judge || !t->judge->judge(t, seen, in->batch, rows, in->n, findings))
			return ERR_NONE;
		return note_findings(t, findings, in, err);
	}
	code = judge_keys(c, t, in, err);
	/* Each row is shown once per share, and counts once. */
	if (code || c->share > 0)
		return code;
	seen->rows += (int64_t)in->n;
	return note_findings(t, findings, in, err);
}

/* Is it the turn of a check, in this round? */
static bool
looks(const struct checks *c, const struct check_watch *t)
{
	return is_by_key(t) ? c->share >= 0 : c->round == 0;
}

/* The round for samples: the values of rows whose places are known. */
static void
find_samples(struct checks *c, const struct check_rows *in)
{
	uint64_t first = place_of(in, in->first_row);

	assert(!in->places);
	for (size_t i = 0; i < c->count; i++) {
		struct check_watch *t = &c->watches[i];

		for (size_t k = 0; k < t->n_later; k++) {
			uint64_t row = t->later[k].place - first;

			if (t->later[k].place >= first && row < in->batch->rows)
				t->later[k].row = result_sample(t, in->batch, (uint32_t)row);
		}
	}
}

/* Remember how many rows each part has. */
static void
count_part(struct checks *c, const struct check_rows *in)
{
	(void)pthread_mutex_lock(&c->lock);
	while (c->n_parts <= in->part) {
		c->part_rows =
		    mem_grow(c->part_rows, c->n_parts, &c->parts_room, sizeof(*c->part_rows));
		c->part_rows[c->n_parts++] = 0;
	}
	c->part_rows[in->part] =
	    in->first_row - 1 + (int64_t)(in->places ? in->n : in->batch->rows);
	(void)pthread_mutex_unlock(&c->lock);
}

enum err_code
checks_filter(struct checks *c, struct check_rows *in, struct err *err)
{
	assert(in->lane < c->n_lanes);
	if (in->part >= CHECK_PARTS_MAX)
		return err_set(err, ERR_LIMIT,
			       "check dataset '%s': more than %d files and row groups",
			       c->subject->dataset, CHECK_PARTS_MAX);
	if (c->sampling) {
		find_samples(c, in);
		return ERR_NONE;
	}
	init_lane(&c->lanes[in->lane]);
	count_part(c, in);
	/* First those that take rows away, then those that judge what is left. */
	for (int moving = 1; moving >= 0; moving--) {
		for (size_t i = 0; i < c->count; i++) {
			struct check_watch *t = &c->watches[i];
			enum err_code code;

			if (t->check->quarantine != moving || !looks(c, t))
				continue;
			code = show_rows(c, t, in, err);
			if (code)
				return code;
		}
	}
	return ERR_NONE;
}

/* ---- rounds ---- */

/* Add what came of one share of the keys. */
static void
add_verdict(struct check_watch *t, const struct repeats_verdict *v)
{
	t->verdict.surplus += v->surplus;
	t->verdict.repeated += v->repeated;
	for (size_t i = 0; i < v->n_first; i++) {
		struct check_sample new = { .place = v->first[i] };
		size_t at = t->n_later;

		for (; at > 0 && t->later[at - 1].place > new.place; at--)
			if (at < REPEATS_FIRST_MAX)
				t->later[at] = t->later[at - 1];
		if (at < REPEATS_FIRST_MAX)
			t->later[at] = new;
		t->n_later += t->n_later < REPEATS_FIRST_MAX;
	}
}

/* Nothing more comes for this share. */
static enum err_code
end_share(struct checks *c, struct err *err)
{
	for (size_t i = 0; i < c->count; i++) {
		struct check_watch *t = &c->watches[i];
		struct repeats_verdict verdict;
		enum err_code code;

		if (!t->keys)
			continue;
		code = repeats_finish(t->keys, &verdict, err);
		if (code) {
			err_wrap(err, "check %s", t->name);
			return code;
		}
		add_verdict(t, &verdict);
		repeats_close(t->keys);
		t->keys = NULL;
	}
	return ERR_NONE;
}

static bool
lacks_samples(const struct checks *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->watches[i].n_later)
			return true;
	return false;
}

static int64_t
shown_rows(const struct checks *c)
{
	int64_t rows = 0;

	for (size_t i = 0; i < c->n_parts; i++)
		rows += c->part_rows[i];
	return rows;
}

/* What was remembered by dictionary: units are told apart within one scan only. */
static void
forget_entries(struct checks *c)
{
	for (size_t i = 0; i < c->count; i++)
		for (int k = 0; k < c->n_lanes; k++)
			c->watches[i].sights[k].entries.unit = c->watches[i].sights[k].key.unit = 0;
}

enum err_code
checks_settle(struct checks *c, bool *again, struct err *err)
{
	enum err_code code = end_share(c, err);

	*again = false;
	if (code || c->sampling || !c->subject->rereadable || !c->n_by_key)
		return code;
	c->round++;
	forget_entries(c);
	if (c->share < 0)
		count_shares(c, shown_rows(c));
	*again = true;
	if (c->share + 1 < c->n_shares)
		return begin_share(c, c->share + 1, err);
	c->sampling = *again = lacks_samples(c);
	return ERR_NONE;
}

bool
checks_finish(struct checks *c, json_t *results, struct buf *message)
{
	bool failed = false;

	/* A table alone cannot fail; what can fail is a shuffle, and settled by now. */
	if (end_share(c, NULL))
		assert(!"checks_settle() was left out");
	for (size_t i = 0; i < c->count; i++)
		failed |= result_add(c, &c->watches[i], results, message);
	return failed;
}
