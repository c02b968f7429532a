/* manifest.c - _manifest.json: what one version of one partition is. */
#include "core/lake/manifest.h"

#include "core/time/grid.h"
#include "core/base/hash.h"
#include "core/base/jkeys.h"
#include "core/base/mem.h"
#include "core/base/size.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Format 1 knew no definitions. */
enum { MANIFEST_FORMAT = 2 };

#define DIGEST_PREFIX "sha256:"

void
manifest_release(struct manifest *m)
{
	free(m->dataset);
	free(m->zone);
	for (size_t i = 0; i < m->n_files; i++)
		free(m->files[i].path);
	free(m->files);
	for (size_t i = 0; i < m->n_inputs; i++) {
		free(m->inputs[i].dataset);
		free(m->inputs[i].partition);
		json_decref(m->inputs[i].columns);
	}
	free(m->inputs);
	json_decref(m->definition);
	json_decref(m->columns);
	json_decref(m->counters);
	json_decref(m->checks);
	json_decref(m->code);
	json_decref(m->run);
	*m = (struct manifest){ 0 };
}

/* The part that a directory's name means; of two units with the same key the first. */
static bool
part_of_key(const char *key, int64_t *part)
{
	for (int unit = 0; unit < GRID_UNITS; unit++)
		if (grid_key_parse((struct grid){ .unit = (enum grid_unit)unit }, key, part))
			return true;
	return false;
}

