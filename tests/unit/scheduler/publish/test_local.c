/* test_local.c - publishing: what comes out, what is refused, what is thrown away. */
#include "scheduler/publish/local.h"

#include "tests/fixture/lake.h"

/* ---- what comes out ---- */

static void
versions_count_up_and_the_same_rows_keep_theirs(void **state)
{
	struct published p;
	struct manifest m;
	struct lake l;
	char *tree;

	(void)state;
	lake_new(&l);
	stage(&l, 1, 0, 1, "1\n");
	p = publish_good(&l, 0);
	assert_true(p.version == 1 && p.changed && p.rows == 1 && p.bytes == 2 && p.part == DAY);
	stage(&l, 1, 1, 2, "2\n");
	p = publish_good(&l, 1);
	assert_true(p.version == 2 && p.changed);
	for (int n = 2; n < 4; n++) { /* twice: the origin of the files stays known */
		stage(&l, 1, n, 3, "2\n");
		p = publish_good(&l, n);
		assert_true(p.version == 2 && !p.changed);
		load_live(&l, 1, &m);
		assert_string_equal(m.kept_from, "00000000000000000000000000000002");
		assert_int_equal(m.inputs[0].version, n + 1);
		assert_int_equal(m.publish_id[TOKEN_CHARS - 1] - '0', n + 1);
		manifest_release(&m);
	}
	stage(&l, 1, 4, 3, "4\n");
	p = publish_good(&l, 4);
	assert_true(p.version == 3 && p.changed);
	p = publish_good(&l, 4); /* doing it twice is harmless */
	assert_true(p.version == 3 && p.changed);
	tree = snapshot(l.root);
	assert_non_null(strstr(tree, "/versions/event_date=2026-05-01/000001-"));
	assert_non_null(strstr(tree, "/versions/event_date=2026-05-01/000002-"));
	assert_null(strstr(tree, "/versions/event_date=2026-05-01/000003-"));
	assert_null(strstr(tree, "/staging/a"));
	free(tree);
	lake_free(&l);
}

/* The number that was given at dispatch, and the one it gets beside live version 3. */
static void
a_number_behind_the_lake_becomes_the_next_one(void **state)
{
	static const struct {
		int64_t staged, want;
	} cases[] = { { 1, 4 }, { 3, 4 }, { 4, 4 }, { 5, 5 }, { 9, 9 } };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct manifest m;
		struct lake l;

		lake_new(&l);
		stage(&l, 1, 0, 3, "1\n"); /* nothing is live: any number will do */
		assert_int_equal(publish_good(&l, 0).version, 3);
		stage(&l, 1, 1, cases[i].staged, "2\n");
		assert_int_equal(publish_good(&l, 1).version, cases[i].want);
		load_live(&l, 1, &m);
		assert_int_equal(m.version, cases[i].want);
		manifest_release(&m);
		lake_free(&l);
	}
}

/* Publishing is the gate: whoever staged it, what was not checked does not go live. */
static void
what_was_not_checked_is_not_published(void **state)
{
	static const struct {
		const char *name, *results;
		bool published;
	} cases[] = {
		{ "none made", "[]", false },
		{ "one of two made", "[{\"name\":\"a\",\"blocking\":false}]", false },
		{ "one did not pass",
		  "[{\"name\":\"a\",\"blocking\":false},{\"name\":\"b\",\"blocking\":true}]",
		  false },
		{ "both let pass",
		  "[{\"name\":\"a\",\"blocking\":false},{\"name\":\"b\",\"blocking\":false}]",
		  true },
		{ "and one more", "[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"emptiness\"}]",
		  true },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct storage_partition output = { names[1], NULL, grid_days, DAY, 2 };
		struct storage_job job = { .attempt = 10, .outputs = &output, .n_outputs = 1 };
		struct arena *arena = arena_new();
		struct published out[2];
		struct manifest m;
		struct lake l;
		struct err err = { ERR_NONE };
		bool there;

		lake_new(&l);
		output.path = l.paths[1];
		token_of(0, job.token);
		fill_manifest(&m, names[1], 0, 1, "1\n", "csv");
		json_decref(m.checks);
		m.checks = json_loads(cases[i].results, 0, NULL);
		put_staged(l.paths[1], 0, &m, "1\n");
		manifest_release(&m);
		there = local_publish(&publish_fs_real, &job, out, arena, &err) == ERR_NONE;
		if (there != cases[i].published)
			fail_msg("%s: %s", cases[i].name, err.msg);
		arena_free(arena);
		lake_free(&l);
	}
}

