/* test_jkeys.c - every type of row there and back, and every way to be wrong. */
#include "core/base/jkeys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct part {
	char *name;
	int64_t rows;
};

struct whole {
	char *title, *note;
	char digest[5];
	int count;
	int64_t big, measured;
	bool yes, maybe;
	enum { RED, GREEN } color;
	struct part one, *parts;
	size_t n_parts;
};

static const char *
color_name(int value)
{
	return value == RED ? "red" : "green";
}

static int
color_of(const char *word)
{
	return strcmp(word, "red") == 0 ? RED : strcmp(word, "green") == 0 ? GREEN : -1;
}

static void
check_part(struct jreader *r, const void *item)
{
	if (strcmp(((const struct part *)item)->name, "bad") == 0)
		jkeys_refuse(r, "name", "good");
}

/* clang-format off */
static const struct jkey part_keys[] = {
	{ "name", JKEY_TEXT, .at = offsetof(struct part, name), .max = 8 },
	{ "rows", JKEY_INT64, .at = offsetof(struct part, rows), .max = INT64_MAX },
};
static const struct jtable parts = {
	part_keys, countof(part_keys), sizeof(struct part), 3, check_part,
};

#define AT(field) offsetof(struct whole, field)
static const struct jkey whole_keys[] = {
	{ "proto", JKEY_ALWAYS, .min = 3 },
	{ "title", JKEY_TEXT, .at = AT(title) },
	{ "note", JKEY_OPTIONAL, .at = AT(note) },
	{ "digest", JKEY_HEX, .at = AT(digest), .max = 4, .prefix = "x:", .or_none = true },
	{ "count", JKEY_INT, .at = AT(count), .min = -1, .max = 9 },
	{ "big", JKEY_INT64, .at = AT(big), .min = INT64_MIN, .max = INT64_MAX, .sparse = true },
	{ "measured", JKEY_INT64, .at = AT(measured), .max = 9, .or_none = true },
	{ "yes", JKEY_BOOL, .at = AT(yes) },
	{ "maybe", JKEY_BOOL, .at = AT(maybe), .sparse = true },
	{ "color", JKEY_WORD, .at = AT(color), .word = color_name, .value = color_of },
	{ "one", JKEY_OBJECT, .at = AT(one), .table = &parts },
	{ "parts", JKEY_LIST, .at = AT(parts), .count_at = AT(n_parts), .table = &parts },
};
/* clang-format on */
static const struct jtable whole_table = JTABLE(whole_keys, struct whole, 1);

static const char full[] =
    "{\"proto\":3,\"title\":\"t\",\"note\":null,\"digest\":\"x:00ff\",\"count\":-1,"
    "\"big\":-9223372036854775808,\"measured\":0,\"yes\":true,\"maybe\":true,\"color\":\"green\","
    "\"one\":{\"name\":\"\",\"rows\":0},"
    "\"parts\":[{\"name\":\"a\",\"rows\":1},{\"name\":\"b\",\"rows\":2}]}";

static const char least[] =
    "{\"proto\":3,\"title\":\"\",\"note\":\"n\",\"digest\":\"\",\"count\":0,\"yes\":false,"
    "\"color\":\"red\",\"one\":{\"name\":\"\",\"rows\":0},\"parts\":[]}";

/* Read a text; the message, or "" when it was taken, in which case it is written to `back`. */
static void
read_whole(const char *text, struct buf *back, char message[1000])
{
	struct err err = { 0 };
	struct jreader r = { .arena = arena_new(), .err = &err };
	struct whole w = { 0 };
	json_t *o, *again = json_object();

	assert_int_equal(ERR_NONE, json_read(&o, text, strlen(text), "a test", NULL));
	jkeys_read(&r, o, &whole_table, &w);
	if (!r.code) {
		jkeys_write(again, &whole_table, &w);
		json_write(again, back);
	}
	strcpy(message, r.code ? err.msg : "");
	json_decref(again);
	json_decref(o);
	arena_free(r.arena);
}

