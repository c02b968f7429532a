/* test_log.c - core/base/log.c: entries as lines of text and as JSON. */
#include "core/base/log.h"

#include "core/base/buf.h"
#include "core/base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TIME_CHARS = 24 };

/* A log that writes into a pipe, and what is in there. */
struct fixture {
	struct log log;
	int ends[2];
	char text[4096];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || pipe(f->ends) < 0)
		return -1;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)close(f->ends[0]);
	(void)close(f->ends[1]);
	free(f);
	return 0;
}

static void
open_with(struct fixture *f, const char *words)
{
	f->log = log_open("scheduler", words);
	f->log.fd = f->ends[1];
}

/* What was written since the last call. */
static const char *
written(struct fixture *f)
{
	ssize_t n;

	assert_int_equal(write(f->ends[1], "", 1), 1); /* so that read() never waits */
	n = read(f->ends[0], f->text, sizeof(f->text));
	assert_true(n > 0 && f->text[n - 1] == '\0');
	return f->text;
}

static void
an_entry_is_a_line_with_time_level_and_program(void **state)
{
	struct fixture *f = *state;
	const char *text;

	open_with(f, NULL);
	log_line(&f->log, LOG_WARN, "the disk is %s; trying again", "full");
	text = written(f);
	assert_true(strlen(text) > TIME_CHARS);
	assert_true(text[4] == '-' && text[10] == 'T' && text[19] == '.' && text[23] == 'Z');
	assert_string_equal(text + TIME_CHARS, " warn scheduler: the disk is full; trying again\n");
}

static void
a_message_never_breaks_its_line(void **state)
{
	struct fixture *f = *state;

	open_with(f, "text");
	log_line(&f->log, LOG_ERROR, "one\ntwo\rthree\x1b[2J\x7f");
	assert_string_equal(written(f) + TIME_CHARS, " error scheduler: one two three [2J \n");
}

static void
what_is_less_urgent_than_the_level_is_dropped(void **state)
{
	static const struct {
		const char *words;
		size_t lines; /* of four, one of each level */
	} cases[] = { { NULL, 3 },    { "error", 1 },      { "warn", 2 },       { "info", 3 },
		      { "debug", 4 }, { "text,debug", 4 }, { "debug,text", 4 }, { "error,,", 1 } };
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		size_t lines = 0;

		open_with(f, cases[i].words);
		for (int level = LOG_ERROR; level <= LOG_DEBUG; level++)
			log_line(&f->log, (enum log_level)level, "x");
		for (const char *at = written(f); *at; at++)
			lines += *at == '\n';
		assert_int_equal(lines, cases[i].lines);
	}
}

static void
json_is_an_object_a_line(void **state)
{
	struct fixture *f = *state;
	json_t *entry = NULL;
	const char *text;

	open_with(f, "json,debug");
	log_line(&f->log, LOG_DEBUG, "say \"%s\"\n", "ho");
	text = written(f);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_int_equal(json_read(&entry, text, strlen(text), "an entry", NULL), ERR_NONE);
	assert_string_equal(json_get_text(entry, "level", ""), "debug");
	assert_string_equal(json_get_text(entry, "who", ""), "scheduler");
	assert_string_equal(json_get_text(entry, "message", ""), "say \"ho\"\n");
	assert_int_equal(strlen(json_get_text(entry, "time", "")), TIME_CHARS);
	json_decref(entry);
}

static void
json_takes_bytes_that_are_no_text(void **state)
{
	struct fixture *f = *state;
	json_t *entry = NULL;
	const char *text;

	open_with(f, "json");
	log_line(&f->log, LOG_ERROR, "a \xff file");
	text = written(f);
	assert_int_equal(json_read(&entry, text, strlen(text), "an entry", NULL), ERR_NONE);
	assert_string_equal(json_get_text(entry, "message", ""), "a \xEF\xBF\xBD file");
	json_decref(entry);
}

static void
json_keeps_the_letters_beside_bytes_that_are_no_text(void **state)
{
	struct fixture *f = *state;
	json_t *entry = NULL;
	const char *text;

	open_with(f, "json");
	log_line(&f->log, LOG_ERROR, "f\xC3\xBCr \xC3 all");
	text = written(f);
	assert_int_equal(json_read(&entry, text, strlen(text), "an entry", NULL), ERR_NONE);
	assert_string_equal(json_get_text(entry, "message", ""), "f\xC3\xBCr \xEF\xBF\xBD all");
	json_decref(entry);
}

/* Two MiB of text, as text and as JSON: each entry ends, and holds the beginning. */
static void
a_message_that_is_too_long_is_cut(void **state)
{
	enum { BYTES = 2 << 20, CUT = 1 << 20 };
	FILE *file = tmpfile();
	struct log log = log_open("scheduler", "json");
	char *message = malloc(BYTES + 1);
	json_t *entry = NULL;
	char *line;

	(void)state;
	assert_true(file && message);
	memset(message, '"', BYTES);
	message[BYTES] = '\0';
	log.fd = fileno(file);
	for (int i = 0; i < 2; i++) {
		log.json = i == 0;
		assert_int_equal(ftruncate(log.fd, 0), 0);
		assert_int_equal(lseek(log.fd, 0, SEEK_SET), 0);
		log_line(&log, LOG_ERROR, "%s", message);
		line = calloc(3 * (size_t)BYTES, 1);
		assert_non_null(line);
		assert_true(pread(log.fd, line, 3 * (size_t)BYTES - 1, 0) > CUT);
		assert_int_equal(line[strlen(line) - 1], '\n');
		if (log.json) {
			assert_int_equal(json_read(&entry, line, strlen(line), "an entry", NULL),
					 ERR_NONE);
			assert_int_equal(strlen(json_get_text(entry, "message", "")), CUT);
			json_decref(entry);
		} else {
			assert_int_equal(strspn(strchr(line, '"'), "\""), CUT);
		}
		free(line);
	}
	free(message);
	(void)fclose(file);
}

static void
what_is_told_at_the_start_is_for_a_person_or_json(void **state)
{
	struct fixture *f = *state;

	open_with(f, "error");
	log_tell(&f->log, "%d dags", 3);
	assert_string_equal(written(f), "scheduler: 3 dags\n");
	open_with(f, "error,json");
	log_tell(&f->log, "%d dags", 3);
	assert_non_null(strstr(
	    written(f), "\"level\":\"info\",\"who\":\"scheduler\",\"message\":\"3 dags\"}\n"));
}

static void
a_block_stays_as_it_is_laid_out(void **state)
{
	static const char block[] = "dags/a.yaml:3:1: error: no\n  help\n";
	struct fixture *f = *state;

	open_with(f, NULL);
	log_block(&f->log, LOG_WARN, block);
	assert_string_equal(written(f), block);
	open_with(f, "json");
	log_block(&f->log, LOG_WARN, block);
	assert_non_null(strstr(written(f), "error: no\\n  help\\n\"}\n"));
	open_with(f, "error");
	log_block(&f->log, LOG_WARN, block);
	assert_string_equal(written(f), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_entry_is_a_line_with_time_level_and_program,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_message_never_breaks_its_line, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_less_urgent_than_the_level_is_dropped,
						setup, teardown),
		cmocka_unit_test_setup_teardown(json_is_an_object_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(json_takes_bytes_that_are_no_text, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    json_keeps_the_letters_beside_bytes_that_are_no_text, setup, teardown),
		cmocka_unit_test(a_message_that_is_too_long_is_cut),
		cmocka_unit_test_setup_teardown(what_is_told_at_the_start_is_for_a_person_or_json,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_block_stays_as_it_is_laid_out, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
