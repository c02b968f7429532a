/*
 * test_keys.c - docs/DAG-FILE.md against the tables of keys: each key, its type and its default.
 *
 * The linker puts watch() in the way of ykeys_read() (--wrap), so that the tables are those which
 * files are read by.  What is read here visits every one of them.
 */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/dagfile/dagfile.h"
#include "core/text/ykeys.h"
#include "core/time/civil.h"

#include <ctype.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

bool __real_ykeys_read(struct yreader *r, const struct ynode *owner, const struct ynode *map,
		       const char *what, const struct keyset *sets, size_t n);
bool __wrap_ykeys_read(struct yreader *r, const struct ynode *owner, const struct ynode *map,
		       const char *what, const struct keyset *sets, size_t n);

/* A key as its table has it, with what stands in the struct where a file does not say it. */
struct seen {
	const struct key *row;
	char what[96]; /* whose key it is, as messages call it: "task 'dedup'" */
	bool has_default;
	double number; /* of a default that is a number, a duration, a word or a truth value */
};

enum { SEEN_MAX = 2048, CELL_MAX = 1024 };

static struct seen seen[SEEN_MAX];
static size_t n_seen;

static double
number_at(const struct key *row, const void *base)
{
	const char *at = (const char *)base + row->at;

	switch (row->want) {
	case WANT_INT:
	case WANT_WORD:
		return *(const int *)(const void *)at;
	case WANT_INT64:
	case WANT_DURATION:
	case WANT_BYTES:
		return (double)*(const int64_t *)(const void *)at;
	case WANT_NUMBER:
	case WANT_CHANCE:
		return *(const double *)(const void *)at;
	default:
		return *(const bool *)(const void *)at;
	}
}

/* Is the default of such a key one number? */
static bool
is_counted(enum want want)
{
	return want == WANT_INT || want == WANT_WORD || want == WANT_INT64 ||
	       want == WANT_DURATION || want == WANT_BYTES || want == WANT_NUMBER ||
	       want == WANT_CHANCE || want == WANT_BOOL || want == WANT_FLAG;
}

static struct seen *
note_row(const char *what, const struct key *row)
{
	for (size_t i = 0; i < n_seen; i++) {
		if (seen[i].row == row && strcmp(seen[i].what, what) == 0)
			return &seen[i];
	}
	assert_true(n_seen < SEEN_MAX);
	seen[n_seen].row = row;
	(void)snprintf(seen[n_seen].what, sizeof(seen[n_seen].what), "%s", what);
	return &seen[n_seen++];
}

bool
__wrap_ykeys_read(struct yreader *r, const struct ynode *owner, const struct ynode *map,
		  const char *what, const struct keyset *sets, size_t n)
{
	bool read = __real_ykeys_read(r, owner, map, what, sets, n);

	for (size_t s = 0; s < n; s++) {
		for (size_t i = 0; i < sets[s].n_rows; i++) {
			const struct key *row = &sets[s].rows[i];
			struct seen *key = note_row(what, row);

			if (!is_counted(row->want) || ynode_get(map, row->name))
				continue;
			key->has_default = true;
			key->number = number_at(row, sets[s].base);
		}
	}
	return read;
}

/* Every table is on the way of this file; a key that it does not say shows its default. */
static const char everything[] =
    "dag: all\n"
    "schedule: {cron: '0 2 * * *'}\n"
    "start_date: 2026-05-01\n"
    "params: {p: {default: '1'}}\n"
    "defaults: {missing: fail}\n"
    "datasets:\n"
    "  raw: {path: a, columns: {id: {type: int64}, at: timestamp}}\n"
    "  clean: {path: b, columns: {id: int64, at: timestamp, _received_at: timestamp,\n"
    "          _source_file: string, _row: int64}}\n"
    "  events: {path: c, schema: events}\n"
    "  daily: {path: d}\n"
    "  one: {path: e}\n"
    "  two: {path: f}\n"
    "  made: {path: i, columns: {id: int64}}\n"
    "  tenants: {path: h.csv, format: csv, partitioned: false,\n"
    "            columns: {tenant_id: int64, plan: string, active_users: int64}}\n"
    "tasks:\n"
    "  ingest: {operator: ingest, from: {path: x.csv, format: csv}, event_time: at, output: raw}\n"
    "  dedup: {operator: dedup, input: raw, key: id, output: clean}\n"
    "  rollup: {operator: rollup, input: events, output: daily}\n"
    "  engagement: {operator: score, method: engagement, input: daily, output: one,\n"
    "               weights: {users: 1, interactions: 0, days: 0}}\n"
    "  adoption: {operator: score, method: adoption, from: {path: y.csv, format: csv},\n"
    "             dimension: tenants, feature: f, min_users: {absolute: 1}, output: two}\n"
    "  gate: {operator: quality, dataset: raw, checks: [row_count: {max: 5}, not_null: {columns: "
    "id},\n"
    "         unique: {columns: id}, accepted_range: {column: id, min: 1},\n"
    "         accepted_values: {column: id, values: [1]}, volume_change: {lookback: 4}]}\n"
    "  program: {operator: command, run: [./x], inputs: [{dataset: raw, window: {from: 0, to: "
    "0}}], output: made,\n"
    "            env: {E: {from_env: A}}, limits: {}}\n"
    "groups:\n"
    "  g: {tasks: {in: {operator: command, run: [./y]}}}\n";

