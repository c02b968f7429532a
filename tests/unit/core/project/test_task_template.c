/* test_task_template.c - tasks that name a template, and what a template alone is told. */
#include "core/project/settings.h"
#include "core/text/task_template.h"
#include "tests/fixture/dagfile.h"

/* What tidemill.yaml gives DAG files, and what is wrong with it, as lines. */
struct given {
	struct variables variables;
	struct diags diags;
};

static void
give(struct given *g, const char *yaml)
{
	struct settings settings;

	*g = (struct given){ 0 };
	diags_init(&g->diags);
	settings_default(&settings);
	settings_read(&settings, &g->variables, "tidemill.yaml", yaml, strlen(yaml), &g->diags);
}

static void
take_back(struct given *g)
{
	variables_release(&g->variables);
	diags_release(&g->diags);
}

/* A file that is right with these templates; what it keeps of them is as good. */
static struct dag *
resolve(const char *templates, const char *text)
{
	struct constants constants;
	struct given g;
	struct dag *dag, *again;

	give(&g, templates);
	constants = variables_constants(&g.variables);
	dag = dagfile_resolve("a.yaml", text, strlen(text), &constants, &g.diags);
	if (g.diags.errors)
		fail_msg("%s", render(&g.diags));
	assert_non_null(dag);
	again = dagfile_read("a.yaml", dag->text, strlen(dag->text), &g.diags);
	assert_non_null(again);
	assert_memory_equal(dag->digest, again->digest, sizeof(dag->digest));
	assert_int_equal(dag->n_tasks, again->n_tasks);
	dag_unref(again);
	take_back(&g);
	return dag;
}

#define LOAD                                                                                     \
	"templates:\n"                                                                           \
	"  load:\n"                                                                              \
	"    params: {table: {}, retries: {type: int, default: 2}, rest: {type: list, default: " \
	"[a, b]},\n"                                                                             \
	"      past: {type: bool, default: false}, jitter: {type: number, default: 0.5}}\n"      \
	"    task:\n"                                                                            \
	"      operator: command\n"                                                              \
	"      run: \"{{ with.rest }}\"\n"                                                       \
	"      retries: \"{{ with.retries }}\"\n"                                                \
	"      jitter: \"{{ with.jitter }}\"\n"                                                  \
	"      timeout: 10m\n"                                                                   \
	"      depends_on_past: \"{{with.past}}\"\n"                                             \
	"      env: {T: \"{{ with.table }}\", U: \"x-{{ with.table }}-{{ with.retries }}-{{{{ "  \
	"with.x }}\"}\n"

static void
values_take_the_place_of_names_with_their_types(void **state)
{
	struct dag *dag = resolve(
	    LOAD, "dag: a\nschedule: {partition: day}\nstart_date: 2026-05-01\ntasks:\n"
		  "  one: {template: load, with: {table: users}}\n"
		  "  two: {template: load, needs: one, timeout: 1h, with: {table: "
		  "\"1\", retries: 0, past: true, rest: [x, \"{{ task }}\"]}}\n");
	const struct task *one = &dag->tasks[dag_task_find(dag, "one")];
	const struct task *two = &dag->tasks[dag_task_find(dag, "two")];

	(void)state;
	assert_int_equal(2, one->retry.retries);
	assert_int_equal(0, two->retry.retries);
	assert_true(one->retry.jitter > 0.49 && one->retry.jitter < 0.51);
	assert_false(one->depends_on_past);
	assert_true(two->depends_on_past);
	assert_string_equal("users", one->env[0].value);
	assert_string_equal("x-users-2-{{{{ with.x }}", one->env[1].value);
	assert_string_equal("x-1-0-{{{{ with.x }}", two->env[1].value);
	assert_int_equal(1, two->n_upstream);
	assert_true(two->timeout_us == 6 * one->timeout_us);
	dag_unref(dag);
}

static void
a_definition_is_another_when_its_template_is_and_no_other(void **state)
{
	static const char file[] = "dag: a\ntasks: {t: {template: s}}\n";
	static const char *const same[] = {
		"templates: {s: {task: {operator: command, run: [echo]}}}\n",
		"# moved\ntemplates:\n  s:\n    task: {operator: command, # here\n      run: "
		"[echo]}\n"
		"  other: {task: {operator: command, run: [x]}}\n",
	};
	struct dag *a = resolve(same[0], file), *b = resolve(same[1], file);
	struct dag *c = resolve("templates: {s: {task: {operator: command, run: [echoes]}}}\n",
				file);

	(void)state;
	assert_memory_equal(a->digest, b->digest, sizeof(a->digest));
	assert_memory_not_equal(a->digest, c->digest, sizeof(a->digest));
	assert_non_null(strstr(a->text, "\n# resolved: {\"template.s\":"));
	assert_null(strstr(b->text, "other"));
	dag_unref(a);
	dag_unref(b);
	dag_unref(c);
}