/* A main output that is refused leaves the quarantine unpublished too. */
static void
a_refused_main_output_leaves_the_quarantine_unpublished(void **state)
{
	struct published out[2];
	struct lake l;
	struct err err = { ERR_NONE };
	char *before, *after, *dir;

	(void)state;
	lake_new(&l);
	stage(&l, 0, 1, 1, "bad\n");
	stage(&l, 1, 1, 1, "1\n");
	dir = staged_dir(l.paths[1], 1);
	write_text(dir, "extra.csv", "x");
	before = snapshot(l.root);
	assert_int_equal(publish(&publish_fs_real, &l, 0, 1, out, NULL, &err), ERR_INPUT);
	after = snapshot(l.root);
	assert_string_equal(before, after);
	assert_non_null(strstr(err.msg, "of dataset 'events'"));
	free(before);
	free(after);
	free(dir);
	lake_free(&l);
}

/* The live partition of a dataset has one file that holds these rows. */
static void
expect_rows(const char *path, const char *rows)
{
	char *dir = live_dir(path), *name;
	struct manifest m;
	struct buf text;

	assert_int_equal(publish_fs_real.load(NULL, dir, &m, NULL), ERR_NONE);
	name = mem_format("%s/%s", dir, m.files[0].path);
	buf_init(&text, 1 << 20);
	assert_int_equal(buf_read_file(&text, AT_FDCWD, name, NULL), ERR_NONE);
	assert_string_equal(text.data, rows);
	buf_release(&text);
	manifest_release(&m);
	free(name);
	free(dir);
}

/* Same rows, but the live copy cannot stay: cut, written over, or in another format. */
static void
same_rows_replace_what_cannot_stay(void **state)
{
	for (int damaged = 0; damaged < 3; damaged++) {
		struct published p;
		struct manifest m;
		struct lake l;

		(void)state;
		lake_new(&l);
		stage(&l, 1, 0, 1, "1\n");
		(void)publish_good(&l, 0);
		fill_manifest(&m, names[1], 1, 2, "1\n", damaged ? "csv" : "jsonl");
		put_staged(l.paths[1], 1, &m, "1\n");
		if (damaged) {
			char *dir = live_dir(l.paths[1]);

			write_text(dir, m.files[0].path, damaged == 1 ? "cut" : "9\n");
			free(dir);
		}
		manifest_release(&m);
		p = publish_good(&l, 1);
		assert_true(p.changed && p.version == 2);
		if (damaged)
			expect_rows(l.paths[1], "1\n");
		lake_free(&l);
	}
}

static void
inputs_are_reported_as_they_are_pinned(void **state)
{
	struct arena *arena = arena_new();
	struct published out[2];
	struct manifest m;
	struct lake l;
	struct err err;
	char want[300];

	(void)state;
	lake_new(&l);
	fill_manifest(&m, names[1], 0, 1, "1\n", "csv");
	m.inputs = mem_resize(m.inputs, 3, sizeof(*m.inputs));
	m.inputs[1] = (struct manifest_input){
		mem_str("tenants"), mem_str(""), 0, "", false, false, false, 0, NULL
	};
	m.inputs[2] = (struct manifest_input){ mem_str("events"),
					       mem_str("event_date=1970-01-02"),
					       0,
					       "",
					       true,
					       false,
					       false,
					       0,
					       NULL };
	m.n_inputs = 3;
	put_staged(l.paths[1], 0, &m, "1\n");
	if (publish(&publish_fs_real, &l, 1, 0, out, arena, &err))
		fail_msg("%s", err.msg);
	(void)snprintf(
	    want, sizeof(want),
	    "[{\"dataset\":\"landing\",\"day\":%d,\"version\":1,\"digest\":\"%s\"},"
	    "{\"dataset\":\"tenants\",\"day\":null,\"version\":0,\"digest\":\"\"},"
	    "{\"dataset\":\"events\",\"day\":1,\"version\":0,\"digest\":\"\",\"missing\":true}]",
	    DAY, m.inputs[0].digest);
	assert_string_equal(out[0].inputs, want);
	manifest_release(&m);
	lake_free(&l);
	arena_free(arena);
}

