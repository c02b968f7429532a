/* check.c - the checks of a task, watching rows go by. */
#include "worker/check.h"

#include "core/lake.h"
#include "core/mem.h"
#include "worker/canon.h"
#include "worker/value.h"
#include "worker/volume.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SAMPLES_MAX = 5,
	SAMPLE_BYTES = 200, /* of a text in a sample */
	RATIO_PARTS = 10000,
};

/* One check and what it saw. */
struct watch {
	const struct check *check;
	char *name;        /* "not_null(tenant_id)" */
	int *columns;      /* indexes of check->columns */
	struct dict words; /* accepted_values: the values; unique: the keys */
	uint32_t *copies;  /* unique: how often each key came */
	size_t copies_room;
	int64_t rows, missing, failed;
	int64_t moved; /* of failed: gone to quarantine */
	int64_t duplicated_keys;
	json_t *samples;
};

struct checks {
	const struct check_subject *subject;
	struct watch *watches;
	size_t count;
	char *key; /* unique: the encoded key of one row */
	size_t key_room;
};

static bool
has_words(enum check_kind kind)
{
	return kind == CHECK_UNIQUE || kind == CHECK_ACCEPTED_VALUES;
}

static char *
name_of(const struct check *check)
{
	struct buf name;
	char *text;

	buf_init(&name, 1024);
	buf_text(&name, check_kind_name(check->kind));
	for (size_t i = 0; i < check->n_columns; i++)
		buf_format(&name, "%s%s", i ? ", " : "(", check->columns[i]);
	if (check->n_columns)
		buf_char(&name, ')');
	text = buf_give(&name);
	buf_release(&name);
	return text;
}

static enum err_code
find_columns(struct watch *t, const struct check_subject *subject, struct err *err)
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
		if (check->kind == CHECK_ACCEPTED_RANGE && col_is_text(type))
			return err_set(err, ERR_INPUT, "check %s: column '%s' is %s, not a number",
				       t->name, check->columns[i], col_type_name(type));
	}
	return ERR_NONE;
}

enum err_code
checks_open(struct checks **out, const struct check *list, size_t n,
	    const struct check_subject *subject, struct err *err)
{
	struct checks *c = mem_new(1, sizeof(*c));
	enum err_code code = ERR_NONE;

	c->subject = subject;
	c->watches = mem_new(n, sizeof(*c->watches));
	for (; c->count < n && !code; c->count++) {
		struct watch *t = &c->watches[c->count];

		t->check = &list[c->count];
		t->name = name_of(t->check);
		t->samples = json_array();
		if (has_words(t->check->kind))
			dict_init(&t->words);
		for (size_t i = 0; i < t->check->n_values; i++)
			(void)dict_code(&t->words, t->check->values[i],
					strlen(t->check->values[i]));
		code = find_columns(t, subject, err);
	}
	if (code) {
		checks_close(c);
		return code;
	}
	*out = c;
	return ERR_NONE;
}

void
checks_close(struct checks *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++) {
		struct watch *t = &c->watches[i];

		free(t->name);
		free(t->columns);
		free(t->copies);
		if (has_words(t->check->kind))
			dict_release(&t->words);
		json_decref(t->samples);
	}
	free(c->watches);
	free(c->key);
	free(c);
}

void
checks_want(const struct checks *c, bool *wanted)
{
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->watches[i].check->n_columns; k++)
			wanted[c->watches[i].columns[k]] = true;
}

/* ---- one row ---- */

enum finding { PASSES, FAILS, IS_MISSING };

static enum finding
check_null(const struct watch *t, const struct batch *b, uint32_t row)
{
	for (size_t i = 0; i < t->check->n_columns; i++)
		if (!b->cols[t->columns[i]].valid[row])
			return FAILS;
	return PASSES;
}

static enum finding
check_range(const struct watch *t, const struct batch *b, uint32_t row)
{
	const struct check *check = t->check;
	const struct col *c = &b->cols[t->columns[0]];
	long double value;

	if (!c->valid[row])
		return IS_MISSING;
	/* A long double holds every int64 and every double. */
	value = c->type == COL_FLOAT64 ? (long double)c->reals[row] : (long double)c->ints[row];
	if (isnan(value) || (check->has_min && value < (long double)check->min) ||
	    (check->has_max && value > (long double)check->max))
		return FAILS;
	if (check->exclusive && ((check->has_min && !(value > (long double)check->min)) ||
				 (check->has_max && !(value < (long double)check->max))))
		return FAILS;
	return PASSES;
}

