/*
 * lake_fixture.h - a lake under a temporary directory, for the tests of publishing.
 *
 * Two datasets, as a task writes them: the quarantine (0) and the main one (1).
 * The nth attempt has key 10 + n and a token of its own.
 */
#ifndef TESTS_UNIT_LAKE_FIXTURE_H
#define TESTS_UNIT_LAKE_FIXTURE_H

#include "core/hash.h"
#include "core/lake.h"
#include "scheduler/publish.h"

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

enum { DAY = 20574 }; /* 2026-05-01 */

struct lake {
	char root[40];
	char *paths[2]; /* of the datasets: quarantine first, main last */
};

static const char *const names[2] = { "events_quarantine", "events" };

static inline void
remove_tree(const char *path)
{
	char *const paths[] = { (char *)(uintptr_t)path, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	assert_non_null(walk);
	while ((e = fts_read(walk)) != NULL) {
		if (e->fts_info != FTS_D)
			(void)remove(e->fts_accpath);
	}
	assert_int_equal(fts_close(walk), 0);
}

static inline void
lake_new_in(struct lake *l, const char *parent)
{
	(void)snprintf(l->root, sizeof(l->root), "%s/tidemill-publish-XXXXXX", parent);
	assert_non_null(mkdtemp(l->root));
	for (size_t i = 0; i < 2; i++)
		l->paths[i] = mem_format("%s/lake/%s", l->root, names[i]);
}

static inline void
lake_new(struct lake *l)
{
	lake_new_in(l, "/tmp");
}

static inline void
lake_free(struct lake *l)
{
	remove_tree(l->root);
	free(l->paths[0]);
	free(l->paths[1]);
}

static inline int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Every name below the root with the digest of what is in it; the caller frees it. */
static inline char *
snapshot(const char *root)
{
	char *const paths[] = { (char *)(uintptr_t)root, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	struct buf text, content;
	char *out;
	FTSENT *e;

	buf_init(&text, 1 << 20);
	buf_init(&content, 1 << 20);
	while ((e = fts_read(walk)) != NULL) {
		char digest[DIGEST_CHARS + 1] = "";

		if (e->fts_info == FTS_DP)
			continue;
		if (e->fts_info == FTS_F) {
			buf_reset(&content);
			assert_int_equal(buf_read_file(&content, AT_FDCWD, e->fts_accpath, NULL),
					 ERR_NONE);
			digest_of(content.data, content.bytes, digest);
		}
		buf_format(&text, "%s %d %.8s\n", e->fts_path + strlen(root), e->fts_info, digest);
	}
	assert_int_equal(fts_close(walk), 0);
	out = buf_give(&text);
	buf_release(&text);
	buf_release(&content);
	return out;
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
	assert_true(mkdir(copy, 0777) == 0 || errno == EEXIST);
	free(copy);
}

static inline void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline void
write_text(const char *dir, const char *name, const char *text)
{
	char *path = mem_format("%s/%s", dir, name);

	write_file(path, text);
	free(path);
}

static inline void
token_of(int n, char out[TOKEN_CHARS + 1])
{
	(void)snprintf(out, TOKEN_CHARS + 1, "%032x", (unsigned)n + 1);
}

static inline char *
staged_dir(const char *path, int n)
{
	struct buf b;
	char *dir;

	buf_init(&b, 4096);
	lake_staging(path, 10 + n, &b);
	dir = buf_give(&b);
	buf_release(&b);
	return dir;
}

static inline char *
live_dir(const char *path)
{
	struct buf b;
	char *dir;

	buf_init(&b, 4096);
	lake_live(path, DAY, &b);
	dir = buf_give(&b);
	buf_release(&b);
	return dir;
}

/* The manifest a worker would write for one file of `rows`. */
static inline void
fill_manifest(struct manifest *m, const char *dataset, int n, int64_t version, const char *rows,
	      const char *suffix)
{
	static const struct column columns[] = { { "id", COL_INT64 } };
	const struct schema schema = { columns, 1 };

	*m = (struct manifest){ .dataset = mem_str(dataset), .day = DAY, .version = version };
	token_of(n, m->publish_id);
	digest_of(rows, strlen(rows), m->content_digest);
	schema_digest(&schema, m->schema_digest);
	m->rows = 1;
	m->bytes = (int64_t)strlen(rows);
	m->n_files = 1;
	m->files = mem_new(1, sizeof(*m->files));
	m->files[0] = (struct manifest_file){
		.path = mem_format("part-00000-%.8s.%s", m->content_digest, suffix),
		.rows = 1,
		.bytes = m->bytes,
	};
	memcpy(m->files[0].sha256, m->content_digest, sizeof(m->content_digest));
	m->n_inputs = 1;
	m->inputs = mem_new(1, sizeof(*m->inputs));
	m->inputs[0] = (struct manifest_input){ .dataset = mem_str("landing"),
						.partition = mem_str("event_date=2026-05-01"),
						.version = n + 1 };
	digest_of(&n, sizeof(n), m->inputs[0].digest);
	m->columns = json_pack("[{s:s,s:s}]", "name", "id", "type", "int64");
	m->counters = json_pack("{s:i,s:i}", "read", 1, "written", 1);
	m->checks = json_array();
	m->code = json_pack("{s:s,s:s,s:s,s:s,s:s}", "dag", "d", "task", "t", "dag_digest",
			    m->content_digest, "operator", "ingest", "program", "p");
	m->run = json_pack("{s:s,s:i,s:i,s:s,s:s,s:s}", "run_id", "manual__1", "epoch", 1, "try", n,
			   "type", "manual", "data_interval_start", "2026-05-01",
			   "data_interval_end", "2026-05-02");
}

static inline void
put_staged(const char *path, int n, const struct manifest *m, const char *rows)
{
	char *dir = staged_dir(path, n);
	struct buf text;

	make_dirs(dir);
	buf_init(&text, 1 << 20);
	manifest_write(m, &text);
	write_text(dir, MANIFEST_FILE, text.data);
	write_text(dir, m->files[0].path, rows);
	buf_release(&text);
	free(dir);
}

static inline void
stage(const struct lake *l, size_t which, int n, int64_t version, const char *rows)
{
	struct manifest m;

	fill_manifest(&m, names[which], n, version, rows, "csv");
	put_staged(l->paths[which], n, &m, rows);
	manifest_release(&m);
}

/* Publish the nth attempt's outputs from `first` on with `fs`. */
static inline enum err_code
publish(const struct publish_fs *fs, const struct lake *l, size_t first, int n,
	struct published out[2], struct arena *arena, struct err *err)
{
	const struct publish_output outputs[2] = { { names[0], l->paths[0], DAY },
						   { names[1], l->paths[1], DAY } };
	struct publish_job job = { .attempt = 10 + n,
				   .outputs = outputs + first,
				   .n_outputs = 2 - first };

	token_of(n, job.token);
	return publish_run(fs, &job, out, arena, err);
}

static inline struct published
publish_good(const struct lake *l, int n)
{
	struct arena *arena = arena_new();
	struct published out[2];
	struct err err;

	if (publish(&publish_fs_real, l, 1, n, out, arena, &err))
		fail_msg("publish: %s", err.msg);
	assert_string_equal(out[0].dataset, "events");
	out[0].dataset = NULL;
	out[0].inputs = NULL;
	arena_free(arena);
	return out[0];
}

static inline void
load_live(const struct lake *l, size_t which, struct manifest *m)
{
	char *dir = live_dir(l->paths[which]);
	struct err err;

	if (manifest_load(m, AT_FDCWD, dir, &err))
		fail_msg("%s", err.msg);
	free(dir);
}

static inline enum err_code
discard(const struct lake *l, int n, struct err *err)
{
	const struct publish_output outputs[2] = { { names[0], l->paths[0], DAY },
						   { names[1], l->paths[1], DAY } };
	struct publish_job job = { .attempt = 10 + n, .outputs = outputs, .n_outputs = 2 };

	token_of(n, job.token);
	return publish_discard(&publish_fs_real, &job, err);
}

#endif
