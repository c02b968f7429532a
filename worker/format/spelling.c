/* spelling.c - how values are spelled in files that differ from the plain form of their format. */
#include "worker/format/spelling.h"

#include "core/base/mem.h"
#include "core/parts/zones.h"
#include "core/time/pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_CHARS_USUAL = 128 };

struct spelling {
	const struct dialect *dialect;
	const struct schema *schema;
	const char **patterns; /* of each column; NULL: the plain form */
	struct zone *zone;     /* NULL: UTC */
};

enum err_code
spelling_open(struct spelling **out, const struct dialect *dialect, const struct schema *schema,
	      struct err *err)
{
	struct spelling *s = mem_new(1, sizeof(*s));
	enum err_code code;

	s->dialect = dialect;
	s->schema = schema;
	s->patterns = mem_new(schema->count, sizeof(*s->patterns));
	for (size_t i = 0; i < schema->count; i++)
		s->patterns[i] = dialect_pattern_of(dialect, &schema->columns[i]);
	code = dialect->timezone ? zone_open(dialect->timezone, &s->zone, err) : ERR_NONE;
	if (code) {
		spelling_free(s);
		return code;
	}
	*out = s;
	return ERR_NONE;
}

void
spelling_free(struct spelling *s)
{
	if (!s)
		return;
	zone_unref(s->zone);
	free(s->patterns);
	free(s);
}

bool
spelling_is_null(const struct spelling *s, struct span text)
{
	for (size_t i = 0; i < s->dialect->n_null_values; i++)
		if (span_is(text, s->dialect->null_values[i]))
			return true;
	return false;
}

bool
spelling_takes_number(const struct spelling *s, size_t column)
{
	return s->patterns[column] && pattern_is_epoch(s->patterns[column]);
}

/* ---- numbers ---- */

/* The bytes of a separator of thousands at p; 0: there is none. */
static size_t
separator(const char *thousands, const char *p, const char *end)
{
	static const char *const spaces[] = { " ", "\xc2\xa0", "\xe2\x80\xaf" };
	size_t bytes = strlen(thousands), left = (size_t)(end - p);

	if (left >= bytes && memcmp(p, thousands, bytes) == 0)
		return bytes;
	for (size_t i = 0; *thousands == ' ' && i < countof(spaces); i++) {
		bytes = strlen(spaces[i]);
		if (left >= bytes && memcmp(p, spaces[i], bytes) == 0)
			return bytes;
	}
	return 0;
}

/*
 * Write a number as JSON has it: without separators of thousands, which stand between groups of
 * just three digits or nowhere, and with a point.  False: it is none.
 */
static bool
plain_number(const struct dialect *d, struct span text, char *out, size_t *bytes)
{
	const char *p = text.data, *end = p + text.bytes;
	char decimal = d->decimal ? d->decimal : '.', *start = out;
	size_t digits = 0, groups = 0;

	if (p < end && *p == '-')
		*out++ = *p++;
	while (p < end) {
		size_t skip = d->thousands ? separator(d->thousands, p, end) : 0;

		if (*p >= '0' && *p <= '9') {
			*out++ = *p++;
			digits++;
			continue;
		}
		if (!skip)
			break;
		if (groups ? digits != 3 : digits < 1 || digits > 3)
			return false;
		groups++;
		digits = 0;
		p += skip;
	}
	if (groups && digits != 3)
		return false;
	for (; p < end; p++) {
		if (*p == '.' && decimal != '.')
			return false;
		*out++ = *p == decimal ? '.' : *p;
	}
	*bytes = (size_t)(out - start);
	return true;
}

static enum value_status
parse_number(const struct dialect *d, struct col *c, size_t at, struct span text,
	     struct day_memo *memo)
{
	char usual[NUMBER_CHARS_USUAL], *copy = usual;
	enum value_status status = VALUE_WRONG_TYPE;
	struct span plain;

	if (text.bytes > sizeof(usual))
		copy = mem_new(text.bytes, 1);
	plain.data = copy;
	if (plain_number(d, text, copy, &plain.bytes))
		status = value_parse(c, at, plain, memo);
	if (copy != usual)
		free(copy);
	return status;
}

