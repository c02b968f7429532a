/* test_conformance.c - every file of apache/parquet-testing: read right, or refused. */
#include "tests/fixture/parquet.h"

#include <sys/stat.h>

#define VALUES "tests/data/parquet-values.tsv"

enum { VERDICT_ROWS_MAX = 200, LINE_BYTES_MAX = 400 };

/* One line of expected.tsv, and the checksum of its rows in their plain form. */
struct expectation {
	char corpus[32], path[128], what[48], duckdb[16], clickhouse[16];
	char checksum[CHECKSUM_CHARS + 1];
};

static struct expectation verdicts[VERDICT_ROWS_MAX];
static size_t n_verdicts;
static char root[400];

static const char *
next_field(char **line)
{
	const char *field = strsep(line, "\t\n");

	return field ? field : "";
}

static void
load_verdict(char *line)
{
	struct expectation *v = &verdicts[n_verdicts++];

	assert_true(n_verdicts <= VERDICT_ROWS_MAX);
	(void)snprintf(v->corpus, sizeof(v->corpus), "%s", next_field(&line));
	(void)snprintf(v->path, sizeof(v->path), "%s", next_field(&line));
	(void)next_field(&line);
	(void)next_field(&line);
	(void)snprintf(v->what, sizeof(v->what), "%s", next_field(&line));
	(void)snprintf(v->duckdb, sizeof(v->duckdb), "%s", next_field(&line));
	(void)snprintf(v->clickhouse, sizeof(v->clickhouse), "%s", next_field(&line));
}

static void
load_checksums(void)
{
	FILE *f = fopen(VALUES, "re");
	char line[LINE_BYTES_MAX];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *at = line;
		const char *name = next_field(&at), *checksum = next_field(&at);

		for (size_t i = 0; i < n_verdicts; i++)
			if (strcmp(verdicts[i].path, name) == 0)
				(void)snprintf(verdicts[i].checksum, sizeof(verdicts[i].checksum),
					       "%s", checksum);
	}
	(void)fclose(f);
}

/* False: the corpus is not on this machine. */
static bool
load(void)
{
	const char *shared = getenv("TIDEMILL_SHARED_DATA");
	char path[500], line[LINE_BYTES_MAX];
	FILE *f;

	(void)snprintf(root, sizeof(root), "%s/parquet-testing",
		       shared && *shared ? shared : "../shared/data");
	(void)snprintf(path, sizeof(path), "%s/expected.tsv", root);
	f = fopen(path, "re");
	if (!f) {
		print_message("%s is not there: set TIDEMILL_SHARED_DATA\n", path);
		return false;
	}
	n_verdicts = 0;
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, "corpus\t", 7) != 0)
			load_verdict(line);
	(void)fclose(f);
	load_checksums();
	return true;
}

/* What reading a whole file with its natural schema came to. */
struct reading {
	enum err_code code;
	struct err err;
	long long rows;
	size_t n_nested;
	char checksum[CHECKSUM_CHARS + 1];
};

struct sum {
	struct checksum checksum;
	long long rows;
	size_t part, parts; /* the one to read; parts 0: all of the file */
};

static void
add_batch(void *arg, const struct batch *b)
{
	struct sum *s = arg;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	plain_batch(b, &text);
	checksum_add(&s->checksum, text.data, text.bytes);
	s->rows += (long long)(b->rows + b->n_rejects);
	buf_release(&text);
}

/* The same rows part by part. */
static enum err_code
read_parts(const char *path, const struct reader_options *options, struct sum *s, struct err *err)
{
	const struct batch *b = NULL;
	struct reader *r = NULL;
	enum err_code code = reader_open(&r, AT_FDCWD, path, path, options, err);

	for (size_t i = 0; !code && i < reader_parts(r); i++) {
		reader_seek(r, i);
		while (!(code = reader_next(r, &b, err)) && b)
			add_batch(s, b);
	}
	reader_close(r);
	return code;
}

static void
read_file(const char *path, bool by_parts, struct reading *out)
{
	struct reader_options options = { .format = FORMAT_PARQUET, .any_bytes = true };
	struct pq_file *f = NULL;
	struct schema schema;
	struct sum sum = { .rows = 0 };

	*out = (struct reading){ .rows = 0 };
	out->code = pq_file_open(&f, AT_FDCWD, path, path, &out->err);
	if (out->code)
		return;
	for (size_t i = 0; i < f->n_leaves; i++)
		out->n_nested += !f->leaves[i].is_flat;
	pq_file_schema(f, &schema);
	options.schema = &schema;
	checksum_init(&sum.checksum);
	if (by_parts)
		out->code = read_parts(path, &options, &sum, &out->err);
	else
		out->code = read_all(path, &options, add_batch, &sum, &out->err);
	checksum_end(&sum.checksum, out->checksum);
	out->rows = sum.rows;
	pq_file_close(f);
}