static void
read_everything(void)
{
	struct diags diags;
	struct dag *dag;

	n_seen = 0;
	diags_init(&diags);
	dag = dagfile_read("all.yaml", everything, strlen(everything), &diags);
	for (size_t i = 0; !dag && i < diags.count; i++)
		print_error("%u: %s\n", diags.items[i].line, diags.items[i].message);
	assert_non_null(dag);
	dag_unref(dag);
	diags_release(&diags);
}

/* Where the keys of a map stand on the page. */
static const struct home {
	const char *what; /* as messages call the map; one that ends with a space: what begins so */
	const char *sections[7]; /* headings */
	bool told;               /* in sentences and examples, not in a table */
} homes[] = {
	{ "a DAG file", { "## Top level", "## Runs" }, false },
	{ "the schedule", { "## Schedule" }, false },
	{ "'defaults'", { "## Tasks", "## Retries" }, false },
	{ "a parameter", { "## Top level" }, true },
	{ "dataset ", { "## Datasets" }, false },
	{ "column ", { "## Datasets" }, false },
	{ "group ", { "### Groups" }, false },
	{ "a window", { "### Which partitions a task reads" }, false },
	{ "an item of 'inputs'", { "### Which partitions a task reads", "### command" }, false },
	{ "'limits'", { "### Limits of a task" }, false },
	{ "an environment entry", { "### Environment" }, true },
	{ "'from'", { "### ingest", "### Files that look different", "### from of score" }, false },
	{ "'weights'", { "### score, method engagement" }, true },
	{ "'min_users'", { "### score, method adoption" }, true },
	{ "check ", { "## Checks" }, true },
	{ "'values_from'", { "## Checks" }, true },
#define TASK "## Tasks", "## Retries", "### Setup and teardown", "### Which partitions a task reads"
	{ "task 'ingest'", { TASK, "### ingest" }, false },
	{ "task 'dedup'", { TASK, "### dedup" }, false },
	{ "task 'rollup'", { TASK, "### rollup" }, false },
	{ "task 'engagement'",
	  { TASK, "### score, method engagement", "### from of score" },
	  false },
	{ "task 'adoption'", { TASK, "### score, method adoption", "### from of score" }, false },
	{ "task 'gate'", { TASK, "### quality" }, false },
	{ "task 'program'", { TASK, "### command" }, false },
	{ "task 'g.in'", { TASK, "### command" }, false },
#undef TASK
};

static const struct home *
home_of(const char *what)
{
	for (size_t i = 0; i < countof(homes); i++) {
		size_t n = strlen(homes[i].what);

		if (homes[i].what[n - 1] == ' ' ? strncmp(what, homes[i].what, n) == 0
						: strcmp(what, homes[i].what) == 0)
			return &homes[i];
	}
	fail_msg("this test does not know where the keys of %s are described", what);
	return NULL;
}

/* The text of a section without that of those below it; NULL: there is none. */
static char *
section(const char *page, const char *heading)
{
	char *line = mem_format("\n%s\n", heading);
	const char *at = strstr(page, line), *end;

	free(line);
	if (!at)
		return NULL;
	at += strlen(heading) + 2;
	end = strstr(at, "\n#");
	return mem_format("%.*s", end ? (int)(end - at) : (int)strlen(at), at);
}

