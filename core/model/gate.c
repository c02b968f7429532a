/* gate.c - what holds a task or a run back, as rows: a word, a sentence, what ends it. */
#include "core/model/gate.h"

#include "core/base/size.h"
#include "core/time/grid.h"

#include <assert.h>
#include <string.h>

static const struct gate_row {
	const char *word, *sentence, *until;
} rows[] = {
#define X(id, word, sentence, until) { word, sentence, until },
	GATES(X)
#undef X
};

const char *
gate_word(enum gate_kind kind)
{
	assert(kind < GATE_COUNT);
	return rows[kind].word;
}

const char *
gate_until(enum gate_kind kind)
{
	assert(kind < GATE_COUNT);
	return rows[kind].until;
}

int
gate_of(const char *word)
{
	for (size_t i = 0; i < countof(rows); i++)
		if (!strcmp(rows[i].word, word))
			return (int)i;
	return -1;
}

/* Texts of one unit are none of another, but for those of weeks, which are days. */
static void
read_part(struct gate *out, const char *text)
{
	for (int unit = 0; unit < GRID_UNITS; unit++) {
		struct grid grid = { .unit = (enum grid_unit)unit };

		if (!grid_parse(grid, text, strlen(text), &out->part))
			continue;
		out->unit = grid.unit;
		return;
	}
}

void
gate_read(struct gate *out, const json_t *stored)
{
	const char *until = json_get_text(stored, "until", "");
	int kind = gate_of(json_get_text(stored, "gate", "text"));

	*out = (struct gate){
		.kind = kind < 0 ? GATE_TEXT : (enum gate_kind)kind,
		.dataset = json_get_text(stored, "dataset", ""),
		.run = json_get_text(stored, "run", ""),
		.dag = json_get_text(stored, "dag", ""),
		.group = json_get_text(stored, "group", ""),
		.rule = json_get_text(stored, "rule", ""),
		.pool = json_get_text(stored, "pool", ""),
		.task = json_get_text(stored, "task", ""),
		.slots = json_get_int(stored, "slots", 0),
		.used = json_get_int(stored, "used", 0),
		.total = json_get_int(stored, "total", 0),
		.attempt = json_get_int(stored, "attempt", 0),
		.error = (int)json_get_int(stored, "error", 0),
		.retry = (int)json_get_int(stored, "retry", 0),
		.most = (int)json_get_int(stored, "most", 0),
		.span = json_get_text(stored, "span", ""),
		.text = json_is_string(stored) ? json_string_value(stored)
					       : json_get_text(stored, "text", ""),
	};
	read_part(out, json_get_text(stored, "day", ""));
	if (!timestamp_parse(until, strlen(until), &out->until_us))
		out->until_us = 0;
	if (out->kind == GATE_TEXT && out->text && !*out->text)
		out->kind = GATE_NONE;
}

/* Does the sentence name it in an earlier place as well?  `open` is its brace, of n bytes. */
static bool
is_named_before(const char *sentence, const char *open, size_t n)
{
	for (const char *p = sentence; (p = strchr(p, '{')) < open; p++)
		if (!strncmp(p, open, n))
			return true;
	return false;
}

/* The argument with a name of n bytes, if that is one that is stored as a number. */
static bool
number_of(const struct gate *gate, const char *name, size_t n, int64_t *out)
{
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {
		{ "attempt", gate->attempt }, { "retry", gate->retry }, { "most", gate->most },
		{ "slots", gate->slots },     { "used", gate->used },   { "total", gate->total },
	};

	for (size_t i = 0; i < countof(numbers); i++) {
		if (strlen(numbers[i].name) != n || strncmp(name, numbers[i].name, n) != 0)
			continue;
		*out = numbers[i].value;
		return true;
	}
	return false;
}

/* Append the argument with a name of n bytes, bare. */
static void
argument(const struct gate *gate, const char *name, size_t n, struct buf *out)
{
	const struct {
		const char *name, *value;
	} texts[] = {
		{ "dataset", gate->dataset }, { "run", gate->run },   { "dag", gate->dag },
		{ "rule", gate->rule },       { "text", gate->text }, { "span", gate->span },
		{ "pool", gate->pool },       { "task", gate->task }, { "group", gate->group },
	};
	char date[GRID_TEXT_CHARS + 1];
	int64_t number;

	if (number_of(gate, name, n, &number)) {
		buf_number(out, number);
	} else if (!strncmp(name, "error", n)) {
		buf_text(out, strerror(gate->error));
	} else if (!strncmp(name, "day", n)) {
		grid_text((struct grid){ .unit = gate->unit }, gate->part, date);
		buf_text(out, date);
	}
	for (size_t i = 0; i < countof(texts); i++)
		if (strlen(texts[i].name) == n && !strncmp(name, texts[i].name, n))
			buf_text(out, texts[i].value ? texts[i].value : "");
}

void
gate_say(const struct gate *gate, struct buf *out)
{
	static const char mib[] = " MiB";
	const char *p = rows[gate->kind].sentence, *open, *close;

	for (; (open = strchr(p, '{')); p = close + 1) {
		size_t n;
		int64_t number;

		close = strchr(open, '}');
		assert(close);
		buf_add(out, p, (size_t)(open - p));
		n = (size_t)(close - open - 1);
		/* A size is said as all sizes are. */
		if (!strncmp(close + 1, mib, strlen(mib)) &&
		    number_of(gate, open + 1, n, &number)) {
			buf_text(out, SIZE_TEXT(number << 20));
			close += strlen(mib);
		} else {
			argument(gate, open + 1, n, out);
		}
	}
	buf_text(out, p);
}

/* Begin a member: `,"name":`.  A gate is written with every start that is refused: no printf. */
static void
add_name(struct buf *out, const char *name, size_t n)
{
	buf_text(out, ",\"");
	buf_add(out, name, n);
	buf_text(out, "\":");
}

void
gate_write(const struct gate *gate, struct buf *out)
{
	const char *p = rows[gate->kind].sentence, *open, *close;

	assert(gate->kind != GATE_TEXT);
	if (gate->kind == GATE_NONE)
		return;
	buf_text(out, "{\"gate\":\"");
	buf_text(out, rows[gate->kind].word);
	buf_char(out, '"');
	/* Names of datasets, runs and dags need no escapes, texts do. */
	for (; (open = strchr(p, '{')); p = close + 1) {
		int64_t value;
		bool number;
		size_t n;

		close = strchr(open, '}');
		assert(close);
		n = (size_t)(close - open - 1);
		number = number_of(gate, open + 1, n, &value);
		if (is_named_before(rows[gate->kind].sentence, open, n + 2))
			continue;
		add_name(out, open + 1, n);
		if (!strncmp(open, "{error}", n + 2)) {
			buf_number(out, gate->error);
			continue;
		}
		if (!strncmp(open, "{text}", n + 2)) {
			json_t *text = json_text_new(gate->text);

			json_write(text, out);
			json_decref(text);
			continue;
		}
		buf_text(out, number ? "" : "\"");
		argument(gate, open + 1, n, out);
		buf_text(out, number ? "" : "\"");
	}
	if (gate->until_us) {
		char until[TIMESTAMP_CHARS + 1];

		timestamp_format(gate->until_us, until);
		buf_format(out, ",\"until\":\"%s\"", until);
	}
	buf_char(out, '}');
}
