/* past.c - runs that have ended: one small record each, in the order of their logical dates. */
#include "scheduler/state/past.h"

#include "core/time/grid.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The place of the first one at or after a date. */
static size_t
place(const struct past *past, int64_t logical_us)
{
	size_t low = 0, high = past->n;

	/* Most are added behind the last. */
	if (high && past->items[high - 1].logical_us < logical_us)
		return high;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (past->items[mid].logical_us < logical_us)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct past_run *
past_find(const struct dag_state *d, int64_t logical_us)
{
	size_t at = place(&d->past, logical_us);

	if (at == d->past.n || d->past.items[at].logical_us != logical_us)
		return NULL;
	return &d->past.items[at];
}

const struct past_run *
past_named(const struct dag_state *d, const char *run_id)
{
	const char *date = strstr(run_id, "__");
	char name[RUN_ID_CHARS + 1];
	const struct past_run *run;
	int64_t at;

	if (!date)
		return NULL;
	date += strlen("__");
	if (!timestamp_parse(date, strlen(date), &at))
		return NULL;
	run = past_find(d, at);
	if (!run)
		return NULL;
	run_name((enum run_type)run->type, at, name);
	return strcmp(name, run_id) ? NULL : run;
}

const struct past_run *
past_from(const struct dag_state *d, int64_t logical_us)
{
	size_t at = place(&d->past, logical_us);

	return at == d->past.n ? NULL : &d->past.items[at];
}

const struct past_run *
past_before(const struct dag_state *d, int64_t logical_us)
{
	size_t at = place(&d->past, logical_us);

	return at ? &d->past.items[at - 1] : NULL;
}

const struct past_run *
past_end(const struct dag_state *d)
{
	return d->past.items + d->past.n;
}

void
past_add(struct dag_state *d, const struct past_run *run)
{
	struct past *past = &d->past;
	size_t at = place(past, run->logical_us);

	assert(at == past->n || past->items[at].logical_us != run->logical_us);
	past->items = mem_grow(past->items, past->n, &past->room, sizeof(*past->items));
	memmove(&past->items[at + 1], &past->items[at], (past->n - at) * sizeof(*past->items));
	past->items[at] = *run;
	past->n++;
}

void
past_drop(struct dag_state *d, int64_t logical_us)
{
	struct past *past = &d->past;
	size_t at = place(past, logical_us);

	if (at == past->n || past->items[at].logical_us != logical_us)
		return;
	past->n--;
	memmove(&past->items[at], &past->items[at + 1], (past->n - at) * sizeof(*past->items));
}

void
past_want(struct wanted *w, const struct past_run *run)
{
	if (!run)
		return;
	w->keys = mem_grow(w->keys, w->n, &w->room, sizeof(*w->keys));
	w->keys[w->n++] = run->key;
}

void
run_name(enum run_type type, int64_t logical_us, char out[RUN_ID_CHARS + 1])
{
	char date[TIMESTAMP_CHARS + 1];

	grid_instant_text(grid_days, logical_us, date);
	(void)snprintf(out, RUN_ID_CHARS + 1, "%s__%s", run_type_name(type), date);
}
