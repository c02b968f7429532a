/* file.c - a Parquet file that is open: everything but its pages. */
#include "worker/parquet/read/file.h"

#include "worker/parquet/meta/meta_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* "PAR1", data, footer, its length, "PAR1". */
enum { MAGIC_BYTES = 4, TAIL_BYTES = 8, FILE_BYTES_MIN = MAGIC_BYTES + TAIL_BYTES };

enum err_code
pq_file_check(const struct pq_file *f, struct err *err)
{
	struct stat now;

	if (fstat(f->fd, &now))
		return err_errno(err, "read '%s'", f->name);
	if (now.st_size == f->stat.st_size && now.st_ino == f->stat.st_ino &&
	    now.st_mtim.tv_sec == f->stat.st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == f->stat.st_mtim.tv_nsec)
		return ERR_NONE;
	return err_set(err, ERR_CONFLICT,
		       "read '%s': it changed while it was read; let its writer finish, then "
		       "read it again",
		       f->name);
}

enum err_code
pq_file_read(const struct pq_file *f, int64_t at, size_t bytes, void *out, struct err *err)
{
	char *to = out;

	while (bytes) {
		ssize_t n = pread(f->fd, to, bytes, (off_t)at);
		enum err_code code;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "read '%s'", f->name);
		if (n == 0) {
			code = pq_file_check(f, err);
			return code ? code
				    : err_set(err, ERR_INPUT,
					      "read '%s': nothing stands at byte %lld", f->name,
					      (long long)at);
		}
		to += n;
		at += n;
		bytes -= (size_t)n;
	}
	return ERR_NONE;
}

/* The bytes at the start and end of the file; *footer_bytes becomes what they say. */
static enum err_code
check_frame(const struct pq_file *f, uint32_t *footer_bytes, struct err *err)
{
	uint8_t head[MAGIC_BYTES], tail[TAIL_BYTES];
	enum err_code code;

	if (f->bytes < FILE_BYTES_MIN)
		return err_set(err, ERR_INPUT, "read '%s': %lld bytes are no Parquet file", f->name,
			       (long long)f->bytes);
	code = pq_file_read(f, 0, sizeof(head), head, err);
	if (!code)
		code = pq_file_read(f, f->bytes - TAIL_BYTES, sizeof(tail), tail, err);
	if (code)
		return code;
	if (memcmp(tail + 4, "PARE", MAGIC_BYTES) == 0)
		return err_set(err, ERR_INPUT,
			       "read '%s': the file is encrypted; write it without encryption",
			       f->name);
	if (memcmp(head, "PAR1", MAGIC_BYTES) != 0)
		return err_set(err, ERR_INPUT,
			       "read '%s': no Parquet file: it does not begin with PAR1", f->name);
	if (memcmp(tail + 4, "PAR1", MAGIC_BYTES) != 0)
		return err_set(err, ERR_INPUT,
			       "read '%s': it does not end with PAR1: it is cut off, or was not "
			       "written to its end",
			       f->name);
	*footer_bytes = (uint32_t)tail[0] | (uint32_t)tail[1] << 8 | (uint32_t)tail[2] << 16 |
			(uint32_t)tail[3] << 24;
	if (*footer_bytes > f->bytes - FILE_BYTES_MIN)
		return err_set(err, ERR_INPUT,
			       "read '%s': the footer has %u bytes, but the file only %lld; the "
			       "file is damaged",
			       f->name, *footer_bytes, (long long)f->bytes);
	if (*footer_bytes > PQ_FOOTER_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "read '%s': a footer of %u bytes, at most %d",
			       f->name, *footer_bytes, PQ_FOOTER_BYTES_MAX);
	return ERR_NONE;
}

