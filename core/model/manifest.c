/* manifest.c - _manifest.json: what one version of one partition is. */
#include "core/model/manifest.h"

#include "core/time/civil.h"
#include "core/base/hash.h"
#include "core/model/lake.h"
#include "core/base/mem.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANIFEST_FORMAT = 1 };

#define DIGEST_PREFIX "sha256:"

void
manifest_release(struct manifest *m)
{
	free(m->dataset);
	for (size_t i = 0; i < m->n_files; i++)
		free(m->files[i].path);
	free(m->files);
	for (size_t i = 0; i < m->n_inputs; i++) {
		free(m->inputs[i].dataset);
		free(m->inputs[i].partition);
	}
	free(m->inputs);
	json_decref(m->columns);
	json_decref(m->counters);
	json_decref(m->checks);
	json_decref(m->code);
	json_decref(m->run);
	*m = (struct manifest){ 0 };
}

bool
manifest_plain_name(const char *name, size_t bytes_max)
{
	size_t bytes = strlen(name);

	if (bytes == 0 || bytes > bytes_max || name[0] == '.')
		return false;
	for (size_t i = 0; i < bytes; i++) {
		if (name[i] == '/' || (unsigned char)name[i] < ' ' || name[i] == 127)
			return false;
	}
	return true;
}

void
schema_digest(const struct schema *schema, char out[DIGEST_CHARS + 1])
{
	struct digest d;

	digest_init(&d);
	for (size_t i = 0; i < schema->count; i++) {
		const char *type = col_type_name(schema->columns[i].type);

		/* With their NULs, so that no two lists of words give the same bytes. */
		digest_add(&d, schema->columns[i].name, strlen(schema->columns[i].name) + 1);
		digest_add(&d, type, strlen(type) + 1);
	}
	digest_end(&d, out);
}

/* ---- counters ---- */

enum err_code
manifest_check_counters(const struct manifest *m, struct err *err)
{
	static const char *const parts[] = { "duplicates", "quarantined", "dropped", "filtered",
					     "aggregated" };
	int64_t read = json_get_int(m->counters, "read", 0);
	int64_t sum = 0;

	if (!json_object_get(m->counters, "aggregated"))
		sum = json_get_int(m->counters, "written", 0);
	for (size_t i = 0; i < countof(parts); i++) {
		int64_t part = json_get_int(m->counters, parts[i], 0);

		if (__builtin_add_overflow(sum, part, &sum))
			return err_set(err, ERR_INPUT, "check the counters of '%s': too large",
				       m->dataset);
	}
	if (sum != read)
		return err_set(err, ERR_INPUT,
			       "check the counters of '%s': %lld rows were read, %lld are "
			       "accounted for",
			       m->dataset, (long long)read, (long long)sum);
	return ERR_NONE;
}

/* ---- writing ---- */

static json_t *
digest_new(const char *digest)
{
	return *digest ? json_sprintf(DIGEST_PREFIX "%s", digest) : json_string("");
}

static json_t *
files_new(const struct manifest *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->n_files; i++) {
		const struct manifest_file *f = &m->files[i];
		json_t *item =
		    json_pack("{s:s, s:I, s:I, s:s}", "path", f->path, "rows", (json_int_t)f->rows,
			      "bytes", (json_int_t)f->bytes, "sha256", f->sha256);

		assert(item);
		json_array_append_new(list, item);
	}
	return list;
}

static json_t *
inputs_new(const struct manifest *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->n_inputs; i++) {
		const struct manifest_input *in = &m->inputs[i];
		json_t *item =
		    json_pack("{s:s, s:s, s:I, s:o, s:b}", "dataset", in->dataset, "partition",
			      in->partition, "version", (json_int_t)in->version, "content_digest",
			      digest_new(in->digest), "missing", (int)in->missing);

		assert(item);
		json_array_append_new(list, item);
	}
	return list;
}

static json_t *
copy_or(const json_t *value, json_t *empty)
{
	json_t *copy = value ? json_deep_copy(value) : NULL;

	if (!copy)
		return empty;
	json_decref(empty);
	return copy;
}

