/* local.c - the storage of this machine: staged directories become live partitions. */
#include "scheduler/publish/local.h"

#include "core/time/grid.h"
#include "scheduler/publish/storage.h"

#include "core/lake/lake.h"
#include "core/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* No path we make is longer; the kernel's own limit is met when it is used. */
enum { PATH_BYTES_MAX = 64 << 10 };

/* One output on its way, and what the two directories hold right now. */
struct passage {
	const struct publish_fs *fs;
	const char *token;
	const struct storage_partition *output;
	char *live_dir, *staged_dir;
	struct manifest live, staged;
	bool has_live, has_staged; /* there is a manifest */
};

static bool
is_ours(const struct passage *p, const struct manifest *m)
{
	return strcmp(m->publish_id, p->token) == 0;
}

/* Load a manifest that may be absent. */
static enum err_code
load(const struct publish_fs *fs, const char *dir, struct manifest *out, bool *there,
     struct err *err)
{
	struct err why = { ERR_NONE };
	enum err_code code = fs->load(fs->arg, dir, out, &why);

	*there = code == ERR_NONE;
	if (code == ERR_NONE || code == ERR_NOT_FOUND)
		return ERR_NONE;
	return err_set(err, code, "%s", why.msg);
}

static void
begin(struct passage *p, const struct publish_fs *fs, const struct storage_job *job, size_t i)
{
	struct buf path;

	*p = (struct passage){ .fs = fs, .token = job->token, .output = &job->outputs[i] };
	buf_init(&path, PATH_BYTES_MAX);
	lake_live(p->output->path, p->output->grid, p->output->part, &path);
	p->live_dir = buf_give(&path);
	lake_staging(p->output->path, job->attempt, &path);
	p->staged_dir = buf_give(&path);
	buf_release(&path);
}

static void
end(struct passage *p)
{
	free(p->live_dir);
	free(p->staged_dir);
	if (p->has_live)
		manifest_release(&p->live);
	if (p->has_staged)
		manifest_release(&p->staged);
}

/* ---- is it what was promised? ---- */

/* Publishing is the gate: whatever wrote the rows, the checks of its task were made and let pass.
 */
static enum err_code
check_gate(const struct passage *p, struct err *err)
{
	size_t made = json_array_size(p->staged.checks), i;
	const json_t *result;

	if (made < p->output->n_checks)
		return err_set(err, ERR_INPUT, "'%s': %zu checks are asked for, %zu were made",
			       p->staged_dir, p->output->n_checks, made);
	json_array_foreach(p->staged.checks, i, result)
	{
		if (json_get_bool(result, "blocking", false))
			return err_set(err, ERR_INPUT, "'%s': check %s did not pass", p->staged_dir,
				       json_get_text(result, "name", "?"));
	}
	return ERR_NONE;
}

static enum err_code
check_staged(const struct passage *p, struct err *err)
{
	const struct manifest *m = &p->staged;
	const char *wrong = NULL;
	enum err_code code;

	if (!p->has_staged)
		return err_set(err, ERR_INPUT, "'%s' holds no " MANIFEST_FILE, p->staged_dir);
	if (strcmp(m->dataset, p->output->dataset) != 0)
		wrong = "dataset";
	else if (m->part != p->output->part)
		wrong = "partition";
	else if (!is_ours(p, m))
		wrong = "attempt";
	else if (m->kept_from[0])
		wrong = "publish";
	if (wrong)
		return err_set(err, ERR_INPUT, "the manifest in '%s' is of another %s",
			       p->staged_dir, wrong);
	code = manifest_check_counters(m, err);
	if (!code)
		code = check_gate(p, err);
	return code ? code : p->fs->verify(p->fs->arg, p->staged_dir, m, err);
}

/* What follows the last dot of the first file: the format the rows are written in. */
static const char *
suffix(const struct manifest *m)
{
	const char *dot = m->n_files ? strrchr(m->files[0].path, '.') : NULL;

	return dot ? dot : "";
}

/*
 * Same rows, same columns, same format, and the live files are those that were published: whoever
 * touched them may have changed them, and nobody reads them here to know.
 */
