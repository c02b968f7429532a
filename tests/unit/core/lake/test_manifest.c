/* test_manifest.c - manifests: written, read back, and every way to be wrong. */
#include "core/lake/manifest.h"
#include "core/storage/live.h"

#include "core/time/civil.h"
#include "core/base/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct column columns[] = { { "tenant_id", COL_INT64 }, { "plan", COL_STRING } };
static const struct schema schema = { columns, countof(columns) };

#define DIGEST_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define TOKEN "0123456789abcdef0123456789abcdef"

/* A manifest with something in every member. */
static void
fill(struct manifest *m)
{
	*m = (struct manifest){
		.dataset = mem_str("adoption"),
		.unit = GRID_DAY,
		.part = civil_day(2024, 3, 10),
		.start_us = civil_day(2024, 3, 10) * DAY_US,
		.end_us = civil_day(2024, 3, 11) * DAY_US,
		.version = 7,
		.publish_id = TOKEN,
		.content_digest = DIGEST_A,
		.partial = true,
		.rows = 30,
		.bytes = 3000,
		.n_files = 2,
		.n_inputs = 3,
	};
	schema_digest(&schema, m->schema_digest);
	m->files = mem_new(2, sizeof(*m->files));
	m->files[0] = (struct manifest_file){ mem_str("part-00000-aaaaaaaa.csv"), 10, 1000,
					      DIGEST_A, "5:1.000000000:2.000000000" };
	m->files[1] = (struct manifest_file){ mem_str("part-00001-bbbbbbbb.csv"), 20, 2000,
					      DIGEST_B, "" };
	m->inputs = mem_new(3, sizeof(*m->inputs));
	m->inputs[0] = (struct manifest_input){ mem_str("events"),
						mem_str("event_date=2024-03-10"),
						5,
						DIGEST_B,
						false,
						false,
						true,
						7,
						json_pack("{s:s}", "id", DIGEST_A) };
	m->inputs[1] = (struct manifest_input){ mem_str("events"),
						mem_str("event_date=2024-03-09"),
						0,
						"",
						true,
						false,
						false,
						0,
						NULL };
	m->inputs[2] = (struct manifest_input){
		mem_str("tenants"), mem_str(""), 0, DIGEST_A, false, false, false, 0, NULL
	};
	m->columns = json_pack("[{s:s,s:s},{s:s,s:s}]", "name", "tenant_id", "type", "int64",
			       "name", "plan", "type", "string");
	m->counters = json_pack("{s:i,s:i,s:i}", "read", 40, "written", 30, "dropped", 10);
	m->checks = json_pack("[{s:s}]", "name", "row_count");
	m->code = json_pack("{s:s,s:s,s:s,s:s,s:s}", "dag", "d", "task", "t", "dag_digest",
			    DIGEST_B, "operator", "ingest", "program", "tidemill 0.1");
	m->run = json_pack("{s:s,s:i,s:i,s:s,s:s,s:s}", "run_id", "manual__1", "epoch", 1, "try", 2,
			   "type", "manual", "data_interval_start", "2024-03-10T00:00:00Z",
			   "data_interval_end", "2024-03-11T00:00:00Z");
}

static char *
text_of(const struct manifest *m)
{
	struct buf out;
	char *text;

	buf_init(&out, MANIFEST_BYTES_MAX);
	manifest_write(m, &out);
	assert_false(out.full);
	text = buf_give(&out);
	buf_release(&out);
	return text;
}

static void
what_is_written_reads_back_the_same(void **state)
{
	struct manifest m, back;
	struct err err;
	char *text, *again;

	(void)state;
	fill(&m);
	for (int kept = 0; kept < 2; kept++) {
		if (kept)
			memcpy(m.kept_from, TOKEN, sizeof(m.kept_from));
		text = text_of(&m);
		if (manifest_read(&back, text, strlen(text), "x", &err))
			fail_msg("%s", err.msg);
		again = text_of(&back);
		assert_string_equal(text, again);
		assert_string_equal(back.dataset, "adoption");
		assert_int_equal(back.part, m.part);
		assert_int_equal(back.version, 7);
		assert_string_equal(back.publish_id, TOKEN);
		assert_string_equal(back.kept_from, kept ? TOKEN : "");
		assert_true(back.partial);
		assert_string_equal(back.files[1].path, "part-00001-bbbbbbbb.csv");
		assert_int_equal(back.files[1].rows, 20);
		assert_true(back.inputs[1].missing);
		assert_string_equal(back.inputs[2].digest, DIGEST_A);
		assert_string_equal(back.inputs[2].partition, "");
		assert_int_equal(text[strlen(text) - 1], '\n');
		manifest_release(&back);
		free(again);
		free(text);
	}
	manifest_release(&m);
}