static void
what_is_written_is_read_back_to_the_same_bytes(void **state)
{
	static const char *const texts[] = { full, least };
	char message[1000];

	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		struct buf back;

		buf_init(&back, 1 << 16);
		read_whole(texts[i], &back, message);
		assert_string_equal("", message);
		assert_string_equal(texts[i], back.data);
		buf_release(&back);
	}
}

/* One piece of the full text replaced, and what is said then. */
static const struct wrong_case {
	const char *from, *to, *want;
} wrong_cases[] = {
	{ "\"proto\":3", "\"proto\":4",
	  "'proto' has to be 3: another version of the program wrote it" },
	{ "\"title\":\"t\"", "\"title\":7", "'title' has to be a string" },
	{ "\"title\":\"t\",", "", "'title' has to be a string" },
	{ "\"note\":null", "\"note\":false", "'note' has to be a string or null" },
	{ "\"note\":null,", "", "'note' has to be a string or null" },
	{ "x:00ff", "y:00ff",
	  "'digest' has to be a digest or id in lower-case hexadecimal digits" },
	{ "x:00ff", "x:00f", "'digest' has to be a digest or id in lower-case hexadecimal digits" },
	{ "x:00ff", "x:00FF",
	  "'digest' has to be a digest or id in lower-case hexadecimal digits" },
	{ "\"x:00ff\"", "7", "'digest' has to be a string" },
	{ "\"measured\":0", "\"measured\":-1", "'measured' has to be a whole number from 0 to 9" },
	{ "\"count\":-1", "\"count\":10", "'count' has to be a whole number from -1 to 9" },
	{ "\"count\":-1", "\"count\":1.0", "'count' has to be a whole number from -1 to 9" },
	{ "-9223372036854775808", "\"1\"", "'big' has to be a whole number" },
	{ "\"yes\":true", "\"yes\":1", "'yes' has to be true or false" },
	{ "green", "blue", "'color' has to be a word that this version knows" },
	{ "{\"name\":\"\",\"rows\":0}", "[]", "'one' has to be an object" },
	{ "\"rows\":0}", "\"rows\":-1}", "'one.rows' has to be a whole number from 0" },
	{ "\"name\":\"b\"", "\"name\":\"bad\"", "'parts[1].name' has to be good" },
	{ "\"name\":\"b\"", "\"name\":\"123456789\"", "'parts[1].name' has to be shorter" },
	{ "[{\"name\":\"a\",\"rows\":1},", "[1,", "'parts[0].name' has to be a string" },
	{ "[{", "[1,1,1,{", "'parts' has more than 3 items" },
};

static void
the_first_wrong_member_is_named_with_what_it_has_to_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(wrong_cases); i++) {
		const struct wrong_case *c = &wrong_cases[i];
		const char *at = strstr(full, c->from);
		char message[1000];
		struct buf text;

		assert_non_null(at);
		buf_init(&text, 1 << 16);
		buf_add(&text, full, (size_t)(at - full));
		buf_text(&text, c->to);
		buf_text(&text, at + strlen(c->from));
		read_whole(text.data, NULL, message);
		assert_string_equal(c->want, message);
		buf_release(&text);
	}
}

static void
without_an_arena_each_text_is_for_free(void **state)
{
	struct jreader r = { 0 };
	struct whole w = { 0 };
	json_t *o;

	(void)state;
	assert_int_equal(ERR_NONE, json_read(&o, full, strlen(full), "a test", NULL));
	jkeys_read(&r, o, &whole_table, &w);
	json_decref(o);
	assert_int_equal(ERR_NONE, r.code);
	assert_int_equal(2, w.n_parts);
	assert_string_equal("b", w.parts[1].name);
	for (size_t i = 0; i < w.n_parts; i++)
		free(w.parts[i].name);
	free(w.parts);
	free(w.one.name);
	free(w.title);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back_to_the_same_bytes),
		cmocka_unit_test(the_first_wrong_member_is_named_with_what_it_has_to_be),
		cmocka_unit_test(without_an_arena_each_text_is_for_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
