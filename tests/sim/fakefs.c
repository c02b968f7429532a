/* fakefs.c - a lake in memory behind struct publish_fs. */
#include "tests/sim/fakefs.h"

#include "core/lake/lake.h"
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

struct lake_dir {
	const char *path;
	struct lake_content content;
	UT_hash_handle hh;
};

enum { PATH_BYTES = 4096 };

/* ---- directories ---- */

static struct lake_dir *
find(const struct lake *lake, const char *path)
{
	struct lake_dir *dir;

	HASH_FIND_STR(lake->dirs, path, dir);
	return dir;
}

static void
put(struct lake *lake, const char *path, struct lake_content content)
{
	struct lake_dir *dir = find(lake, path);

	if (!dir) {
		dir = arena_get(lake->arena, sizeof(*dir));
		dir->path = arena_str(lake->arena, path);
		HASH_ADD_KEYPTR(hh, lake->dirs, dir->path, strlen(dir->path), dir);
	}
	dir->content = content;
}

static void
drop(struct lake *lake, struct lake_dir *dir)
{
	HASH_DEL(lake->dirs, dir);
}

static bool
is_live(const char *path)
{
	const char *slash = strrchr(path, '/');
	bool is_key = false;
	int64_t part;

	for (int unit = 0; slash && unit < GRID_UNITS && !is_key; unit++)
		is_key = grid_key_parse((struct grid){ .unit = (enum grid_unit)unit }, slash + 1,
					&part);
	return is_key && !strstr(path, LAKE_DIR);
}

/* I31, I34: what a reader who follows the manifest sees right now. */
static void
read_live(struct lake *lake, const char *path)
{
	const struct lake_dir *dir = is_live(path) ? find(lake, path) : NULL;
	const struct lake_manifest *m;

	if (!dir)
		return;
	m = dir->content.manifest;
	if (!m)
		sim_fail(lake->sim, "I31", "%s is live without a manifest", path);
	else if (!dir->content.part || strcmp(dir->content.part, m->digest) != 0)
		sim_fail(lake->sim, "I31", "the files of %s are not those of its manifest", path);
}

/* I32: a live partition changes only for the attempt that is being published. */
static void
touch(struct lake *lake, const char *path, const struct lake_content *content)
{
	const struct attempt_rec *attempt = rows_attempt(&lake->sim->rows, lake->publishing);
	const char *token = content->manifest ? content->manifest->token : "";

	if (!is_live(path))
		return;
	if (!attempt || attempt->row.state != ATTEMPT_PUBLISHING)
		sim_fail(lake->sim, "I32", "%s changes while nobody may publish", path);
	else if (strcmp(token, attempt->row.token) != 0)
		sim_fail(lake->sim, "I32", "%s becomes what attempt %lld did not make", path,
			 (long long)attempt->row.key);
}

static void
log_op(struct lake *lake, enum lake_op_kind kind, const char *a, const char *b,
       struct lake_content before)
{
	struct lake_op op = { kind, arena_str(lake->arena, a), arena_str(lake->arena, b), before };

	lake->sim->seen[SEEN_EXCHANGE] += kind == LAKE_EXCHANGE;
	lake->sim->seen[SEEN_KEPT] += kind == LAKE_MANIFEST;
	lake->sim->seen[SEEN_FIRST] += kind == LAKE_MOVE && is_live(b);
	sim_note(lake->sim, "fs", kind, lake->publishing, 0, op.a);
	lake->ops = mem_grow(lake->ops, lake->n_ops, &lake->room_ops, sizeof(*lake->ops));
	lake->ops[lake->n_ops++] = op;
}

/* ---- the operations ---- */

/* Every operation begins here: a crash, or now and then a file system that refuses. */
static enum err_code
enter(struct lake *lake, const char *path, struct err *err)
{
	if (!sim_boundary(lake->sim))
		return err_set(err, ERR_SYSTEM, "the machine is gone");
	if (!sim_chance(lake->sim, lake->sim->knobs.fs_error_pm))
		return ERR_NONE;
	lake->sim->seen[SEEN_REFUSED]++;
	return err_set(err, ERR_SYSTEM, "touch '%s': input/output error", path);
}

