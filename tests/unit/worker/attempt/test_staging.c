/* test_staging.c - files, digests and the manifest of one partition. */
#include "tests/fixture/op.h"
#include "worker/attempt/staging.h"
#include "core/storage/live.h"

static const struct column columns[] = { { "i", COL_INT64 }, { "s", COL_STRING } };

/* What stage() puts into one batch. */
enum { FILL_ROWS = 50000 };

/* An attempt that writes dataset `d` below a temporary directory. */
struct attempt {
	char dir[64];
	char *path;
	struct spec spec;
	struct spec_output output;
};

static void
attempt_open(struct attempt *a, enum format format)
{
	static char word[] = "word";

	*a = (struct attempt){ 0 };
	(void)snprintf(a->dir, sizeof(a->dir), "/tmp/tidemill-staging-XXXXXX");
	assert_non_null(mkdtemp(a->dir));
	a->path = mem_format("%s/lake/d", a->dir);
	a->spec = (struct spec){ .attempt = 17,
				 .dag = word,
				 .task = word,
				 .run_id = word,
				 .partial = true,
				 .run_type = RUN_BACKFILL,
				 .grid = grid_days,
				 .start_us = DAY * DAY_US,
				 .end_us = (DAY + 1) * DAY_US };
	memset(a->spec.token, 'a', TOKEN_CHARS);
	a->output = (struct spec_output){ .dataset = word,
					  .path = a->path,
					  .format = format,
					  .schema = { columns, countof(columns) },
					  .grid = grid_days,
					  .part = DAY,
					  .version = 3 };
}

static void
attempt_close(struct attempt *a)
{
	remove_tree(a->dir);
	free(a->path);
}

static void
fill(struct batch *b, const struct schema *schema, int64_t from, size_t rows)
{
	batch_init(b, schema, NULL);
	for (size_t i = 0; i < rows; i++) {
		(void)batch_push(b, 1);
		b->cols[0].ints[i] = from + (int64_t)i;
		b->cols[0].valid[i] = true;
		b->cols[1].texts[i] = (struct span){ "text", 4 };
		b->cols[1].valid[i] = i % 3 != 0;
	}
}

static void
stage_some(struct staging *s, const struct batch *b, size_t at, size_t n)
{
	uint32_t *some = mem_new(n, sizeof(*some));

	for (size_t i = 0; i < n; i++)
		some[i] = (uint32_t)(at + i);
	/* Without a selection where that says the same. */
	assert_int_equal(staging_add(s, b, at ? some : NULL, n, NULL), ERR_NONE);
	free(some);
}

/* Stage `rows` rows in calls of `step` and give the manifest back. */
static void
stage(struct attempt *a, size_t rows, size_t step, size_t file_bytes, struct manifest *m)
{
	json_t *count = json_integer((json_int_t)rows);
	struct staging *s = NULL;
	struct batch b;
	struct err err;

	*m = (struct manifest){ 0 };
	m->counters = json_pack("{s:O, s:o}", "read", count, "written", count);
	m->code = json_pack("{s:s, s:s, s:s, s:s, s:s}", "dag", "d", "task", "t", "dag_digest",
			    "0000000000000000000000000000000000000000000000000000000000000000",
			    "operator", "dedup", "program", "p");
	if (staging_open(&s, &a->spec, &a->output, file_bytes, &err))
		fail_msg("%s", err.msg);
	for (size_t from = 0; from < rows; from += FILL_ROWS) {
		size_t more = rows - from < FILL_ROWS ? rows - from : FILL_ROWS;

		fill(&b, &a->output.schema, (int64_t)from, more);
		for (size_t at = 0; at < more; at += step)
			stage_some(s, &b, at, more - at < step ? more - at : step);
		batch_release(&b);
	}
	assert_int_equal(staging_rows(s), rows);
	if (staging_finish(s, m, &err))
		fail_msg("%s", err.msg);
	staging_close(s);
}

static void
a_staged_file_is_what_its_manifest_says(void **state)
{
	struct attempt a;
	struct manifest made, read;
	char *dir, *name;

	(void)state;
	attempt_open(&a, FORMAT_CSV);
	stage(&a, 2, 2, 0, &made);
	dir = mem_format("%s/lake/.tidemill-lake/d/staging/a17", a.dir);
	assert_int_equal(manifest_load(&read, AT_FDCWD, dir, NULL), ERR_NONE);
	assert_int_equal(read.n_files, 1);
	assert_int_equal(read.rows, 2);
	assert_int_equal(read.version, 3);
	assert_int_equal(read.part, DAY);
	assert_true(read.partial);
	assert_string_equal(read.publish_id, a.spec.token);
	assert_string_equal(read.content_digest, made.content_digest);
	assert_string_equal(json_get_text(read.run, "data_interval_end", ""),
			    "2026-05-02T00:00:00Z");
	name = mem_format("part-00000-%.8s.csv", read.content_digest);
	assert_string_equal(read.files[0].path, name);
	assert_int_equal(read.files[0].bytes, strlen("i,s\n0,\n1,text\n"));
	assert_int_equal(read.bytes, read.files[0].bytes);
	manifest_release(&made);
	manifest_release(&read);
	free(name);
	free(dir);
	attempt_close(&a);
}

static void
no_row_at_all_is_an_empty_partition(void **state)
{
	struct attempt a;
	struct manifest m;

	(void)state;
	attempt_open(&a, FORMAT_JSONL);
	stage(&a, 0, 1, 0, &m);
	assert_int_equal(m.n_files, 0);
	assert_int_equal(m.rows, 0);
	assert_int_equal(strlen(m.content_digest), DIGEST_CHARS);
	manifest_release(&m);
	attempt_close(&a);
}