/* Copy the nth cell of a row; false: it has fewer. */
static bool
cell(const char *row, size_t n, char out[CELL_MAX])
{
	const char *end = strchr(row, '\n'), *bar;

	for (bar = row; n > 0; n--) {
		bar = strchr(bar + 1, '|');
		if (!bar || (end && bar > end))
			return false;
	}
	row = bar + 1;
	bar = strchr(row, '|');
	if (!bar || (end && bar > end))
		return false;
	row += strspn(row, " ");
	while (bar > row && bar[-1] == ' ')
		bar--;
	assert_true(bar - row < CELL_MAX);
	(void)snprintf(out, CELL_MAX, "%.*s", (int)(bar - row), row);
	return true;
}

/* Does a text have a word, in backticks? */
static bool
has_word(const char *text, const char *word)
{
	char *marked = mem_format("`%s`", word);
	bool has = strstr(text, marked) != NULL;

	free(marked);
	return has;
}

/* Does a text have a word, in backticks or in an example? */
static bool
tells(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at += n) {
		if (!isalnum((unsigned char)at[-1]) && at[-1] != '_' &&
		    !isalnum((unsigned char)at[n]) && at[n] != '_')
			return true;
	}
	return false;
}

/* A row of a table of keys: what stands under the headings "type" (or "value") and "default". */
struct doc {
	char key[CELL_MAX], type[CELL_MAX], fallback[CELL_MAX];
};

/* The next row of a table of keys behind `at` in a section, or NULL; `head` is its table's. */
static const char *
next_row(const char *at, const char **head, struct doc *doc)
{
	char name[CELL_MAX];

	for (const char *p = strchr(at, '\n'); p; p = strchr(p + 1, '\n')) {
		if (strncmp(p, "\n| key", 6) == 0) {
			*head = p + 1;
			continue;
		}
		if (strncmp(p, "\n|", 2) != 0)
			*head = NULL;
		if (!*head || strncmp(p, "\n| `", 4) != 0)
			continue;
		memset(doc, 0, sizeof(*doc));
		for (size_t i = 0; cell(*head, i, name); i++) {
			if (i == 0)
				assert_true(cell(p + 1, i, doc->key));
			else if (strcmp(name, "type") == 0 || strcmp(name, "value") == 0)
				assert_true(cell(p + 1, i, doc->type));
			else if (strcmp(name, "default") == 0)
				assert_true(cell(p + 1, i, doc->fallback));
		}
		return p + 1;
	}
	return NULL;
}

/* A size such as 64MiB, or -1. */
static double
size_of(const char *text)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	char *end;
	double n = strtod(text, &end);

	for (size_t i = 0; i < countof(units); i++, n *= 1024) {
		if (end > text && strcmp(end, units[i]) == 0)
			return n;
	}
	return -1;
}

/* Is the type that the page says the one of the table? */
static bool
type_fits(const struct key *row, const char *type)
{
	char least[64], most[64], range[2 * sizeof(most) + 8];

	switch (row->want) {
	case WANT_WORD:
	case WANT_FLAG:
		for (size_t i = 0; row->words[i]; i++) {
			if (!has_word(type, row->words[i]))
				return false;
		}
		return true;
	case WANT_BOOL:
		return has_word(type, "true") && has_word(type, "false");
	case WANT_INT:
	case WANT_INT64:
		(void)snprintf(range, sizeof(range), "%.0f to %.0f", row->min, row->max);
		return strstr(type, range) != NULL;
	case WANT_DURATION:
		duration_format((int64_t)row->min, least, sizeof(least));
		duration_format((int64_t)row->max, most, sizeof(most));
		(void)snprintf(range, sizeof(range), "%s to %s", least, most);
		return strstr(type, range) != NULL ||
		       (strncmp(type, "duration", 8) == 0 &&
			(strstr(type, most) != NULL || strstr(type, least) != NULL));
	case WANT_NUMBER:
		return strstr(type, "number") != NULL;
	case WANT_SHARE:
	case WANT_CHANCE:
		return strstr(type, "share") != NULL;
	case WANT_BYTES:
		return strncmp(type, "size", 4) == 0;
	default:
		return true;
	}
}

/* Is the default that the page says what stands in the struct? */
static bool
default_fits(const struct seen *key, const char *cell_text)
{
	const struct key *row = key->row;
	char text[CELL_MAX];
	int64_t us;

	(void)snprintf(text, sizeof(text), "%s", cell_text + (cell_text[0] == '`'));
	text[strcspn(text, "`")] = '\0';
	if (row->required != (strcmp(text, "required") == 0) && row->required)
		return false;
	/* What is asked whether it was given has its default elsewhere. */
	if (!key->has_default || row->given_at)
		return true;
	if (row->want == WANT_WORD)
		return strcmp(row->words[(int)key->number], text) == 0;
	if (row->want == WANT_FLAG)
		return strcmp(row->words[key->number != 0], text) == 0;
	if (row->want == WANT_BOOL)
		return strcmp(key->number != 0 ? "true" : "false", text) == 0;
	if (key->number == 0 && (strncmp(text, "no", 2) == 0 || !text[0]))
		return true;
	if (row->want == WANT_DURATION)
		return duration_parse(text, &us) && (double)us == key->number;
	if (row->want == WANT_BYTES)
		return size_of(text) == key->number;
	return text[0] && strtod(text, NULL) == key->number;
}