static void
to_manifest(const struct lake_manifest *m, struct manifest *out)
{
	*out = (struct manifest){
		.dataset = mem_str(m->dataset),
		.unit = m->unit,
		.part = m->part,
		.version = m->version,
		.partial = m->partial,
		.preliminary = m->early ? MANIFEST_EARLY : NULL,
		.rows = 1,
		.bytes = 1,
		.files = mem_new(1, sizeof(*out->files)),
		.n_files = 1,
		.inputs = mem_new(m->n_inputs, sizeof(*out->inputs)),
		.n_inputs = m->n_inputs,
	};
	memcpy(out->publish_id, m->token, sizeof(m->token));
	memcpy(out->kept_from, m->kept_from, sizeof(m->kept_from));
	memcpy(out->content_digest, m->digest, sizeof(m->digest));
	memcpy(out->files[0].sha256, m->digest, sizeof(m->digest));
	out->files[0] = (struct manifest_file){ .path = mem_format("part-%.8s.csv", m->digest),
						.rows = 1,
						.bytes = 1 };
	for (size_t i = 0; i < m->n_inputs; i++) {
		struct manifest_input *in = &out->inputs[i];
		char partition[GRID_KEY_CHARS + 1];

		grid_key((struct grid){ .unit = m->inputs[i].unit }, m->inputs[i].part, partition);
		in->dataset = mem_str(m->inputs[i].dataset);
		in->partition = mem_str(partition);
		in->version = m->inputs[i].version;
		in->missing = m->inputs[i].missing;
		memcpy(in->digest, m->inputs[i].digest, sizeof(in->digest));
	}
}

static const struct lake_manifest *
of_manifest(struct lake *lake, const struct manifest *m)
{
	struct lake_manifest *out = arena_get(lake->arena, sizeof(*out));
	struct lake_input *inputs = arena_get(lake->arena, m->n_inputs * sizeof(*inputs) + 1);

	*out = (struct lake_manifest){
		.dataset = arena_str(lake->arena, m->dataset),
		.unit = m->unit,
		.part = m->part,
		.version = m->version,
		.partial = m->partial,
		.early = m->preliminary != NULL,
		.inputs = inputs,
		.n_inputs = m->n_inputs,
	};
	memcpy(out->token, m->publish_id, sizeof(out->token));
	memcpy(out->kept_from, m->kept_from, sizeof(out->kept_from));
	memcpy(out->digest, m->content_digest, sizeof(out->digest));
	for (size_t i = 0; i < m->n_inputs; i++) {
		inputs[i].dataset = arena_str(lake->arena, m->inputs[i].dataset);
		inputs[i].version = m->inputs[i].version;
		inputs[i].missing = m->inputs[i].missing;
		memcpy(inputs[i].digest, m->inputs[i].digest, sizeof(inputs[i].digest));
		inputs[i].unit = rows_grid(&lake->sim->rows, m->inputs[i].dataset).unit;
		(void)grid_key_parse((struct grid){ .unit = inputs[i].unit },
				     m->inputs[i].partition, &inputs[i].part);
	}
	return out;
}

static enum err_code
op_load(void *arg, const char *path, struct manifest *out, struct err *err)
{
	struct lake *lake = arg;
	const struct lake_dir *dir;
	enum err_code code = enter(lake, path, err);

	if (code)
		return code;
	dir = find(lake, path);
	if (!dir || !dir->content.manifest)
		return err_set(err, ERR_NOT_FOUND, "read '%s': no such file", path);
	to_manifest(dir->content.manifest, out);
	return ERR_NONE;
}

static enum err_code
op_verify(void *arg, const char *path, const struct manifest *m, struct err *err)
{
	struct lake *lake = arg;
	const struct lake_dir *dir;
	enum err_code code = enter(lake, path, err);

	if (code)
		return code;
	dir = find(lake, path);
	if (!dir || !dir->content.part || strcmp(dir->content.part, m->content_digest) != 0)
		return err_set(err, ERR_INPUT, "'%s' does not hold the files it should", path);
	return ERR_NONE;
}

static enum err_code
op_vacant(void *arg, const char *path, struct err *err)
{
	struct lake *lake = arg;
	enum err_code code = enter(lake, path, err);

	if (code)
		return code;
	return find(lake, path) ? err_set(err, ERR_CONFLICT, "'%s' is there", path) : ERR_NONE;
}

