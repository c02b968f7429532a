/* result.c - what the checks say in the end, as JSON. */
#include "worker/check/result.h"

#include "core/time/grid.h"
#include "core/lake/lake.h"
#include "core/base/mem.h"
#include "worker/rows/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_BYTES = 200 /* of a text in a sample */ };

/* The value of a column in a row; null for a null. */
static json_t *
col_json(const struct col *c, size_t at)
{
	struct day_memo memo = { 0 };
	char text[VALUE_CHARS_MAX];

	if (!c->valid[at])
		return json_null();
	if (c->type == COL_BOOL)
		return json_boolean(col_int(c, at));
	if (c->type == COL_INT64 || c->type == COL_INT32)
		return json_integer((json_int_t)col_int(c, at));
	if (c->type == COL_FLOAT64 && value_is_finite(col_real(c, at)))
		return json_real(col_real(c, at));
	if (col_is_text(c->type)) {
		struct buf clean;
		json_t *value;

		buf_init(&clean, SIZE_MAX);
		value_clean(col_text(c, at), SAMPLE_BYTES, &clean);
		value = json_stringn(clean.data, clean.bytes);
		buf_release(&clean);
		return value;
	}
	return json_stringn(text, (size_t)(value_put(c, at, &memo, text) - text));
}

json_t *
result_sample(const struct check_watch *t, const struct check_subject *subject,
	      const struct batch *b, uint32_t row)
{
	const struct schema *schema = b->schema;
	const bool *named = t->judge->named ? t->judge->named(t) : NULL;
	json_t *sample = json_pack("{s:i}", "row", 0); /* its number is known at the end */

	for (size_t i = 0; i < schema->count; i++) {
		const char *name = schema->columns[i].name;
		bool shown = strcmp(name, "_source_file") == 0 || strcmp(name, "_row") == 0;

		shown = shown || (named && named[i]);
		for (size_t k = 0; k < t->check->n_columns; k++)
			shown = shown || t->columns[k] == (int)i;
		if (subject->personal && column_is_named(subject->personal, name))
			continue;
		if (shown && b->cols[i].wanted)
			json_object_set_new(sample, name, col_json(&b->cols[i], row));
	}
	return sample;
}

/* ---- results ---- */

/* What all lanes saw of a check. */
static struct check_total
total_of(const struct checks *c, const struct check_watch *t)
{
	struct check_total sum = { 0 };

	for (int i = 0; i < c->n_lanes; i++) {
		sum.rows += t->sights[i].rows;
		sum.missing += t->sights[i].missing;
		sum.filtered += t->sights[i].filtered;
		sum.failed += t->sights[i].failed;
		sum.moved += t->sights[i].moved;
	}
	if (t->check->kind->shape == SHAPE_KEYS)
		sum.failed = t->verdict.surplus;
	return sum;
}

void
result_of_rows(const struct check_watch *t, const struct check_subject *subject,
	       const struct check_total *sum, struct check_result *r)
{
	(void)subject;
	r->failed = sum->failed > sum->moved;
	r->warned = sum->moved > 0;
	r->observed = json_integer((json_int_t)sum->failed);
	(void)snprintf(r->expected, sizeof(r->expected), "0");
	(void)snprintf(r->message, sizeof(r->message), "%lld of %lld rows %s%s",
		       (long long)sum->failed,
		       (long long)(sum->rows - sum->missing - sum->filtered), t->judge->fails,
		       sum->moved ? ", moved to quarantine" : "");
}

static const char *
status_of(const struct check_result *r, enum severity severity)
{
	if (r->skipped)
		return "skip";
	if (r->failed)
		return severity == SEVERITY_ERROR ? "fail" : "warn";
	return r->warned ? "warn" : "pass";
}

static int
compare_places(const void *a, const void *b)
{
	const struct check_sample *left = a, *right = b;

	return (left->place > right->place) - (left->place < right->place);
}

/* The number in the partition of the row at a place. */
static json_int_t
row_number(const struct checks *c, uint64_t place)
{
	uint64_t number = place & ((UINT64_C(1) << CHECK_PART_SHIFT) - 1);

	for (size_t i = 0; i < place >> CHECK_PART_SHIFT; i++)
		number += (uint64_t)c->part_rows[i];
	return (json_int_t)number;
}

