/* test_logtail.c - the end of a log, whatever its bytes and however large it is. */
#include "scheduler/page/logtail.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPLACED "\xef\xbf\xbd"

static void
shows_what_a_terminal_would(void **state)
{
	static const struct {
		const char *name, *in, *out;
	} cases[] = {
		{ "plain", "one\ntwo\n", "one\ntwo\n" },
		{ "no line end", "one\ntwo", "one\ntwo" },
		{ "markup", "<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;" },
		{ "colours", "\033[1;31mred\033[0m", "red" },
		{ "title", "\033]0;title\007text", "text" },
		{ "link", "\033]8;;http://x\033\\text", "text" },
		{ "character set", "\033(Btext", "text" },
		{ "title without end", "\033]0;title\ntext", "\ntext" },
		{ "sequence without end", "a\033[1;\nb", "a\nb" },
		{ "escape at the end", "a\033", "a" },
		{ "escape before UTF-8", "\033\xc3\xa9", "\xc3\xa9" },
		{ "progress", "10%\r50%\r100%\n", "100%\n" },
		{ "progress, cleared", "10%\r\033[K100%\n", "100%\n" },
		{ "line ends of Windows", "one\r\ntwo\r\n", "one\ntwo\n" },
		{ "twice", "one\r\r\n", "one\n" },
		{ "bell and backspace", "a\007\bb", "a" REPLACED REPLACED "b" },
		{ "not UTF-8", "\xff\xfe", REPLACED REPLACED },
		{ "markup made by dropping", "<\033[0mscript>", "&lt;script&gt;" },
		{ "empty", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf log, out;

		buf_init(&log, 1 << 16);
		buf_init(&out, 1 << 16);
		buf_text(&log, cases[i].in);
		logtail_html(&log, &out);
		if (strcmp(out.data, cases[i].out) != 0)
			fail_msg("%s: '%s'", cases[i].name, out.data);
		buf_release(&log);
		buf_release(&out);
	}
}

/* Any bytes at all: the page stays text. */
static void
never_becomes_markup(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		static const char likely[] = "\033[]\\;\r\n<>&\"'m\007\xc3\xa9\xe2\xff";
		struct buf log, out;

		buf_init(&log, 1 << 16);
		buf_init(&out, 1 << 20);
		for (int i = 0; i < 64; i++) {
			seed = seed * 1664525 + 1013904223;
			buf_char(&log, seed >> 31 ? (char)(seed >> 16)
						  : likely[(seed >> 16) % sizeof(likely)]);
		}
		logtail_html(&log, &out);
		assert_false(out.full);
		assert_null(strpbrk(out.data, "<>\"'\033\r"));
		assert_int_equal(strlen(out.data), out.bytes);
		buf_release(&log);
		buf_release(&out);
	}
}

struct file {
	char dir[64], path[96];
	int fd;
};

static void
file_make(struct file *f)
{
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/tidemill-log.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/1.log", f->dir);
	f->fd = open(f->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(f->fd >= 0);
}

static void
file_remove(struct file *f)
{
	(void)close(f->fd);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(rmdir(f->dir), 0);
}

static void
reads_the_end_only(void **state)
{
	static const struct {
		const char *name, *text;
		int64_t max;
		const char *tail;
		int64_t skipped;
	} cases[] = {
		{ "all of it", "one\ntwo\n", 8, "one\ntwo\n", 0 },
		{ "more than there is", "one\ntwo\n", 9, "one\ntwo\n", 0 },
		{ "one byte less", "one\ntwo\n", 7, "two\n", 4 },
		{ "from a line's beginning", "one\ntwo\n", 4, "two\n", 4 },
		{ "within the last line", "one\ntwo", 2, "wo", 5 },
		{ "one byte", "one\ntwo", 1, "o", 6 },
		{ "empty", "", 8, "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		size_t bytes = strlen(cases[i].text);
		int64_t skipped = -1;
		struct file f;
		struct buf out;

		file_make(&f);
		assert_int_equal(write(f.fd, cases[i].text, bytes), (ssize_t)bytes);
		buf_init(&out, 1 << 16);
		assert_int_equal(logtail_read(f.path, cases[i].max, &out, &skipped, NULL),
				 ERR_NONE);
		if (strcmp(out.data, cases[i].tail) != 0 || skipped != cases[i].skipped)
			fail_msg("%s: '%s' after %lld", cases[i].name, out.data,
				 (long long)skipped);
		buf_release(&out);
		file_remove(&f);
	}
}

static void
is_not_moved_by_size(void **state)
{
	static const char end[] = "\nthe last line\n";
	const int64_t bytes = INT64_C(1) << 30;
	int64_t skipped;
	struct file f;
	struct buf out;

	(void)state;
	file_make(&f);
	assert_int_equal(pwrite(f.fd, end, sizeof(end) - 1, bytes), sizeof(end) - 1);
	buf_init(&out, LOGTAIL_BYTES);
	assert_int_equal(logtail_read(f.path, LOGTAIL_BYTES, &out, &skipped, NULL), ERR_NONE);
	assert_false(out.full);
	assert_int_equal(out.bytes, LOGTAIL_BYTES);
	assert_int_equal(skipped, bytes + (int64_t)sizeof(end) - 1 - LOGTAIL_BYTES);
	assert_memory_equal(out.data + out.bytes - (sizeof(end) - 1), end, sizeof(end) - 1);
	buf_release(&out);
	file_remove(&f);
}

static void
reads_files_only(void **state)
{
	int64_t skipped;
	struct file f;
	struct buf out;

	(void)state;
	file_make(&f);
	buf_init(&out, 1 << 16);
	assert_int_equal(unlink(f.path), 0);
	assert_int_equal(logtail_read(f.path, 8, &out, &skipped, NULL), ERR_NONE);
	assert_int_equal(out.bytes, 0);
	assert_int_equal(symlink("/etc/passwd", f.path), 0);
	assert_int_equal(logtail_read(f.path, 8, &out, &skipped, NULL), ERR_SYSTEM);
	assert_int_equal(unlink(f.path), 0);
	assert_int_equal(mkfifo(f.path, 0600), 0);
	assert_int_equal(logtail_read(f.path, 8, &out, &skipped, NULL), ERR_SYSTEM);
	assert_int_equal(out.bytes, 0);
	buf_release(&out);
	file_remove(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_a_terminal_would),
		cmocka_unit_test(never_becomes_markup),
		cmocka_unit_test(reads_the_end_only),
		cmocka_unit_test(is_not_moved_by_size),
		cmocka_unit_test(reads_files_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