/* ---- refusals ---- */

enum wrong {
	WRONG_DATASET,
	WRONG_DAY,
	WRONG_TOKEN,
	WRONG_COUNTERS,
	WRONG_KEPT,
	WRONG_SIZE,
	WRONG_EXTRA,
	WRONG_HIDDEN,
	WRONG_ABSENT,
	WRONG_LINK,
	WRONG_DIRECTORY,
	WRONG_NO_MANIFEST,
	WRONG_PIPE,
	WRONG_NOTHING_STAGED,
};

static const struct {
	enum wrong wrong;
	const char *want;
} wrongs[] = {
	{ WRONG_DATASET, "is of another dataset" },
	{ WRONG_DAY, "is of another partition" },
	{ WRONG_TOKEN, "is of another attempt" },
	{ WRONG_COUNTERS, "2 rows were read, 1 are accounted for" },
	{ WRONG_KEPT, "is of another publish" },
	{ WRONG_SIZE, "has 1 bytes, the manifest says 2" },
	{ WRONG_EXTRA, "extra.csv' is not in the manifest" },
	{ WRONG_HIDDEN, ".hidden' is not in the manifest" },
	{ WRONG_ABSENT, "is in the manifest and not there" },
	{ WRONG_LINK, "is not a plain file" },
	{ WRONG_DIRECTORY, "sub' is not in the manifest" },
	{ WRONG_NO_MANIFEST, "holds no _manifest.json" },
	{ WRONG_PIPE, "_manifest.json': not a plain file" },
	{ WRONG_NOTHING_STAGED, "holds no _manifest.json" },
};

/* Do to the staged directory what is wrong with it. */
static void
spoil(const struct lake *l, enum wrong wrong, const char *file)
{
	char *dir = staged_dir(l->paths[1], 1);
	char *data = mem_format("%s/%s", dir, file);
	char *manifest = mem_format("%s/" MANIFEST_FILE, dir);
	char *sub = mem_format("%s/sub", dir);

	if (wrong == WRONG_SIZE)
		write_file(data, "1");
	if (wrong == WRONG_EXTRA)
		write_text(dir, "extra.csv", "1");
	if (wrong == WRONG_HIDDEN)
		write_text(dir, ".hidden", "1");
	if (wrong == WRONG_ABSENT || wrong == WRONG_LINK)
		assert_int_equal(unlink(data), 0);
	if (wrong == WRONG_LINK)
		assert_int_equal(symlink("/etc/hostname", data), 0);
	if (wrong == WRONG_DIRECTORY)
		assert_int_equal(mkdir(sub, 0777), 0);
	if (wrong == WRONG_NO_MANIFEST || wrong == WRONG_PIPE)
		assert_int_equal(unlink(manifest), 0);
	if (wrong == WRONG_PIPE)
		assert_int_equal(mkfifo(manifest, 0600), 0);
	if (wrong == WRONG_NOTHING_STAGED)
		remove_tree(dir);
	free(sub);
	free(manifest);
	free(data);
	free(dir);
}

static void
stage_wrong(const struct lake *l, enum wrong wrong)
{
	struct manifest m;

	fill_manifest(&m, wrong == WRONG_DATASET ? "events2" : "events", 1, 2, "2\n", "csv");
	m.part += wrong == WRONG_DAY;
	if (wrong == WRONG_TOKEN)
		token_of(7, m.publish_id);
	if (wrong == WRONG_KEPT)
		token_of(7, m.kept_from);
	if (wrong == WRONG_COUNTERS)
		json_object_set_new(m.counters, "read", json_integer(2));
	put_staged(l->paths[1], 1, &m, "2\n");
	spoil(l, wrong, m.files[0].path);
	manifest_release(&m);
}

static void
refuses_what_was_not_promised(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(wrongs); i++) {
		struct published out[2];
		struct lake l;
		struct err err = { ERR_NONE };
		char *before, *after;
		enum err_code code;

		lake_new(&l);
		stage(&l, 1, 0, 1, "1\n");
		(void)publish_good(&l, 0);
		stage_wrong(&l, wrongs[i].wrong);
		before = snapshot(l.root);
		code = publish(&publish_fs_real, &l, 1, 1, out, NULL, &err);
		after = snapshot(l.root);
		if (code != ERR_INPUT || !strstr(err.msg, wrongs[i].want) ||
		    !strstr(err.msg, "publish event_date=2026-05-01 of dataset 'events'"))
			fail_msg("wrong %zu: code %d, '%s'", i, code, err.msg);
		assert_string_equal(before, after);
		free(before);
		free(after);
		lake_free(&l);
	}
}

