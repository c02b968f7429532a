/*
 * file.h - a Parquet file that is open: everything but its pages.
 *
 * Bytes are read with pread, never mapped: a file that is cut off meanwhile is an
 * error and no signal.
 */
#ifndef WORKER_PARQUET_READ_FILE_H
#define WORKER_PARQUET_READ_FILE_H

#include "core/base/hash.h"
#include "worker/parquet/read/leaf.h"

#include <sys/stat.h>

struct pq_file {
	int fd;
	char *name;          /* in messages */
	struct stat stat;    /* when it was opened */
	int64_t bytes;       /* of the file */
	int64_t data_end;    /* the footer begins here */
	struct arena *arena; /* of all that follows */
	struct pq_meta meta;
	struct pq_leaf *leaves; /* in the order of the file */
	size_t n_leaves;
	struct pq_named {
		const struct pq_leaf *leaf;
	} * by_name; /* the same, sorted for pq_file_find() */
};

/*
 * Open a file and decode its footer.  dir is a directory descriptor or AT_FDCWD; name
 * is for messages.  Refused by name: what is no Parquet, is cut off, is encrypted, or has its data
 * in another file.
 */
enum err_code pq_file_open(struct pq_file **out, int dir, const char *path, const char *name,
			   struct err *err) MUST_CHECK;

/* Close and free it; NULL is fine. */
void pq_file_close(struct pq_file *f);

/*
 * The columns of everything that can be read, in the order of the file, with their natural
 * types: a schema for reader_open().  Lives in the file.  Of leaves with the same name only
 * the first is in it; pq_file_find() says that they are ambiguous.  Leaves with is_flat false are
 * what it leaves out.
 */
void pq_file_schema(const struct pq_file *f, struct schema *out);

/*
 * The leaf of a column: the one of its very name, else the only one that differs in case.  Of the
 * same name, one that can be read comes before those that cannot.  NULL: there is none,
 * or (*ambiguous) more than one.
 */
const struct pq_leaf *pq_file_find(const struct pq_file *f, const char *column, bool *ambiguous);

/*
 * What is wrong with a column that pq_file_find() does not find or that is not flat, for a person:
 * what follows its name in a sentence, in `out`.  False: nothing in the file is called so.
 */
bool pq_file_explain(const struct pq_file *f, const char *column, char *out, size_t bytes);

/* Read exactly these bytes. */
enum err_code pq_file_read(const struct pq_file *f, int64_t at, size_t bytes, void *out,
			   struct err *err) MUST_CHECK;

/* ERR_CONFLICT: the file is no longer what it was when it was opened. */
enum err_code pq_file_check(const struct pq_file *f, struct err *err) MUST_CHECK;

/* The checksum of the whole file, as it is on disk. */
enum err_code pq_file_digest(const struct pq_file *f, char out[CHECKSUM_CHARS + 1],
			     struct err *err) MUST_CHECK;

#endif