void
manifest_write(const struct manifest *m, struct buf *out)
{
	char date[DATE_CHARS + 1];
	json_t *root;

	date_format(m->day, date);
	root = json_pack("{s:i, s:s, s:{s:s}, s:I, s:s, s:s}", "format", MANIFEST_FORMAT, "dataset",
			 m->dataset, "partition", "event_date", date, "version",
			 (json_int_t)m->version, "publish_id", m->publish_id, "completeness",
			 m->partial ? "partial" : "complete");
	assert(root);
	if (m->kept_from[0])
		json_object_set_new(root, "kept_from", json_string(m->kept_from));
	json_object_set_new(root, "content_digest", digest_new(m->content_digest));
	json_object_set_new(root, "schema",
			    json_pack("{s:o, s:o}", "fingerprint", digest_new(m->schema_digest),
				      "columns", copy_or(m->columns, json_array())));
	json_object_set_new(root, "rows", json_integer(m->rows));
	json_object_set_new(root, "bytes", json_integer(m->bytes));
	json_object_set_new(root, "files", files_new(m));
	json_object_set_new(root, "counters", copy_or(m->counters, json_object()));
	json_object_set_new(root, "inputs", inputs_new(m));
	json_object_set_new(root, "code", copy_or(m->code, json_object()));
	json_object_set_new(root, "run", copy_or(m->run, json_object()));
	json_object_set_new(root, "checks", copy_or(m->checks, json_array()));
	json_write(root, out);
	buf_char(out, '\n');
	json_decref(root);
}

/* ---- reading ---- */

/* The first member that is not as it has to be is told; what comes after it is skipped. */
struct reader {
	const char *what;
	char at[64]; /* prefix of the members being read, such as "files[3]." */
	struct err *err;
	enum err_code code;
};

static void
refuse(struct reader *r, const char *key, const char *wanted)
{
	if (!r->code)
		r->code = err_set(r->err, ERR_INPUT, "read '%s': '%s%s' has to be %s", r->what,
				  r->at, key, wanted);
}

static const char *
take_text(struct reader *r, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text)
		return text;
	refuse(r, key, "a string");
	return "";
}

static const char *
take_name(struct reader *r, const json_t *object, const char *key, size_t bytes_max)
{
	const char *text = take_text(r, object, key);

	if (!manifest_plain_name(text, bytes_max))
		refuse(r, key, "a plain name: not empty, without '/' and without '.' in front");
	return text;
}

static int64_t
take_int(struct reader *r, const json_t *object, const char *key, int64_t min)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_integer(value) && json_integer_value(value) >= min)
		return json_integer_value(value);
	refuse(r, key, min > 0 ? "a whole number from 1" : "a whole number from 0");
	return min;
}

static bool
take_bool(struct reader *r, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_boolean(value))
		refuse(r, key, "true or false");
	return json_is_true(value);
}

static bool
is_hex(const char *text, size_t chars)
{
	return strlen(text) == chars && strspn(text, "0123456789abcdef") == chars;
}

/* `prefix` stands before the digits; `chars` digits and a NUL go to out. */
static void
take_hex(struct reader *r, const json_t *object, const char *key, const char *prefix, size_t chars,
	 char *out)
{
	const char *text = take_text(r, object, key);
	size_t skip = strlen(prefix);

	if (strncmp(text, prefix, skip) == 0 && is_hex(text + skip, chars))
		memcpy(out, text + skip, chars + 1);
	else
		refuse(r, key, "a digest or id in lower-case hexadecimal digits");
}

static void
take_instant(struct reader *r, const json_t *object, const char *key)
{
	const char *text = take_text(r, object, key);
	int64_t us;

	if (!timestamp_parse(text, strlen(text), &us))
		refuse(r, key, "a time such as 2026-05-01T00:00:00Z");
}

static json_t *
take_list(struct reader *r, const json_t *object, const char *key, size_t count_max)
{
	json_t *value = json_object_get(object, key);

	if (!json_is_array(value))
		refuse(r, key, "a list");
	else if (json_array_size(value) > count_max && !r->code)
		r->code = err_set(r->err, ERR_LIMIT, "read '%s': '%s' has more than %zu items",
				  r->what, key, count_max);
	return r->code ? NULL : value;
}

static json_t *
take_object(struct reader *r, const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!json_is_object(value))
		refuse(r, key, "an object");
	return r->code ? NULL : value;
}

/* The members that are read next belong to item `i` of list `key`. */
static void
at_item(struct reader *r, const char *key, size_t i)
{
	(void)snprintf(r->at, sizeof(r->at), "%s[%zu].", key, i);
}

static void
at_object(struct reader *r, const char *key)
{
	(void)snprintf(r->at, sizeof(r->at), "%s%s", key, *key ? "." : "");
}