static void
a_template_is_judged_by_itself_at_its_line(void **state)
{
	static const struct {
		const char *yaml, *says;
	} cases[] = {
		{ LOAD, "" },
		{ "templates: {a: {task: {operator: command, run: [x], timeout: 7}}}",
		  "1:62 E0212" },
		{ "templates: {a: {task: {operator: command, runn: [x]}}}", "1:43 E0201" },
		{ "templates: {a: {task: {operator: command, run: [\"{{ with.b }}\"]}}}",
		  "1:50 E0810" },
		{ "templates: {a: {params: {b: {}}, task: {operator: command, run: [\"{{ with.b | "
		  "raw "
		  "}}\"]}}}",
		  "1:67 E0810" },
		{ "templates: {a: {params: {b: {}}, task: {operator: command, run: [x]}}}",
		  "1:26 E0811" },
		{ "templates: {a: {params: {b: {type: list}}, task: {operator: command, run: [x, "
		  "\"-{{ with.b }}\"]}}}",
		  "1:79 E0810" },
		{ "templates: {a: {params: {b: {type: int, default: x}}, task: {operator: command, "
		  "run: [x, \"{{ with.b }}\"]}}}",
		  "1:50 E0208" },
		{ "templates: {a: {params: {b: {}}, task: {operator: command, run: [x], env: {\"{{ "
		  "with.b }}\": \"{{ with.b }}\"}}}}",
		  "1:76 E0810" },
		{ "templates: {a: {task: {template: b}}}", "1:24 E0814" },
		{ "templates: {a: {}}", "1:13 E0202" },
		{ "templates: {a: [x]}", "1:16 E0203" },
		{ "templates: {a: {task: {operator: command, run: [\"{{ params.x }}\", \"{{ var.y "
		  "}}\", \"{{ run.state }}\"], needs: q, when: \"params.y\"}}}",
		  "" },
		{ "templates: {a: {task: {operator: dedup, input: in, output: out, key: [id]}}}",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct given g;
		char said[200] = "";

		give(&g, cases[i].yaml);
		if (g.diags.count)
			(void)snprintf(said, sizeof(said), "%u:%u %s", g.diags.items[0].line,
				       g.diags.items[0].column, g.diags.items[0].code);
		if (strcmp(said, cases[i].says) != 0 || g.diags.count > 1)
			fail_msg("%s: wanted '%s', got\n%s", cases[i].yaml, cases[i].says,
				 render(&g.diags));
		take_back(&g);
	}
}

static void
a_mistake_of_a_use_names_both_places(void **state)
{
	static const char file[] = "dag: a\ntasks:\n"
				   "  t: {template: load, with: {table: x, retries: 1000}}\n"
				   "  u: {template: load}\n"
				   "  v: {template: load, with: {table: x, rest: 5}}\n"
				   "  w: {template: load, with: {table: \"{{ dss }}\"}}\n";
	static const char *const says[] = {
		"3:49 E0208 'retries' has to be a whole number from 0 to 100 (template in "
		"tidemill.yaml:8:16)",
		"4:17 E0810 task 'u' gives no value to the parameter 'table' of template 'load' "
		"(template in tidemill.yaml:3:14)",
		"5:46 E0216 'rest' has to be a list of single values",
		"6:17 E0801 'U': there is no template variable 'dss' (template in "
		"tidemill.yaml:12:39)",
		"6:37 E0801 'T': there is no template variable 'dss' (template in "
		"tidemill.yaml:12:16)",
	};
	struct constants constants;
	struct given g;
	char said[500];

	(void)state;
	give(&g, LOAD);
	constants = variables_constants(&g.variables);
	assert_null(dagfile_resolve("a.yaml", file, strlen(file), &constants, &g.diags));
	diags_sort(&g.diags);
	for (size_t i = 0; i < countof(says); i++) {
		const struct diag *d = &g.diags.items[i];

		assert_true(i < g.diags.count);
		(void)snprintf(said, sizeof(said), "%u:%u %s %s", d->line, d->column, d->code,
			       d->message);
		assert_string_equal(says[i], said);
	}
	take_back(&g);
}

/* Written out it would be 250 MB, in a file of 100 KB. */
static void
what_is_written_out_is_bounded_as_a_file_is(void **state)
{
	struct constants constants;
	struct given g;
	struct buf yaml;

	(void)state;
	buf_init(&yaml, 1 << 20);
	buf_text(&yaml, "templates: {s: {task: {operator: command, run: [");
	for (int i = 0; i < 30000; i++)
		buf_text(&yaml, "a,");
	buf_text(&yaml, "a]}}}\n");
	give(&g, yaml.data);
	assert_int_equal(1, g.diags.errors); /* 64 KiB of JSON */
	take_back(&g);
	buf_reset(&yaml);
	buf_text(&yaml, "templates: {s: {task: {operator: command, run: [");
	for (int i = 0; i < 15000; i++)
		buf_text(&yaml, "a,");
	buf_text(&yaml, "a]}}}\n");
	give(&g, yaml.data);
	assert_int_equal(0, g.diags.errors);
	constants = variables_constants(&g.variables);
	buf_reset(&yaml);
	buf_text(&yaml, "dag: a\ntasks:\n");
	for (int i = 0; i < 1000; i++)
		buf_format(&yaml, "  t%d: {template: s}\n", i);
	assert_null(dagfile_resolve("a.yaml", yaml.data, yaml.bytes, &constants, &g.diags));
	assert_int_equal(1, g.diags.errors);
	assert_string_equal("E0112", g.diags.items[0].code);
	buf_release(&yaml);
	take_back(&g);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_take_the_place_of_names_with_their_types),
		cmocka_unit_test(a_definition_is_another_when_its_template_is_and_no_other),
		cmocka_unit_test(a_template_is_judged_by_itself_at_its_line),
		cmocka_unit_test(a_mistake_of_a_use_names_both_places),
		cmocka_unit_test(what_is_written_out_is_bounded_as_a_file_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