static enum finding
check_values(const struct watch *t, const struct batch *b, uint32_t row)
{
	const struct col *c = &b->cols[t->columns[0]];
	char text[VALUE_CHARS_MAX];
	struct day_memo memo = { 0 };
	uint32_t code;

	if (!c->valid[row])
		return IS_MISSING;
	if (col_is_text(c->type))
		return dict_find(&t->words, c->texts[row].data, c->texts[row].bytes, &code) ? PASSES
											    : FAILS;
	return dict_find(&t->words, text, (size_t)(value_put(c, row, &memo, text) - text), &code)
		   ? PASSES
		   : FAILS;
}

/* Every row after the first with a key fails: the surplus. */
static enum finding
check_unique(struct checks *c, struct watch *t, const struct batch *b, uint32_t row)
{
	size_t need = 0, known;
	uint32_t code;
	char *end;

	for (size_t i = 0; i < t->check->n_columns; i++) {
		const struct col *col = &b->cols[t->columns[i]];

		if (!col->valid[row])
			return IS_MISSING;
		need += canon_value_bytes(col, row);
	}
	if (need > c->key_room) {
		c->key_room = need * 2;
		c->key = mem_resize(c->key, c->key_room, 1);
	}
	end = c->key;
	for (size_t i = 0; i < t->check->n_columns; i++)
		end = canon_value(&b->cols[t->columns[i]], row, end);
	known = t->words.count;
	code = dict_code(&t->words, c->key, (size_t)(end - c->key));
	if (t->words.count > known) {
		t->copies = mem_grow(t->copies, known, &t->copies_room, sizeof(*t->copies));
		t->copies[code] = 0;
	}
	t->copies[code]++;
	t->duplicated_keys += t->copies[code] == 2;
	return t->copies[code] > 1 ? FAILS : PASSES;
}

static enum finding
judge(struct checks *c, struct watch *t, const struct batch *b, uint32_t row)
{
	switch (t->check->kind) {
	case CHECK_NOT_NULL:
		return check_null(t, b, row);
	case CHECK_UNIQUE:
		return check_unique(c, t, b, row);
	case CHECK_ACCEPTED_RANGE:
		return check_range(t, b, row);
	case CHECK_ACCEPTED_VALUES:
		return check_values(t, b, row);
	case CHECK_ROW_COUNT:
	case CHECK_VOLUME_CHANGE:
	case CHECK_KIND_COUNT:
		break;
	}
	return PASSES;
}

json_t *
col_json(const struct col *c, size_t at)
{
	struct day_memo memo = { 0 };
	char text[VALUE_CHARS_MAX];

	if (!c->valid[at])
		return json_null();
	if (c->type == COL_BOOL)
		return json_boolean(c->ints[at]);
	if (c->type == COL_INT64 || c->type == COL_INT32)
		return json_integer((json_int_t)c->ints[at]);
	if (c->type == COL_FLOAT64 && value_is_finite(c->reals[at]))
		return json_real(c->reals[at]);
	if (col_is_text(c->type)) {
		struct buf clean;
		json_t *value;

		buf_init(&clean, SIZE_MAX);
		value_clean(c->texts[at], SAMPLE_BYTES, &clean);
		value = json_stringn(clean.data, clean.bytes);
		buf_release(&clean);
		return value;
	}
	return json_stringn(text, (size_t)(value_put(c, at, &memo, text) - text));
}

/* Keep a failing row for people to look at: its number, where it came from, what was checked. */
static void
add_sample(struct watch *t, const struct batch *b, uint32_t row, int64_t number)
{
	const struct schema *schema = b->schema;
	json_t *sample = json_pack("{s:I}", "row", (json_int_t)number);

	for (size_t i = 0; i < schema->count; i++) {
		const char *name = schema->columns[i].name;
		bool shown = strcmp(name, "_source_file") == 0 || strcmp(name, "_row") == 0;

		for (size_t k = 0; k < t->check->n_columns; k++)
			shown = shown || t->columns[k] == (int)i;
		if (shown && b->cols[i].wanted)
			json_object_set_new(sample, name, col_json(&b->cols[i], row));
	}
	json_array_append_new(t->samples, sample);
}