static bool
has_rows(const struct expectation *v, long long rows)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", rows);
	if (strcmp(v->duckdb, "rejects") != 0 && strcmp(v->duckdb, "") != 0)
		return strcmp(v->duckdb, text) == 0;
	return strcmp(v->clickhouse, "rejects") == 0 || strcmp(v->clickhouse, "") == 0 ||
	       strcmp(v->clickhouse, text) == 0;
}

/* NULL, or what is wrong. */
static const char *
check_read(const struct expectation *v, const struct reading *o)
{
	if (o->code)
		return o->err.msg;
	if (!has_rows(v, o->rows))
		return "the number of rows";
	return strcmp(o->checksum, v->checksum) == 0 ? NULL : "the values";
}

static const char *
check_refused(const struct reading *o, const char *path, const char *word)
{
	if (!o->code)
		return "it was read";
	if (!strstr(o->err.msg, path))
		return "the message does not name the file";
	return strstr(o->err.msg, word) ? NULL : o->err.msg;
}

static const char *
check(const struct expectation *v, const struct reading *o)
{
	if (strcmp(v->what, "read") == 0 || strncmp(v->what, "read-or-reject", 14) == 0)
		return check_read(v, o);
	if (strcmp(v->what, "skip-nested") == 0 || strcmp(v->what, "reject-nested-column") == 0)
		return check_read(v, o);
	if (strcmp(v->what, "reject-encrypted") == 0)
		return check_refused(o, v->path, "encrypted");
	if (strcmp(v->what, "reject-footer") == 0)
		return check_refused(o, v->path, "footer");
	if (strcmp(v->what, "reject-with-crc-check") == 0)
		return check_refused(o, v->path, "checksum");
	if (strcmp(v->what, "reject-column") == 0)
		return check_refused(o, v->path, "column");
	return "a verdict that this test does not know";
}

static void
every_file_of_the_corpus_behaves_as_its_verdict_says(void **state)
{
	size_t bad = 0;
	const char *make = getenv("PARQUET_VALUES_NEW");
	FILE *f = make ? fopen(make, "we") : NULL;

	(void)state;
	if (!load())
		skip();
	for (size_t i = 0; i < n_verdicts; i++) {
		const struct expectation *v = &verdicts[i];
		char path[600];
		struct reading o;
		const char *why;

		(void)snprintf(path, sizeof(path), "%s/%s", root, v->path);
		if (access(path, R_OK) || strcmp(v->corpus, "parquet-testing") != 0)
			continue;
		read_file(path, false, &o);
		if (f && !o.code)
			(void)fprintf(f, "%s\t%s\n", v->path, o.checksum);
		why = check(v, &o);
		if (!why && !o.code) {
			read_file(path, true, &o);
			why = check(v, &o);
		}
		if (why)
			print_error("%s (%s): %s\n", v->path, v->what, why);
		bad += why != NULL;
	}
	if (f)
		(void)fclose(f);
	assert_int_equal(bad, 0);
}

/* A column that repeats is an error when it is asked for, and only then. */
static void
a_column_that_repeats_is_refused_only_when_asked_for(void **state)
{
	static const struct column columns[] = { { "phoneNumbers.phone.number", COL_INT64 } };
	static const struct schema schema = { columns, 1 };
	struct reader_options options = { .format = FORMAT_PARQUET, .schema = &schema };
	struct reader *r = NULL;
	struct err err = { 0 };
	char path[600];

	(void)state;
	if (!load())
		skip();
	(void)snprintf(path, sizeof(path), "%s/data/repeated_no_annotation.parquet", root);
	assert_int_equal(reader_open(&r, AT_FDCWD, path, "x", &options, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "'phoneNumbers.phone.number' is nested"));
}

/* Two encodings of the same values in one file. */
static void
two_encodings_of_the_same_values_read_the_same(void **state)
{
	struct reader_options options = { .format = FORMAT_PARQUET };
	const struct batch *b = NULL;
	struct pq_file *f = NULL;
	struct reader *r = NULL;
	struct schema schema;
	char path[600];

	(void)state;
	if (!load())
		skip();
	(void)snprintf(path, sizeof(path), "%s/data/byte_stream_split_extended.gzip.parquet", root);
	assert_int_equal(pq_file_open(&f, AT_FDCWD, path, "x", NULL), ERR_NONE);
	pq_file_schema(f, &schema);
	options.schema = &schema;
	assert_int_equal(reader_open(&r, AT_FDCWD, path, "x", &options, NULL), ERR_NONE);
	assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
	assert_int_equal(b->rows, 200);
	for (size_t i = 0; i + 1 < schema.count; i += 2) {
		for (size_t row = 0; row < b->rows; row++) {
			struct buf one, two;

			buf_init(&one, 1000);
			buf_init(&two, 1000);
			plain_value(&b->cols[i], row, &one);
			plain_value(&b->cols[i + 1], row, &two);
			assert_string_equal(one.data, two.data);
			buf_release(&one);
			buf_release(&two);
		}
	}
	reader_close(r);
	pq_file_close(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_of_the_corpus_behaves_as_its_verdict_says),
		cmocka_unit_test(a_column_that_repeats_is_refused_only_when_asked_for),
		cmocka_unit_test(two_encodings_of_the_same_values_read_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
