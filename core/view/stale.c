/* stale.c - what live partitions were made of, as it is now, and how many are stale. */
#include "core/view/stale.h"

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/time/civil.h"
#include "core/view/answer.h"
#include "core/view/defined.h"
#include "core/view/internal.h"
#include "core/view/known.h"
#include "core/view/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 << 10, KNOWN_MAX = 100, REST_S = 2 };

/* The file of a dataset that a definition declares without partitions, or NULL. */
static char *
path_in(const struct view *v, const struct dag *dag, const char *dataset)
{
	int at = dag ? dag_dataset_find(dag, dataset) : -1;
	const char *path;

	if (at < 0 || dag->datasets[at].partitioned)
		return NULL;
	path = dag->datasets[at].path;
	return path[0] == '/' ? mem_str(path) : mem_format("%s/%s", v->project_dir, path);
}

/*
 * As path_in(), in the active definitions; *out NULL: none has it.  To parse a
 * definition costs far more than to search its text for the name.
 */
static enum err_code
find_path(struct view *v, const char *dataset, char **out, struct err *err)
{
	enum err_code code = ERR_NONE, ended;
	char *path = NULL;
	struct stmt s;

	stmt_begin(&s, v->db, sql_definitions_with);
	stmt_text(&s, 1, dataset);
	while (!code && !path && stmt_row(&s)) {
		struct dag *dag = NULL;

		code = known_definition(v, stmt_col_text(&s, 0), &dag, err);
		if (!code)
			path = path_in(v, dag, dataset);
		dag_unref(dag);
	}
	ended = stmt_end(&s, code ? NULL : err);
	code = code ? code : ended;
	if (code)
		free(path);
	else
		*out = path;
	return code;
}

/* All of an open file, if it has no more than VIEW_FILE_BYTES_MAX. */
static bool
digest_all(int fd, char out[DIGEST_CHARS + 1])
{
	char *piece = mem_new(PIECE_BYTES, 1);
	int64_t total = 0;
	struct digest d;
	ssize_t n;

	digest_init(&d);
	do {
		n = read(fd, piece, PIECE_BYTES);
		if (n > 0) {
			digest_add(&d, piece, (size_t)n);
			total += n;
		}
	} while (total <= VIEW_FILE_BYTES_MAX && (n > 0 || (n < 0 && errno == EINTR)));
	digest_end(&d, out);
	free(piece);
	return n == 0;
}

/* A file that was read. */
struct stale_known {
	char *path;
	int64_t mark[7]; /* what changes when somebody writes it */
	char digest[DIGEST_CHARS + 1];
};

void
stale_memory_release(struct stale_memory *memory)
{
	for (size_t i = 0; i < memory->n; i++)
		free(memory->items[i].path);
	free(memory->items);
	known_memory_release(&memory->definitions);
	*memory = (struct stale_memory){ 0 };
}

void
stale_remember(struct view *v, struct stale_memory *memory)
{
	v->memory = memory;
	v->known = memory ? &memory->definitions : NULL;
}

/* Where a path is remembered, made if need be; NULL: nothing is. */
static struct stale_known *
known_file(struct stale_memory *memory, const char *path)
{
	if (!memory)
		return NULL;
	for (size_t i = 0; i < memory->n; i++)
		if (!strcmp(memory->items[i].path, path))
			return &memory->items[i];
	if (memory->n == KNOWN_MAX)
		return NULL;
	memory->items = mem_grow(memory->items, memory->n, &memory->room, sizeof(*memory->items));
	memory->items[memory->n] = (struct stale_known){ .path = mem_str(path) };
	return &memory->items[memory->n++];
}

/* A file that was written a moment ago may be written again within the same tick of its clock. */
static bool
is_at_rest(const struct stat *st)
{
	return clock_wall_us() / SECOND_US - (int64_t)st->st_mtim.tv_sec >= REST_S &&
	       clock_wall_us() / SECOND_US - (int64_t)st->st_ctim.tv_sec >= REST_S;
}

static bool
digest_open(int fd, const struct stat *st, struct stale_known *known, char out[DIGEST_CHARS + 1])
{
	const int64_t mark[] = {
		(int64_t)st->st_dev,          (int64_t)st->st_ino,
		(int64_t)st->st_size,         (int64_t)st->st_mtim.tv_sec,
		(int64_t)st->st_mtim.tv_nsec, (int64_t)st->st_ctim.tv_sec,
		(int64_t)st->st_ctim.tv_nsec,
	};

	if (known && *known->digest && !memcmp(known->mark, mark, sizeof(mark))) {
		memcpy(out, known->digest, DIGEST_CHARS + 1);
		return true;
	}
	if (!digest_all(fd, out))
		return false;
	if (known && is_at_rest(st)) {
		memcpy(known->mark, mark, sizeof(mark));
		memcpy(known->digest, out, DIGEST_CHARS + 1);
	}
	return true;
}