static enum err_code
compare(const struct passage *p, bool *same, struct err *err)
{
	enum err_code code;
	struct err why = { ERR_NONE };

	*same = p->has_live && strcmp(p->live.content_digest, p->staged.content_digest) == 0 &&
		strcmp(p->live.schema_digest, p->staged.schema_digest) == 0 &&
		strcmp(suffix(&p->live), suffix(&p->staged)) == 0;
	if (!*same)
		return ERR_NONE;
	code = p->fs->recorded(p->fs->arg, p->live_dir, &p->live, &why);
	if (code != ERR_NONE && code != ERR_INPUT)
		return err_set(err, code, "%s", why.msg);
	*same = code == ERR_NONE; /* damaged live files are a reason to replace them */
	return ERR_NONE;
}

/* ---- the one step that makes it live ---- */

/* The content stays: its files and number with the new inputs, code and run. */
static enum err_code
replace_manifest(struct passage *p, struct err *err)
{
	struct manifest merged = p->staged;
	enum err_code code;

	merged.version = p->live.version;
	merged.rows = p->live.rows;
	merged.bytes = p->live.bytes;
	merged.files = p->live.files;
	merged.n_files = p->live.n_files;
	memcpy(merged.kept_from, p->live.kept_from[0] ? p->live.kept_from : p->live.publish_id,
	       sizeof(merged.kept_from));
	code = p->fs->put_manifest(p->fs->arg, p->live_dir, p->staged_dir, &merged, err);
	if (code)
		return code;
	p->live.files = p->staged.files;
	p->live.n_files = p->staged.n_files;
	manifest_release(&p->live);
	p->live = merged;
	p->has_staged = false; /* its strings are merged's now */
	return ERR_NONE;
}

static enum err_code
swap(struct passage *p, struct err *err)
{
	struct manifest old = p->live;
	enum err_code code = p->fs->exchange(p->fs->arg, p->staged_dir, p->live_dir, err);

	if (code)
		return code;
	p->live = p->staged;
	p->staged = old;
	return ERR_NONE;
}

/*
 * The lake is ahead of the state database: the database was made anew, or a
 * publish was given up half way.  The lake is right, so the number is what
 * follows the live one.
 */
static enum err_code
renumber(struct passage *p, struct err *err)
{
	const struct publish_fs *fs = p->fs;
	enum err_code code;
	char *path;

	if (!p->has_live || p->staged.version > p->live.version)
		return ERR_NONE;
	p->staged.version = p->live.version + 1;
	code = fs->put_manifest(fs->arg, p->staged_dir, p->staged_dir, &p->staged, err);
	if (code)
		return code;
	path = mem_format("%s/" MANIFEST_FILE, p->staged_dir);
	code = fs->sync_parent(fs->arg, path, err);
	free(path);
	return code;
}

static enum err_code
refuse_foreign(const struct passage *p, struct err *err)
{
	return err_set(err, ERR_INPUT,
		       "'%s' is there and holds no " MANIFEST_FILE ", so it was not made by "
		       "Tidemill and is not replaced: move it away",
		       p->live_dir);
}

static enum err_code
put_first(struct passage *p, struct err *err)
{
	struct err why = { ERR_NONE };
	enum err_code code = p->fs->move(p->fs->arg, p->staged_dir, p->live_dir, &why);

	if (code == ERR_CONFLICT)
		return refuse_foreign(p, err);
	if (code)
		return err_set(err, code, "%s", why.msg);
	p->live = p->staged;
	p->has_live = true;
	p->has_staged = false;
	return ERR_NONE;
}

static enum err_code
make_live(struct passage *p, struct err *err)
{
	enum err_code code;
	bool same;

	code = compare(p, &same, err);
	if (code)
		return code;
	if (same)
		return replace_manifest(p, err);
	code = renumber(p, err);
	if (code)
		return code;
	return p->has_live ? swap(p, err) : put_first(p, err);
}

/* ---- what comes after it, in the first go and after a crash alike ---- */

/*
 * The staging directory holds the version that was live before: keep it under
 * versions/.  What stands in its place, under its number and digest, is the rest
 * of an interrupted collection or of an earlier life of the project, and goes.
 */
static enum err_code
retire(const struct passage *p, struct err *err)
{
	const struct publish_fs *fs = p->fs;
	struct err why = { ERR_NONE };
	enum err_code code;
	struct buf path;

	buf_init(&path, PATH_BYTES_MAX);
	lake_version(p->output->path, p->output->grid, p->output->part, p->staged.version,
		     p->staged.content_digest, &path);
	code = fs->move(fs->arg, p->staged_dir, path.data, &why);
	if (code == ERR_CONFLICT) {
		code = fs->remove(fs->arg, path.data, &why);
		if (!code)
			code = fs->move(fs->arg, p->staged_dir, path.data, &why);
	}
	if (!code)
		code = fs->sync_parent(fs->arg, path.data, &why);
	buf_release(&path);
	return code ? err_set(err, code, "%s", why.msg) : ERR_NONE;
}

