/* test_ykeys.c - a map into a struct, by a table of its keys. */
#include "core/text/ykeys.h"

#include "core/base/exact.h"
#include "core/base/mem.h"
#include "core/model/dag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One field of each kind. */
struct all {
	const char *text, *name;
	template_text template;
	int whole;
	int64_t large, duration_us, bytes;
	double number;
	struct share share;
	bool truth, flag, whole_given;
	int word;
	const char *const *texts;
	size_t n_texts;
	const struct ynode *custom; /* key */
	const void *owner;
};

static void
read_custom(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct all *a = base;

	assert_string_equal(row->name, "custom");
	a->custom = key;
	a->owner = r->owner;
}

#define AT(field) offsetof(struct all, field)

static const char *const colours[] = { "red", "green", "blue", NULL };
static const char *const switches[] = { "off", "on", NULL };

static const struct key rows[] = {
	{ "text", WANT_TEXT, .required = true, .at = AT(text) },
	{ "name", WANT_NAME, .at = AT(name) },
	{ "template", WANT_TEMPLATE, .at = AT(template) },
	{ "whole", WANT_INT, .at = AT(whole), .given_at = AT(whole_given), .min = -2, .max = 10 },
	{ "large", WANT_INT64, .at = AT(large), .max = 1e15 },
	{ "number", WANT_NUMBER, .at = AT(number), .max = 2 },
	{ "share", WANT_SHARE, .at = AT(share) },
	{ "truth", WANT_BOOL, .at = AT(truth) },
	{ "duration", WANT_DURATION, .at = AT(duration_us), .max = 1.0 * DAY_US },
	{ "bytes", WANT_BYTES, .at = AT(bytes), .min = 0x1p20, .max = 0x1p30 },
	{ "word", WANT_WORD, .at = AT(word), .words = colours },
	{ "flag", WANT_FLAG, .at = AT(flag), .words = switches },
	{ "texts", WANT_TEXTS, .at = AT(texts), .count_at = AT(n_texts) },
	{ "custom", WANT_CUSTOM, .read = read_custom },
	KEY_ELSEWHERE("elsewhere"),
};

/* What was read, and what was said of it. */
struct reading {
	struct all all;
	struct diags diags;
	struct arena *arena, *scratch;
	int owner;
};

static void
begin(struct reading *t, const char *text)
{
	static const struct param params[] = { { "region", PARAM_STRING, "eu", false } };
	struct keyset set = KEYSET(rows, &t->all);
	struct yreader r;
	const struct ynode *root;

	*t = (struct reading){ .arena = arena_new(), .scratch = arena_new() };
	diags_init(&t->diags);
	r = (struct yreader){ .source = { "x.yaml", text, strlen(text) },
			      .diags = &t->diags,
			      .arena = t->arena,
			      .params = params,
			      .n_params = countof(params),
			      .owner = &t->owner };
	root = ytree_read(t->scratch, &r.source, &t->diags);
	assert_non_null(root);
	assert_true(ykeys_read(&r, root, root, "the map", &set, 1));
	diags_sort(&t->diags);
}

static void
end(struct reading *t)
{
	diags_release(&t->diags);
	arena_free(t->scratch);
	arena_free(t->arena);
}

static void
every_kind_of_value_goes_to_its_field(void **state)
{
	struct reading t;
	const struct all *a = &t.all;

	(void)state;
	begin(&t, "text: a b\nname: n-1\ntemplate: '{{ ds }}-{{ params.region }}'\nwhole: -2\n"
		  "large: 5000000000\nnumber: 1.5\nshare: 20%\ntruth: true\nduration: 1h30m\n"
		  "bytes: 3MiB\nword: blue\nflag: on\ntexts: [x, y]\ncustom: {a: 1}\n"
		  "elsewhere: anything\n");
	assert_int_equal(t.diags.errors, 0);
	assert_string_equal(a->text, "a b");
	assert_string_equal(a->name, "n-1");
	assert_string_equal(a->template, "{{ ds }}-{{ params.region }}");
	assert_true(a->whole == -2 && a->whole_given && a->large == INT64_C(5000000000));
	assert_true(a->number == 1.5 && share_real(a->share) == 0.2);
	assert_true(a->truth && a->flag && a->word == 2);
	assert_true(a->duration_us == 90 * MINUTE_US && a->bytes == 3 << 20);
	assert_int_equal(a->n_texts, 2);
	assert_string_equal(a->texts[1], "y");
	assert_string_equal(a->custom->text, "custom");
	assert_ptr_equal(a->owner, &t.owner);
	end(&t);
}