/* False: it is gone, too large, or nothing that can be read as a file. */
static bool
digest_file(struct stale_memory *memory, const char *path, char out[DIGEST_CHARS + 1])
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool done;

	if (fd < 0)
		return false;
	done = !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= VIEW_FILE_BYTES_MAX &&
	       digest_open(fd, &st, known_file(memory, path), out);
	(void)close(fd);
	return done;
}

/* The names under which partitions recorded a file; "files" is what an ingest read. */
static enum err_code
list_read(struct view *v, const char *dataset, json_t **out, struct err *err)
{
	struct stmt s;

	/* Two texts, so that a dataset's partitions are found by their key. */
	if (dataset)
		stmt_begin(&s, v->db, sql_files_read_by);
	else
		stmt_begin(&s, v->db, sql_files_read);
	if (dataset)
		stmt_text(&s, 1, dataset);
	return answer_rows(&s, out, err);
}

/* The files that were read, as they are now. */
static enum err_code
add_files(struct view *v, const char *dataset, json_t *files, struct err *err)
{
	json_t *names = NULL, *row;
	enum err_code code = list_read(v, dataset, &names, err);
	size_t i;

	json_array_foreach(names, i, row)
	{
		const char *name = json_get_text(row, "dataset", "");
		char digest[DIGEST_CHARS + 1], *path = NULL;

		if (!code)
			code = find_path(v, name, &path, err);
		if (path && digest_file(v->memory, path, digest))
			(void)json_object_set_new(files, name, json_text_new(digest));
		free(path);
	}
	json_decref(names);
	return code;
}

static json_t *
definitions_of(const json_t *defined)
{
	json_t *definitions = json_object(), *now;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)defined, name, now)
	{
		(void)json_object_set(definitions, name, json_object_get(now, "digest"));
	}
	return definitions;
}

/* Facts that were made with no definitions get those of `defined`. */
static void
add_definitions(char **facts, const json_t *defined)
{
	json_t *all = NULL;

	if (json_read(&all, *facts, strlen(*facts), "facts", NULL))
		return; /* we wrote it */
	(void)json_object_set_new(all, "definitions", definitions_of(defined));
	free(*facts);
	*facts = json_compact(all);
	json_decref(all);
}

enum err_code
stale_facts(struct view *v, const char *dataset, const json_t *defined, char **out, struct err *err)
{
	json_t *files = json_object(), *facts;
	enum err_code code = add_files(v, dataset, files, err);

	facts = json_pack("{s:o, s:o}", "files", files, "definitions", definitions_of(defined));
	if (!code)
		*out = json_compact(facts);
	json_decref(facts);
	return code;
}

/* ---- how many are stale ---- */

/* How many of those that something stands for would be made otherwise now. */
struct stale_extent {
	bool any; /* perhaps not all */
	bool all;
};

struct tally_row {
	const json_t *told; /* as tally_rows has it, borrowed */
	size_t kind;
	bool own; /* made by another definition than that of now */
	struct stale_extent is;
};

/* The tally, by rows and by kinds: partitions of a dataset that one definition made. */
struct stale_sums {
	const json_t *defined; /* defined_now() */
	json_t *places;        /* {"definition/dataset": index} */
	struct tally_row *rows;
	struct stale_extent *kinds;
	size_t n_rows, n_kinds;
};

static bool
differs(const struct stale_sums *s, const char *dataset, const char *definition)
{
	const char *now = json_get_text(json_object_get(s->defined, dataset), "digest", "");

	return *now && *definition && strcmp(now, definition) != 0;
}

/* The place of a kind; one that was not seen before gets the next. */
static size_t
kind_of(struct stale_sums *s, const char *dataset, const char *definition)
{
	char *name = mem_format("%s/%s", definition, dataset);

	int64_t at = json_get_int(s->places, name, -1);

	if (at < 0) {
		at = (int64_t)s->n_kinds++;
		(void)json_object_set_new(s->places, name, json_integer(at));
	}
	free(name);
	return (size_t)at;
}

/* What is known of a kind that something has read. */
static struct stale_extent
extent_of_kind(const struct stale_sums *s, const char *dataset, const char *definition)
{
	char *name = mem_format("%s/%s", definition, dataset);
	int64_t at = json_get_int(s->places, name, -1);

	free(name);
	return at < 0 ? (struct stale_extent){ false, false } : s->kinds[at];
}