static void
read_head(struct reader *r, const json_t *root, struct manifest *m)
{
	const json_t *partition = take_object(r, root, "partition");
	const char *completeness = take_text(r, root, "completeness");
	const char *date;

	if (json_get_int(root, "format", 0) != MANIFEST_FORMAT)
		refuse(r, "format", "1: another version of the program wrote it");
	m->dataset = mem_str(take_name(r, root, "dataset", NAME_MAX_BYTES));
	m->version = take_int(r, root, "version", 1);
	take_hex(r, root, "publish_id", "", TOKEN_CHARS, m->publish_id);
	if (json_object_get(root, "kept_from"))
		take_hex(r, root, "kept_from", "", TOKEN_CHARS, m->kept_from);
	take_hex(r, root, "content_digest", DIGEST_PREFIX, DIGEST_CHARS, m->content_digest);
	m->partial = strcmp(completeness, "partial") == 0;
	if (!m->partial && strcmp(completeness, "complete") != 0)
		refuse(r, "completeness", "complete or partial");
	m->rows = take_int(r, root, "rows", 0);
	m->bytes = take_int(r, root, "bytes", 0);
	at_object(r, "partition");
	date = take_text(r, partition, "event_date");
	if (!date_parse(date, strlen(date), &m->day))
		refuse(r, "event_date", "a date such as 2026-05-01");
	at_object(r, "");
}

static void
read_schema(struct reader *r, const json_t *root, struct manifest *m)
{
	const json_t *object = take_object(r, root, "schema");
	struct schema schema = { 0 };
	struct column *columns;
	char digest[DIGEST_CHARS + 1];
	json_t *list;

	at_object(r, "schema");
	take_hex(r, object, "fingerprint", DIGEST_PREFIX, DIGEST_CHARS, m->schema_digest);
	list = take_list(r, object, "columns", DAG_COLUMNS_MAX);
	columns = mem_new(json_array_size(list), sizeof(*columns));
	for (size_t i = 0; i < json_array_size(list) && !r->code; i++) {
		const json_t *item = json_array_get(list, i);
		int type;

		at_item(r, "schema.columns", i);
		columns[i].name = take_text(r, item, "name");
		if (!*columns[i].name || strlen(columns[i].name) > NAME_MAX_BYTES)
			refuse(r, "name", "the name of a column");
		type = col_type_of(take_text(r, item, "type"));
		if (type < 0)
			refuse(r, "type", "a column type");
		else
			columns[i].type = (enum col_type)type;
	}
	at_object(r, "schema");
	schema.columns = columns;
	schema.count = json_array_size(list);
	if (!r->code)
		schema_digest(&schema, digest);
	if (!r->code && strcmp(digest, m->schema_digest) != 0)
		refuse(r, "fingerprint", "the digest of 'columns'");
	free(columns);
	m->columns = json_incref(list);
	at_object(r, "");
}

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct manifest_file *)a)->path,
		      ((const struct manifest_file *)b)->path);
}

/* No name twice, and the totals are the sums. */
static void
check_files(struct reader *r, const struct manifest *m)
{
	struct manifest_file *sorted = mem_new(m->n_files, sizeof(*sorted));
	int64_t rows = 0, bytes = 0;
	bool sums = true;

	memcpy(sorted, m->files, m->n_files * sizeof(*sorted));
	qsort(sorted, m->n_files, sizeof(*sorted), compare_paths);
	for (size_t i = 0; i < m->n_files; i++) {
		if (i > 0 && compare_paths(&sorted[i - 1], &sorted[i]) == 0)
			refuse(r, "files", "a list without the same path twice");
		sums = sums && !__builtin_add_overflow(rows, sorted[i].rows, &rows) &&
		       !__builtin_add_overflow(bytes, sorted[i].bytes, &bytes);
	}
	if (!sums || rows != m->rows)
		refuse(r, "rows", "the sum of the rows of 'files'");
	if (!sums || bytes != m->bytes)
		refuse(r, "bytes", "the sum of the bytes of 'files'");
	free(sorted);
}

static void
read_files(struct reader *r, const json_t *root, struct manifest *m)
{
	const json_t *list = take_list(r, root, "files", MANIFEST_FILES_MAX);

	m->files = mem_new(json_array_size(list), sizeof(*m->files));
	for (size_t i = 0; i < json_array_size(list) && !r->code; i++) {
		const json_t *item = json_array_get(list, i);
		struct manifest_file *f = &m->files[m->n_files++];

		at_item(r, "files", i);
		f->path = mem_str(take_name(r, item, "path", NAME_MAX));
		if (strcmp(f->path, MANIFEST_FILE) == 0)
			refuse(r, "path", "another file than the manifest");
		f->rows = take_int(r, item, "rows", 0);
		f->bytes = take_int(r, item, "bytes", 0);
		take_hex(r, item, "sha256", "", DIGEST_CHARS, f->sha256);
	}
	at_object(r, "");
	if (!r->code)
		check_files(r, m);
}

