/* code.c - the code of every mistake that a file can have, and what it means. */
#include "core/text/code.h"

#include <assert.h>
#include <strings.h>

/* Lines that many examples share. */
#define RUN "tasks: {b: {operator: command, run: [make]}}\n"
#define DAILY "'@daily','@daily','@daily','@daily','@daily',"
#define DAYS "dag: a\nschedule: {partition: day}\n"
#define EVENTS "datasets: {d: {path: lake/d, schema: events}, e: {path: lake/e, schema: events}}\n"
#define FILES(from)                                                      \
	DAYS "datasets: {d: {path: lake/d, columns: {at: timestamp}}}\n" \
	     "tasks: {b: {operator: ingest, from: " from ", event_time: at, output: d}}\n"
#define CHECKED(checks)                                                              \
	DAYS EVENTS "tasks:\n"                                                       \
		    "  b: {operator: dedup, input: d, key: [event_id], output: e,\n" \
		    "      checks: " checks "}\n"

#define WHEN(expression)                                         \
	"dag: a\nparams: {n: {type: int, default: 1}}\ntasks:\n" \
	"  b: {operator: command, run: [make], when: \"" expression "\"}\n"

static const struct code_row rows[] = {
#define CODE(id, level, name, meaning, text, example) \
	[id] = { #id, name, DIAG_##level, meaning, text, example },
#include "core/text/codes.inc"
#undef CODE
};

const struct code_row *
code_row(enum code code)
{
	assert((size_t)code < countof(rows));
	return &rows[code];
}

const struct code_row *
code_find(const char *word)
{
	for (size_t i = 0; i < countof(rows); i++) {
		if (strcasecmp(word, rows[i].id) == 0 || strcasecmp(word, rows[i].name) == 0)
			return &rows[i];
	}
	return NULL;
}