/* A live directory that is somebody else's, or a link to one, is left alone. */
static void
what_is_live_and_foreign_is_left_alone(void **state)
{
	for (int linked = 0; linked < 2; linked++) {
		struct published out[2];
		struct lake l;
		struct err err = { ERR_NONE };
		char *before, *after, *dir, *outside;

		(void)state;
		lake_new(&l);
		dir = live_dir(l.paths[1]);
		outside = mem_format("%s/outside", l.root);
		make_dirs(l.paths[1]);
		make_dirs(linked ? outside : dir);
		write_text(linked ? outside : dir, "precious.csv", "x");
		if (linked)
			assert_int_equal(symlink(outside, dir), 0);
		stage(&l, 1, 1, 1, "1\n");
		before = snapshot(l.root);
		assert_int_equal(publish(&publish_fs_real, &l, 1, 1, out, NULL, &err), ERR_INPUT);
		assert_non_null(strstr(err.msg, linked ? "link" : "move it away"));
		after = snapshot(l.root);
		assert_string_equal(before, after);
		free(before);
		free(after);
		free(dir);
		free(outside);
		lake_free(&l);
	}
}

/* ... and it holds up what is published beside it, before any of that is live. */
static void
what_is_foreign_in_one_place_leaves_all_outputs_unpublished(void **state)
{
	struct published out[2];
	struct lake l;
	struct err err = { ERR_NONE };
	char *before, *after, *dir;

	(void)state;
	lake_new(&l);
	dir = live_dir(l.paths[1]);
	make_dirs(dir);
	write_text(dir, "precious.csv", "x");
	stage(&l, 0, 1, 1, "bad\n");
	stage(&l, 1, 1, 1, "1\n");
	before = snapshot(l.root);
	assert_int_equal(publish(&publish_fs_real, &l, 0, 1, out, NULL, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "move it away"));
	assert_null(out[0].dataset);
	after = snapshot(l.root);
	assert_string_equal(before, after);
	free(before);
	free(after);
	free(dir);
	lake_free(&l);
}

/* Exchanges of one dataset alone are refused. */
static enum err_code
refuse_main(void *arg, const char *a, const char *b, struct err *err)
{
	if (strstr(b, arg))
		return err_set(err, ERR_SYSTEM, "exchange '%s': input/output error", b);
	return publish_fs_real.exchange(NULL, a, b, err);
}

static enum err_code
refuse_move(void *arg, const char *a, const char *b, struct err *err)
{
	if (strstr(b, arg))
		return err_set(err, ERR_SYSTEM, "rename '%s': input/output error", b);
	return publish_fs_real.move(NULL, a, b, err);
}

/* Whoever gives up has to know that the first is live: then all have to be. */
static void
a_publish_that_stops_half_way_says_so(void **state)
{
	for (size_t refused = 0; refused < 2; refused++) {
		struct arena *arena = arena_new();
		struct publish_fs fs = publish_fs_real;
		struct published out[2];
		struct err err = { ERR_NONE };
		struct lake l;

		(void)state;
		lake_new(&l);
		fs.arg = mem_format("%s/event_date", l.paths[refused]);
		fs.exchange = refuse_main;
		fs.move = refuse_move;
		stage(&l, 0, 1, 1, "bad\n");
		stage(&l, 1, 1, 1, "1\n");
		assert_int_equal(publish(&fs, &l, 0, 1, out, arena, &err), ERR_SYSTEM);
		assert_int_equal(out[0].dataset != NULL, refused == 1);
		assert_int_equal(publish(&publish_fs_real, &l, 0, 1, out, arena, &err), ERR_NONE);
		assert_string_equal(out[0].dataset, names[0]);
		assert_string_equal(out[1].dataset, names[1]);
		free(fs.arg);
		arena_free(arena);
		lake_free(&l);
	}
}

/* What may stand where the old version has to go. */
enum place_taken { TAKEN_REMNANT, TAKEN_NO_DATA, TAKEN_OTHER_ROWS, TAKEN_TWIN, TAKEN_KINDS };

