/*
 * manifest.h - _manifest.json: what one version of one partition is.
 *
 * Written by the worker into its staging directory, complete: the version and
 * the publish id were given to it.  Checked by the scheduler before the
 * exchange, and by readers after it.  Format: docs/DAG-FILE.md "Manifest".
 */
#ifndef CORE_LAKE_MANIFEST_H
#define CORE_LAKE_MANIFEST_H

#include "core/model/dag.h"
#include "core/base/json.h"

#define MANIFEST_FILE "_manifest.json"

/* Why a partition is preliminary: it was made before its interval had ended. */
#define MANIFEST_EARLY "early"
enum {
	MANIFEST_BYTES_MAX = 4 << 20,
	MANIFEST_FILES_MAX = 10000,
	MANIFEST_INPUTS_MAX = 10000,
	MANIFEST_CHECKS_MAX = 1000,
	IDENTITY_CHARS = 79,
};

/* How much of a manifest its reader looks at.  The rest is not read, nor checked, and empty. */
enum manifest_part {
	MANIFEST_WHOLE,
	MANIFEST_ROWS,  /* all but what it was made of, in which run, and what checks found */
	MANIFEST_STAMP, /* which version of which partition it is, on which grid, its digest and
			   rows */
};

struct manifest_file {
	char *path; /* a plain name inside the partition directory */
	int64_t rows, bytes;
	char sha256[DIGEST_CHARS + 1];
	char identity[IDENTITY_CHARS + 1]; /* as core/storage/identity.h tells it; "": not known */
};

struct manifest_input {
	char *dataset;
	char *partition;               /* "event_date=2026-05-01", or "" when unpartitioned */
	int64_t version;               /* 0 when unpartitioned or absent */
	char digest[DIGEST_CHARS + 1]; /* "" when absent */
	bool missing;
	bool weekly;     /* it is a week: its name is that of a day */
	bool whole;      /* it reaches over the edges of what was asked for, and was not cut */
	int64_t rows;    /* that it had; -1: not known */
	json_t *columns; /* {name: content} of those that were named; NULL: not known */
};

struct manifest {
	char *dataset;
	enum grid_unit unit; /* of its grid, on the calendar of ... */
	char *zone;          /* ... this zone; NULL: UTC */
	int64_t part;
	bool has_part;                    /* manifest_read() found one */
	int64_t start_us, end_us;         /* the interval of the part, [start, end) */
	int64_t version;                  /* from 1 */
	char publish_id[TOKEN_CHARS + 1]; /* the attempt's token: which publish made it */
	char kept_from[TOKEN_CHARS + 1];  /* unchanged content: the publish that made the files,
					     and publish_id only replaced the manifest; else "" */
	char content_digest[DIGEST_CHARS + 1]; /* over canonical rows in the dataset's order */
	char schema_digest[DIGEST_CHARS + 1];  /* over names and types, in order */
	bool partial;                          /* completeness: partial */
	const char *preliminary;               /* why it will be made again; static, or NULL */
	int64_t rows, bytes;
	struct manifest_file *files;
	size_t n_files;
	struct manifest_input *inputs;
	size_t n_inputs;
	/* What its content depends on besides inputs (core/op/definition.h); NULL and "": not
	 * known.
	 */
	json_t *definition;
	char definition_digest[DIGEST_CHARS + 1]; /* of all of it */
	char rows_definition[DIGEST_CHARS + 1];   /* of what says which rows there are */
	json_t *columns;  /* [{"name","type","definition","content"}]; the last two may be absent */
	json_t *counters; /* object of integers; see below */
	json_t *checks;   /* array of check results, docs/CHECKS.md 5 */
	json_t *code;     /* {"dag","task","dag_digest","operator","program"} */
	json_t *run; /* {"run_id","epoch","try","type","data_interval_start","data_interval_end"} */
};

/*
 * A name that can stand alone in a directory of files: not empty, at most
 * `bytes_max` bytes, no '/', no control character, no '.' in front.
 */
bool manifest_plain_name(const char *name, size_t bytes_max);

/*
 * Counters add up: read = written + duplicates + quarantined + dropped +
 * filtered + aggregated + outside (absent ones are 0); for an operator that aggregates
 * (it has a counter `aggregated`, if only 0), `written` counts output rows and
 * is left out of the sum.  Other counters are not looked at.  ERR_INPUT says by
 * how much they do not.
 */
enum err_code manifest_check_counters(const struct manifest *m, struct err *err) MUST_CHECK;

/* The grid of its texts and names: its unit, in UTC whatever its zone is. */
struct grid manifest_grid(const struct manifest *m);

/* The number of the partition that was read, on its own grid; false: it is none. */
bool manifest_input_part(const struct manifest_input *in, int64_t *part);

/* Free what it owns; zeroed is fine. */
void manifest_release(struct manifest *m);

/*
 * The JSON text, keys in a fixed order, ending in a newline.  Strings have to
 * be UTF-8; JSON members that are NULL are written empty.
 */
void manifest_write(const struct manifest *m, struct buf *out);

/*
 * Read one back; every field is checked, unknown members are ignored.  ERR_INPUT,
 * ERR_LIMIT.  `what` names it in messages.
 */
enum err_code manifest_read(struct manifest *out, const char *data, size_t bytes, const char *what,
			    struct err *err) MUST_CHECK;

/* The same of as much of it as `part` says. */
enum err_code manifest_read_part(struct manifest *out, enum manifest_part part, const char *data,
				 size_t bytes, const char *what, struct err *err) MUST_CHECK;

/* The digest of names and types. */
void schema_digest(const struct schema *schema, char out[DIGEST_CHARS + 1]);

#endif
