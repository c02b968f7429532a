/* test_token.c - the token file: made once, kept to its owner, compared whole. */
#include "scheduler/web/token.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct place {
	char dir[64], state[96], token[128];
};

static void
place_make(struct place *p)
{
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/tidemill-token.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->state, sizeof(p->state), "%s/.tidemill", p->dir);
	(void)snprintf(p->token, sizeof(p->token), "%s/token", p->state);
}

static void
place_remove(struct place *p)
{
	(void)unlink(p->token);
	assert_int_equal(rmdir(p->state), 0); /* and no draft was left behind */
	assert_int_equal(rmdir(p->dir), 0);
}

static void
write_token(struct place *p, const char *text, mode_t mode)
{
	int fd;

	(void)mkdir(p->state, 0700);
	(void)unlink(p->token);
	fd = open(p->token, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

static void
makes_it_once(void **state)
{
	struct tokens first, second;
	struct place p;
	struct stat st;

	(void)state;
	place_make(&p);
	assert_int_equal(tokens_open(&first, p.dir, NULL), ERR_NONE);
	assert_int_equal(stat(p.token, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(p.state, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(strlen(first.secret), DIGEST_CHARS);
	assert_int_equal(strlen(first.cookie), DIGEST_CHARS);
	assert_string_not_equal(first.secret, first.cookie);
	assert_int_equal(tokens_open(&second, p.dir, NULL), ERR_NONE);
	assert_string_equal(first.secret, second.secret);
	assert_string_equal(first.cookie, second.cookie);
	assert_string_not_equal(first.login, second.login);
	place_remove(&p);
}

/* Many first starts at once: whoever reads gets the same whole token. */
static void
agrees_with_others(void **state)
{
	enum { STARTS = 16 };
	struct tokens mine;
	struct place p;
	int ends[2];

	(void)state;
	place_make(&p);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < STARTS; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			if (tokens_open(&mine, p.dir, NULL))
				_exit(1);
			_exit(write(ends[1], mine.secret, DIGEST_CHARS) != DIGEST_CHARS);
		}
	}
	assert_int_equal(tokens_open(&mine, p.dir, NULL), ERR_NONE);
	for (int i = 0; i < STARTS; i++) {
		char other[DIGEST_CHARS];
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
		assert_int_equal(read(ends[0], other, sizeof(other)), DIGEST_CHARS);
		assert_memory_equal(other, mine.secret, DIGEST_CHARS);
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	place_remove(&p);
}

static void
refuses_what_is_no_secret(void **state)
{
	static const struct {
		const char *name, *text;
		mode_t mode;
		enum err_code code;
	} cases[] = {
		{ "good", SECRET, 0600, ERR_NONE },
		{ "with a line end", SECRET "\n", 0600, ERR_NONE },
		{ "read only", SECRET, 0400, ERR_NONE },
		{ "for the group", SECRET, 0640, ERR_INPUT },
		{ "for all", SECRET, 0604, ERR_INPUT },
		{ "for all to write", SECRET, 0602, ERR_INPUT },
		{ "empty", "", 0600, ERR_INPUT },
		{ "one short", "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		  0600, ERR_INPUT },
		{ "not hexadecimal",
		  "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 0600,
		  ERR_INPUT },
	};
	static const struct tokens none;
	struct place p;

	(void)state;
	place_make(&p);
	for (size_t i = 0; i < countof(cases); i++) {
		struct tokens t;
		struct err err = { 0 };

		write_token(&p, cases[i].text, cases[i].mode);
		if (tokens_open(&t, p.dir, &err) != cases[i].code)
			fail_msg("%s: %s", cases[i].name, err.msg);
		if (cases[i].code)
			assert_memory_equal(&t, &none, sizeof(t));
	}
	place_remove(&p);
}

/* Neither a link to somewhere else nor a pipe that never says anything is followed. */
static void
refuses_what_is_no_file(void **state)
{
	struct tokens t;
	struct place p;

	(void)state;
	place_make(&p);
	write_token(&p, SECRET, 0600);
	assert_int_equal(unlink(p.token), 0);
	assert_int_equal(symlink("/dev/zero", p.token), 0);
	assert_int_not_equal(tokens_open(&t, p.dir, NULL), ERR_NONE);
	assert_int_equal(unlink(p.token), 0);
	assert_int_equal(mkfifo(p.token, 0600), 0);
	assert_int_equal(tokens_open(&t, p.dir, NULL), ERR_INPUT);
	place_remove(&p);
}

static void
equal_means_the_same_and_not_empty(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
		{ "abc", "abc", true },  { "abc", "abd", false },  { "abc", "ab", false },
		{ "ab", "abc", false },  { "", "", false },        { "", "a", false },
		{ "Abc", "abc", false }, { "abc ", "abc", false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(token_equal(cases[i].a, cases[i].b), cases[i].equal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_it_once),
		cmocka_unit_test(agrees_with_others),
		cmocka_unit_test(refuses_what_is_no_secret),
		cmocka_unit_test(refuses_what_is_no_file),
		cmocka_unit_test(equal_means_the_same_and_not_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
