/* test_crash.c - publishing that dies at every operation, and a reader that never stops. */
#include "scheduler/publish/local.h"

#include "tests/fixture/lake.h"
#include "core/storage/live.h"

#include <sys/wait.h>

enum crash_mode { CRASH_BEFORE, CRASH_TORN, CRASH_TORN_OTHER, CRASH_AFTER, CRASH_MODES };

enum { OPERATIONS_MAX = 64 };

/* A file system that dies at one moment and does nothing from then on. */
struct script {
	const struct lake *lake;
	int at, crash_at; /* operations so far; where it dies (-1: never) */
	enum crash_mode mode;
	bool dead;
	bool tears[OPERATIONS_MAX]; /* this one can be cut short in the middle */
};

/* A reader sees nothing, or a whole version: the files of its manifest and nothing else. */
static void
look_as_reader(const struct lake *l)
{
	for (size_t i = 0; i < 2; i++) {
		char *dir = live_dir(l->paths[i]);
		struct manifest m;
		struct err err;
		enum err_code code = publish_fs_real.load(NULL, dir, &m, &err);

		if (!code) {
			code = publish_fs_real.verify(NULL, dir, &m, &err);
			manifest_release(&m);
		} else if (code == ERR_NOT_FOUND && access(dir, F_OK) < 0) {
			code = ERR_NONE;
		}
		if (code)
			fail_msg("a reader sees: %s", err.msg);
		free(dir);
	}
}

static enum err_code
die(struct script *s, struct err *err)
{
	s->dead = true;
	return err_set(err, ERR_SYSTEM, "crashed");
}

/* Is this the operation at which it dies in this mode? */
static bool
dies(const struct script *s, enum crash_mode mode)
{
	return s->at == s->crash_at && s->mode == mode;
}

static bool
dies_first(const struct script *s)
{
	return s->dead || dies(s, CRASH_BEFORE) || dies(s, CRASH_TORN) || dies(s, CRASH_TORN_OTHER);
}

static enum err_code
finish(struct script *s, enum err_code code, struct err *err)
{
	look_as_reader(s->lake);
	if (dies(s, CRASH_AFTER))
		return die(s, err);
	assert_in_range(++s->at, 1, OPERATIONS_MAX - 1);
	return code;
}

static enum err_code
script_load(void *arg, const char *dir, struct manifest *out, struct err *err)
{
	struct script *s = arg;
	enum err_code code;

	if (dies_first(s) || dies(s, CRASH_AFTER))
		return die(s, err);
	code = publish_fs_real.load(NULL, dir, out, err);
	return finish(s, code, err);
}

static enum err_code
script_verify(void *arg, const char *dir, const struct manifest *m, struct err *err)
{
	struct script *s = arg;

	if (dies_first(s))
		return die(s, err);
	return finish(s, publish_fs_real.verify(NULL, dir, m, err), err);
}

static enum err_code
script_recorded(void *arg, const char *dir, const struct manifest *m, struct err *err)
{
	struct script *s = arg;

	if (dies_first(s))
		return die(s, err);
	return finish(s, publish_fs_real.recorded(NULL, dir, m, err), err);
}

static enum err_code
script_vacant(void *arg, const char *dir, struct err *err)
{
	struct script *s = arg;

	if (dies_first(s))
		return die(s, err);
	return finish(s, publish_fs_real.vacant(NULL, dir, err), err);
}

static enum err_code
script_exchange(void *arg, const char *a, const char *b, struct err *err)
{
	struct script *s = arg;

	if (dies_first(s))
		return die(s, err);
	return finish(s, publish_fs_real.exchange(NULL, a, b, err), err);
}

static enum err_code
script_move(void *arg, const char *from, const char *to, struct err *err)
{
	struct script *s = arg;

	if (dies_first(s))
		return die(s, err);
	return finish(s, publish_fs_real.move(NULL, from, to, err), err);
}