bool
manifest_input_part(const struct manifest_input *in, int64_t *part)
{
	if (in->weekly)
		return grid_key_parse((struct grid){ .unit = GRID_WEEK }, in->partition, part);
	return part_of_key(in->partition, part);
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
	static const char *const parts[] = { "duplicates", "quarantined", "dropped",
					     "filtered",   "aggregated",  "outside" };
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

/* ---- the rows ---- */

static bool
is_dataset_name(const char *text)
{
	return manifest_plain_name(text, NAME_MAX_BYTES);
}

static bool
is_run_name(const char *text)
{
	return manifest_plain_name(text, RUN_ID_CHARS);
}

static bool
is_file_name(const char *text)
{
	return manifest_plain_name(text, NAME_MAX) && strcmp(text, MANIFEST_FILE) != 0;
}

static bool
is_partition(const char *text)
{
	int64_t part;

	return !*text || part_of_key(text, &part);
}

static bool
is_column_name(const char *text)
{
	return *text && strlen(text) <= NAME_MAX_BYTES;
}

static bool
is_instant(const char *text)
{
	int64_t us;

	return timestamp_parse(text, strlen(text), &us);
}

static bool
is_run_type(const char *text)
{
	return run_type_of(text) >= 0;
}

static bool
is_column_type(const char *text)
{
	return col_type_of(text) >= 0;
}

static json_t *
put_format(const void *base)
{
	(void)base;
	return json_integer(MANIFEST_FORMAT);
}

static void
take_format(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	(void)base;
	if (!json_is_integer(value) || json_integer_value(value) < 1 ||
	    json_integer_value(value) > MANIFEST_FORMAT)
		jkeys_refuse(r, row->name, "1 or 2");
}

/* The columns of an input, and its rows with them: neither is there without the other. */
static json_t *
put_input_rows(const void *base)
{
	const struct manifest_input *in = base;

	return in->columns ? json_integer((json_int_t)in->rows) : NULL;
}

static void
take_input_rows(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	(void)r;
	(void)row;
	((struct manifest_input *)base)->rows = json_is_integer(value) ? json_integer_value(value)
								       : -1;
}

/* ---- which part of which grid ---- */

/* The unit that a key of `partition` stands for; a week has that of days, and `grid` tells it. */
static enum grid_unit
unit_of_key(const struct jkey *row)
{
	static const char *const keys[GRID_UNITS] = {
		[GRID_HOUR] = "event_hour",   [GRID_DAY] = "event_date",
		[GRID_MONTH] = "event_month", [GRID_QUARTER] = "event_quarter",
		[GRID_YEAR] = "event_year",
	};
	int unit = 0;

	while (!keys[unit] || strcmp(keys[unit], row->name) != 0)
		unit++;
	return (enum grid_unit)unit;
}

struct grid
manifest_grid(const struct manifest *m)
{
	return (struct grid){ .unit = m->unit };
}

/* Of the five keys, the one of its unit is there. */
#define PUT_PART(NAME, UNIT, OTHER)                                                   \
	static json_t *put_##NAME(const void *base)                                   \
	{                                                                             \
		const struct manifest *m = base;                                      \
                                                                                      \
		return m->unit == (UNIT) || m->unit == (OTHER) ? part_text(m) : NULL; \
	}

static json_t *
part_text(const struct manifest *m)
{
	char text[GRID_TEXT_CHARS + 1];

	grid_text(manifest_grid(m), m->part, text);
	return json_string(text);
}

PUT_PART(hour, GRID_HOUR, GRID_HOUR)
PUT_PART(date, GRID_DAY, GRID_WEEK)
PUT_PART(month, GRID_MONTH, GRID_MONTH)
PUT_PART(quarter, GRID_QUARTER, GRID_QUARTER)
PUT_PART(year, GRID_YEAR, GRID_YEAR)
#undef PUT_PART

static void
take_part(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	const char *text = json_string_value(value);
	struct manifest *m = base;
	struct grid grid = { .unit = unit_of_key(row) };

	if (!value)
		return;
	m->unit = grid.unit;
	m->has_part = text && grid_parse(grid, text, strlen(text), &m->part);
	if (!m->has_part)
		jkeys_refuse(r, row->name, "the name of a partition, such as 2026-05-01");
}

static json_t *
put_unit(const void *base)
{
	return json_string(grid_unit_name(((const struct manifest *)base)->unit));
}

/* Format 2 of 0.2 did not say it: days.  The key says it but for weeks, which share that of days.
 */
static void
take_unit(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	const char *word = json_string_value(value);
	struct manifest *m = base;
	char day[GRID_TEXT_CHARS + 1];
	int unit = word ? grid_unit_of(word) : -1;

	if (!m->has_part)
		return;
	if (unit == GRID_WEEK && m->unit == GRID_DAY) {
		grid_text(manifest_grid(m), m->part, day);
		m->unit = GRID_WEEK;
		if (grid_parse(manifest_grid(m), day, strlen(day), &m->part))
			return;
	}
	if (unit != (int)m->unit)
		jkeys_refuse(r, row->name, "the unit that 'partition' names");
}

static json_t *
put_timezone(const void *base)
{
	const char *zone = ((const struct manifest *)base)->zone;

	return json_string(zone ? zone : "UTC");
}

static void
take_timezone(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	const char *zone = json_string_value(value);

	if (!zone || !*zone)
		jkeys_refuse(r, row->name, "the name of a zone, such as Europe/Berlin");
	else if (strcmp(zone, "UTC") != 0)
		((struct manifest *)base)->zone = mem_str(zone);
}

static json_t *
instant_json(int64_t us)
{
	char text[TIMESTAMP_CHARS + 1];

	timestamp_format(us, text);
	return json_string(text);
}

static json_t *
put_start(const void *base)
{
	return instant_json(((const struct manifest *)base)->start_us);
}

static json_t *
put_end(const void *base)
{
	return instant_json(((const struct manifest *)base)->end_us);
}

static void
take_edge(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	struct manifest *m = base;
	const char *text = json_string_value(value);
	int64_t *edge = strcmp(row->name, "start") == 0 ? &m->start_us : &m->end_us;

	if (!text || !timestamp_parse(text, strlen(text), edge))
		jkeys_refuse(r, row->name, "a time such as 2026-05-01T00:00:00Z");
}

static json_t *
put_completeness(const void *base)
{
	return json_string(((const struct manifest *)base)->partial ? "partial" : "complete");
}

static void
take_completeness(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	const char *word = json_string_value(value);
	bool partial = word && strcmp(word, "partial") == 0;

	((struct manifest *)base)->partial = partial;
	if (!partial && (!word || strcmp(word, "complete") != 0))
		jkeys_refuse(r, row->name, "complete or partial");
}

static json_t *
put_identity(const void *base)
{
	const char *identity = ((const struct manifest_file *)base)->identity;

	return *identity ? json_string(identity) : NULL;
}

/* One that cannot be ours is not known: then the file is read and compared. */
static void
take_identity(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	const char *text = json_string_value(value);
	size_t bytes = text ? strlen(text) : 0;

	(void)r;
	(void)row;
	if (bytes <= IDENTITY_CHARS)
		memcpy(((struct manifest_file *)base)->identity, text ? text : "", bytes + 1);
}

/* That it is final is not said. */
static json_t *
put_preliminary(const void *base)
{
	return ((const struct manifest *)base)->preliminary ? json_true() : NULL;
}

/* The reason says it all. */
static void
take_preliminary(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	(void)base;
	if (value && !json_is_true(value))
		jkeys_refuse(r, row->name, "true, or left out");
}

static json_t *
put_reason(const void *base)
{
	const char *reason = ((const struct manifest *)base)->preliminary;

	return reason ? json_string(reason) : NULL;
}

static void
take_reason(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	static const char *const reasons[] = { MANIFEST_EARLY, "watermark" };
	const char *word = json_string_value(value);

	for (size_t i = 0; word && i < countof(reasons); i++)
		if (!strcmp(word, reasons[i]))
			((struct manifest *)base)->preliminary = reasons[i];
	if (value && !((struct manifest *)base)->preliminary)
		jkeys_refuse(r, row->name, "early or watermark");
}

static json_t *
put_input_unit(const void *base)
{
	bool weekly = ((const struct manifest_input *)base)->weekly;

	return weekly ? json_string(grid_unit_name(GRID_WEEK)) : NULL;
}

static void
take_input_unit(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	const char *word = json_string_value(value);

	((struct manifest_input *)base)->weekly = word && grid_unit_of(word) == GRID_WEEK;
	if (value && !((struct manifest_input *)base)->weekly)
		jkeys_refuse(r, row->name, "week, or left out");
}

/* That it was cut, or had not to be, is not said. */
static json_t *
put_map(const void *base)
{
	return ((const struct manifest_input *)base)->whole ? json_string("whole") : NULL;
}

static void
take_map(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	const char *word = json_string_value(value);

	((struct manifest_input *)base)->whole = word && strcmp(word, "whole") == 0;
	if (value && !((struct manifest_input *)base)->whole)
		jkeys_refuse(r, row->name, "whole, or left out");
}

static void
check_input(struct jreader *r, const void *item)
{
	const struct manifest_input *in = item;

	if (in->missing && (in->version || in->digest[0]))
		jkeys_refuse(r, "missing", "false for an input that has a version or digest");
}

#define A_NAME "a plain name: not empty, without '/' and without '.' in front"

/* clang-format off */
#define AT(field) offsetof(struct manifest_file, field)
static const struct jkey file_keys[] = {
	{ "path", JKEY_TEXT, .at = AT(path), .good = is_file_name, .wanted = A_NAME },
	{ "rows", JKEY_INT64, .at = AT(rows), .max = INT64_MAX },
	{ "bytes", JKEY_INT64, .at = AT(bytes), .max = INT64_MAX },
	{ "sha256", JKEY_HEX, .at = AT(sha256), .max = DIGEST_CHARS },
	{ "identity", JKEY_CUSTOM, .put = put_identity, .take = take_identity },
};
#undef AT

#define AT(field) offsetof(struct manifest_input, field)
static const struct jkey input_keys[] = {
	{ "dataset", JKEY_TEXT, .at = AT(dataset), .good = is_dataset_name, .wanted = A_NAME },
	{ "partition", JKEY_TEXT, .at = AT(partition), .good = is_partition,
	  .wanted = "the name of a partition or empty" },
	{ "version", JKEY_INT64, .at = AT(version), .max = INT64_MAX },
	{ "content_digest", JKEY_HEX, .at = AT(digest), .max = DIGEST_CHARS, .prefix = DIGEST_PREFIX,
	  .or_none = true },
	{ "missing", JKEY_BOOL, .at = AT(missing) },
	{ "unit", JKEY_CUSTOM, .put = put_input_unit, .take = take_input_unit },
	{ "map", JKEY_CUSTOM, .put = put_map, .take = take_map },
	{ "rows", JKEY_CUSTOM, .put = put_input_rows, .take = take_input_rows },
	{ "columns", JKEY_MAP, .at = AT(columns), .sparse = true },
};
#undef AT

static const struct jtable files = JTABLE(file_keys, struct manifest_file, MANIFEST_FILES_MAX);
static const struct jtable inputs = {
	input_keys, countof(input_keys), sizeof(struct manifest_input), MANIFEST_INPUTS_MAX, check_input,
};

#define AT(field) offsetof(struct manifest, field)
static const struct jkey partition_keys[] = {
	{ "event_hour", JKEY_CUSTOM, .put = put_hour, .take = take_part },
	{ "event_date", JKEY_CUSTOM, .put = put_date, .take = take_part },
	{ "event_month", JKEY_CUSTOM, .put = put_month, .take = take_part },
	{ "event_quarter", JKEY_CUSTOM, .put = put_quarter, .take = take_part },
	{ "event_year", JKEY_CUSTOM, .put = put_year, .take = take_part },
};
static const struct jkey grid_keys[] = {
	{ "unit", JKEY_CUSTOM, .put = put_unit, .take = take_unit },
	{ "timezone", JKEY_CUSTOM, .put = put_timezone, .take = take_timezone },
	{ "start", JKEY_CUSTOM, .put = put_start, .take = take_edge },
	{ "end", JKEY_CUSTOM, .put = put_end, .take = take_edge },
};
static const struct jkey schema_keys[] = {
	{ "fingerprint", JKEY_HEX, .at = AT(schema_digest), .max = DIGEST_CHARS, .prefix = DIGEST_PREFIX },
	{ "columns", JKEY_ITEMS, .at = AT(columns), .max = DAG_COLUMNS_MAX },
};

static const struct jtable partition = JTABLE(partition_keys, struct manifest, 1);
static const struct jtable grid = JTABLE(grid_keys, struct manifest, 1);
static const struct jtable schema = JTABLE(schema_keys, struct manifest, 1);

static const struct jkey manifest_keys[] = {
	{ "format", JKEY_CUSTOM, .put = put_format, .take = take_format },
	{ "dataset", JKEY_TEXT, .at = AT(dataset), .good = is_dataset_name, .wanted = A_NAME },
	{ "partition", JKEY_OBJECT, .table = &partition },
	{ "grid", JKEY_OBJECT, .table = &grid, .sparse = true },
	{ "version", JKEY_INT64, .at = AT(version), .min = 1, .max = INT64_MAX },
	{ "publish_id", JKEY_HEX, .at = AT(publish_id), .max = TOKEN_CHARS },
	{ "completeness", JKEY_CUSTOM, .put = put_completeness, .take = take_completeness },
	{ "preliminary", JKEY_CUSTOM, .put = put_preliminary, .take = take_preliminary },
	{ "reason", JKEY_CUSTOM, .put = put_reason, .take = take_reason },
	{ "kept_from", JKEY_HEX, .at = AT(kept_from), .max = TOKEN_CHARS, .sparse = true },
	{ "content_digest", JKEY_HEX, .at = AT(content_digest), .max = DIGEST_CHARS,
	  .prefix = DIGEST_PREFIX },
	{ "definition_digest", JKEY_HEX, .at = AT(definition_digest), .max = DIGEST_CHARS,
	  .prefix = DIGEST_PREFIX, .sparse = true },
	{ "rows_definition", JKEY_HEX, .at = AT(rows_definition), .max = DIGEST_CHARS,
	  .prefix = DIGEST_PREFIX, .sparse = true },
	{ "definition", JKEY_MAP, .at = AT(definition), .sparse = true },
	{ "schema", JKEY_OBJECT, .table = &schema },
	{ "rows", JKEY_INT64, .at = AT(rows), .max = INT64_MAX },
	{ "bytes", JKEY_INT64, .at = AT(bytes), .max = INT64_MAX },
	{ "files", JKEY_LIST, .at = AT(files), .count_at = AT(n_files), .table = &files },
	{ "counters", JKEY_MAP, .at = AT(counters) },
	{ "inputs", JKEY_LIST, .at = AT(inputs), .count_at = AT(n_inputs), .table = &inputs },
	{ "code", JKEY_MAP, .at = AT(code) },
	{ "run", JKEY_MAP, .at = AT(run) },
	{ "checks", JKEY_ITEMS, .at = AT(checks), .max = MANIFEST_CHECKS_MAX },
};
static const struct jkey stamp_keys[] = {
	{ "format", JKEY_CUSTOM, .take = take_format },
	{ "dataset", JKEY_TEXT, .at = AT(dataset), .good = is_dataset_name, .wanted = A_NAME },
	{ "partition", JKEY_OBJECT, .table = &partition },
	{ "grid", JKEY_OBJECT, .table = &grid, .sparse = true },
	{ "version", JKEY_INT64, .at = AT(version), .min = 1, .max = INT64_MAX },
	{ "content_digest", JKEY_HEX, .at = AT(content_digest), .max = DIGEST_CHARS,
	  .prefix = DIGEST_PREFIX },
	{ "rows", JKEY_INT64, .at = AT(rows), .max = INT64_MAX },
};
#undef AT
static const struct jtable manifest_table = JTABLE(manifest_keys, struct manifest, 1);
static const struct jtable stamp_table = JTABLE(stamp_keys, struct manifest, 1);

/* What is left out of a stamp; from NOT_OF_ROWS on, also of what a reader of its rows needs. */
enum { NOT_OF_ROWS = 3 };
static const char *const left_out[] = {
	"schema", "files", "code", "definition", "counters", "inputs", "run", "checks", NULL,
};

/* What is kept as JSON has members too, which have to be right: columns, code and run. */
struct listed {
	char *name, *type;
};

struct kept {
	struct listed *columns;
	size_t n_columns;
	char *dag, *task, *op, *program, *run_id, *type, *start, *end;
	char dag_digest[DIGEST_CHARS + 1];
	int64_t epoch, try_number;
};

#define AT(field) offsetof(struct listed, field)
static const struct jkey column_keys[] = {
	{ "name", JKEY_TEXT, .at = AT(name), .good = is_column_name, .wanted = "the name of a column" },
	{ "type", JKEY_TEXT, .at = AT(type), .good = is_column_type, .wanted = "a column type" },
};
#undef AT
static const struct jtable columns = JTABLE(column_keys, struct listed, DAG_COLUMNS_MAX);

#define AT(field) offsetof(struct kept, field)
static const struct jkey columns_keys[] = {
	{ "columns", JKEY_LIST, .at = AT(columns), .count_at = AT(n_columns), .table = &columns },
};
static const struct jkey code_keys[] = {
	{ "dag", JKEY_TEXT, .at = AT(dag), .good = is_dataset_name, .wanted = A_NAME },
	{ "task", JKEY_TEXT, .at = AT(task), .good = is_dataset_name, .wanted = A_NAME },
	{ "dag_digest", JKEY_HEX, .at = AT(dag_digest), .max = DIGEST_CHARS },
	{ "operator", JKEY_TEXT, .at = AT(op) },
	{ "program", JKEY_TEXT, .at = AT(program) },
};
static const struct jkey run_keys[] = {
	{ "run_id", JKEY_TEXT, .at = AT(run_id), .good = is_run_name, .wanted = A_NAME },
	{ "epoch", JKEY_INT64, .at = AT(epoch), .max = INT64_MAX },
	{ "try", JKEY_INT64, .at = AT(try_number), .max = INT64_MAX },
	{ "type", JKEY_TEXT, .at = AT(type), .good = is_run_type,
	  .wanted = "scheduled, manual or backfill" },
	{ "data_interval_start", JKEY_TEXT, .at = AT(start), .good = is_instant,
	  .wanted = "a time such as 2026-05-01T00:00:00Z" },
	{ "data_interval_end", JKEY_TEXT, .at = AT(end), .good = is_instant,
	  .wanted = "a time such as 2026-05-01T00:00:00Z" },
};
static const struct jtable kept_columns = JTABLE(columns_keys, struct kept, 1);
static const struct jtable kept_code = JTABLE(code_keys, struct kept, 1);
static const struct jtable kept_run = JTABLE(run_keys, struct kept, 1);

static const struct jkey kept_keys[] = {
	{ "schema", JKEY_OBJECT, .table = &kept_columns },
	{ "code", JKEY_OBJECT, .table = &kept_code },
	{ "run", JKEY_OBJECT, .table = &kept_run }, /* the last: it is left out for who reads rows */
};
#undef AT
/* clang-format on */

/* ---- writing ---- */

void
manifest_write(const struct manifest *m, struct buf *out)
{
	json_t *root = json_object();

	jkeys_write(root, &manifest_table, m);
	json_write(root, out);
	buf_char(out, '\n');
	json_decref(root);
}

/* ---- reading ---- */

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct manifest_file *)a)->path,
		      ((const struct manifest_file *)b)->path);
}

