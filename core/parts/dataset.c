/* dataset.c - `datasets:` of a DAG file, and what their columns come to. */
#include "core/parts/dataset.h"

#include "core/parts/schedule.h"
#include "core/base/mem.h"
#include "core/op/op.h"
#include "core/text/nearest.h"

#include <stdio.h>
#include <string.h>

/* What one dataset may say, before it is understood. */
struct fields {
	const char *path;
	enum format format;
	bool format_given, partitioned;
	int encoding;
	const char *partition, *timezone;
};

enum { WRITTEN_AUTO, WRITTEN_PLAIN };

/* By the numbers above. */
static const char *const written_words[] = { "auto", "plain", NULL };

static const struct key dataset_keys[] = {
	{ "path", WANT_TEXT, .required = true, .at = offsetof(struct fields, path) },
	{ "format", WANT_WORD, .at = offsetof(struct fields, format),
	  .given_at = offsetof(struct fields, format_given), .words = format_words },
	{ "encoding", WANT_WORD, .at = offsetof(struct fields, encoding), .words = written_words },
	{ "partitioned", WANT_BOOL, .at = offsetof(struct fields, partitioned) },
	{ "partition", WANT_TEXT, .at = offsetof(struct fields, partition) },
	{ "timezone", WANT_TEXT, .at = offsetof(struct fields, timezone) },
};

/* Does a file's name say that it is of this text format, compressed or not? */
static bool
is_named(const char *path, const char *suffix)
{
	static const char *const packed[] = { "", ".gz", ".zst" };
	size_t n = strlen(path), m = strlen(suffix);

	for (size_t i = 0; i < countof(packed); i++) {
		size_t k = strlen(packed[i]);

		if (n > m + k && strcmp(path + n - k, packed[i]) == 0 &&
		    strncmp(path + n - k - m, suffix, m) == 0)
			return true;
	}
	return false;
}

/* A single file whose name says that it is no Parquet has to say its format. */
static void
check_format(struct yreader *r, const struct ynode *key, const struct fields *fields)
{
	bool csv = is_named(fields->path, ".csv");

	if (fields->format_given || fields->partitioned ||
	    (!csv && !is_named(fields->path, ".jsonl")))
		return;
	ykeys_say(r, ynode_get(key->value, "path"), E0406,
		  csv ? "add 'format: csv'" : "add 'format: jsonl'",
		  "without 'format' the file of dataset '%s' would be read as parquet", key->text);
}

/* What makes a file of Parquet makes no other. */
static void
check_encoding(struct yreader *r, const struct ynode *key, const struct fields *fields)
{
	if (fields->encoding == WRITTEN_PLAIN && fields->format != FORMAT_PARQUET)
		ykeys_say(r, ynode_get(key->value, "encoding"), E0695, "leave it out",
			  "'encoding' is of Parquet, and dataset '%s' is %s", key->text,
			  format_name(fields->format));
}

/* Why a path cannot be used, or NULL. */
static const char *
path_mistake(const char *path)
{
	const char *part = path, *end;

	if (!*path || strcmp(path, "/") == 0)
		return "a path names a file or directory of its own";
	part += *part == '/';
	for (;; part = end + 1) {
		size_t n;

		end = strchr(part, '/');
		n = end ? (size_t)(end - part) : strlen(part);
		if (n == 0 || (n == 1 && part[0] == '.') || (n == 2 && memcmp(part, "..", 2) == 0))
			return "a path has no empty part and no '.' or '..' in it";
		if (strncmp(part, ".tidemill", 9) == 0)
			return "names that begin with .tidemill are kept for the program";
		if (!end)
			return NULL;
	}
}

static void
set_path(struct yreader *r, const struct ynode *at, const char *text, struct draft_dataset *d)
{
	size_t n = strlen(text);
	const char *why;
	char *path;

	while (strncmp(text, "./", 2) == 0) {
		text += 2;
		n -= 2;
	}
	while (n > 1 && text[n - 1] == '/')
		n--;
	path = arena_bytes(r->arena, text, n);
	why = path_mistake(path);
	if (why)
		ykeys_say(r, at, E0407, NULL, "%s", why);
	d->d.path = path;
}

/* What a dataset says of its grid; its writer knows better. */
static void
read_grid(struct dagfile *f, const struct ynode *map, const struct fields *fields,
	  struct draft_dataset *d)
{
	struct dag *dag = f->dag;

	d->grid_at = ynode_get(map, fields->partition ? "partition" : "timezone");
	if (fields->partition)
		(void)dagfile_read_partition(f, ynode_get(map, "partition"), false,
					     &d->d.grid.unit);
	if (!fields->timezone)
		return;
	dag->zones[dag->n_zones] = dagfile_read_zone(f, ynode_get(map, "timezone"));
	if (d->d.grid.unit != GRID_HOUR)
		d->d.grid.zone = dag->zones[dag->n_zones];
	dag->n_zones++;
}