/* Show rows to one check; those that it moves to quarantine leave in->rows. */
static enum err_code
show_rows(struct checks *c, struct watch *t, struct check_rows *in, struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < in->n; i++) {
		uint32_t row = in->rows[i];
		enum finding finding = judge(c, t, in->batch, row);
		struct check_refusal why = { row, check_kind_name(t->check->kind), t->name };
		enum err_code code;

		t->rows++;
		t->missing += finding == IS_MISSING;
		t->failed += finding == FAILS;
		if (finding == FAILS && json_array_size(t->samples) < SAMPLES_MAX)
			add_sample(t, in->batch, row, in->first_row + (int64_t)row);
		if (finding != FAILS || !t->check->quarantine || !in->refuse) {
			in->rows[kept++] = row;
			continue;
		}
		t->moved++;
		code = in->refuse(in->arg, in->batch, &why, err);
		if (code)
			return code;
	}
	in->n = kept;
	return ERR_NONE;
}

enum err_code
checks_filter(struct checks *c, struct check_rows *in, struct err *err)
{
	/* First those that take rows away, then those that judge what is left. */
	for (int moving = 1; moving >= 0; moving--) {
		for (size_t i = 0; i < c->count; i++) {
			struct watch *t = &c->watches[i];
			enum err_code code;

			if (t->check->quarantine != moving)
				continue;
			code = show_rows(c, t, in, err);
			if (code)
				return code;
		}
	}
	return ERR_NONE;
}

/* ---- results ---- */

/* What one check comes to, before it is JSON. */
struct result {
	bool failed;        /* as bad as the severity says */
	bool warned;        /* only a warning, whatever the severity */
	const char *reason; /* of reference/data.md 2.3, or NULL */
	bool skipped;
	json_t *observed;
	char expected[200], message[400];
};

static void
judge_count(const struct watch *t, struct result *r)
{
	const struct check *check = t->check;
	double min = check->has_min || check->has_max ? check->min : 1, rows = (double)t->rows;
	bool has_min = check->has_min || !check->has_max;

	r->failed = (has_min && rows < min) || (check->has_max && rows > check->max);
	r->reason = !r->failed ? NULL : t->rows ? "low_volume" : "empty_partition";
	if (check->has_max && rows > check->max)
		r->reason = NULL;
	if (has_min && check->has_max)
		(void)snprintf(r->expected, sizeof(r->expected), ">= %.17g, <= %.17g", min,
			       check->max);
	else
		(void)snprintf(r->expected, sizeof(r->expected), has_min ? ">= %.17g" : "<= %.17g",
			       has_min ? min : check->max);
	r->observed = json_integer((json_int_t)t->rows);
	(void)snprintf(r->message, sizeof(r->message), "%lld rows, expected %s", (long long)t->rows,
		       r->expected);
}

static void
judge_values(const struct watch *t, struct result *r)
{
	static const char *const what[CHECK_KIND_COUNT] = {
		[CHECK_NOT_NULL] = "have a null",
		[CHECK_UNIQUE] = "repeat a key",
		[CHECK_ACCEPTED_RANGE] = "are out of range",
		[CHECK_ACCEPTED_VALUES] = "have another value",
	};

	r->failed = t->failed > t->moved;
	r->warned = t->moved > 0;
	r->observed = json_integer((json_int_t)t->failed);
	(void)snprintf(r->expected, sizeof(r->expected), "0");
	(void)snprintf(r->message, sizeof(r->message), "%lld of %lld rows %s%s",
		       (long long)t->failed, (long long)(t->rows - t->missing),
		       what[t->check->kind], t->moved ? ", moved to quarantine" : "");
}