/* By name in any case, then by the very name; of the same name those first that can be read. */
static int
compare_leaves(const void *a, const void *b)
{
	const struct pq_leaf *x = ((const struct pq_named *)a)->leaf;
	const struct pq_leaf *y = ((const struct pq_named *)b)->leaf;
	int order = strcasecmp(x->name, y->name);

	if (!order)
		order = strcmp(x->name, y->name);
	if (!order && x->is_flat != y->is_flat)
		return x->is_flat ? -1 : 1;
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static void
sort_leaves(struct pq_file *f)
{
	f->by_name = arena_get(f->arena, f->n_leaves * sizeof(*f->by_name));
	for (size_t i = 0; i < f->n_leaves; i++)
		f->by_name[i].leaf = &f->leaves[i];
	if (f->n_leaves)
		qsort(f->by_name, f->n_leaves, sizeof(*f->by_name), compare_leaves);
}

static enum err_code
read_footer(struct pq_file *f, struct err *err)
{
	uint32_t bytes = 0;
	enum err_code code = check_frame(f, &bytes, err);
	char *footer;

	if (code)
		return code;
	f->data_end = f->bytes - TAIL_BYTES - (int64_t)bytes;
	footer = mem_new(bytes, 1);
	code = pq_file_read(f, f->data_end, bytes, footer, err);
	if (!code) {
		code = pq_meta_read(&f->meta, footer, bytes, f->arena, err);
		if (!code)
			code = pq_leaves(&f->meta, f->arena, &f->leaves, &f->n_leaves, err);
		if (code)
			err_wrap(err, "'%s'", f->name);
		else
			sort_leaves(f);
	}
	free(footer);
	return code;
}

/* The place in by_name of the first leaf that does not come before `column`. */
static size_t
lower_bound(const struct pq_file *f, const char *column, bool any_case)
{
	size_t low = 0, high = f->n_leaves;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *name = f->by_name[middle].leaf->name;
		int order = strcasecmp(name, column);

		if (!order && !any_case)
			order = strcmp(name, column);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The dotted path of a chunk.  False: it is longer than that of any leaf. */
static bool
join_path(const struct pq_chunk *c, char out[PQ_LEAF_NAME_BYTES_MAX + 1])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < c->path_parts; i++) {
		size_t room = PQ_LEAF_NAME_BYTES_MAX + 1 - used;
		int n = snprintf(out + used, room, "%s%s", i ? "." : "", c->path[i]);

		if (n < 0 || (size_t)n >= room)
			return false;
		used += (size_t)n;
	}
	return true;
}

/*
 * Chunks are taken in the order of the schema.  One that says it is another column would give out
 * values under a wrong name; a path that no column has is let pass.
 */
static enum err_code
check_path(const struct pq_file *f, const struct pq_chunk *c, const char *column, struct err *err)
{
	char path[PQ_LEAF_NAME_BYTES_MAX + 1];
	size_t at;

	if (!c->path_parts || !join_path(c, path) || strcmp(path, column) == 0)
		return ERR_NONE;
	at = lower_bound(f, path, false);
	if (at == f->n_leaves || strcmp(f->by_name[at].leaf->name, path) != 0)
		return ERR_NONE;
	return err_set(err, ERR_INPUT,
		       "read '%s': where column '%s' should be is '%s'; the file is damaged",
		       f->name, column, path);
}

static enum err_code
check_chunks(const struct pq_file *f, const struct pq_row_group *g, struct err *err)
{
	for (size_t i = 0; i < g->n_chunks; i++) {
		const char *column = f->leaves[i].name;
		enum err_code code = check_path(f, &g->chunks[i], column, err);

		if (code)
			return code;
		if (g->chunks[i].encrypted)
			return err_set(
			    err, ERR_INPUT,
			    "read '%s': column '%s' is encrypted; write the file without "
			    "encryption",
			    f->name, column);
		if (g->chunks[i].file_path)
			return err_set(err, ERR_INPUT,
				       "read '%s': column '%s' is in another file, '%.100s'; that "
				       "is not supported",
				       f->name, column, g->chunks[i].file_path);
	}
	return ERR_NONE;
}

static enum err_code
check_groups(const struct pq_file *f, struct err *err)
{
	int64_t rows = 0;

	if (f->meta.encrypted)
		return err_set(err, ERR_INPUT,
			       "read '%s': the file is encrypted; write it without encryption",
			       f->name);
	for (size_t i = 0; i < f->meta.n_groups; i++) {
		enum err_code code = check_chunks(f, &f->meta.groups[i], err);

		if (code)
			return code;
		if (__builtin_add_overflow(rows, f->meta.groups[i].rows, &rows))
			return err_set(err, ERR_INPUT,
				       "read '%s': the row groups have more than 2^63 rows; the "
				       "file is damaged",
				       f->name);
	}
	/* Some writers leave it at 0. */
	if (rows == f->meta.rows || !f->meta.rows)
		return ERR_NONE;
	return err_set(
	    err, ERR_INPUT,
	    "read '%s': the footer says %lld rows, its row groups have %lld; the file is "
	    "damaged",
	    f->name, (long long)f->meta.rows, (long long)rows);
}

