/* stale.c - what live partitions were made of, as it is now. */
#include "core/view/stale.h"

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/time/civil.h"
#include "core/view/answer.h"
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

enum err_code
stale_facts(struct view *v, const char *dataset, const json_t *defined, char **out, struct err *err)
{
	json_t *files = json_object(), *definitions = json_object(), *facts;
	enum err_code code = add_files(v, dataset, files, err);
	const char *name;
	struct buf text;
	json_t *now;

	json_object_foreach((json_t *)(uintptr_t)defined, name, now)
	{
		json_object_set(definitions, name, json_object_get(now, "digest"));
	}
	facts = json_pack("{s:o, s:o}", "files", files, "definitions", definitions);
	if (!code) {
		buf_init(&text, SIZE_MAX);
		json_write(facts, &text);
		*out = buf_give(&text);
		buf_release(&text);
	}
	json_decref(facts);
	return code;
}