/* Look at the rows of one section that name a key; false: there is none. */
static bool
judge_section(const struct seen *key, const char *heading, const char *text, size_t *bad)
{
	const char *head = NULL;
	struct doc doc;
	bool found = false;

	for (const char *at = text; (at = next_row(at, &head, &doc)) != NULL;) {
		if (!has_word(doc.key, key->row->name))
			continue;
		found = true;
		if (!type_fits(key->row, doc.type)) {
			print_error("%s, %s: type of '%s' is \"%s\"\n", heading, key->what,
				    key->row->name, doc.type);
			*bad += 1;
		}
		if (!default_fits(key, doc.fallback)) {
			print_error("%s, %s: default of '%s' is \"%s\", in the program %g\n",
				    heading, key->what, key->row->name, doc.fallback, key->number);
			*bad += 1;
		}
	}
	return found;
}

static void
judge_key(const char *page, const struct seen *key, size_t *bad)
{
	const struct home *home = home_of(key->what);
	const char *const *sections = home->sections;
	bool found = false;

	for (size_t i = 0; sections[i]; i++) {
		char *text = section(page, sections[i]);

		if (!text)
			fail_msg("docs/DAG-FILE.md has no section '%s'", sections[i]);
		found |= home->told ? tells(text, key->row->name)
				    : judge_section(key, sections[i], text, bad);
		free(text);
	}
	if (!found) {
		print_error("%s: no row for '%s' under %s\n", key->what, key->row->name,
			    sections[0]);
		*bad += 1;
	}
}

static void
load_page(struct buf *page)
{
	struct err err;

	buf_init(page, 1 << 20);
	if (buf_read_file(page, AT_FDCWD, "docs/DAG-FILE.md", &err))
		fail_msg("%s", err.msg);
}

static void
each_key_has_its_row_with_type_and_default(void **state)
{
	struct buf page;
	size_t bad = 0;

	(void)state;
	load_page(&page);
	for (size_t i = 0; i < n_seen; i++)
		judge_key(page.data, &seen[i], &bad);
	buf_release(&page);
	assert_int_equal(0, bad);
}

/* Is a key of this name read where that section describes keys? */
static bool
is_read(const char *heading, const char *name, size_t bytes)
{
	for (size_t i = 0; i < n_seen; i++) {
		const struct home *home = home_of(seen[i].what);

		if (strlen(seen[i].row->name) != bytes ||
		    memcmp(seen[i].row->name, name, bytes) != 0)
			continue;
		for (size_t k = 0; home->sections[k]; k++) {
			if (strcmp(home->sections[k], heading) == 0)
				return true;
		}
	}
	return false;
}

static size_t
judge_rows(const char *page, const char *heading)
{
	char *text = section(page, heading);
	const char *head = NULL;
	struct doc doc;
	size_t bad = 0;

	assert_non_null(text);
	for (const char *at = text; (at = next_row(at, &head, &doc)) != NULL;) {
		for (const char *p = doc.key; (p = strchr(p, '`')) != NULL;) {
			size_t n = strcspn(++p, "`");

			if (!is_read(heading, p, n)) {
				print_error("%s: there is no key '%.*s'\n", heading, (int)n, p);
				bad++;
			}
			p += n + 1;
		}
	}
	free(text);
	return bad;
}

static void
each_row_is_a_key_that_is_read(void **state)
{
	struct buf page;
	size_t bad = 0;

	(void)state;
	load_page(&page);
	for (size_t i = 0; i < countof(homes); i++) {
		for (size_t k = 0; homes[i].sections[k]; k++)
			bad += judge_rows(page.data, homes[i].sections[k]);
	}
	buf_release(&page);
	assert_int_equal(0, bad);
}

static int
read_all(void **state)
{
	(void)state;
	read_everything();
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_has_its_row_with_type_and_default),
		cmocka_unit_test(each_row_is_a_key_that_is_read),
	};

	return cmocka_run_group_tests(tests, read_all, NULL);
}