/* No name twice, and the totals are the sums. */
static void
check_files(struct jreader *r, const struct manifest *m)
{
	struct manifest_file *sorted = mem_new(m->n_files, sizeof(*sorted));
	int64_t rows = 0, bytes = 0;
	bool sums = true;

	memcpy(sorted, m->files, m->n_files * sizeof(*sorted));
	qsort(sorted, m->n_files, sizeof(*sorted), compare_paths);
	for (size_t i = 0; i < m->n_files; i++) {
		if (i > 0 && compare_paths(&sorted[i - 1], &sorted[i]) == 0)
			jkeys_refuse(r, "files", "a list without the same path twice");
		sums = sums && !__builtin_add_overflow(rows, sorted[i].rows, &rows) &&
		       !__builtin_add_overflow(bytes, sorted[i].bytes, &bytes);
	}
	if (!sums || rows != m->rows)
		jkeys_refuse(r, "rows", "the sum of the rows of 'files'");
	if (!sums || bytes != m->bytes)
		jkeys_refuse(r, "bytes", "the sum of the bytes of 'files'");
	free(sorted);
}

/* The fingerprint is that of the columns. */
static void
check_schema(struct jreader *r, const struct kept *kept, const struct manifest *m)
{
	struct column *list = mem_new(kept->n_columns, sizeof(*list));
	char digest[DIGEST_CHARS + 1];

	for (size_t i = 0; i < kept->n_columns; i++) {
		list[i].name = kept->columns[i].name;
		list[i].type = (enum col_type)col_type_of(kept->columns[i].type);
	}
	schema_digest(&(struct schema){ list, kept->n_columns }, digest);
	if (strcmp(digest, m->schema_digest) != 0)
		jkeys_refuse(r, "schema.fingerprint", "the digest of 'columns'");
	free(list);
}