/* ---- times ---- */

/* The text of a plain timestamp ends in Z or in an offset. */
static bool
says_zone(struct span text)
{
	const char *end = text.data + text.bytes;

	if (!text.bytes)
		return false;
	return end[-1] == 'Z' || end[-1] == 'z' ||
	       (text.bytes > 6 && end[-3] == ':' && (end[-6] == '+' || end[-6] == '-'));
}

/* A local time in the zone of the files; false: the clock never showed it, or twice, and that is
 * refused. */
static bool
place_in_zone(const struct spelling *s, int64_t *us)
{
	int64_t earlier, later;
	enum zone_meaning meaning = zone_instants(s->zone, *us, &earlier, &later);

	if (meaning == ZONE_GAP && s->dialect->dst_gap == DST_GAP_REJECT)
		return false;
	if (meaning == ZONE_TWO && s->dialect->dst_overlap == DST_OVERLAP_REJECT)
		return false;
	*us = s->dialect->dst_overlap == DST_OVERLAP_LATER ? later : earlier;
	return true;
}

/* Read a time; *local: it has no zone, and one is to be applied. */
static bool
read_time(const struct spelling *s, size_t column, struct span text, struct day_memo *memo,
	  int64_t *us, bool *local)
{
	const char *pattern = s->patterns[column];
	bool has_zone;

	if (pattern) {
		if (!pattern_read(pattern, text.data, text.bytes, us, &has_zone))
			return false;
	} else {
		if (value_timestamp(text.data, text.bytes, memo, us))
			return false;
		has_zone = says_zone(text);
	}
	*local = !has_zone && s->zone;
	return true;
}

static enum value_status
parse_time(const struct spelling *s, size_t column, struct col *c, size_t at, struct span text,
	   struct day_memo *memo)
{
	int64_t us = 0;
	bool local;

	if (!read_time(s, column, text, memo, &us, &local) || (local && !place_in_zone(s, &us)))
		return VALUE_WRONG_TYPE;
	c->ints[at] = us;
	c->valid[at] = true;
	return VALUE_OK;
}

static enum value_status
parse_date(const struct spelling *s, size_t column, struct col *c, size_t at, struct span text)
{
	if (!pattern_read_date(s->patterns[column], text.data, text.bytes, &c->ints[at]))
		return VALUE_WRONG_TYPE;
	c->valid[at] = true;
	return VALUE_OK;
}

enum value_status
spelling_parse(const struct spelling *s, size_t column, struct col *c, size_t at, struct span text,
	       struct day_memo *memo)
{
	const struct dialect *d = s->dialect;
	bool is_number = c->type == COL_INT64 || c->type == COL_INT32 || c->type == COL_FLOAT64;

	c->valid[at] = false;
	if (c->type == COL_TIMESTAMP && (s->patterns[column] || s->zone))
		return parse_time(s, column, c, at, text, memo);
	if (c->type == COL_DATE && s->patterns[column])
		return parse_date(s, column, c, at, text);
	if (is_number && (d->thousands || d->decimal == ','))
		return parse_number(d, c, at, text, memo);
	return value_parse(c, at, text, memo);
}

void
spelling_explain(const struct spelling *s, size_t column, struct span text, char *out, size_t bytes)
{
	enum col_type type = s->schema->columns[column].type;
	struct day_memo memo = { 0 };
	int64_t us = 0, later;
	bool local;

	out[0] = '\0';
	if (type == COL_TIMESTAMP && read_time(s, column, text, &memo, &us, &local))
		(void)snprintf(out, bytes, " in %s: the clocks %s", s->dialect->timezone,
			       zone_instants(s->zone, us, &us, &later) == ZONE_GAP
				   ? "were put forward over it"
				   : "were put back and showed it twice");
	else if (s->patterns[column])
		(void)snprintf(out, bytes, " in the form '%s'", s->patterns[column]);
	else if (type == COL_FLOAT64 && s->dialect->decimal == ',')
		(void)snprintf(out, bytes, " with a decimal comma");
}