static bool
read_dataset(struct yreader *r, const struct ynode *key, struct draft_dataset *d)
{
	struct fields fields = { .format = FORMAT_PARQUET, .partitioned = true };
	struct declared said = { 0 };
	struct keyset sets[] = { KEYSET(dataset_keys, &fields), KEYSET(declared_keys, &said) };
	char what[NAME_MAX_BYTES + 32];

	if (!ykeys_is_name(r, key, "dataset"))
		return false;
	*d = (struct draft_dataset){
		.d = { .name = arena_str(r->arena, key->text),
		       .path = "",
		       .grid = grid_days,
		       .writer = -1,
		       .quarantine = -1,
		       .line = key->line,
		       .column = key->column },
		.key = key,
	};
	(void)snprintf(what, sizeof(what), "dataset '%s'", key->text);
	if (!ykeys_read(r, key, key->value, what, sets, countof(sets))) {
		d->unsure = true;
		return true;
	}
	d->d.format = fields.format;
	d->d.plain = fields.encoding == WRITTEN_PLAIN;
	d->d.partitioned = fields.partitioned;
	if (fields.path) {
		set_path(r, ynode_get(key->value, "path"), fields.path, d);
		check_format(r, key, &fields);
	}
	check_encoding(r, key, &fields);
	read_grid(dagfile_of(r), key->value, &fields, d);
	d->unsure = !declared_schema(r, key->value, &said, "a dataset", &d->d.schema);
	d->d.personal = declared_personal(r, &said);
	d->d.notes = declared_notes(r, &said);
	return true;
}

void
dagfile_read_datasets(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);
	const struct ynode *map = key->value;

	(void)row;
	(void)base;
	if (!ykeys_is_map(r, map, "'datasets'"))
		return;
	if (map->count > DAG_DATASETS_MAX) {
		ykeys_say(r, key, E0317, NULL, "a dag has at most %d datasets, this has %zu",
			  DAG_DATASETS_MAX, map->count);
		return;
	}
	/* Each may get a quarantine beside it later. */
	f->datasets = arena_get(f->y.scratch, 2 * map->count * sizeof(*f->datasets));
	f->dag->zones = arena_get(f->y.arena, map->count * sizeof(struct zone *));
	for (const struct ynode *k = map->first; k; k = k->next) {
		if (!k->broken && read_dataset(r, k, &f->datasets[f->n_datasets]))
			f->n_datasets++;
	}
}

bool
path_is_inside(const char *inner, const char *outer)
{
	size_t n = strlen(outer);

	return strncmp(inner, outer, n) == 0 && (inner[n] == '\0' || inner[n] == '/');
}

int
path_order(const char *x, const char *y)
{
	while (*x && *x == *y) {
		x++;
		y++;
	}
	if (*x == *y)
		return 0;
	if (!*x || !*y)
		return *x ? 1 : -1;
	if (*x == '/' || *y == '/')
		return *x == '/' ? -1 : 1;
	return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
}

static bool
is_extra(const struct column *column)
{
	return schema_find(&schema_ingest_extra, column->name) >= 0;
}

/* Do both declare the same columns, apart from what ingest adds? */
static bool
same_declared(const struct schema *a, const struct schema *b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a->count && is_extra(&a->columns[i]))
			i++;
		while (j < b->count && is_extra(&b->columns[j]))
			j++;
		if (i == a->count || j == b->count)
			return i == a->count && j == b->count;
		if (a->columns[i].type != b->columns[j].type ||
		    strcmp(a->columns[i].name, b->columns[j].name) != 0)
			return false;
		i++;
		j++;
	}
}

/* The columns that ingest makes come last, also where the file declares some of them. */
static void
append_extras(struct dagfile *f, struct draft_dataset *d)
{
	const struct schema *old = &d->d.schema, *extra = &schema_ingest_extra;
	struct column *columns = arena_get(f->y.arena,
					   (old->count + extra->count) * sizeof(*columns));
	size_t n = 0;

	for (size_t i = 0; i < old->count; i++) {
		const struct column *c = &old->columns[i];
		int at = schema_find(extra, c->name);

		if (at < 0)
			columns[n++] = *c;
		else if (extra->columns[at].type != c->type)
			ykeys_say(&f->y, d->key, E0408, NULL,
				  "column '%s' of dataset '%s' is made by ingest and is a %s",
				  c->name, d->d.name, col_type_name(extra->columns[at].type));
	}
	memcpy(columns + n, extra->columns, extra->count * sizeof(*columns));
	d->d.schema = (struct schema){ columns, n + extra->count };
}

static void
complete_copy(struct dagfile *f, const struct draft_task *t, struct draft_dataset *out)
{
	int at = t->input_name ? names_find(&f->dataset_names, t->input_name) : -1;
	const struct draft_dataset *in = at < 0 ? NULL : &f->datasets[at];

	if (!t->input_name || (in && in->unsure)) {
		out->unsure = true;
	} else if (!in) {
		append_extras(f, out);
	} else if (!same_declared(&in->d.schema, &out->d.schema)) {
		ykeys_say(&f->y, out->key, E0409, NULL,
			  "dataset '%s' has to declare the columns of '%s', which it is a "
			  "deduplicated copy of",
			  out->d.name, in->d.name);
		out->unsure = true;
	} else {
		out->d.schema = in->d.schema;
	}
}