/* What no row says: numbers of any name, and that checks are objects. */
static void
check_rest(struct jreader *r, const struct manifest *m)
{
	json_t *value;
	const char *key;
	char name[80];

	json_object_foreach(m->counters, key, value)
	{
		(void)snprintf(name, sizeof(name), "counters.%s", key);
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			jkeys_refuse(r, name, "a whole number from 0");
	}
	for (size_t i = 0; i < json_array_size(m->checks); i++) {
		if (!json_is_object(json_array_get(m->checks, i)))
			jkeys_refuse(r, "checks", "a list of objects");
	}
}

static enum err_code
read_root(struct manifest *m, enum manifest_part part, const json_t *root, struct err *err)
{
	const struct jtable kept_table = { kept_keys, countof(kept_keys) - (part != MANIFEST_WHOLE),
					   sizeof(struct kept), 1, NULL };
	struct jreader r = { .err = err }, k = { .err = err };
	struct kept kept = { 0 };

	m->unit = GRID_DAY;
	jkeys_read(&r, root, part == MANIFEST_STAMP ? &stamp_table : &manifest_table, m);
	if (!r.code && !m->has_part)
		jkeys_refuse(&r, "partition", "an object with the name of a partition");
	if (r.code || part == MANIFEST_STAMP)
		return r.code;
	if (m->start_us == m->end_us) { /* 0.2 said no grid: days in UTC */
		m->start_us = grid_start(manifest_grid(m), m->part);
		m->end_us = grid_end(manifest_grid(m), m->part);
	}
	check_files(&r, m);
	check_rest(&r, m);
	if (r.code)
		return r.code;
	k.arena = arena_new();
	jkeys_read(&k, root, &kept_table, &kept);
	if (!k.code)
		check_schema(&k, &kept, m);
	arena_free(k.arena);
	return k.code;
}