static void
take_place_of(enum place_taken kind, const char *dir, const char *rows)
{
	struct manifest m;
	struct buf text;

	make_dirs(dir);
	if (kind == TAKEN_REMNANT) {
		write_text(dir, "left.csv", "x");
		return;
	}
	fill_manifest(&m, "events", 8, 1, kind == TAKEN_OTHER_ROWS ? "other\n" : rows, "csv");
	buf_init(&text, 1 << 20);
	manifest_write(&m, &text);
	write_text(dir, MANIFEST_FILE, text.data);
	if (kind != TAKEN_NO_DATA)
		write_text(dir, m.files[0].path, kind == TAKEN_OTHER_ROWS ? "other\n" : rows);
	buf_release(&text);
	manifest_release(&m);
}

static void
the_place_of_an_old_version_may_be_taken(void **state)
{
	(void)state;
	for (int kind = 0; kind < TAKEN_KINDS; kind++) {
		struct published old;
		struct manifest m;
		struct buf dir;
		struct lake l;
		char *staged;

		lake_new(&l);
		stage(&l, 1, 0, 1, "1\n");
		old = publish_good(&l, 0);
		buf_init(&dir, 4096);
		lake_version(l.paths[1], grid_days, DAY, 1, old.digest, &dir);
		take_place_of((enum place_taken)kind, dir.data, "1\n");
		stage(&l, 1, 1, 2, "2\n");
		assert_int_equal(publish_good(&l, 1).version, 2);
		/* The old version is there, whole, whoever made that copy of it. */
		assert_int_equal(publish_fs_real.load(NULL, dir.data, &m, NULL), ERR_NONE);
		assert_string_equal(m.content_digest, old.digest);
		assert_int_equal(publish_fs_real.verify(NULL, dir.data, &m, NULL), ERR_NONE);
		staged = staged_dir(l.paths[1], 1);
		assert_int_equal(access(staged, F_OK), -1);
		free(staged);
		manifest_release(&m);
		buf_release(&dir);
		lake_free(&l);
	}
}

/* ---- discarding and collecting ---- */

static void
discarding_removes_what_was_staged_only(void **state)
{
	struct lake l;
	struct err err = { ERR_NONE };
	char *before, *after, *dir, *beside;

	(void)state;
	lake_new(&l);
	stage(&l, 1, 0, 1, "1\n");
	(void)publish_good(&l, 0);
	assert_int_equal(discard(&l, 1, &err), ERR_NONE); /* nothing there */
	before = snapshot(l.paths[1]);
	stage(&l, 0, 1, 1, "bad\n");
	stage(&l, 1, 1, 2, "2\n");
	dir = staged_dir(l.paths[1], 1);
	write_text(dir, "half-written", "x");
	for (size_t i = 0; i < 4; i++) { /* as a command may leave it */
		char *sub = mem_format("%s/a%zu/b/c/d", dir, i % 2);

		make_dirs(sub);
		write_text(sub, i < 2 ? "file" : ".up0", "x");
		free(sub);
	}
	beside = mem_format("%s.manifest", dir);
	write_file(beside, "left by a crash");
	assert_int_equal(discard(&l, 1, &err), ERR_NONE);
	assert_int_equal(access(dir, F_OK), -1);
	assert_int_equal(access(beside, F_OK), -1);
	free(beside);
	after = snapshot(l.paths[1]);
	assert_string_equal(before, after);
	free(before);
	free(after);
	free(dir);
	lake_free(&l);
}

/* A staging directory that holds somebody else's manifest is not ours to remove. */
static void
discarding_leaves_foreign_staging_alone(void **state)
{
	struct lake l;
	struct manifest m;
	struct err err = { ERR_NONE };
	char *dir;

	(void)state;
	lake_new(&l);
	stage(&l, 1, 0, 1, "1\n");
	(void)publish_good(&l, 0);
	fill_manifest(&m, "events", 5, 2, "5\n", "csv");
	put_staged(l.paths[1], 1, &m, "5\n");
	manifest_release(&m);
	dir = staged_dir(l.paths[1], 1);
	assert_int_equal(discard(&l, 1, &err), ERR_CONFLICT);
	assert_int_equal(access(dir, F_OK), 0);
	free(dir);
	lake_free(&l);
}

