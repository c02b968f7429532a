/*
 * op_fixture.h - a project in a temporary directory whose tasks run in this process.
 *
 * A spec is made from a DAG in YAML the way dispatch makes one, the operator
 * runs, and what it staged is moved to its live place when it ended ok, so that
 * the next task can read it.
 */
#ifndef TESTS_UNIT_OP_FIXTURE_H
#define TESTS_UNIT_OP_FIXTURE_H

#include "core/civil.h"
#include "core/dagfile.h"
#include "core/hash.h"
#include "core/lake.h"
#include "core/manifest.h"
#include "core/mem.h"
#include "worker/op.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { DAY = 20574 }; /* 2026-05-01, a Friday */

struct project {
	char dir[64];
	struct dag *dag;
	int64_t attempts;
	const struct spec_history *history; /* for the next runs */
	size_t n_history;
};

/* How a run ended. */
struct ended {
	enum outcome outcome;
	char message[1000];
	json_t *result;
};

static inline void
remove_tree(const char *path)
{
	char *copy = mem_str(path);
	char *const paths[] = { copy, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	assert_non_null(walk);
	while ((e = fts_read(walk)) != NULL)
		if (e->fts_info != FTS_D)
			(void)remove(e->fts_accpath);
	(void)fts_close(walk);
	free(copy);
}

static inline void
make_dirs(const char *path)
{
	char *copy = mem_str(path);

	for (char *at = strchr(copy + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		assert_true(mkdir(copy, 0777) == 0 || errno == EEXIST);
		*at = '/';
	}
	free(copy);
}

static inline void
project_open(struct project *p, const char *yaml)
{
	struct diags diags;

	*p = (struct project){ 0 };
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/tidemill-op-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	diags_init(&diags);
	p->dag = dagfile_read("test.yaml", yaml, strlen(yaml), &diags);
	if (!p->dag) {
		struct buf text;

		buf_init(&text, SIZE_MAX);
		diags_render(&diags, false, &text);
		fail_msg("%s", text.data);
	}
	diags_release(&diags);
}

static inline void
project_close(struct project *p)
{
	dag_unref(p->dag);
	remove_tree(p->dir);
}

/* Write a file of the project; its directories are made. */
static inline void
project_put(const struct project *p, const char *name, const void *data, size_t bytes)
{
	char *path = mem_format("%s/%s", p->dir, name);
	FILE *file;

	make_dirs(path);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
	free(path);
}

static inline void
project_text(const struct project *p, const char *name, const char *text)
{
	project_put(p, name, text, strlen(text));
}

static inline char *
absolute(struct arena *arena, const struct project *p, const char *path)
{
	char *text = mem_format("%s/%s", p->dir, path), *copy = arena_str(arena, text);

	free(text);
	return copy;
}

static inline void
add_spec_input(const struct project *p, struct spec *s, const struct input *in,
	       const struct dataset *d, int64_t day)
{
	struct spec_input *out = &s->inputs[s->n_inputs++];
	struct manifest m = { 0 };
	struct buf live;

	*out = (struct spec_input){ .dataset = arena_str(s->arena, in->dataset),
				    .path = absolute(s->arena, p, d->path),
				    .format = d->format,
				    .schema = d->schema,
				    .partitioned = in->days > 0,
				    .day = day };
	if (!in->days)
		return;
	buf_init(&live, SIZE_MAX);
	lake_live(out->path, day, &live);
	if (manifest_load(&m, AT_FDCWD, live.data, NULL) == ERR_NONE) {
		out->version = m.version;
		memcpy(out->digest, m.content_digest, sizeof(out->digest));
		manifest_release(&m);
	} else {
		out->missing = in->allow_missing && access(live.data, F_OK) != 0;
	}
	buf_release(&live);
}

static inline void
add_spec_output(const struct project *p, struct spec *s, int32_t dataset, int64_t day, bool aside)
{
	const struct dataset *d = &p->dag->datasets[dataset];

	s->outputs[s->n_outputs++] = (struct spec_output){ .dataset = arena_str(s->arena, d->name),
							   .path = absolute(s->arena, p, d->path),
							   .format = d->format,
							   .schema = d->schema,
							   .day = day,
							   .version = p->attempts + 1,
							   .quarantine = aside };
}

/* The definition of a task as dispatch sends it; NULL for a command. */
static inline char *
make_slice(const struct project *p, size_t task, struct arena *arena)
{
	char *slice = NULL;
	struct buf text;

	if (p->dag->tasks[task].op == OP_COMMAND)
		return NULL;
	buf_init(&text, SPEC_BYTES_MAX);
	dagfile_slice(p->dag, task, &text);
	assert_false(text.full);
	slice = arena_bytes(arena, text.data, text.bytes);
	buf_release(&text);
	return slice;
}

static inline void
project_spec(struct project *p, struct spec *s, const char *task, int64_t day)
{
	int index = dag_task_find(p->dag, task);
	const struct task *t = &p->dag->tasks[index];
	char zeros[TOKEN_CHARS + 1];

	assert_true(index >= 0);
	*s = (struct spec){ .arena = arena_new(), .attempt = ++p->attempts };
	(void)snprintf(zeros, sizeof(zeros), "%032d", (int)p->attempts);
	memcpy(s->token, zeros, sizeof(zeros));
	s->project_dir = p->dir;
	s->dag = arena_str(s->arena, p->dag->id);
	s->task = arena_str(s->arena, t->id);
	s->run_id = arena_str(s->arena, "manual__1");
	s->dag_digest = arena_str(s->arena, p->dag->digest);
	s->run_type = RUN_MANUAL;
	s->try_number = 1;
	s->logical_us = s->start_us = day * DAY_US;
	s->end_us = s->start_us + DAY_US;
	s->slice = make_slice(p, (size_t)index, s->arena);
	s->history = arena_get(s->arena, (p->n_history + 1) * sizeof(*s->history));
	if (p->n_history)
		memcpy(s->history, p->history, p->n_history * sizeof(*s->history));
	s->n_history = p->n_history;
	s->inputs = arena_get(s->arena, 1000 * sizeof(*s->inputs));
	s->outputs = arena_get(s->arena, 2 * sizeof(*s->outputs));
	for (size_t i = 0; i < t->n_inputs; i++) {
		const struct input *in = &t->inputs[i];
		const struct dataset *d = &p->dag->datasets[dag_dataset_find(p->dag, in->dataset)];

		for (int64_t at = day - (in->days ? in->days : 1) + 1; at <= day; at++)
			add_spec_input(p, s, in, d, at);
	}
	if (t->output >= 0 && p->dag->datasets[t->output].quarantine >= 0)
		add_spec_output(p, s, p->dag->datasets[t->output].quarantine, day, true);
	if (t->output >= 0)
		add_spec_output(p, s, t->output, day, false);
}

/* Move what was staged to its live place. */
static inline void
project_publish(const struct spec *s)
{
	for (size_t i = 0; i < s->n_outputs; i++) {
		struct buf staging, live;

		buf_init(&staging, SIZE_MAX);
		buf_init(&live, SIZE_MAX);
		lake_staging(s->outputs[i].path, s->attempt, &staging);
		lake_live(s->outputs[i].path, s->outputs[i].day, &live);
		make_dirs(live.data);
		if (access(live.data, F_OK) == 0)
			remove_tree(live.data);
		assert_int_equal(rename(staging.data, live.data), 0);
		buf_release(&staging);
		buf_release(&live);
	}
}

/* Where the log of an operator goes while it runs; returns what has to be given to loud(). */
static inline int
quiet(void)
{
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)fflush(stderr);
	assert_true(saved >= 0 && null >= 0 && dup2(null, STDERR_FILENO) >= 0);
	(void)close(null);
	return saved;
}

static inline void
loud(int saved)
{
	(void)fflush(stderr);
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
}

/* Run a spec; ended->result is to be released with ended_release(). */
static inline struct ended
project_run_spec(const struct spec *s)
{
	struct ended e = { 0 };
	struct op_ctx ctx;
	struct err err = { 0 };
	enum err_code code;
	struct buf result;
	int saved;

	buf_init(&result, SIZE_MAX);
	if (op_ctx_init(&ctx, s, &err))
		fail_msg("%s", err.msg);
	saved = quiet();
	code = op_run(&ctx, &err);
	loud(saved);
	if (code)
		memcpy(e.message, err.msg, sizeof(e.message));
	e.outcome = ctx.outcome;
	op_ctx_result(&ctx, e.message, &result);
	assert_int_equal(json_read(&e.result, result.data, result.bytes, "result", NULL), ERR_NONE);
	op_ctx_release(&ctx);
	buf_release(&result);
	return e;
}

static inline void
ended_release(struct ended *e)
{
	json_decref(e->result);
}

static inline struct ended
project_run(struct project *p, const char *task, int64_t day)
{
	struct spec s;
	struct ended e;

	project_spec(p, &s, task, day);
	e = project_run_spec(&s);
	if (e.outcome == OUTCOME_OK)
		project_publish(&s);
	arena_free(s.arena);
	return e;
}

/* Run a task that has to end well. */
static inline void
project_must(struct project *p, const char *task, int64_t day)
{
	struct ended e = project_run(p, task, day);

	if (e.outcome != OUTCOME_OK)
		fail_msg("task %s: %s: %s", task, outcome_name(e.outcome), e.message);
	ended_release(&e);
}

/* The manifest of what is live. */
static inline void
project_manifest(const struct project *p, const char *dataset, int64_t day, struct manifest *m)
{
	char *path = mem_format("%s/lake/%s", p->dir, dataset);
	struct buf live;
	struct err err;

	buf_init(&live, SIZE_MAX);
	lake_live(path, day, &live);
	if (manifest_load(m, AT_FDCWD, live.data, &err))
		fail_msg("%s", err.msg);
	buf_release(&live);
	free(path);
}

static inline int64_t
project_counter(const struct project *p, const char *dataset, int64_t day, const char *counter)
{
	struct manifest m;
	int64_t value;

	project_manifest(p, dataset, day, &m);
	value = json_get_int(m.counters, counter, -1);
	manifest_release(&m);
	return value;
}

/* All data files of a live partition, one after the other; the caller frees it. */
static inline char *
project_read(const struct project *p, const char *dataset, int64_t day)
{
	struct manifest m;
	struct buf text;
	char partition[PARTITION_CHARS + 1], *out;

	project_manifest(p, dataset, day, &m);
	lake_partition(day, partition);
	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < m.n_files; i++) {
		char *path =
		    mem_format("%s/lake/%s/%s/%s", p->dir, dataset, partition, m.files[i].path);
		char digest[DIGEST_CHARS + 1];
		size_t before = text.bytes;

		assert_int_equal(buf_read_file(&text, AT_FDCWD, path, NULL), ERR_NONE);
		digest_of(text.data + before, text.bytes - before, digest);
		assert_string_equal(digest, m.files[i].sha256);
		free(path);
	}
	manifest_release(&m);
	out = buf_give(&text);
	buf_release(&text);
	return out;
}

/* The live rows have to be this text. */
static inline void
project_expect(const struct project *p, const char *dataset, int64_t day, const char *want)
{
	char *text = project_read(p, dataset, day);

	assert_string_equal(text, want);
	free(text);
}

#endif