/* The content is the same however it came, in whatever files, in whichever format. */
static void
the_digest_is_of_the_content_alone(void **state)
{
	static const struct {
		enum format format;
		size_t step, file_bytes, files;
	} cases[] = {
		{ FORMAT_CSV, 10000, 0, 1 },  { FORMAT_CSV, 1, 0, 1 },
		{ FORMAT_CSV, 777, 0, 1 },    { FORMAT_JSONL, 777, 0, 1 },
		{ FORMAT_CSV, 10000, 1, 20 }, { FORMAT_CSV, 333, 1, 20 },
		{ FORMAT_CSV, 7, 20000, 4 },
	};
	char content[DIGEST_CHARS + 1] = "", files[20][DIGEST_CHARS + 1] = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct attempt a;
		struct manifest m;

		attempt_open(&a, cases[i].format);
		stage(&a, 10000, cases[i].step, cases[i].file_bytes, &m);
		if (i == 0)
			memcpy(content, m.content_digest, sizeof(content));
		assert_string_equal(m.content_digest, content);
		assert_int_equal(m.n_files, cases[i].files);
		/* Not only the content: files end at the same rows however rows came. */
		for (size_t k = 0; k < m.n_files && cases[i].file_bytes == 1; k++) {
			if (!files[k][0])
				memcpy(files[k], m.files[k].sha256, sizeof(files[k]));
			assert_string_equal(m.files[k].sha256, files[k]);
		}
		manifest_release(&m);
		attempt_close(&a);
	}
}

/* A Parquet file ends with a row group, at the same row however the rows came. */
static void
a_parquet_file_ends_with_a_row_group(void **state)
{
	static const size_t steps[] = { FILL_ROWS, 7777, 333 };
	char sha256[2][DIGEST_CHARS + 1] = { "", "" };

	(void)state;
	for (size_t i = 0; i < countof(steps); i++) {
		struct attempt a;
		struct manifest m;

		attempt_open(&a, FORMAT_PARQUET);
		stage(&a, 300000, steps[i], 1, &m);
		assert_int_equal(m.n_files, 2);
		assert_int_equal(m.files[0].rows, 262144);
		assert_int_equal(m.files[1].rows, 300000 - 262144);
		for (size_t k = 0; k < 2; k++) {
			if (i == 0)
				memcpy(sha256[k], m.files[k].sha256, sizeof(sha256[k]));
			assert_string_equal(m.files[k].sha256, sha256[k]);
		}
		manifest_release(&m);
		attempt_close(&a);
	}
}

/* Counters that do not add up never become a manifest; what an earlier try left is swept. */
static void
counters_that_do_not_add_up_make_no_manifest(void **state)
{
	struct manifest m = { .counters = json_pack("{s:i}", "read", 5) };
	struct staging *s = NULL;
	struct attempt a;
	struct err err;
	char *left, *manifest;

	(void)state;
	attempt_open(&a, FORMAT_CSV);
	left = mem_format("%s/lake/.tidemill-lake/d/staging/a17/part-00000.part", a.dir);
	manifest = mem_format("%s/lake/.tidemill-lake/d/staging/a17/_manifest.json", a.dir);
	make_dirs(left);
	assert_int_equal(close(open(left, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	assert_int_equal(staging_open(&s, &a.spec, &a.output, 0, &err), ERR_NONE);
	assert_int_equal(access(left, F_OK), -1);
	assert_int_equal(staging_finish(s, &m, &err), ERR_INPUT);
	assert_int_equal(access(manifest, F_OK), -1);
	staging_close(s);
	manifest_release(&m);
	/* A place that cannot be written is named. */
	a.output.path = mem_str("/proc/nowhere/d");
	assert_int_equal(staging_open(&s, &a.spec, &a.output, 0, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, "/proc/nowhere"));
	free(a.output.path);
	free(left);
	free(manifest);
	attempt_close(&a);
}

static void
a_full_disk_is_told_with_what_is_left(void **state)
{
	static const struct {
		struct disk_room room;
		int64_t staged_bytes;
		const char *want;
	} cases[] = {
		{ { 12 << 20, 60 << 20, 900, 1000 },
		  5 << 20,
		  "no_space: /lake: 12 MiB free of 60 MiB; 5 MiB were staged" },
		{ { 12 << 20, 60 << 20, 0, 1000 },
		  0,
		  "no_space: /lake: 12 MiB free of 60 MiB, room for 0 of 1000 files; 0 B "
		  "were staged" },
		{ { 0, 1 << 20, 0, 0 },
		  1 << 19,
		  "no_space: /lake: 0 B free of 1 MiB; 512 KiB were staged" },
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		buf_init(&out, 1000);
		staging_say_room("/lake", &cases[i].room, cases[i].staged_bytes, &out);
		assert_string_equal(out.data, cases[i].want);
		buf_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk_is_told_with_what_is_left),
		cmocka_unit_test(a_staged_file_is_what_its_manifest_says),
		cmocka_unit_test(no_row_at_all_is_an_empty_partition),
		cmocka_unit_test(the_digest_is_of_the_content_alone),
		cmocka_unit_test(a_parquet_file_ends_with_a_row_group),
		cmocka_unit_test(counters_that_do_not_add_up_make_no_manifest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