static void
take_rows(struct stale_sums *s, const json_t *tally)
{
	const json_t *told;
	size_t i;

	s->n_rows = json_array_size(tally);
	s->rows = mem_new(s->n_rows + 1, sizeof(*s->rows));
	s->kinds = mem_new(s->n_rows + 1, sizeof(*s->kinds));
	json_array_foreach(tally, i, told)
	{
		const char *dataset = json_get_text(told, "dataset", "");
		const char *definition = json_get_text(told, "definition", "");

		s->rows[i].told = told;
		s->rows[i].kind = kind_of(s, dataset, definition);
		s->rows[i].own = differs(s, dataset, definition);
	}
}

/* What a row has read says of it: it is so when all of one kind is. */
static struct stale_extent
extent_of(const struct stale_sums *s, const struct tally_row *row)
{
	json_t *made = json_object_get(row->told, "made"), *digests, *one;
	struct stale_extent is = { row->own, row->own };
	const char *dataset;
	size_t i;

	json_object_foreach(made, dataset, digests)
	{
		json_array_foreach(digests, i, one)
		{
			struct stale_extent of = extent_of_kind(
			    s, dataset, json_is_string(one) ? json_string_value(one) : "");

			is.any = is.any || of.any;
			is.all = is.all || of.all;
		}
	}
	return is;
}

/* Once around; true when something was learned. */
static bool
go_around(struct stale_sums *s)
{
	bool *all = mem_new(s->n_kinds + 1, sizeof(*all)), learned = false;

	for (size_t i = 0; i < s->n_kinds; i++)
		all[i] = true;
	for (size_t i = 0; i < s->n_rows; i++) {
		struct tally_row *row = &s->rows[i];
		struct stale_extent *whole = &s->kinds[row->kind];

		row->is = extent_of(s, row);
		all[row->kind] = all[row->kind] && row->is.all;
		learned = learned || (row->is.any && !whole->any);
		whole->any = whole->any || row->is.any;
	}
	for (size_t i = 0; i < s->n_kinds; i++) {
		learned = learned || (all[i] && !s->kinds[i].all);
		s->kinds[i].all = all[i];
	}
	free(all);
	return learned;
}

/* The counts of each dataset; NULL: a row is neither wholly so nor not at all. */
static json_t *
add_up(const struct stale_sums *s, json_int_t *sum)
{
	json_t *of = json_object();

	for (size_t i = 0; i < s->n_rows; i++) {
		const struct tally_row *row = &s->rows[i];
		const char *dataset = json_get_text(row->told, "dataset", "");
		int64_t n = json_get_int(row->told, "partitions", 0), stale, own;
		const json_t *had = json_object_get(of, dataset);

		/* What all of the row are already by files or inputs need not be looked at. */
		stale = row->is.all ? n : json_get_int(row->told, "stale", 0);
		if (row->is.any && stale < n) {
			json_decref(of);
			return NULL;
		}
		*sum += stale;
		own = row->own ? n : 0;
		(void)json_object_set_new(
		    of, dataset,
		    json_pack("{s:I, s:I}", "stale",
			      (json_int_t)stale + json_get_int(had, "stale", 0), "stale_definition",
			      (json_int_t)own + json_get_int(had, "stale_definition", 0)));
	}
	return of;
}

enum err_code
stale_count(struct view *v, struct stale_counts *out, struct err *err)
{
	struct stale_sums s = { .places = json_object() };
	json_t *defined = NULL, *tally = NULL;
	enum err_code code = defined_now(v, NULL, &defined, err);
	struct stmt stmt;

	if (!code)
		code = stale_facts(v, NULL, NULL, &out->facts, err);
	if (code)
		goto out;
	stmt_begin(&stmt, v->db, sql_tally_rows);
	stmt_text(&stmt, 1, out->facts);
	code = answer_rows(&stmt, &tally, err);
	if (code)
		goto out;
	s.defined = defined;
	take_rows(&s, tally);
	while (go_around(&s))
		continue;
	out->of = add_up(&s, &out->stale);
	if (!out->of)
		add_definitions(&out->facts, defined);
out:
	free(s.rows);
	free(s.kinds);
	json_decref(s.places);
	json_decref(tally);
	json_decref(defined);
	return code;
}

void
stale_tell_counts(const struct stale_counts *counts, json_t *datasets)
{
	json_t *row;
	size_t i;

	if (!counts->of)
		return;
	json_array_foreach(datasets, i, row)
	{
		(void)json_object_update(
		    row, json_object_get(counts->of, json_get_text(row, "dataset", "")));
	}
}

void
stale_counts_release(struct stale_counts *counts)
{
	free(counts->facts);
	json_decref(counts->of);
	*counts = (struct stale_counts){ 0 };
}
