/* window.c - the keys that say which partitions a task reads: window, map, at_least, after. */
#include "core/op/window.h"

#include <stdlib.h>
#include <string.h>

enum {
	WINDOW_PARTS_MAX = DAG_WINDOW_DAYS_MAX * 24,
	DAY_HOURS = 24,
	HOUR_MINUTES = 60,
};

static const char *const map_words[] = { "overlap", "whole", NULL };

static struct draft_window *
of_base(const struct key *row, void *base)
{
	return (struct draft_window *)(void *)((char *)base + row->at);
}

/* ---- window ---- */

/* A length such as 7d or 24h. */
static void
read_length(struct yreader *r, const struct ynode *key, struct draft_window *d)
{
	const char *text = ykeys_scalar(r, key);
	size_t n = text ? strspn(text, "0123456789") : 0;
	long value = n && n < 6 ? strtol(text, NULL, 10) : 0;

	if (!text)
		return;
	if (strcmp(text + n, "d") == 0 && value >= 1 && value <= DAG_WINDOW_DAYS_MAX)
		d->days = (int)value;
	else if (strcmp(text + n, "h") == 0 && value >= 1 && value <= WINDOW_PARTS_MAX)
		d->hours = (int)value;
	else
		ykeys_say(r, key->value, E0601, "7d, 24h, or {from: -6, to: 0}",
			  "'%s' has to be days from 1d to %dd, hours, or a map, not '%.40s'",
			  key->text, DAG_WINDOW_DAYS_MAX, text);
}

struct window_map {
	int64_t from, to;
	bool in_partitions, has_from, has_to;
};

static const char *const in_words[] = { "intervals", "partitions", NULL };

static const struct key window_rows[] = {
	{ "from", WANT_INT64, .required = true, .at = offsetof(struct window_map, from),
	  .given_at = offsetof(struct window_map, has_from), .min = -WINDOW_PARTS_MAX,
	  .max = WINDOW_PARTS_MAX },
	{ "to", WANT_INT64, .required = true, .at = offsetof(struct window_map, to),
	  .given_at = offsetof(struct window_map, has_to), .min = -WINDOW_PARTS_MAX,
	  .max = WINDOW_PARTS_MAX },
	{ "in", WANT_FLAG, .at = offsetof(struct window_map, in_partitions), .words = in_words },
};

static void
read_parts(struct yreader *r, const struct ynode *key, struct draft_window *d)
{
	struct window_map m = { 0 };
	struct keyset set = KEYSET(window_rows, &m);

	if (!ykeys_read(r, key, key->value, "a window", &set, 1) || !m.has_from || !m.has_to)
		return;
	if (m.from > m.to || m.to - m.from >= WINDOW_PARTS_MAX)
		ykeys_say(r, key->value, E0601,
			  "{from: -6, to: 0} are seven, the last one the run's own",
			  "'%s' ends before it begins, or has more than %d parts", key->text,
			  WINDOW_PARTS_MAX);
	else
		d->parts = (struct input_window){ m.in_partitions ? REACH_PARTITIONS : REACH_PARTS,
						  m.from, m.to };
}

void
window_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_window *d = of_base(row, base);

	d->window = key;
	if (key->value->kind == YNODE_MAP)
		read_parts(r, key, d);
	else
		read_length(r, key, d);
}

/* ---- the others ---- */

void
window_map(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_window *d = of_base(row, base);
	int word = 0;

	d->map = key;
	if (ykeys_word(r, key, map_words, &word))
		d->whole = word == 1;
}

void
window_at_least(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_window *d = of_base(row, base);
	const char *text = ykeys_scalar(r, key);
	char *end = NULL;
	long n = 0, of = 0;

	if (!text)
		return;
	if (*text >= '0' && *text <= '9') {
		n = strtol(text, &end, 10);
		if (strncmp(end, " of ", 4) == 0 && end[4] >= '1' && end[4] <= '9')
			of = strtol(end + 4, &end, 10);
	}
	if (!end || *end || n < 1 || n > WINDOW_PARTS_MAX || of > WINDOW_PARTS_MAX ||
	    (of && n > of)) {
		ykeys_say(r, key->value, E0640, "at_least: 6 of 7",
			  "'at_least' has to be a number of parts, of how many, not '%.40s'", text);
		return;
	}
	d->at_least = key;
	d->least = (int)n;
	d->of = (int)of;
}

static int
two_digits(const char *text)
{
	return (text[0] - '0') * 10 + (text[1] - '0');
}

void
window_after(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_window *d = of_base(row, base);
	const char *text = ykeys_scalar(r, key);
	int hour, minute;

	if (!text)
		return;
	if (strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789") != 2 ||
	    strspn(text + 3, "0123456789") != 2 || (hour = two_digits(text)) >= DAY_HOURS ||
	    (minute = two_digits(text + 3)) >= HOUR_MINUTES) {
		ykeys_say(r, key->value, E0641, "after: \"09:00\"",
			  "'after' has to be a time of day, not '%.40s'", text);
		return;
	}
	d->after = key;
	d->after_us = hour * HOUR_US + minute * MINUTE_US;
}

/* ---- on a grid ---- */

/* A length of time in intervals of the dag, or in days where those are longer. */
static struct input_window
settle_length(struct yreader *r, const struct draft_window *d, struct grid grid, int days)
{
	int n = d->days ? d->days : days;

	if (grid.unit == GRID_HOUR)
		return (struct input_window){ REACH_PARTS,
					      1 - (d->hours ? d->hours : n * DAY_HOURS), 0 };
	if (d->hours % DAY_HOURS)
		ykeys_say(
		    r, d->window->value, E0601, "write whole days, or 'partition: hour'",
		    "a window of %d hours cannot be counted: the runs of this dag are of one %s",
		    d->hours, grid_unit_name(grid.unit));
	n = d->hours ? d->hours / DAY_HOURS : n;
	return (struct input_window){ grid.unit == GRID_DAY ? REACH_PARTS : REACH_DAYS, 1 - n, 0 };
}

/* How many parts a window has, where that can be known: 0 where it cannot. */
static int64_t
count_parts(const struct input_window *w)
{
	return w->unit == REACH_DAYS ? 0 : w->to - w->from + 1;
}

void
window_settle(struct yreader *r, const struct draft_window *d, struct grid grid, int days,
	      struct input *in)
{
	if (d->days || d->hours || (days && !d->window && grid.unit <= GRID_HOUR))
		in->window = settle_length(r, d, grid, days);
	else
		in->window = d->parts;
	in->whole = d->whole;
	in->at_least = d->least;
	in->after_us = d->after ? d->after_us : -1;
	if (d->at_least && d->of && count_parts(&in->window) > d->of)
		ykeys_say(r, d->at_least->value, E0640, NULL,
			  "'at_least' speaks of %d parts, but the window has %lld", d->of,
			  (long long)count_parts(&in->window));
	if (d->after && !d->at_least)
		ykeys_say(r, d->after, E0641, "at_least: 6 of 7, after: \"09:00\"",
			  "'after' says from when on 'at_least' is enough, which is not there");
}
