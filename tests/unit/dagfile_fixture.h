/*
 * dagfile_fixture.h - reads DAG files that have to be right or wrong in a known way.
 *
 * A mistake is written as the lines that its diagnostics begin with:
 *
 *   { "a name for the failure", HEAD "owner: [a]\n" TASK, "2:8 'owner' has to be => help" }
 */
#ifndef TESTS_UNIT_DAGFILE_FIXTURE_H
#define TESTS_UNIT_DAGFILE_FIXTURE_H

#include "core/dagfile.h"
#include "core/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Read an exact copy of a text, so that ASan sees an over-read. */
static inline struct dag *
read_bytes(const char *name, const char *text, size_t bytes, struct diags *diags)
{
	char *copy = malloc(bytes ? bytes : 1);
	struct dag *dag;

	assert_non_null(copy);
	memcpy(copy, text, bytes);
	dag = dagfile_read(name, copy, bytes, diags);
	free(copy);
	diags_sort(diags);
	return dag;
}

static inline char *
render(const struct diags *diags)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	diags_render(diags, false, &out);
	text = buf_give(&out);
	buf_release(&out);
	return text;
}

/* A file that has to be right. */
static inline struct dag *
read_good(const char *name, const char *text)
{
	struct diags diags;
	struct dag *dag;

	diags_init(&diags);
	dag = read_bytes(name, text, strlen(text), &diags);
	if (!dag || diags.count) {
		char *shown = render(&diags);

		print_error("%s", shown);
		free(shown);
		fail_msg("%s has mistakes", name);
	}
	diags_release(&diags);
	return dag;
}

static inline char *
file_text(const char *path)
{
	struct buf text;
	struct err err;
	char *out;

	buf_init(&text, DAG_FILE_BYTES_MAX);
	if (buf_read_file(&text, AT_FDCWD, path, &err))
		fail_msg("%s", err.msg);
	out = buf_give(&text);
	buf_release(&text);
	return out;
}

static inline const struct task *
task_of(const struct dag *dag, const char *id)
{
	int at = dag_task_find(dag, id);

	assert_true(at >= 0);
	return &dag->tasks[at];
}

static inline const struct dataset *
dataset_of(const struct dag *dag, const char *name)
{
	int at = dag_dataset_find(dag, name);

	assert_true(at >= 0);
	return &dag->datasets[at];
}

#define HEAD "dag: d\n"
#define DAILY "schedule: {partition: day}\n"
#define TASK "tasks: {a: {operator: command, run: [x]}}\n"
#define RAW "datasets: {r: {path: lake/r, format: csv, schema: events}}\n"
#define RAW2 "datasets:\n  r: {path: lake/r, schema: events}\n"

/* `want`: a line per diagnostic, "line:column part of the message" and perhaps " => part of help".
 */
struct mistake {
	const char *name, *text, *want;
};

/* Does a diagnostic say what one line of `want` asks for? */
static inline bool
says(const struct diag *d, const char *line)
{
	char place[40], message[400];
	const char *rest = strchr(line, ' '), *help = strstr(line, " => ");
	size_t n;

	(void)snprintf(place, sizeof(place), "%u:%u ", d->line, d->column);
	if (!rest || strncmp(line, place, strlen(place)) != 0)
		return false;
	n = help ? (size_t)(help - rest - 1) : strlen(rest + 1);
	(void)snprintf(message, sizeof(message), "%.*s", (int)n, rest + 1);
	return strstr(d->message, message) && (!help || (d->help && strstr(d->help, help + 4)));
}

static inline void
assert_mistakes(const struct mistake *m, const char *text, size_t bytes)
{
	struct diags diags;
	struct dag *dag;
	const char *want = m->want;
	bool good = true;
	char *shown;

	diags_init(&diags);
	dag = read_bytes("f.yaml", text, bytes, &diags);
	for (size_t i = 0; i < diags.count && good; i++) {
		size_t n = strcspn(want, "\n");
		char line[500];

		(void)snprintf(line, sizeof(line), "%.*s", (int)n, want);
		good = says(&diags.items[i], line);
		want += n + (want[n] != '\0');
	}
	shown = render(&diags);
	if (!good || *want || (dag != NULL) != (diags.errors == 0)) {
		print_error("%s:\nwanted\n%s\ngot\n", m->name, m->want);
		for (const char *p = shown; *p; p += strnlen(p, 500))
			print_error("%.500s", p);
		fail();
	}
	free(shown);
	dag_unref(dag);
	diags_release(&diags);
}

static inline void
assert_all(const struct mistake *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_mistakes(&cases[i], cases[i].text, strlen(cases[i].text));
}

#endif
