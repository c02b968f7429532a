/* check.c - the checks of a task, watching rows go by. */
#include "worker/check/check.h"

#include "core/base/mem.h"
#include "worker/check/by_key.h"
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
	if (check->kind->title) {
		buf_char(&name, '(');
		check->kind->title(check->params, &name);
		buf_char(&name, ')');
	}
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
	if (!code && by_key(t))
		by_key_open(c, t);
	return code;
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
		by_key_share(c, subject->rows);
	if (!code && subject->rereadable && subject->rows < 0)
		c->share = -1;
	else if (!code)
		code = by_key_begin(c, 0, err);
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
	for (size_t i = 0; i < c->count; i++) {
		const struct check_watch *t = &c->watches[i];
		const bool *named = t->judge->named ? t->judge->named(t) : NULL;

		for (size_t k = 0; k < t->check->n_columns; k++)
			wanted[t->columns[k]] = true;
		for (size_t k = 0; named && k < c->subject->schema->count; k++)
			wanted[k] |= named[k];
	}
}

/* ---- lanes ---- */

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

/* ---- rows ---- */

/* Count what the findings say; the rows that fail are looked at one by one. */
static enum err_code
note_findings(const struct checks *c, struct check_watch *t, struct check_rows *in, struct err *err)
{
	const uint8_t *findings = c->lanes[in->lane].findings;
	struct sight *seen = &t->sights[in->lane];
	size_t kept = 0;

	for (size_t i = 0; i < in->n; i++) {
		uint32_t row = in->rows[i];
		struct check_refusal why = { row, check_number(in, i), t->check->kind->name,
					     t->name };
		enum err_code code;

		if (in->places)
			in->places[kept] = in->places[i];
		in->rows[kept++] = row;
		seen->missing += findings[i] == IS_MISSING;
		seen->filtered += findings[i] == IS_FILTERED;
		if (findings[i] != FAILS)
			continue;
		seen->failed++;
		if (seen->n_samples < CHECK_SAMPLES_MAX)
			seen->samples[seen->n_samples++] = (struct check_sample){
				check_place(in, why.number),
				result_sample(t, c->subject, in->batch, row)
			};
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

	if (!by_key(t)) {
		seen->rows += (int64_t)in->n;
		if (!t->judge->judge || !t->judge->judge(t, seen, in->batch, rows, in->n, findings))
			return ERR_NONE;
		return note_findings(c, t, in, err);
	}
	code = by_key_judge(c, t, in, err);
	/* Each row is shown once per share, and counts once. */
	if (code || c->share > 0)
		return code;
	seen->rows += (int64_t)in->n;
	return note_findings(c, t, in, err);
}

/* Is it the turn of a check, in this round? */
static bool
looks(const struct checks *c, const struct check_watch *t)
{
	return by_key(t) ? c->share >= 0 : c->round == 0;
}

/* The round for samples: the values of rows whose places are known. */
static void
find_samples(struct checks *c, const struct check_rows *in)
{
	uint64_t first = check_place(in, in->first_row);

	assert(!in->places);
	for (size_t i = 0; i < c->count; i++) {
		struct check_watch *t = &c->watches[i];

		for (size_t k = 0; k < t->n_later; k++) {
			uint64_t row = t->later[k].place - first;

			if (t->later[k].place >= first && row < in->batch->rows)
				t->later[k].row = result_sample(t, c->subject, in->batch,
								(uint32_t)row);
		}
	}
}

/* Remember how many rows each part has. */
static void
count_part(struct checks *c, const struct check_rows *in)
{
	(void)pthread_mutex_lock(&c->lock);
	while (c->n_parts <= in->part) {
		c->part_rows = mem_grow(c->part_rows, c->n_parts, &c->parts_room,
					sizeof(*c->part_rows));
		c->part_rows[c->n_parts++] = 0;
	}
	c->part_rows[in->part] = in->first_row - 1 +
				 (int64_t)(in->places ? in->n : in->batch->rows);
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
	enum err_code code = by_key_end(c, err);

	*again = false;
	if (code || c->sampling || !c->subject->rereadable || !c->n_by_key)
		return code;
	c->round++;
	forget_entries(c);
	if (c->share < 0)
		by_key_share(c, shown_rows(c));
	*again = true;
	if (c->share + 1 < c->n_shares)
		return by_key_begin(c, c->share + 1, err);
	c->sampling = *again = lacks_samples(c);
	return ERR_NONE;
}

bool
checks_finish(struct checks *c, json_t *results, struct buf *message)
{
	bool failed = false;

	/* A table alone cannot fail; what can fail is a shuffle, and settled by now. */
	if (by_key_end(c, NULL))
		assert(!"checks_settle() was left out");
	for (size_t i = 0; i < c->count; i++)
		failed |= result_add(c, &c->watches[i], results, message);
	return failed;
}