static enum err_code
script_put_manifest(void *arg, const char *live, const char *staging, const struct manifest *m,
		    struct err *err)
{
	struct script *s = arg;

	s->tears[s->at] = true;
	if (!s->dead && (dies(s, CRASH_TORN) || dies(s, CRASH_TORN_OTHER))) {
		char *name = mem_format("%s.manifest", staging);

		write_file(name, "{\"form");
		free(name);
	}
	if (dies_first(s))
		return die(s, err);
	return finish(s, publish_fs_real.put_manifest(NULL, live, staging, m, err), err);
}

static enum err_code
script_sync_parent(void *arg, const char *dir, struct err *err)
{
	struct script *s = arg;

	if (dies_first(s))
		return die(s, err);
	return finish(s, publish_fs_real.sync_parent(NULL, dir, err), err);
}

/* Remove the first file whose name begins so: a removal that was cut short. */
static void
remove_some(const char *dir, const char *prefix)
{
	char *const paths[] = { (char *)(uintptr_t)dir, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	while ((e = fts_read(walk)) != NULL) {
		if (strncmp(e->fts_name, prefix, strlen(prefix)) == 0)
			(void)unlink(e->fts_accpath);
	}
	(void)fts_close(walk);
}

static enum err_code
script_remove(void *arg, const char *dir, struct err *err)
{
	struct script *s = arg;

	s->tears[s->at] = true;
	if (!s->dead && dies(s, CRASH_TORN))
		remove_some(dir, MANIFEST_FILE);
	if (!s->dead && dies(s, CRASH_TORN_OTHER))
		remove_some(dir, "part-");
	if (dies_first(s))
		return die(s, err);
	return finish(s, publish_fs_real.remove(NULL, dir, err), err);
}

static struct publish_fs
scripted(struct script *s)
{
	return (struct publish_fs){
		.arg = s,
		.load = script_load,
		.verify = script_verify,
		.recorded = script_recorded,
		.vacant = script_vacant,
		.exchange = script_exchange,
		.move = script_move,
		.put_manifest = script_put_manifest,
		.sync_parent = script_sync_parent,
		.remove = script_remove,
	};
}

/* What is live before, and what is staged then: rows of both outputs; NULL: nothing. */
static const struct scene {
	const char *name;
	const char *before[2], *after[2];
	int64_t version; /* that was given at dispatch; 0: the one after the live */
	bool leftover;   /* an unfinished collection left half a directory where the old one goes */
} scenes[] = {
	{ "first", { NULL, NULL }, { "bad\n", "1\n" }, 0, false },
	{ "overwrite", { "bad\n", "1\n" }, { "worse\n", "1\n2\n" }, 0, false },
	{ "unchanged", { "bad\n", "1\n" }, { "bad\n", "1\n" }, 0, false },
	{ "one of each", { "bad\n", "1\n" }, { "bad\n", "2\n" }, 0, false },
	{ "becomes empty", { NULL, "1\n" }, { "", "" }, 0, false },
	{ "state behind", { "bad\n", "1\n" }, { "bad\n", "2\n" }, 1, false },
	{ "place taken", { "bad\n", "1\n" }, { "worse\n", "2\n" }, 0, true },
};

static void
leave_half_a_version(const struct lake *l, size_t which)
{
	char *live = live_dir(l->paths[which]);
	struct manifest m;
	struct buf path;

	load_live(l, which, &m);
	buf_init(&path, 4096);
	lake_version(l->paths[which], grid_days, DAY, m.version, m.content_digest, &path);
	make_dirs(path.data);
	write_text(path.data, "left.csv", "x");
	buf_release(&path);
	manifest_release(&m);
	free(live);
}

/* Thousands of publishes: in memory where that is possible, since a disk would wait for each. */
static void
set_up(struct lake *l, const struct scene *scene)
{
	struct arena *arena = arena_new();
	struct published out[2];
	struct err err;

	lake_new_in(l, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	for (size_t i = 0; i < 2; i++) {
		struct storage_partition output = { names[i], l->paths[i], grid_days, DAY, 0 };
		struct storage_job job = { .attempt = 10, .outputs = &output, .n_outputs = 1 };

		token_of(0, job.token);
		if (scene->before[i]) {
			stage(l, i, 0, 1, scene->before[i]);
			if (local_publish(&publish_fs_real, &job, out, arena, &err))
				fail_msg("%s: %s", scene->name, err.msg);
		}
		if (scene->leftover)
			leave_half_a_version(l, i);
		stage(l, i, 1,
		      scene->version     ? scene->version
		      : scene->before[i] ? 2
					 : 1,
		      scene->after[i]);
	}
	arena_free(arena);
}

/* How a publish went, as text: the tree and what was reported. */
static char *
outcome_text(const struct lake *l, const struct published out[2])
{
	char *tree = snapshot(l->root), *text;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_text(&b, tree);
	for (size_t i = 0; i < 2; i++)
		buf_format(&b, "%s %lld v%lld %s %lld %lld %d %d %s\n", out[i].dataset,
			   (long long)out[i].part, (long long)out[i].version, out[i].digest,
			   (long long)out[i].rows, (long long)out[i].bytes, out[i].partial,
			   out[i].changed, out[i].inputs);
	text = buf_give(&b);
	buf_release(&b);
	free(tree);
	return text;
}

/* Publish to the end with two crashes on the way; *last_go is what the last go did. */
static char *
run_scene(const struct scene *scene, struct script first, struct script second,
	  struct script *last_go)
{
	struct script *const scripts[] = { &first, &second };
	struct arena *arena = arena_new();
	struct script last = { .crash_at = -1 };
	struct publish_fs fs = scripted(&last);
	struct published out[2];
	struct lake l;
	struct err err = { ERR_NONE };
	char *text;

	set_up(&l, scene);
	for (size_t i = 0; i < 2; i++) {
		struct publish_fs crashing = scripted(scripts[i]);
		enum err_code code = ERR_NONE;

		scripts[i]->lake = &l;
		if (scripts[i]->crash_at >= 0)
			code = publish(&crashing, &l, 0, 1, out, arena, &err);
		if (code && !scripts[i]->dead)
			fail_msg("%s: %s", scene->name, err.msg);
	}
	last.lake = &l;
	if (publish(&fs, &l, 0, 1, out, arena, &err))
		fail_msg("%s, crashes at %d.%d and %d.%d: %s", scene->name, first.crash_at,
			 first.mode, second.crash_at, second.mode, err.msg);
	*last_go = last;
	text = outcome_text(&l, out);
	lake_free(&l);
	arena_free(arena);
	return text;
}

/* One crash, then a second one in the recovery at places that move on. */
static void
crash_at(const struct scene *scene, struct script first, int operations, const char *clean)
{
	int step = 7 + first.crash_at % 5;

	for (int again = -1; again < operations; again += step) {
		struct script second = { .crash_at = again,
					 .mode = (enum crash_mode)((again + 1) % CRASH_MODES) };
		struct script ignored;
		char *got = run_scene(scene, first, second, &ignored);

		if (strcmp(got, clean) != 0)
			fail_msg("%s, crash at %d.%d, then %d:\n%s\nclean:\n%s", scene->name,
				 first.crash_at, first.mode, again, got, clean);
		free(got);
	}
}

static void
a_crash_at_any_operation_loses_nothing(void **state)
{
	const struct script never = { .crash_at = -1 };

	(void)state;
	for (size_t i = 0; i < countof(scenes); i++) {
		struct script go;
		char *clean = run_scene(&scenes[i], never, never, &go);

		for (int at = 0; at < go.at; at++) {
			for (int mode = 0; mode < CRASH_MODES; mode++) {
				struct script first = { .crash_at = at,
							.mode = (enum crash_mode)mode };

				if (go.tears[at] || mode == CRASH_BEFORE || mode == CRASH_AFTER)
					crash_at(&scenes[i], first, go.at, clean);
			}
		}
		free(clean);
	}
}

/* Two outputs are loaded and verified (three operations each) before the first exchange. */
enum { EXCHANGE_AT = 6 };

/* A publish that got as far as the exchange: what is staged is the old version. */
static void
discarding_after_the_exchange_keeps_the_old_version(void **state)
{
	const struct scene *scene = &scenes[1];
	struct script s = { .crash_at = EXCHANGE_AT, .mode = CRASH_AFTER };
	struct published out[2];
	struct lake l;
	struct err err = { ERR_NONE };
	struct publish_fs fs = scripted(&s);
	char *tree, *dir;

	(void)state;
	set_up(&l, scene);
	s.lake = &l;
	assert_int_equal(publish(&fs, &l, 0, 1, out, NULL, &err), ERR_SYSTEM);
	dir = staged_dir(l.paths[0], 1);
	assert_int_equal(access(dir, F_OK), 0);
	assert_int_equal(discard(&l, 1, &err), ERR_NONE);
	tree = snapshot(l.root);
	assert_non_null(strstr(tree, "/events_quarantine/versions/event_date=2026-05-01/000001-"));
	assert_null(strstr(tree, "/staging/a"));
	look_as_reader(&l);
	free(tree);
	free(dir);
	lake_free(&l);
}

/* ---- a reader that never stops ---- */

/* Follow a manifest to its files.  1: a whole version, 0: the swap came between; else mixed. */
static int
read_once(const char *dir)
{
	struct manifest m;
	struct buf content;
	int result = 1;

	if (manifest_load(&m, AT_FDCWD, dir, NULL) != ERR_NONE)
		return 2; /* the partition is never absent and its manifest always whole */
	buf_init(&content, 1 << 20);
	for (size_t i = 0; i < m.n_files && result == 1; i++) {
		char *path = mem_format("%s/%s", dir, m.files[i].path);
		char digest[DIGEST_CHARS + 1];
		enum err_code code;

		buf_reset(&content);
		code = buf_read_file(&content, AT_FDCWD, path, NULL);
		digest_of(content.data, content.bytes, digest);
		if (code == ERR_NOT_FOUND)
			result = 0;
		else if (code || strcmp(digest, m.files[i].sha256) != 0)
			result = 3;
		free(path);
	}
	buf_release(&content);
	manifest_release(&m);
	return result;
}

/* Read until `stop` is closed; the exit status is 0 when nothing wrong was ever seen. */
static int
read_on(const char *dir, int stop)
{
	long whole = 0;
	char byte;

	while (read(stop, &byte, 1) < 0) {
		int result = read_once(dir);

		if (result > 1)
			return result;
		whole += result;
	}
	return whole > 0 ? 0 : 4;
}

static void
a_reader_never_meets_half_a_version(void **state)
{
	int stop[2], status;
	struct lake l;
	char *dir;
	pid_t child;

	(void)state;
	lake_new(&l);
	stage(&l, 1, 0, 1, "0\n");
	(void)publish_good(&l, 0);
	dir = live_dir(l.paths[1]);
	assert_int_equal(pipe2(stop, O_CLOEXEC | O_NONBLOCK), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(stop[1]);
		_exit(read_on(dir, stop[0]));
	}
	(void)close(stop[0]);
	for (int n = 1; n <= 300; n++) {
		char rows[32];

		(void)snprintf(rows, sizeof(rows), "%0*d\n", 1 + n % 20, n);
		stage(&l, 1, n, n + 1, rows);
		assert_int_equal(publish_good(&l, n).version, n + 1);
	}
	(void)close(stop[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("the reader ended with status 0x%x", (unsigned)status);
	free(dir);
	lake_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crash_at_any_operation_loses_nothing),
		cmocka_unit_test(discarding_after_the_exchange_keeps_the_old_version),
		cmocka_unit_test(a_reader_never_meets_half_a_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
