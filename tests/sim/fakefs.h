/*
 * fakefs.h - a lake in memory behind struct publish_fs.
 *
 * A directory is one content: at most one manifest and one data file, which
 * carries the digest of its rows.  After every operation a reader looks at the
 * live partitions: each has to be one complete version (I31).  A rename is
 * durable once an entry of one of its parents was synced; a reboot of the
 * machine takes back those that are not, latest first.
 */
#ifndef TESTS_SIM_FAKEFS_H
#define TESTS_SIM_FAKEFS_H

#include "scheduler/publish/local.h"

struct sim;
struct lake_dir;

struct lake_input {
	const char *dataset;
	enum grid_unit unit;
	int64_t part, version;
	char digest[DIGEST_CHARS + 1];
	bool missing;
};

/* What a manifest says; never changed once it is made. */
struct lake_manifest {
	const char *dataset;
	enum grid_unit unit;
	int64_t part, version;
	char token[TOKEN_CHARS + 1];
	char kept_from[TOKEN_CHARS + 1];
	char digest[DIGEST_CHARS + 1];
	bool partial, early;
	const struct lake_input *inputs;
	size_t n_inputs;
};

struct lake_content {
	const struct lake_manifest *manifest; /* or NULL */
	const char *part;                     /* digest of the rows in the data file, or NULL */
};

enum lake_op_kind { LAKE_EXCHANGE, LAKE_MOVE, LAKE_REMOVE, LAKE_MANIFEST };

/* A rename that a reboot may still take back. */
struct lake_op {
	enum lake_op_kind kind;
	const char *a, *b;
	struct lake_content before; /* REMOVE, MANIFEST: what `a` held */
};

struct lake {
	struct sim *sim;
	struct arena *arena;
	struct publish_fs fs;
	struct lake_dir *dirs; /* by path */
	struct lake_op *ops;   /* not durable yet, in order */
	size_t n_ops, room_ops;
	int64_t publishing; /* the attempt whose publish runs now; 0: none */
};

void lake_init(struct lake *lake, struct sim *sim);
void lake_release(struct lake *lake);

/* What a worker does before it ends well: a staged directory.  NULL part: the file is missing. */
void lake_stage(struct lake *lake, const char *path, int64_t attempt,
		const struct lake_manifest *manifest, const char *part);

/* What is live, NULL manifest when nothing is.  `path` is that of the dataset. */
struct lake_content lake_look(const struct lake *lake, const char *path, enum grid_unit unit,
			      int64_t part);

/* A worker may read this content: it is live, or kept under versions/. */
bool lake_has(const struct lake *lake, const char *path, enum grid_unit unit, int64_t part,
	      int64_t version, const char *digest);

/* Would a reboot now keep the live directory of a partition as it is? */
bool lake_durable(const struct lake *lake, const char *path, enum grid_unit unit, int64_t part);

/* Delete every old version, whoever still wants to read it. */
void lake_purge(struct lake *lake);

/* The machine restarts: the last `lost` of the renames that are not durable did not happen. */
void lake_reboot(struct lake *lake, size_t lost);

#endif