/* What a reader does not look at is not there, whatever stands there. */
static void
a_part_of_a_manifest_is_read_alone(void **state)
{
	struct manifest m, back;
	struct err err;
	char *text;

	(void)state;
	fill(&m);
	json_array_append_new(m.checks, json_integer(3)); /* which is wrong */
	text = text_of(&m);
	assert_int_equal(manifest_read(&back, text, strlen(text), "x", &err), ERR_INPUT);
	for (int part = MANIFEST_ROWS; part <= MANIFEST_STAMP; part++) {
		if (manifest_read_part(&back, (enum manifest_part)part, text, strlen(text), "x",
				       &err))
			fail_msg("%s", err.msg);
		assert_string_equal(back.dataset, m.dataset);
		assert_string_equal(back.content_digest, m.content_digest);
		assert_true(back.unit == m.unit && back.part == m.part && back.rows == m.rows &&
			    back.version == m.version && !back.zone == !m.zone);
		assert_true(!back.n_inputs && !json_array_size(back.checks));
		assert_int_equal(back.n_files, part == MANIFEST_ROWS ? m.n_files : 0);
		assert_int_equal(json_array_size(back.columns),
				 part == MANIFEST_ROWS ? json_array_size(m.columns) : 0);
		assert_true(part == MANIFEST_STAMP || json_object_size(back.code) > 0);
		manifest_release(&back);
	}
	manifest_release(&m);
	free(text);
}