static enum err_code
sync_live(const struct passage *p, struct err *err)
{
	const struct publish_fs *fs = p->fs;
	enum err_code code;
	char *path;

	if (p->live.kept_from[0]) {
		path = mem_format("%s/" MANIFEST_FILE, p->live_dir);
		code = fs->sync_parent(fs->arg, path, err);
		free(path);
		return code;
	}
	code = fs->sync_parent(fs->arg, p->live_dir, err);
	return code ? code : fs->sync_parent(fs->arg, p->staged_dir, err);
}

/* The live manifest is ours: make that durable, then tidy the staging directory up. */
static enum err_code
settle(const struct passage *p, struct err *err)
{
	enum err_code code = sync_live(p, err);

	if (code)
		return code;
	if (p->has_staged && !is_ours(p, &p->staged))
		return retire(p, err);
	return p->fs->remove(p->fs->arg, p->staged_dir, err);
}

/* ---- the result ---- */

/* The manifest's inputs in the form in which the engine pins them. */
static char *
inputs_text(const struct manifest *m, struct arena *arena)
{
	json_t *list = json_array();
	struct buf text;
	char *copy;

	for (size_t i = 0; i < m->n_inputs; i++) {
		const struct manifest_input *in = &m->inputs[i];
		json_t *item = json_object();
		int64_t part;
		bool has_part = manifest_input_part(in, &part);

		json_object_set_new(item, "dataset", json_string(in->dataset));
		json_object_set_new(item, "day", has_part ? json_integer(part) : json_null());
		json_object_set_new(item, "version", json_integer(in->version));
		json_object_set_new(item, "digest", json_string(in->digest));
		if (in->missing)
			json_object_set_new(item, "missing", json_true());
		json_array_append_new(list, item);
	}
	buf_init(&text, MANIFEST_BYTES_MAX);
	json_write(list, &text);
	copy = arena_str(arena, text.data);
	buf_release(&text);
	json_decref(list);
	return copy;
}

static void
report(const struct passage *p, struct published *out, struct arena *arena)
{
	const struct manifest *m = &p->live;
	struct buf text;

	*out = (struct published){
		.dataset = arena_str(arena, m->dataset),
		.part = m->part,
		.version = m->version,
		.rows = m->rows,
		.bytes = m->bytes,
		.partial = m->partial,
		.preliminary = m->preliminary,
		.changed = !m->kept_from[0],
		.inputs = inputs_text(m, arena),
	};
	memcpy(out->digest, m->content_digest, sizeof(out->digest));
	if (!m->definition || !m->definition_digest[0])
		return;
	buf_init(&text, MANIFEST_BYTES_MAX);
	json_write(m->definition, &text);
	out->definition = arena_str(arena, m->definition_digest);
	out->definition_text = arena_str(arena, text.data);
	buf_release(&text);
}

/* ---- the two directories of one output ---- */

static bool
is_done(const struct passage *p)
{
	return p->has_live && is_ours(p, &p->live);
}

/* What is live and cannot be told is not replaced: it may be anybody's. */
static enum err_code
load_live(struct passage *p, struct err *err)
{
	struct err why = { ERR_NONE };
	enum err_code code = load(p->fs, p->live_dir, &p->live, &p->has_live, &why);

	if (code == ERR_INPUT || code == ERR_LIMIT)
		return err_set(err, code, "%s; move '%s' away, then run this again", why.msg,
			       p->live_dir);
	if (!code && !p->has_live)
		code = p->fs->vacant(p->fs->arg, p->live_dir, &why);
	if (code == ERR_CONFLICT)
		return refuse_foreign(p, err);
	return code ? err_set(err, code, "%s", why.msg) : ERR_NONE;
}

static enum err_code
look(struct passage *p, struct err *err)
{
	enum err_code code = load_live(p, err);

	if (!code)
		code = load(p->fs, p->staged_dir, &p->staged, &p->has_staged, err);
	if (BUG_IS(54)) /* planted: what is staged is looked at as it goes live, not before */
		return code;
	return code || is_done(p) ? code : check_staged(p, err);
}

