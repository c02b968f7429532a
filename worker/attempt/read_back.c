/* read_back.c - files that a program left, staged as the rows of its task. */
#include "worker/attempt/read_back.h"

#include "core/base/mem.h"
#include "worker/attempt/outlet.h"
#include "worker/format/reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Pipes and the like have no end, or none that anybody waits for. */
static enum err_code
check_regular(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st))
		return err_errno(err, "open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "read '%s': it is not a regular file", path);
	return ERR_NONE;
}

/* Copy one file's rows to the outlet. */
static enum err_code
copy_file(struct outlet *o, const char *path, enum format format, int64_t *rows, struct err *err)
{
	struct reader_options options = { .format = format, .schema = outlet_schema(o) };
	const struct batch *b = NULL;
	struct reader *r = NULL;
	enum err_code code = check_regular(path, err);

	if (!code)
		code = reader_open(&r, AT_FDCWD, path, path, &options, err);
	while (!code) {
		code = reader_next(r, &b, err);
		if (code || !b)
			break;
		if (b->n_rejects) {
			const char *detail = outlet_detail(o, b->rejects[0].detail);

			code = err_set(err, ERR_INPUT, "read '%s': row %lld: %s%s%s", path,
				       (long long)b->rejects[0].row_no, b->rejects[0].reason,
				       *detail ? ": " : "", detail);
			break;
		}
		*rows += (int64_t)b->rows;
		code = outlet_add(o, b, NULL, b->rows, err);
	}
	reader_close(r);
	return op_plain_error(code);
}

static int
is_data_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && entry->d_name[0] != '_';
}

static int
compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* That there is nothing is said, not left to guess: a program that forgot to write leaves nothing.
 */
static enum err_code
check_left(const struct hand_out *from, int n, struct err *err)
{
	char *path = mem_format("%s/" EMPTY_FILE, from->dir);
	bool empty = access(path, F_OK) == 0;

	free(path);
	if (n == 0 && !empty)
		return err_set(err, ERR_INPUT,
			       "the program left no file in $%s; that there are no rows is said by "
			       "a file without rows (csv: a header alone) or by $%s/" EMPTY_FILE,
			       from->told, from->told);
	if (n > 0 && empty)
		return err_set(err, ERR_INPUT,
			       "the program left $%s/" EMPTY_FILE
			       " and %d other files: either there are rows or there are none",
			       from->told, n);
	return ERR_NONE;
}

enum err_code
read_back(struct op_ctx *ctx, const struct hand_out *from, struct manifest *m, struct err *err)
{
	struct dirent **list = NULL;
	struct outlet *o = NULL;
	enum err_code code;
	int64_t rows = 0;
	int n = scandir(from->dir, &list, is_data_file, compare_entries);

	if (n < 0)
		return err_errno(err, "read '%s'", from->dir);
	code = check_left(from, n, err);
	if (!code)
		code = outlet_open_at(&o, ctx, from->output->at, err);
	for (int i = 0; i < n && !code; i++) {
		char *path = mem_format("%s/%s", from->dir, list[i]->d_name);

		code = copy_file(o, path, from->output->format, &rows, err);
		free(path);
	}
	op_count(ctx, "read", rows);
	if (!code)
		code = outlet_finish(o, m, err);
	outlet_close(o);
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return code;
}