/* As much of the text as has to be parsed. */
static enum err_code
parse(json_t **root, enum manifest_part part, const char *data, size_t bytes, const char *what,
      struct err *err)
{
	enum err_code code;
	struct buf text;

	if (part == MANIFEST_WHOLE)
		return json_read(root, data, bytes, what, err);
	buf_init(&text, SIZE_MAX);
	json_without(data, bytes, left_out + (part == MANIFEST_ROWS ? NOT_OF_ROWS : 0), &text);
	code = json_read(root, text.data, text.bytes, what, err);
	buf_release(&text);
	return code;
}

enum err_code
manifest_read(struct manifest *out, const char *data, size_t bytes, const char *what,
	      struct err *err)
{
	return manifest_read_part(out, MANIFEST_WHOLE, data, bytes, what, err);
}

enum err_code
manifest_read_part(struct manifest *out, enum manifest_part part, const char *data, size_t bytes,
		   const char *what, struct err *err)
{
	struct manifest m = { 0 };
	json_t *root = NULL;
	enum err_code code;

	if (bytes > MANIFEST_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "read '%s': larger than %s", what,
			       SIZE_TEXT(MANIFEST_BYTES_MAX));
	code = parse(&root, part, data, bytes, what, err);
	if (code)
		return code;
	if (!json_is_object(root)) {
		code = err_set(err, ERR_INPUT, "read '%s': not a JSON object", what);
	} else {
		code = read_root(&m, part, root, err);
		if (code)
			err_wrap(err, "read '%s'", what);
	}
	json_decref(root);
	if (code)
		manifest_release(&m);
	else
		*out = m;
	return code;
}