static void
read_input(struct reader *r, const json_t *item, struct manifest_input *in)
{
	const char *digest = take_text(r, item, "content_digest");
	int64_t day;

	in->dataset = mem_str(take_name(r, item, "dataset", NAME_MAX_BYTES));
	in->partition = mem_str(take_text(r, item, "partition"));
	if (in->partition[0] && !lake_partition_parse(in->partition, &day))
		refuse(r, "partition", "the name of a partition or empty");
	in->version = take_int(r, item, "version", 0);
	if (*digest)
		take_hex(r, item, "content_digest", DIGEST_PREFIX, DIGEST_CHARS, in->digest);
	in->missing = take_bool(r, item, "missing");
	if (in->missing && (in->version || in->digest[0]))
		refuse(r, "missing", "false for an input that has a version or digest");
}

static void
read_inputs(struct reader *r, const json_t *root, struct manifest *m)
{
	const json_t *list = take_list(r, root, "inputs", MANIFEST_INPUTS_MAX);

	m->inputs = mem_new(json_array_size(list), sizeof(*m->inputs));
	for (size_t i = 0; i < json_array_size(list) && !r->code; i++) {
		at_item(r, "inputs", i);
		read_input(r, json_array_get(list, i), &m->inputs[m->n_inputs++]);
	}
	at_object(r, "");
}

static void
read_counters(struct reader *r, const json_t *root, struct manifest *m)
{
	json_t *value;
	const char *key;

	m->counters = json_incref(take_object(r, root, "counters"));
	at_object(r, "counters");
	json_object_foreach(m->counters, key, value)
	{
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			refuse(r, key, "a whole number from 0");
	}
	at_object(r, "");
}

static void
read_checks(struct reader *r, const json_t *root, struct manifest *m)
{
	m->checks = json_incref(take_list(r, root, "checks", MANIFEST_CHECKS_MAX));
	for (size_t i = 0; i < json_array_size(m->checks); i++) {
		if (!json_is_object(json_array_get(m->checks, i)))
			refuse(r, "checks", "a list of objects");
	}
}

/* Who made it: both objects are kept as they are once their members are right. */
static void
read_origin(struct reader *r, const json_t *root, struct manifest *m)
{
	char digest[DIGEST_CHARS + 1];

	m->code = json_incref(take_object(r, root, "code"));
	m->run = json_incref(take_object(r, root, "run"));
	at_object(r, "code");
	(void)take_name(r, m->code, "dag", NAME_MAX_BYTES);
	(void)take_name(r, m->code, "task", NAME_MAX_BYTES);
	take_hex(r, m->code, "dag_digest", "", DIGEST_CHARS, digest);
	(void)take_text(r, m->code, "operator");
	(void)take_text(r, m->code, "program");
	at_object(r, "run");
	(void)take_name(r, m->run, "run_id", RUN_ID_CHARS);
	(void)take_int(r, m->run, "epoch", 0);
	(void)take_int(r, m->run, "try", 0);
	if (run_type_of(take_text(r, m->run, "type")) < 0)
		refuse(r, "type", "scheduled, manual or backfill");
	take_instant(r, m->run, "data_interval_start");
	take_instant(r, m->run, "data_interval_end");
	at_object(r, "");
}

enum err_code
manifest_read(struct manifest *out, const char *data, size_t bytes, const char *what,
	      struct err *err)
{
	struct reader r = { .what = what, .err = err };
	struct manifest m = { 0 };
	json_t *root = NULL;

	if (bytes > MANIFEST_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "read '%s': larger than %d bytes", what,
			       MANIFEST_BYTES_MAX);
	r.code = json_read(&root, data, bytes, what, err);
	if (!r.code && !json_is_object(root))
		r.code = err_set(err, ERR_INPUT, "read '%s': not a JSON object", what);
	if (!r.code) {
		read_head(&r, root, &m);
		read_schema(&r, root, &m);
		read_files(&r, root, &m);
		read_inputs(&r, root, &m);
		read_counters(&r, root, &m);
		read_checks(&r, root, &m);
		read_origin(&r, root, &m);
	}
	json_decref(root);
	if (r.code)
		manifest_release(&m);
	else
		*out = m;
	return r.code;
}

enum err_code
manifest_load(struct manifest *out, int dir, const char *path, struct err *err)
{
	char *name = mem_format("%s/" MANIFEST_FILE, path);
	enum err_code code;
	struct buf text;

	buf_init(&text, MANIFEST_BYTES_MAX);
	code = buf_read_file(&text, dir, name, err);
	if (!code)
		code = manifest_read(out, text.data, text.bytes, name, err);
	buf_release(&text);
	free(name);
	return code;
}