static enum err_code
op_exchange(void *arg, const char *a, const char *b, struct err *err)
{
	struct lake *lake = arg;
	struct lake_content content;
	enum err_code code = enter(lake, a, err);
	struct lake_dir *one, *two;

	if (code)
		return code;
	one = find(lake, a);
	two = find(lake, b);
	if (!one || !two)
		return err_set(err, ERR_NOT_FOUND, "exchange '%s' and '%s': no such directory", a,
			       b);
	content = one->content;
	one->content = two->content;
	two->content = content;
	log_op(lake, LAKE_EXCHANGE, a, b, content);
	touch(lake, a, &one->content);
	touch(lake, b, &two->content);
	read_live(lake, a);
	read_live(lake, b);
	return ERR_NONE;
}

static enum err_code
op_move(void *arg, const char *from, const char *to, struct err *err)
{
	struct lake *lake = arg;
	struct lake_content content;
	enum err_code code = enter(lake, from, err);
	struct lake_dir *dir;

	if (code)
		return code;
	dir = find(lake, from);
	if (!dir)
		return err_set(err, ERR_NOT_FOUND, "rename '%s': no such directory", from);
	if (find(lake, to))
		return err_set(err, ERR_CONFLICT, "rename to '%s': it exists", to);
	content = dir->content;
	drop(lake, dir);
	put(lake, to, content);
	log_op(lake, LAKE_MOVE, from, to, content);
	if (is_live(from))
		sim_fail(lake->sim, "I31", "%s is moved away", from);
	touch(lake, to, &content);
	read_live(lake, to);
	return ERR_NONE;
}

static enum err_code
op_put_manifest(void *arg, const char *live, const char *staging, const struct manifest *m,
		struct err *err)
{
	struct lake *lake = arg;
	struct lake_dir *dir;
	enum err_code code = enter(lake, live, err);

	if (code)
		return code;
	dir = find(lake, live);
	if (!dir || !find(lake, staging))
		return err_set(err, ERR_NOT_FOUND, "write in '%s': no such directory", live);
	log_op(lake, LAKE_MANIFEST, live, staging, dir->content);
	dir->content.manifest = of_manifest(lake, m);
	touch(lake, live, &dir->content);
	read_live(lake, live);
	return ERR_NONE;
}

