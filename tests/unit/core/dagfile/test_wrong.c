/* test_wrong.c - a corpus of wrong DAG files, and what is said of each. */
#include "tests/fixture/dagfile.h"

#include <stdint.h>

static const char corpus[] = "tests/data/wrong-dags.txt";

/* One case of the corpus. */
struct sample {
	const char *name, *file, *want;
	size_t name_bytes, file_bytes, want_bytes;
};

/* The next line that begins a section; NULL: there is none. */
static const char *
find_line(const char *from, const char *end, const char *begins)
{
	size_t n = strlen(begins);

	for (const char *p = from; p < end; p++) {
		if ((size_t)(end - p) >= n && memcmp(p, begins, n) == 0 &&
		    (p == from || p[-1] == '\n'))
			return p;
	}
	return NULL;
}

/* Take the case at *at; false at the end of the corpus. */
static bool
next_sample(const char **at, const char *end, struct sample *out)
{
	const char *head = find_line(*at, end, "=== "), *line, *says, *next;

	if (!head)
		return false;
	line = memchr(head, '\n', (size_t)(end - head));
	assert_non_null(line);
	/* A file of UTF-16 does not end in a line. */
	for (says = line + 1; says < end && memcmp(says, ">>>\n", 4) != 0; says++)
		;
	assert_true(says < end);
	next = find_line(says + 4, end, "=== ");
	next = next ? next : end;
	*out = (struct sample){ head + 4,
				line + 1,
				says + 4,
				(size_t)(line - head - 4),
				(size_t)(says - line - 1),
				(size_t)(next - says - 4) };
	*at = next;
	return true;
}

/* What is said of a file, as the corpus writes it; the caller frees it. */
static char *
said_of(const struct sample *s)
{
	struct diags diags;
	struct dag *dag;
	struct buf out;
	char *text;

	diags_init(&diags);
	buf_init(&out, 1 << 20);
	dag = read_bytes("a.yaml", s->file, s->file_bytes, &diags);
	for (size_t i = 0; i < diags.count; i++) {
		const struct diag *d = &diags.items[i];

		buf_format(&out, "%u:%u %s %s%s%s\n", d->line, d->column, d->code, d->message,
			   d->help ? " => " : "", d->help ? d->help : "");
	}
	assert_true((dag != NULL) == (diags.errors == 0));
	dag_unref(dag);
	diags_release(&diags);
	text = buf_give(&out);
	buf_release(&out);
	return text;
}

static void
each_wrong_file_is_told_where_and_what_to_write(void **state)
{
	static const char *const foreign[] = { "did not find", "while ", "could not find" };
	struct buf text;
	struct err err;
	struct sample s;
	const char *at, *end;
	size_t n = 0, bad = 0;

	(void)state;
	buf_init(&text, 1 << 20);
	if (buf_read_file(&text, AT_FDCWD, corpus, &err))
		fail_msg("%s", err.msg);
	at = text.data;
	end = text.data + text.bytes;
	while (next_sample(&at, end, &s)) {
		char *said = said_of(&s);

		n++;
		for (size_t i = 0; i < countof(foreign); i++)
			assert_null(strstr(said, foreign[i])); /* the library's words */
		if (!*said || strlen(said) != s.want_bytes ||
		    memcmp(said, s.want, s.want_bytes) != 0) {
			print_error("%.*s: wanted\n%.*sgot\n%s", (int)s.name_bytes, s.name,
				    (int)s.want_bytes, s.want, said);
			bad++;
		}
		free(said);
	}
	buf_release(&text);
	assert_true(n >= 100);
	assert_int_equal(0, bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_wrong_file_is_told_where_and_what_to_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