static void
what_is_not_there_keeps_its_value(void **state)
{
	struct reading t;

	(void)state;
	begin(&t, "text: x\ntexts: alone\n");
	assert_int_equal(t.diags.errors, 0);
	assert_null(t.all.name);
	assert_false(t.all.whole_given);
	assert_int_equal(t.all.n_texts, 1); /* one text stands for a list of it */
	end(&t);
}

static void
says_what_is_wrong_with_each_key(void **state)
{
	static const struct {
		const char *yaml, *says, *help; /* help NULL: none */
	} cases[] = {
		{ "whole: 1\n", "the map needs the key 'text'", NULL },
		{ "text: x\ntemplte: y\n", "the map has no key 'templte'",
		  "did you mean 'template'?" },
		{ "text: [x]\n", "'text' has to be a single value, not a list", NULL },
		{ "text: x\nname: .hidden\n", "'.hidden' cannot name a name", NULL },
		{ "text: x\nwhole: 11\n", "'whole' has to be a whole number from -2 to 10", NULL },
		{ "text: x\nwhole: '1'\n", "'whole' has to be a whole number from -2 to 10",
		  "take the quotes off" },
		{ "text: x\nnumber: 2.5\n", "'number' has to be a number from 0 to 2", NULL },
		{ "text: x\nshare: 120%\n", "'share' has to be from 0% to 100%", NULL },
		{ "text: x\ntruth: yes\n", "'truth' has to be true or false", "write true" },
		{ "text: x\nduration: 2d\n", "'duration' has to be from 0s to 1d", NULL },
		{ "text: x\nbytes: 3MB\n", "'bytes' has to be a size such as 512MiB",
		  "write 3MiB" },
		{ "text: x\nbytes: 3000g\n", "'bytes' has to be a size such as 512MiB",
		  "write 3000GiB" },
		{ "text: x\nbytes: 3\n", "'bytes' has to be a size such as 512MiB", NULL },
		{ "text: x\nword: bleu\n", "'word' has to be red, green or blue, not 'bleu'",
		  "did you mean 'blue'?" },
		{ "text: x\nflag: up\n", "'flag' has to be off or on, not 'up'", NULL },
		{ "text: x\ntexts: []\n", "'texts' has to be a list of at least one value", NULL },
		{ "text: x\ntemplate: '{{ params.regoin }}'\n",
		  "'template': ", "did you mean 'region'?" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct diag *d;
		struct reading t;

		begin(&t, cases[i].yaml);
		if (t.diags.errors != 1)
			fail_msg("%s: %zu errors", cases[i].yaml, t.diags.errors);
		d = &t.diags.items[0];
		if (strncmp(d->message, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("%s: %s", cases[i].yaml, d->message);
		if (!d->help != !cases[i].help || (d->help && strcmp(d->help, cases[i].help) != 0))
			fail_msg("%s: help: %s", cases[i].yaml, d->help ? d->help : "none");
		end(&t);
	}
}

/* In a text on one line the bad part is underlined, not the whole of it. */
static void
a_bad_template_is_underlined_where_it_is_bad(void **state)
{
	static const struct {
		const char *yaml;
		uint32_t column, width;
	} cases[] = {
		{ "text: x\ntemplate: a/{{ dz }}\n", 16, 2 },
		{ "text: x\ntemplate: 'a/{{ dz }}'\n", 17, 2 },
		{ "text: x\ntemplate: '\xc3\xa9/{{ dz }}'\n", 17, 2 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct reading t;

		begin(&t, cases[i].yaml);
		assert_int_equal(t.diags.errors, 1);
		assert_int_equal(t.diags.items[0].line, 2);
		assert_int_equal(t.diags.items[0].column, cases[i].column);
		assert_int_equal(t.diags.items[0].width, cases[i].width);
		assert_null(t.all.template);
		end(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_value_goes_to_its_field),
		cmocka_unit_test(what_is_not_there_keeps_its_value),
		cmocka_unit_test(says_what_is_wrong_with_each_key),
		cmocka_unit_test(a_bad_template_is_underlined_where_it_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