static void
complete_fixed(struct dagfile *f, const struct schema *fixed, struct draft_dataset *out)
{
	if (out->d.schema.count && !schema_equal(&out->d.schema, fixed))
		ykeys_say(&f->y, out->key, E0410, "leave 'columns' out",
			  "the columns of dataset '%s' are fixed by the operator that writes it",
			  out->d.name);
	out->d.schema = *fixed;
}

/* `columns:` as it would have to be written, in the reader's arena. */
static const char *
spell_columns(struct dagfile *f, const struct schema *schema)
{
	struct buf text;
	const char *out;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < schema->count; i++)
		buf_format(&text, "%s%s: %s", i ? ", " : "columns: {", schema->columns[i].name,
			   col_type_name(schema->columns[i].type));
	buf_char(&text, '}');
	out = arena_bytes(f->y.arena, text.data, text.bytes);
	buf_release(&text);
	return out;
}

/* What helps when nobody here declares the input: its name, or the columns of the output. */
static const char *
help_elsewhere(struct dagfile *f, const struct draft_task *t, const struct draft_dataset *out,
	       const struct schema *written)
{
	const char **words = mem_new(f->n_datasets + 1, sizeof(*words)), *help, *columns;
	struct buf text;
	size_t n = 0;

	for (size_t i = 0; i < f->n_datasets; i++)
		if (&f->datasets[i] != out)
			words[n++] = f->datasets[i].d.name;
	help = ykeys_nearest(&f->y, t->input_name, words, n);
	free(words);
	if (help)
		return help;
	columns = spell_columns(f, written);
	buf_init(&text, SIZE_MAX);
	buf_format(&text, "%s, '%s' as '%s' has it", columns, written->columns[0].name,
		   t->input_name);
	help = arena_bytes(f->y.arena, text.data, text.bytes);
	buf_release(&text);
	return help;
}

/* Columns that follow from those of the input, which another file may declare. */
static void
complete_written(struct dagfile *f, const struct draft_task *t, struct draft_dataset *out)
{
	int at = t->input_name ? names_find(&f->dataset_names, t->input_name) : -1;
	const struct draft_dataset *in = at < 0 ? NULL : &f->datasets[at];
	const struct schema said = out->d.schema;
	struct schema written = { 0 };
	bool is_sure;

	out->unsure = true;
	if (!t->input_name || (in && in->unsure))
		return;
	is_sure = t->task.op->writes(&f->y, t, in ? &in->d.schema : NULL, &said, &written);
	if (in && !is_sure)
		return; /* said of the input */
	if (!said.count && !is_sure)
		ykeys_say(&f->y, out->key, E0411, help_elsewhere(f, t, out, &written),
			  "dataset '%s' needs 'columns': those of '%s', from which they follow, "
			  "are declared in another file",
			  out->d.name, t->input_name);
	else if (said.count && !schema_equal(&said, &written))
		ykeys_say(&f->y, out->key, E0410,
			  in ? "leave 'columns' out" : spell_columns(f, &written),
			  "the columns of dataset '%s' are fixed by the operator that writes it",
			  out->d.name);
	else
		out->unsure = false;
	out->d.schema = written;
}

void
dataset_complete(struct dagfile *f, struct draft_task *t, int32_t dataset)
{
	const struct op_def *op = t->task.op;
	struct draft_dataset *out = &f->datasets[dataset];

	out->complete = true;
	if (out->unsure)
		return;
	if (op->fixed) {
		complete_fixed(f, op->fixed, out);
	} else if (op->writes) {
		complete_written(f, t, out);
	} else if (!out->d.schema.count) {
		ykeys_say(&f->y, out->key, E0411, NULL, "dataset '%s' needs 'columns' or 'schema'",
			  out->d.name);
		out->unsure = true;
	} else if (op->reads_landing) {
		append_extras(f, out);
	} else if (op->copies_input) {
		complete_copy(f, t, out);
	}
}

void
dataset_report_columns(struct dagfile *f, const struct draft_task *t, const struct ynode *at,
		       const struct dataset *d, const char *why)
{
	const struct ynode *said;
	const char *column = NULL, *help = NULL;
	char room[64];

	if (t->task.op->refused_by) {
		const char *key = t->task.op->refused_by(t->task.params, &d->schema, &column);

		(void)snprintf(room, sizeof(room), "name another one: '%s: COLUMN'", key);
		said = ynode_get(t->key->value, key);
		at = said ? said : at;
		help = said ? schema_nearest(&f->y, &d->schema, column) : room;
	}
	ykeys_say(&f->y, at, E0419, help, "dataset '%s' %s, which task '%s' needs", d->name, why,
		  t->task.id);
}

/* Does every task of this operator write a dataset? */
static bool
op_has_output(const struct op_def *op)
{
	return op->fixed || op->writes || op->copies_input || op->reads_landing;
}

bool
dataset_output_is_lost(const struct dagfile *f)
{
	for (size_t i = 0; i < f->n_tasks; i++) {
		const struct draft_task *t = &f->tasks[i];

		if (t->task.op && t->task.output < 0 && (t->output || op_has_output(t->task.op)))
			return true;
	}
	return false;
}