static void
judge_volume(const struct checks *c, const struct watch *t, struct result *r, json_t *out)
{
	const struct check_subject *s = c->subject;
	const struct check *check = t->check;
	struct volume v = volume_judge(check, t->rows, s->day, s->history, s->n_history);
	double baseline = (double)v.baseline_twice / 2;

	r->failed = v.verdict == VOLUME_ERROR || v.verdict == VOLUME_EMPTY;
	r->warned = v.verdict == VOLUME_WARN;
	r->skipped = v.verdict == VOLUME_INSUFFICIENT_HISTORY;
	r->reason = v.verdict == VOLUME_EMPTY                  ? "empty_partition"
		    : r->failed || r->warned                   ? "low_volume"
		    : v.verdict == VOLUME_INSUFFICIENT_HISTORY ? "insufficient_history"
							       : NULL;
	if (baseline > 0)
		r->observed =
		    json_real(rint(((double)t->rows / baseline - 1) * RATIO_PARTS) / RATIO_PARTS);
	if (check->warn_drop >= 0)
		(void)snprintf(r->expected, sizeof(r->expected), ">= %.4g (warn)",
			       0 - check->warn_drop);
	if (check->error_drop >= 0) {
		size_t used = strlen(r->expected);

		(void)snprintf(r->expected + used, sizeof(r->expected) - used, "%s>= %.4g (error)",
			       used ? ", " : "", 0 - check->error_drop);
	}
	json_object_set_new(
	    out, "baseline",
	    json_pack("{s:s, s:i, s:f}", "kind",
		      check->baseline == BASELINE_PREVIOUS ? "previous" : "same_weekday", "n",
		      v.points, "value", baseline));
	(void)snprintf(r->message, sizeof(r->message),
		       "%lld rows against a baseline of %.17g from %d earlier partitions%s",
		       (long long)t->rows, baseline, v.points,
		       r->skipped ? ": too little history to judge" : "");
}

static const char *
status_of(const struct result *r, enum severity severity)
{
	if (r->skipped)
		return "skip";
	if (r->failed)
		return severity == SEVERITY_ERROR ? "fail" : "warn";
	return r->warned ? "warn" : "pass";
}

static json_t *
result_new(const struct checks *c, const struct watch *t, bool *blocks, char message[400])
{
	bool by_value = t->check->n_columns > 0;
	char partition[PARTITION_CHARS + 1];
	struct result r = { 0 };
	json_t *out = json_object(), *extra = json_object();

	if (t->check->kind == CHECK_ROW_COUNT)
		judge_count(t, &r);
	else if (t->check->kind == CHECK_VOLUME_CHANGE)
		judge_volume(c, t, &r, extra);
	else
		judge_values(t, &r);
	lake_partition(c->subject->day, partition);
	*blocks = r.failed && t->check->severity == SEVERITY_ERROR;
	json_object_set_new(out, "check", json_string(check_kind_name(t->check->kind)));
	json_object_set_new(out, "name", json_text_new(t->name));
	json_object_set_new(out, "dataset", json_text_new(c->subject->dataset));
	json_object_set_new(out, "partition", json_string(partition));
	json_object_set_new(out, "status", json_string(status_of(&r, t->check->severity)));
	json_object_set_new(out, "reason", r.reason ? json_string(r.reason) : json_null());
	json_object_set_new(out, "severity", json_string(severity_name(t->check->severity)));
	json_object_set_new(out, "blocking", json_boolean(*blocks));
	json_object_set_new(out, "observed", r.observed ? r.observed : json_null());
	json_object_set_new(out, "expected", json_string(r.expected));
	json_object_set_new(out, "rows_total", json_integer((json_int_t)t->rows));
	json_object_set_new(out, "evaluated_rows",
			    json_integer((json_int_t)(t->rows - t->missing)));
	json_object_set_new(out, "missing_count", json_integer((json_int_t)t->missing));
	json_object_set_new(out, "failed_count",
			    by_value ? json_integer((json_int_t)t->failed) : json_null());
	json_object_set_new(out, "quarantined_rows", json_integer((json_int_t)t->moved));
	if (t->check->kind == CHECK_UNIQUE)
		json_object_set_new(out, "duplicated_keys",
				    json_integer((json_int_t)t->duplicated_keys));
	json_object_update(out, extra);
	json_decref(extra);
	json_object_set(out, "sample", t->samples);
	json_object_set_new(out, "message", json_text_new(r.message));
	memcpy(message, r.message, sizeof(r.message));
	return out;
}

bool
checks_finish(struct checks *c, json_t *results, struct buf *message)
{
	bool failed = false;

	for (size_t i = 0; i < c->count; i++) {
		char why[400];
		bool blocks;

		json_array_append_new(results, result_new(c, &c->watches[i], &blocks, why));
		if (!blocks)
			continue;
		buf_format(message, "%scheck %s: %s", failed ? "; " : "", c->watches[i].name, why);
		failed = true;
	}
	return failed;
}