/* A part of each unit, as its directory and its interval say it. */
static void
parts_of_every_grid_are_told(void **state)
{
	static const struct {
		enum grid_unit unit;
		const char *part, *said;
	} cases[] = {
		{ GRID_HOUR, "2026-05-01T13", "{\"event_hour\":\"2026-05-01T13\"}" },
		{ GRID_WEEK, "2026-04-27", "{\"event_date\":\"2026-04-27\"}" },
		{ GRID_MONTH, "2026-05", "{\"event_month\":\"2026-05\"}" },
		{ GRID_QUARTER, "2026-Q2", "{\"event_quarter\":\"2026-Q2\"}" },
		{ GRID_YEAR, "2026", "{\"event_year\":\"2026\"}" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct grid grid = { .unit = cases[i].unit };
		struct manifest m, back;
		struct err err;
		char *text;

		fill(&m);
		m.unit = grid.unit;
		m.zone = i % 2 ? mem_str("Europe/Berlin") : NULL;
		assert_true(grid_parse(grid, cases[i].part, strlen(cases[i].part), &m.part));
		m.start_us = grid_start(grid, m.part);
		m.end_us = grid_end(grid, m.part);
		text = text_of(&m);
		assert_non_null(strstr(text, cases[i].said));
		assert_int_equal(
		    manifest_read_part(&back, MANIFEST_STAMP, text, strlen(text), "x", NULL),
		    ERR_NONE);
		assert_true(back.unit == m.unit && back.part == m.part);
		assert_string_equal(back.zone ? back.zone : "UTC", m.zone ? m.zone : "UTC");
		manifest_release(&back);
		if (manifest_read(&back, text, strlen(text), "x", &err))
			fail_msg("%s", err.msg);
		assert_true(back.unit == m.unit && back.part == m.part);
		assert_true(back.start_us == m.start_us && back.end_us == m.end_us);
		assert_string_equal(back.zone ? back.zone : "UTC", m.zone ? m.zone : "UTC");
		manifest_release(&back);
		manifest_release(&m);
		free(text);
	}
}

static char *
replace_once(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	assert_non_null(at);
	return mem_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* What 0.2 wrote: format 1, without definitions, contents and identities. */
static void
a_manifest_of_format_1_is_read(void **state)
{
	struct manifest m, back;
	char *text, *old;
	struct err err;

	(void)state;
	fill(&m);
	text = text_of(&m);
	old = replace_once(text, "\"format\":2", "\"format\":1");
	free(text);
	/* Nor did it know any grid but days in UTC. */
	text = old;
	old = replace_once(text,
			   "\"grid\":{\"unit\":\"day\",\"timezone\":\"UTC\",\"start\":"
			   "\"2024-03-10T00:00:00Z\",\"end\":\"2024-03-11T00:00:00Z\"},",
			   "");
	if (manifest_read(&back, old, strlen(old), "x", &err))
		fail_msg("%s", err.msg);
	assert_string_equal(back.definition_digest, "");
	assert_true(back.unit == GRID_DAY && back.part == m.part);
	assert_true(back.start_us == m.start_us && back.end_us == m.end_us);
	assert_null(back.definition);
	assert_string_equal(back.files[1].identity, "");
	assert_null(back.inputs[1].columns);
	manifest_release(&back);
	manifest_release(&m);
	free(old);
	free(text);
}

static void
a_partition_without_rows_has_a_manifest(void **state)
{
	struct manifest m, back;
	struct err err;
	char *text;

	(void)state;
	fill(&m);
	for (size_t i = 0; i < m.n_files; i++)
		free(m.files[i].path);
	m.n_files = 0;
	m.rows = m.bytes = 0;
	text = text_of(&m);
	if (manifest_read(&back, text, strlen(text), "x", &err))
		fail_msg("%s", err.msg);
	assert_int_equal(back.n_files, 0);
	manifest_release(&back);
	manifest_release(&m);
	free(text);
}

/* One change to a good manifest, and a part of what it has to say. */
static const struct {
	const char *from, *to, *want;
} damages[] = {
	{ "\"format\":2", "\"format\":3", "'format'" },
	{ "\"format\":2", "\"format\":0", "'format'" },
	{ "\"dataset\":\"adoption\"", "\"dataset\":\"../x\"", "'dataset'" },
	{ "\"dataset\":\"adoption\"", "\"dataset\":\"\"", "'dataset'" },
	{ "\"dataset\":\"adoption\"", "\"dataset\":7", "'dataset' has to be a string" },
	{ "\"event_date\":\"2024-03-10\"", "\"event_date\":\"2024-02-30\"",
	  "'partition.event_date'" },
	{ "\"partition\":{", "\"partitio\":{", "'partition' has to be an object" },
	{ "\"version\":7", "\"version\":0", "'version' has to be a whole number from 1" },
	{ "\"version\":7", "\"version\":7.5", "'version'" },
	{ "\"version\":7", "\"version\":99999999999999999999", "read" },
	{ "\"publish_id\":\"0", "\"publish_id\":\"g", "'publish_id'" },
	{ "\"publish_id\":\"0", "\"publish_id\":\"", "'publish_id'" },
	{ "\"content_digest\":\"sha256:a", "\"content_digest\":\"a", "'content_digest'" },
	{ "\"content_digest\":\"sha256:a", "\"content_digest\":\"sha256:A", "'content_digest'" },
	{ "\"completeness\":\"partial\"", "\"completeness\":\"full\"", "'completeness'" },
	{ "\"fingerprint\":\"sha256:", "\"fingerprint\":\"sha256:0", "'schema.fingerprint'" },
	{ "\"name\":\"plan\"", "\"name\":\"\"", "'schema.columns[1].name'" },
	{ "\"type\":\"string\"", "\"type\":\"text\"", "'schema.columns[1].type'" },
	{ "\"type\":\"string\"", "\"type\":\"json\"",
	  "'schema.fingerprint' has to be the digest of 'columns'" },
	{ "\"rows\":30,", "\"rows\":31,", "'rows' has to be the sum" },
	{ "\"rows\":30,", "\"rows\":-1,", "'rows' has to be a whole number from 0" },
	{ "\"bytes\":3000,", "\"bytes\":2999,", "'bytes' has to be the sum" },
	{ "\"rows\":10,", "\"rows\":9223372036854775807,", "'rows' has to be the sum" },
	{ "\"bytes\":2000,", "\"bytes\":-2000,", "'files[1].bytes'" },
	{ "part-00000-aaaaaaaa.csv", "a/b", "'files[0].path'" },
	{ "part-00000-aaaaaaaa.csv", "..", "'files[0].path'" },
	{ "part-00000-aaaaaaaa.csv", ".hidden", "'files[0].path'" },
	{ "part-00000-aaaaaaaa.csv", "", "'files[0].path'" },
	{ "part-00000-aaaaaaaa.csv", "a\\u0007", "'files[0].path'" },
	{ "part-00000-aaaaaaaa.csv", "a\\u0000b", "read" },
	{ "part-00000-aaaaaaaa.csv", "_manifest.json", "'files[0].path'" },
	{ "part-00000-aaaaaaaa.csv", "part-00001-bbbbbbbb.csv", "the same path twice" },
	{ "\"sha256\":\"a", "\"sha256\":\"", "'files[0].sha256'" },
	{ "\"partition\":\"event_date=2024-03-09\"", "\"partition\":\"event_date=x\"",
	  "'inputs[1].partition'" },
	{ "\"version\":5", "\"version\":-5", "'inputs[0].version'" },
	{ "\"missing\":true", "\"missing\":1", "'inputs[1].missing'" },
	{ "\"missing\":false", "\"missing\":true", "'inputs[0].missing'" },
	{ "\"dropped\":10", "\"dropped\":\"10\"", "'counters.dropped'" },
	{ "\"dropped\":10", "\"dropped\":-10", "'counters.dropped'" },
	{ "\"checks\":[{", "\"checks\":[7,{", "'checks' has to be a list of objects" },
	{ "\"task\":\"t\"", "\"tsk\":\"t\"", "'code.task'" },
	{ "\"dag_digest\":\"b", "\"dag_digest\":\"c\",\"x\":\"", "'code.dag_digest'" },
	{ "\"program\":\"tidemill 0.1\"", "\"program\":null", "'code.program'" },
	{ "\"epoch\":1", "\"epoch\":-1", "'run.epoch'" },
	{ "\"type\":\"manual\"", "\"type\":\"other\"", "'run.type'" },
	{ "\"unit\":\"day\"", "\"unit\":\"month\"", "'grid.unit'" },
	{ "\"timezone\":\"UTC\"", "\"timezone\":7", "'grid.timezone'" },
	{ "\"start\":\"2024", "\"start\":\"x", "'grid.start'" },
	{ "T00:00:00Z\"},\"checks\"", "T24:00:00Z\"},\"checks\"", "'run.data_interval_end'" },
	{ "{\"format\"", "[{\"format\"", "read" },
	{ "}\n", "}}\n", "read" },
	{ "\"rows\":30,", "\"rows\":30,\"rows\":30,", "read" },
};

static void
every_damage_is_named_with_its_place(void **state)
{
	struct manifest m;
	char *good;

	(void)state;
	fill(&m);
	good = text_of(&m);
	for (size_t i = 0; i < countof(damages); i++) {
		char *bad = replace_once(good, damages[i].from, damages[i].to);
		struct manifest back;
		struct err err = { ERR_NONE };
		enum err_code code = manifest_read(&back, bad, strlen(bad), "x.json", &err);

		if (code != ERR_INPUT || !strstr(err.msg, damages[i].want) ||
		    !strstr(err.msg, "x.json"))
			fail_msg("'%s': code %d, '%s'", damages[i].to, code, err.msg);
		free(bad);
	}
	manifest_release(&m);
	free(good);
}

/* Every prefix of a good text is refused and nothing leaks or is read beyond. */
static void
no_prefix_of_a_manifest_is_one(void **state)
{
	struct manifest m, back;
	char *text;

	(void)state;
	fill(&m);
	text = text_of(&m);
	for (size_t n = 0; n + 2 < strlen(text); n++) {
		char *part = mem_bytes(text, n);

		if (manifest_read(&back, part, n, "x", NULL) != ERR_INPUT)
			fail_msg("%zu bytes were enough", n);
		free(part);
	}
	manifest_release(&m);
	free(text);
}

/* So many files, each of `bytes` 1. */
static enum err_code
read_files(size_t n)
{
	struct manifest m, back;
	enum err_code code;
	char *text;

	fill(&m);
	for (size_t i = 0; i < m.n_files; i++)
		free(m.files[i].path);
	free(m.files);
	m.files = mem_new(n, sizeof(*m.files));
	for (size_t i = 0; i < n; i++)
		m.files[i] = (struct manifest_file){ mem_format("part-%05zu.csv", i), 1, 1,
						     DIGEST_A, "" };
	m.n_files = n;
	m.rows = m.bytes = (int64_t)n;
	text = text_of(&m);
	code = manifest_read(&back, text, strlen(text), "x", NULL);
	if (!code) {
		assert_int_equal(back.n_files, n);
		manifest_release(&back);
	}
	manifest_release(&m);
	free(text);
	return code;
}

static void
files_and_bytes_are_limited_exactly(void **state)
{
	char *big = mem_new(MANIFEST_BYTES_MAX + 2, 1);
	struct manifest m;

	(void)state;
	assert_int_equal(read_files(MANIFEST_FILES_MAX), ERR_NONE);
	assert_int_equal(read_files(MANIFEST_FILES_MAX + 1), ERR_LIMIT);
	memset(big, ' ', MANIFEST_BYTES_MAX + 1);
	assert_int_equal(manifest_read(&m, big, MANIFEST_BYTES_MAX, "x", NULL), ERR_INPUT);
	assert_int_equal(manifest_read(&m, big, MANIFEST_BYTES_MAX + 1, "x", NULL), ERR_LIMIT);
	free(big);
}

static void
a_file_name_cannot_leave_its_directory(void **state)
{
	char name[257];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	assert_true(manifest_plain_name(name, 255));
	assert_false(manifest_plain_name(name, 254));
	assert_true(manifest_plain_name("_SUCCESS", 255));
	assert_true(manifest_plain_name("a..b", 255));
	assert_false(manifest_plain_name("a\nb", 255));
	assert_false(manifest_plain_name("..", 255));
}

static void
counters_have_to_add_up(void **state)
{
	static const struct {
		const char *json;
		enum err_code want;
	} cases[] = {
		{ "{}", ERR_NONE },
		{ "{\"read\":10,\"written\":10}", ERR_NONE },
		{ "{\"read\":10,\"written\":9}", ERR_INPUT },
		{ "{\"read\":10,\"written\":11}", ERR_INPUT },
		{ "{\"written\":1}", ERR_INPUT },
		{ "{\"read\":21,\"written\":1,\"duplicates\":2,\"quarantined\":3,\"dropped\":4,"
		  "\"filtered\":11}",
		  ERR_NONE },
		{ "{\"read\":10,\"written\":3,\"aggregated\":8,\"filtered\":2}", ERR_NONE },
		{ "{\"read\":0,\"written\":3,\"aggregated\":0}", ERR_NONE },
		{ "{\"read\":10,\"written\":2,\"aggregated\":8}", ERR_INPUT },
		{ "{\"read\":10,\"written\":10,\"unknown_keys\":5}", ERR_NONE },
		{ "{\"read\":9223372036854775807,\"written\":9223372036854775807,\"dropped\":1}",
		  ERR_INPUT },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct manifest m = { .dataset = mem_str("d") };
		enum err_code code;

		m.counters = json_loads(cases[i].json, 0, NULL);
		code = manifest_check_counters(&m, NULL);
		if (code != cases[i].want)
			fail_msg("%s: %d", cases[i].json, code);
		manifest_release(&m);
	}
}

static void
other_columns_give_another_schema_digest(void **state)
{
	static const struct column swapped[] = { { "plan", COL_STRING },
						 { "tenant_id", COL_INT64 } };
	static const struct column glued[] = { { "tenant_idint64plan", COL_STRING } };
	const struct schema others[] = {
		{ swapped, 2 }, { columns, 1 }, { glued, 1 }, { NULL, 0 }
	};
	char a[DIGEST_CHARS + 1], b[DIGEST_CHARS + 1];

	(void)state;
	schema_digest(&schema, a);
	for (size_t i = 0; i < countof(others); i++) {
		schema_digest(&others[i], b);
		assert_string_not_equal(a, b);
	}
}

static void
a_directory_without_manifest_is_not_found(void **state)
{
	char dir[] = "/tmp/tidemill-manifest-XXXXXX";
	struct manifest m, back;
	char *text, *path;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(manifest_load(&back, AT_FDCWD, dir, NULL), ERR_NOT_FOUND);
	fill(&m);
	text = text_of(&m);
	path = mem_format("%s/" MANIFEST_FILE, dir);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
	assert_int_equal(manifest_load(&back, AT_FDCWD, dir, NULL), ERR_NONE);
	assert_int_equal(back.version, 7);
	manifest_release(&back);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	manifest_release(&m);
	free(path);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_reads_back_the_same),
		cmocka_unit_test(a_part_of_a_manifest_is_read_alone),
		cmocka_unit_test(parts_of_every_grid_are_told),
		cmocka_unit_test(a_manifest_of_format_1_is_read),
		cmocka_unit_test(a_partition_without_rows_has_a_manifest),
		cmocka_unit_test(every_damage_is_named_with_its_place),
		cmocka_unit_test(no_prefix_of_a_manifest_is_one),
		cmocka_unit_test(files_and_bytes_are_limited_exactly),
		cmocka_unit_test(a_file_name_cannot_leave_its_directory),
		cmocka_unit_test(counters_have_to_add_up),
		cmocka_unit_test(other_columns_give_another_schema_digest),
		cmocka_unit_test(a_directory_without_manifest_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