enum err_code
pq_file_open(struct pq_file **out, int dir, const char *path, const char *name, struct err *err)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct pq_file *f;
	enum err_code code;

	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "open '%s': no such file", name);
	if (fd < 0)
		return err_errno(err, "open '%s'", name);
	f = mem_new(1, sizeof(*f));
	f->fd = fd;
	f->name = mem_str(name);
	f->arena = arena_new();
	if (fstat(fd, &f->stat))
		code = err_errno(err, "open '%s'", name);
	else if (!S_ISREG(f->stat.st_mode))
		code = err_set(err, ERR_INPUT, "read '%s': Parquet needs a regular file", name);
	else {
		f->bytes = f->stat.st_size;
		code = read_footer(f, err);
	}
	if (!code)
		code = check_groups(f, err);
	if (code) {
		pq_file_close(f);
		return code;
	}
	*out = f;
	return ERR_NONE;
}

void
pq_file_close(struct pq_file *f)
{
	if (!f)
		return;
	(void)close(f->fd);
	arena_free(f->arena);
	free(f->name);
	free(f);
}

void
pq_file_schema(const struct pq_file *f, struct schema *out)
{
	bool *is_listed = mem_new(f->n_leaves, sizeof(*is_listed));
	struct column *columns = arena_get(f->arena, f->n_leaves * sizeof(*columns));
	size_t n = 0;

	for (size_t i = 0; i < f->n_leaves; i++) {
		const struct pq_leaf *leaf = f->by_name[i].leaf;

		is_listed[leaf->index] = leaf->is_flat &&
					 (i == 0 ||
					  strcmp(leaf->name, f->by_name[i - 1].leaf->name) != 0);
	}
	for (size_t i = 0; i < f->n_leaves; i++)
		if (is_listed[i])
			columns[n++] = (struct column){ f->leaves[i].name, f->leaves[i].natural };
	free(is_listed);
	*out = (struct schema){ .columns = columns, .count = n };
}

const struct pq_leaf *
pq_file_find(const struct pq_file *f, const char *column, bool *ambiguous)
{
	size_t at = lower_bound(f, column, false);

	*ambiguous = false;
	if (at < f->n_leaves && strcmp(f->by_name[at].leaf->name, column) == 0) {
		/* A field `b` of `a`, and a column `a.b`: neither is more wanted than the other. */
		*ambiguous = at + 1 < f->n_leaves && f->by_name[at + 1].leaf->is_flat &&
			     strcmp(f->by_name[at + 1].leaf->name, column) == 0;
		return *ambiguous ? NULL : f->by_name[at].leaf;
	}
	at = lower_bound(f, column, true);
	if (at == f->n_leaves || strcasecmp(f->by_name[at].leaf->name, column) != 0)
		return NULL;
	*ambiguous = at + 1 < f->n_leaves && strcasecmp(f->by_name[at + 1].leaf->name, column) == 0;
	return *ambiguous ? NULL : f->by_name[at].leaf;
}

/* The leaf is the column itself or lies in it: `address` has `address.city`. */
static bool
is_part_of(const struct pq_leaf *leaf, const char *column)
{
	size_t bytes = strlen(column);

	return strncasecmp(leaf->name, column, bytes) == 0 &&
	       (leaf->name[bytes] == '\0' || leaf->name[bytes] == '.');
}

bool
pq_file_explain(const struct pq_file *f, const char *column, char *out, size_t bytes)
{
	const struct pq_leaf *flat = NULL, *nested = NULL;

	for (size_t i = 0; i < f->n_leaves; i++) {
		const struct pq_leaf *leaf = &f->leaves[i];

		if (!is_part_of(leaf, column))
			continue;
		if (leaf->is_flat)
			flat = flat ? flat : leaf;
		else
			nested = nested ? nested : leaf;
	}
	if (flat)
		(void)snprintf(out, bytes, "is a struct; its fields are columns, such as '%.100s'",
			       flat->name);
	else if (nested)
		(void)snprintf(out, bytes, "is nested (it repeats); only flat columns can be read");
	return flat || nested;
}

enum err_code
pq_file_digest(const struct pq_file *f, char out[CHECKSUM_CHARS + 1], struct err *err)
{
	enum { PIECE_BYTES = 256 << 10 };
	enum err_code code = ERR_NONE;
	struct checksum c;
	char *piece = mem_new(PIECE_BYTES, 1);

	checksum_init(&c);
	for (int64_t at = 0; at < f->bytes && !code;) {
		int64_t left = f->bytes - at;
		size_t n = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;

		code = pq_file_read(f, at, n, piece, err);
		if (!code)
			checksum_add(&c, piece, n);
		at += (int64_t)n;
	}
	free(piece);
	if (!code)
		code = pq_file_check(f, err);
	if (!code)
		checksum_end(&c, out);
	return code;
}