/* The first rows that failed, whichever lane saw them. */
static json_t *
samples_new(const struct checks *c, const struct check_watch *t)
{
	size_t n = t->n_later, most = (size_t)(c->n_lanes + 1) * CHECK_SAMPLES_MAX;
	struct check_sample *all = mem_new(most, sizeof(*all));
	json_t *out = json_array();

	if (c->subject->no_samples) {
		free(all);
		return out;
	}
	memcpy(all, t->later, n * sizeof(*all));
	for (int i = 0; i < c->n_lanes; i++) {
		memcpy(all + n, t->sights[i].samples, t->sights[i].n_samples * sizeof(*all));
		n += t->sights[i].n_samples;
	}
	qsort(all, n, sizeof(*all), compare_places);
	for (size_t i = 0; i < n && i < CHECK_SAMPLES_MAX; i++) {
		json_t *row = all[i].row ? json_incref(all[i].row) : json_object();

		json_object_set_new(row, "row", json_integer(row_number(c, all[i].place)));
		json_array_append_new(out, row);
	}
	free(all);
	return out;
}

static json_t *
result_new(const struct checks *c, const struct check_watch *t, const struct check_total *sum,
	   const struct check_result *r, bool blocks)
{
	const struct check *check = t->check;
	bool by_value = check->n_columns > 0 || check->kind->shape == SHAPE_ROW;
	char partition[GRID_KEY_CHARS + 1];
	json_t *out = json_object();

	grid_key(c->subject->grid, c->subject->part, partition);
	json_object_set_new(out, "check", json_string(check->kind->name));
	json_object_set_new(out, "name", json_text_new(t->name));
	json_object_set_new(out, "dataset", json_text_new(c->subject->dataset));
	json_object_set_new(out, "partition", json_string(partition));
	if (!grid_is(c->subject->grid, grid_days))
		json_object_update_new(out, json_pack("{s:s, s:s, s:I}", "unit",
						      grid_unit_name(c->subject->grid.unit),
						      "timezone", grid_zone_name(c->subject->grid),
						      "part", (json_int_t)c->subject->part));
	json_object_set_new(out, "status", json_string(status_of(r, check->severity)));
	json_object_set_new(out, "reason", r->reason ? json_string(r->reason) : json_null());
	json_object_set_new(out, "severity", json_string(severity_name(check->severity)));
	json_object_set_new(out, "blocking", json_boolean(blocks));
	json_object_set_new(out, "observed", r->observed ? r->observed : json_null());
	json_object_set_new(out, "expected", json_string(r->expected));
	json_object_set_new(out, "rows_total", json_integer((json_int_t)sum->rows));
	json_object_set_new(out, "evaluated_rows",
			    json_integer((json_int_t)(sum->rows - sum->missing - sum->filtered)));
	json_object_set_new(out, "missing_count", json_integer((json_int_t)sum->missing));
	json_object_set_new(out, "failed_count",
			    by_value ? json_integer((json_int_t)sum->failed) : json_null());
	json_object_set_new(out, "quarantined_rows", json_integer((json_int_t)sum->moved));
	if (r->extra)
		json_object_update(out, r->extra);
	json_decref(r->extra);
	json_object_set_new(out, "sample", samples_new(c, t));
	json_object_set_new(out, "message", json_text_new(r->message));
	return out;
}

bool
result_add(const struct checks *c, const struct check_watch *t, json_t *results,
	   struct buf *message)
{
	const struct check_total sum = total_of(c, t);
	struct check_result r = { 0 };
	bool blocks;

	t->judge->finish(t, c->subject, &sum, &r);
	blocks = r.failed && t->check->severity == SEVERITY_ERROR;
	json_array_append_new(results, result_new(c, t, &sum, &r, blocks));
	if (blocks)
		buf_format(message, "%scheck %s: %s", message->bytes ? "; " : "", t->name,
			   r.message);
	return blocks;
}
