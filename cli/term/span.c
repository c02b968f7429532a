/* span.c - how long something took, since when and how much, in words that people type and read. */
#include "cli/term/span.h"

#include "cli/term/say.h"
#include "core/base/size.h"
#include "core/time/civil.h"
#include "core/wire/held_json.h"

#include <inttypes.h>
#include <string.h>

enum { TENTHS_BELOW = 10, WORDS_BYTES = 256 };

void
span_text(int64_t us, struct buf *out)
{
	int64_t s = us / SECOND_US;

	if (us < 0)
		us = s = 0;
	if (s < TENTHS_BELOW)
		buf_format(out, "%" PRId64 ".%" PRId64 "s", s, us % SECOND_US / (SECOND_US / 10));
	else if (us < MINUTE_US)
		buf_format(out, "%" PRId64 "s", s);
	else if (us < HOUR_US)
		buf_format(out, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
	else if (us < DAY_US)
		buf_format(out, "%" PRId64 "h%02" PRId64 "m", s / 3600, s / 60 % 60);
	else
		buf_format(out, "%" PRId64 "d%02" PRId64 "h", us / DAY_US, s / 3600 % 24);
}

static bool
time_in(const json_t *row, const char *key, int64_t *us)
{
	const char *text = json_get_text(row, key, "");

	return timestamp_parse(text, strlen(text), us);
}

void
span_add(json_t *rows, int64_t now_us)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		int64_t from, to = now_us;
		struct buf text;

		if (!time_in(row, "started_at", &from))
			continue;
		(void)time_in(row, "ended_at", &to);
		buf_init(&text, 64);
		span_text(to - from, &text);
		(void)json_object_set_new(row, "duration", json_text_new(text.data));
		buf_release(&text);
	}
}

bool
span_since(const char *what, const char *text, int64_t now_us, int64_t *us)
{
	int64_t ago;

	if (timestamp_parse(text, strlen(text), us))
		return true;
	if (duration_parse(text, &ago) && ago >= 0 && ago <= now_us) {
		*us = now_us - ago;
		return true;
	}
	(void)cli_fail(EXIT_USAGE,
		       "%s '%s' is no date and no time ago: use YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ, "
		       "or 30m, 12h, 7d",
		       what, text);
	return false;
}

/* Append a member as words; false: it is not known. */
static bool
put_amount(const json_t *attempt, const char *key, struct buf *out)
{
	const json_t *value = json_object_get(attempt, key);
	char size[SIZE_CHARS];

	if (json_is_integer(value)) {
		size_format(json_integer_value(value), size);
		buf_text(out, size);
	} else if (json_is_real(value)) {
		span_text((int64_t)(json_real_value(value) * (double)SECOND_US), out);
	}
	return json_is_integer(value) || json_is_real(value);
}

void
amount_add(json_t *attempts)
{
	static const struct {
		const char *key, *words;
	} amounts[] = {
		{ "cpu_seconds", "cpu" },
		{ "peak_bytes", "peak" },
		{ "read_bytes", "read" },
		{ "written_bytes", "written" },
	};
	json_t *row;
	size_t i;

	json_array_foreach(attempts, i, row)
	{
		for (size_t k = 0; k < countof(amounts); k++) {
			struct buf text;

			buf_init(&text, WORDS_BYTES);
			if (put_amount(row, amounts[k].key, &text))
				(void)json_object_set_new(row, amounts[k].words,
							  json_text_new(text.data));
			buf_release(&text);
		}
	}
}

json_t *
amount_sentence(const json_t *attempt)
{
	static const struct {
		const char *before, *key, *behind;
	} parts[] = {
		{ "", "cpu_seconds", " of processor time" },
		{ "at most ", "peak_bytes", " of memory" },
		{ "", "read_bytes", " read" },
		{ "", "written_bytes", " written" },
	};
	json_t *sentence;
	struct buf text;

	buf_init(&text, WORDS_BYTES);
	for (size_t i = 0; i < countof(parts); i++) {
		if (!json_is_number(json_object_get(attempt, parts[i].key)))
			continue;
		buf_format(&text, "%s%s", text.bytes ? ", " : "", parts[i].before);
		(void)put_amount(attempt, parts[i].key, &text);
		buf_text(&text, parts[i].behind);
	}
	sentence = text.bytes ? json_text_new(text.data) : NULL;
	buf_release(&text);
	return sentence;
}

json_t *
amount_limits(const json_t *attempt)
{
	struct held_to held;
	json_t *sentence;
	struct buf text;

	held_from_json(json_object_get(attempt, "limits"), &held);
	buf_init(&text, WORDS_BYTES);
	held_words(&held, &text);
	sentence = text.bytes ? json_text_new(text.data) : NULL;
	buf_release(&text);
	return sentence;
}