/* ---- can it be done here? ---- */

static void
the_probe_names_what_the_file_system_cannot(void **state)
{
	char other[] = "/dev/shm/tidemill-probe-XXXXXX";
	struct lake l;
	struct err err = { ERR_NONE };
	struct stat here, there;
	char *tree;

	(void)state;
	lake_new(&l);
	for (int twice = 0; twice < 2; twice++) {
		if (local_probe(l.paths[1], &err))
			fail_msg("%s", err.msg);
	}
	tree = snapshot(l.root);
	assert_string_equal(tree, " 1 \n/lake 1 \n/lake/.tidemill-lake 1 \n"
				  "/lake/.tidemill-lake/events 1 \n"
				  "/lake/.tidemill-lake/events/staging 1 \n/lake/events 1 \n");
	free(tree);
	/* A dataset that is a link to another file system, where there is one. */
	assert_non_null(mkdtemp(other));
	assert_int_equal(rmdir(l.paths[1]), 0);
	assert_int_equal(symlink(other, l.paths[1]), 0);
	assert_true(stat(l.root, &here) == 0 && stat(other, &there) == 0);
	if (here.st_dev != there.st_dev) {
		assert_int_equal(local_probe(l.paths[1], &err), ERR_INPUT);
		assert_non_null(strstr(err.msg, l.paths[1]));
		assert_non_null(strstr(err.msg, "(tmpfs)"));
	}
	assert_int_equal(rmdir(other), 0);
	lake_free(&l);
}

static void
collecting_removes_one_old_version(void **state)
{
	struct published first;
	struct lake l;
	struct err err = { ERR_NONE };
	struct buf path;
	char *moved;

	(void)state;
	lake_new(&l);
	stage(&l, 1, 0, 1, "1\n");
	first = publish_good(&l, 0);
	stage(&l, 1, 1, 2, "2\n");
	(void)publish_good(&l, 1);
	buf_init(&path, 4096);
	lake_version(l.paths[1], grid_days, DAY, 1, first.digest, &path);
	assert_int_equal(access(path.data, F_OK), 0);
	for (int twice = 0; twice < 2; twice++) {
		assert_int_equal(local_collect(&publish_fs_real, l.paths[1], grid_days, DAY, 1,
					       first.digest, &err),
				 ERR_NONE);
		assert_int_equal(access(path.data, F_OK), -1);
	}
	assert_int_equal(
	    local_collect(&publish_fs_real, l.paths[1], grid_days, DAY, 1, "../../x", &err),
	    ERR_INPUT);
	/* versions/ became a link out of the lake: what it leads to stays. */
	make_dirs(path.data);
	buf_reset(&path);
	lake_versions(l.paths[1], grid_days, DAY, &path);
	moved = mem_format("%s/outside", l.root);
	assert_int_equal(rename(path.data, moved), 0);
	assert_int_equal(symlink(moved, path.data), 0);
	assert_int_equal(
	    local_collect(&publish_fs_real, l.paths[1], grid_days, DAY, 1, first.digest, &err),
	    ERR_INPUT);
	assert_int_equal(rmdir(moved), -1);
	free(moved);
	buf_release(&path);
	lake_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_count_up_and_the_same_rows_keep_theirs),
		cmocka_unit_test(a_number_behind_the_lake_becomes_the_next_one),
		cmocka_unit_test(what_was_not_checked_is_not_published),
		cmocka_unit_test(a_refused_main_output_leaves_the_quarantine_unpublished),
		cmocka_unit_test(same_rows_replace_what_cannot_stay),
		cmocka_unit_test(inputs_are_reported_as_they_are_pinned),
		cmocka_unit_test(refuses_what_was_not_promised),
		cmocka_unit_test(what_is_live_and_foreign_is_left_alone),
		cmocka_unit_test(what_is_foreign_in_one_place_leaves_all_outputs_unpublished),
		cmocka_unit_test(a_publish_that_stops_half_way_says_so),
		cmocka_unit_test(the_place_of_an_old_version_may_be_taken),
		cmocka_unit_test(discarding_removes_what_was_staged_only),
		cmocka_unit_test(discarding_leaves_foreign_staging_alone),
		cmocka_unit_test(collecting_removes_one_old_version),
		cmocka_unit_test(the_probe_names_what_the_file_system_cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