static enum err_code
publish_one(struct passage *p, struct err *err)
{
	enum err_code code = BUG_IS(54) && !is_done(p) ? check_staged(p, err) : ERR_NONE;

	if (!code && !is_done(p))
		code = make_live(p, err);
	return code ? code : settle(p, err);
}

static enum err_code
discard_one(struct passage *p, struct err *err)
{
	struct err why = { ERR_NONE };
	enum err_code code;

	code = load(p->fs, p->live_dir, &p->live, &p->has_live, err);
	if (code)
		return code; /* it cannot be told whose the staged files are */
	code = load(p->fs, p->staged_dir, &p->staged, &p->has_staged, &why);
	if (code == ERR_SYSTEM)
		return err_set(err, code, "%s", why.msg);
	if (p->has_live && p->has_staged && !is_ours(p, &p->staged)) {
		if (is_done(p))
			return settle(p, err);
		return err_set(err, ERR_CONFLICT,
			       "'%s' holds what another attempt made: left alone", p->staged_dir);
	}
	return p->fs->remove(p->fs->arg, p->staged_dir, err);
}

static void
wrap(const struct storage_partition *output, const char *verb, struct err *err)
{
	char partition[GRID_KEY_CHARS + 1];

	grid_key(output->grid, output->part, partition);
	err_wrap(err, "%s %s of dataset '%s'", verb, partition, output->dataset);
}

enum err_code
local_publish(const struct publish_fs *fs, const struct storage_job *job, struct published *out,
	      struct arena *arena, struct err *err)
{
	struct passage *all = mem_new(job->n_outputs, sizeof(*all));
	enum err_code code = ERR_NONE;
	size_t at = 0; /* the output that a failure is about */

	for (size_t i = 0; i < job->n_outputs; i++)
		begin(&all[i], fs, job, i);
	/* All are looked at before the first goes live, so that a refusal refuses all. */
	for (size_t i = 0; i < job->n_outputs && !code; i++) {
		at = i;
		code = look(&all[i], err);
	}
	for (size_t i = 0; i < job->n_outputs && !code; i++) {
		at = i;
		code = publish_one(&all[i], err);
		if (!code)
			report(&all[i], &out[i], arena);
	}
	if (code) {
		wrap(&job->outputs[at], "publish", err);
		/* The caller has to know that there is a way forward only. */
		out[0].dataset = is_done(&all[0]) ? job->outputs[0].dataset : NULL;
	}
	for (size_t i = 0; i < job->n_outputs; i++)
		end(&all[i]);
	free(all);
	return code;
}

enum err_code
local_discard(const struct publish_fs *fs, const struct storage_job *job, struct err *err)
{
	for (size_t i = 0; i < job->n_outputs; i++) {
		struct passage p;
		enum err_code code;

		begin(&p, fs, job, i);
		code = discard_one(&p, err);
		end(&p);
		if (code) {
			wrap(&job->outputs[i], "discard what was staged for", err);
			return code;
		}
	}
	return ERR_NONE;
}

enum err_code
local_collect(const struct publish_fs *fs, const char *path, struct grid grid, int64_t part,
	      int64_t version, const char *digest, struct err *err)
{
	enum err_code code;
	struct buf dir;

	/* Eight digits of it become a part of the path. */
	if (strspn(digest, "0123456789abcdef") < 8)
		return err_set(err, ERR_INPUT, "collect version %" PRId64 " of '%s': no digest",
			       version, path);
	buf_init(&dir, PATH_BYTES_MAX);
	lake_version(path, grid, part, version, digest, &dir);
	code = fs->remove(fs->arg, dir.data, err);
	buf_release(&dir);
	return code;
}

/* ---- the row ---- */

static enum err_code
publish_here(const struct storage_job *job, struct published *out, struct arena *arena,
	     struct err *err)
{
	return local_publish(&publish_fs_real, job, out, arena, err);
}

static enum err_code
discard_here(const struct storage_job *job, struct err *err)
{
	for (size_t i = 0; i < job->n_outputs; i++)
		local_remove_work(job->outputs[i].path, job->attempt);
	return local_discard(&publish_fs_real, job, err);
}

static enum err_code
collect_here(const char *path, struct grid grid, int64_t part, int64_t version, const char *digest,
	     struct err *err)
{
	return local_collect(&publish_fs_real, path, grid, part, version, digest, err);
}

const struct storage storage_local = {
	.scheme = "",
	.probe = local_probe,
	.room = local_room,
	.publish = publish_here,
	.discard = discard_here,
	.collect = collect_here,
};