static size_t
parent_bytes(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static bool
in_parent(const char *path, const char *parent, size_t bytes)
{
	return parent_bytes(path) == bytes && memcmp(path, parent, bytes) == 0;
}

/* A directory's fsync commits the journal: what came before in it is durable too. */
static enum err_code
op_sync_parent(void *arg, const char *path, struct err *err)
{
	struct lake *lake = arg;
	size_t bytes = parent_bytes(path), keep = 0;
	enum err_code code = enter(lake, path, err);

	if (code)
		return code;
	for (size_t i = 0; i < lake->n_ops; i++) {
		const struct lake_op *op = &lake->ops[i];
		bool within = op->kind == LAKE_MANIFEST
				  ? strlen(op->a) == bytes && memcmp(op->a, path, bytes) == 0
				  : in_parent(op->a, path, bytes) ||
					(op->b && in_parent(op->b, path, bytes));

		if (within)
			keep = i + 1;
	}
	lake->n_ops -= keep;
	memmove(lake->ops, lake->ops + keep, lake->n_ops * sizeof(*lake->ops));
	return ERR_NONE;
}

static enum err_code
op_remove(void *arg, const char *path, struct err *err)
{
	struct lake *lake = arg;
	struct lake_dir *dir;
	enum err_code code = enter(lake, path, err);

	if (code)
		return code;
	dir = find(lake, path);
	if (!dir)
		return ERR_NONE;
	if (is_live(path))
		sim_fail(lake->sim, "I34", "the live %s is removed", path);
	log_op(lake, LAKE_REMOVE, path, NULL, dir->content);
	drop(lake, dir);
	return ERR_NONE;
}

/* ---- for the rest of the simulator ---- */

void
lake_init(struct lake *lake, struct sim *sim)
{
	memset(lake, 0, sizeof(*lake));
	lake->sim = sim;
	lake->arena = arena_new();
	lake->fs = (struct publish_fs){
		.arg = lake,
		.load = op_load,
		.verify = op_verify,
		.recorded = op_verify,
		.vacant = op_vacant,
		.exchange = op_exchange,
		.move = op_move,
		.put_manifest = op_put_manifest,
		.sync_parent = op_sync_parent,
		.remove = op_remove,
	};
}

void
lake_release(struct lake *lake)
{
	HASH_CLEAR(hh, lake->dirs);
	free(lake->ops);
	arena_free(lake->arena);
}

static const char *
live_path(struct buf *b, const char *path, enum grid_unit unit, int64_t part)
{
	buf_init(b, PATH_BYTES);
	lake_live(path, (struct grid){ .unit = unit }, part, b);
	return b->data;
}

static const char *
staging_path(struct buf *b, const char *path, int64_t attempt)
{
	buf_init(b, PATH_BYTES);
	lake_staging(path, attempt, b);
	return b->data;
}

void
lake_stage(struct lake *lake, const char *path, int64_t attempt,
	   const struct lake_manifest *manifest, const char *part)
{
	struct lake_manifest *copy = arena_get(lake->arena, sizeof(*copy));
	struct buf b;

	*copy = *manifest;
	put(lake, staging_path(&b, path, attempt),
	    (struct lake_content){ copy, arena_str(lake->arena, part) });
	buf_release(&b);
}

struct lake_content
lake_look(const struct lake *lake, const char *path, enum grid_unit unit, int64_t part)
{
	const struct lake_dir *dir;
	struct buf b;

	dir = find(lake, live_path(&b, path, unit, part));
	buf_release(&b);
	return dir ? dir->content : (struct lake_content){ NULL, NULL };
}

bool
lake_has(const struct lake *lake, const char *path, enum grid_unit unit, int64_t part,
	 int64_t version, const char *digest)
{
	struct lake_content live = lake_look(lake, path, unit, part);
	const struct lake_dir *dir;
	struct buf b;

	if (live.part && strcmp(live.part, digest) == 0)
		return true;
	buf_init(&b, PATH_BYTES);
	lake_version(path, (struct grid){ .unit = unit }, part, version, digest, &b);
	dir = find(lake, b.data);
	buf_release(&b);
	return dir && dir->content.part && strcmp(dir->content.part, digest) == 0;
}

bool
lake_durable(const struct lake *lake, const char *path, enum grid_unit unit, int64_t part)
{
	bool durable = true;
	struct buf b;
	const char *live = live_path(&b, path, unit, part);

	for (size_t i = 0; i < lake->n_ops && durable; i++) {
		const struct lake_op *op = &lake->ops[i];

		durable = strcmp(op->a, live) != 0 && !(op->b && strcmp(op->b, live) == 0);
	}
	buf_release(&b);
	return durable;
}

void
lake_purge(struct lake *lake)
{
	struct lake_dir *dir, *next;

	HASH_ITER(hh, lake->dirs, dir, next)
	{
		if (!strstr(dir->path, "/versions/"))
			continue;
		log_op(lake, LAKE_REMOVE, dir->path, NULL, dir->content);
		drop(lake, dir);
	}
}

static void
take_back(struct lake *lake, const struct lake_op *op)
{
	struct lake_dir *a = find(lake, op->a), *b = op->b ? find(lake, op->b) : NULL;
	struct lake_content content;

	switch (op->kind) {
	case LAKE_EXCHANGE:
		if (!a || !b)
			return;
		content = a->content;
		a->content = b->content;
		b->content = content;
		return;
	case LAKE_MOVE:
		if (!b)
			return;
		content = b->content;
		drop(lake, b);
		put(lake, op->a, content);
		return;
	case LAKE_REMOVE:
	case LAKE_MANIFEST:
		put(lake, op->a, op->before);
		return;
	}
}

void
lake_reboot(struct lake *lake, size_t lost)
{
	for (; lost && lake->n_ops; lost--) {
		take_back(lake, &lake->ops[--lake->n_ops]);
		lake->sim->seen[SEEN_TAKEN_BACK]++;
		read_live(lake, lake->ops[lake->n_ops].a);
	}
	lake->n_ops = 0;
}
