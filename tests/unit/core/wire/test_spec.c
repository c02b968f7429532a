/* test_spec.c - the spec there and back, its size, and what is refused. */
#include "core/wire/spec.h"

#include "tests/fixture/lab.h"

static char text_a[] = "/lake/a", text_b[] = "b", empty[] = "";
static char program[] = "prog", argument[] = "an \"argument\"\n";

static const struct column columns[] = { { "id", COL_INT64 },
					 { "when", COL_TIMESTAMP },
					 { "payload", COL_JSON } };
static const struct schema schema = { columns, countof(columns) };

/* A spec with something of everything; `inputs` has room for n. */
static struct spec
sample(struct spec_input *inputs, size_t n)
{
	static char *argv[] = { program, argument, empty, NULL };
	static struct param_value params[] = { { "feature", "x" }, { "feature", "" } };
	static struct spec_env env[] = { { .name = text_b, .value = empty },
					 { .name = program, .from_env = text_b },
					 { .name = argument, .from_file = text_a } };
	static struct spec_output outputs[2];
	static struct task_output leaves[] = { { "n", OUTPUT_INT64 }, { "b", OUTPUT_BOOL } };
	static struct spec_history history[] = { { -5, 0, 0 }, { 20000, INT64_MAX, 15 } };

	for (size_t i = 0; i < n; i++) {
		inputs[i] = (struct spec_input){ .dataset = text_b,
						 .path = text_a,
						 .format = FORMAT_JSONL,
						 .schema = schema,
						 .partitioned = true,
						 .grid = { .unit = i == 1 ? GRID_MONTH
									  : GRID_HOUR },
						 .part = (int64_t)i - 3,
						 .from_us = INT64_MIN,
						 .to_us = INT64_MAX,
						 .cut = i == 1,
						 .whole = i == 2,
						 .event_time = text_a,
						 .version = (int64_t)i,
						 .missing = i % 2 == 1 };
		memset(inputs[i].digest, 'd', i ? DIGEST_CHARS : 0);
	}
	for (size_t i = 0; i < countof(outputs); i++)
		outputs[i] = (struct spec_output){ .dataset = i ? text_b : text_a,
						   .path = text_a,
						   .format = FORMAT_CSV,
						   .schema = i ? schema : schema_quarantine,
						   .grid = grid_days,
						   .part = 19844,
						   .version = 7,
						   .at = i ? TASK_WRITES_MAX - 1 : 0,
						   .quarantine = i == 0,
						   .definition = i ? text_b : NULL };
	return (struct spec){ .attempt = 9,
			      .token = LAB_TOKEN,
			      .project_dir = text_a,
			      .dag = text_b,
			      .task = program,
			      .run_id = argument,
			      .dag_digest = empty,
			      .run_type = RUN_BACKFILL,
			      .epoch = 2,
			      .try_number = 3,
			      .grid = { .unit = GRID_YEAR },
			      .logical_us = -1,
			      .start_us = INT64_MIN,
			      .end_us = INT64_MAX,
			      .params = params,
			      .n_params = countof(params),
			      .slice = text_a,
			      .argv = argv,
			      .env = env,
			      .n_env = countof(env),
			      .inputs = inputs,
			      .n_inputs = n,
			      .outputs = outputs,
			      .n_outputs = countof(outputs),
			      .leaves = leaves,
			      .n_leaves = countof(leaves),
			      .history = history,
			      .n_history = countof(history),
			      .partial = true,
			      .memory_bytes = 1 << 30 };
}

static void
expect_text(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a && b)
		assert_string_equal(a, b);
}

static void
expect_scalars(const struct spec *a, const struct spec *b)
{
	assert_int_equal(a->attempt, b->attempt);
	assert_string_equal(a->token, b->token);
	assert_string_equal(a->project_dir, b->project_dir);
	assert_string_equal(a->dag, b->dag);
	assert_string_equal(a->task, b->task);
	assert_string_equal(a->run_id, b->run_id);
	assert_string_equal(a->dag_digest, b->dag_digest);
	assert_int_equal(a->run_type, b->run_type);
	assert_int_equal(a->epoch, b->epoch);
	assert_int_equal(a->try_number, b->try_number);
	assert_true(a->logical_us == b->logical_us && a->start_us == b->start_us);
	assert_true(a->end_us == b->end_us && a->memory_bytes == b->memory_bytes);
	assert_int_equal(a->partial, b->partial);
	expect_text(a->slice, b->slice);
}

static void
expect_lists(const struct spec *a, const struct spec *b)
{
	assert_int_equal(a->n_params, b->n_params);
	for (size_t i = 0; i < a->n_params; i++) {
		assert_string_equal(a->params[i].name, b->params[i].name);
		assert_string_equal(a->params[i].value, b->params[i].value);
	}
	assert_int_equal(a->n_env, b->n_env);
	for (size_t i = 0; i < a->n_env; i++) {
		assert_string_equal(a->env[i].name, b->env[i].name);
		expect_text(a->env[i].value, b->env[i].value);
		expect_text(a->env[i].from_env, b->env[i].from_env);
		expect_text(a->env[i].from_file, b->env[i].from_file);
	}
	assert_int_equal(a->n_leaves, b->n_leaves);
	for (size_t i = 0; i < a->n_leaves; i++) {
		assert_string_equal(a->leaves[i].name, b->leaves[i].name);
		assert_int_equal(a->leaves[i].type, b->leaves[i].type);
	}
	assert_int_equal(a->n_history, b->n_history);
	for (size_t i = 0; i < a->n_history; i++)
		assert_true(a->history[i].part == b->history[i].part &&
			    a->history[i].rows == b->history[i].rows &&
			    a->history[i].at == b->history[i].at);
	for (size_t i = 0; a->argv[i] || b->argv[i]; i++)
		expect_text(a->argv[i], b->argv[i]);
}

static void
expect_partitions(const struct spec *a, const struct spec *b)
{
	assert_int_equal(a->n_inputs, b->n_inputs);
	for (size_t i = 0; i < a->n_inputs; i++) {
		const struct spec_input *p = &a->inputs[i], *q = &b->inputs[i];

		assert_string_equal(p->dataset, q->dataset);
		assert_string_equal(p->path, q->path);
		assert_int_equal(p->format, q->format);
		assert_true(schema_equal(&p->schema, &q->schema));
		assert_int_equal(p->partitioned, q->partitioned);
		assert_int_equal(p->part, q->part);
		assert_true(grid_is(p->grid, q->grid));
		assert_true(p->from_us == q->from_us && p->to_us == q->to_us);
		assert_true(p->cut == q->cut && p->whole == q->whole);
		assert_true(!p->event_time == !q->event_time);
		assert_int_equal(p->version, q->version);
		assert_string_equal(p->digest, q->digest);
		assert_int_equal(p->missing, q->missing);
	}
	assert_int_equal(a->n_outputs, b->n_outputs);
	for (size_t i = 0; i < a->n_outputs; i++) {
		const struct spec_output *p = &a->outputs[i], *q = &b->outputs[i];

		assert_string_equal(p->dataset, q->dataset);
		assert_string_equal(p->path, q->path);
		assert_int_equal(p->format, q->format);
		assert_true(schema_equal(&p->schema, &q->schema));
		assert_int_equal(p->part, q->part);
		assert_int_equal(p->version, q->version);
		assert_int_equal(p->quarantine, q->quarantine);
		assert_int_equal(p->at, q->at);
		expect_text(p->definition, q->definition);
	}
}

static void
a_spec_goes_round_with_every_member(void **state)
{
	struct spec_input inputs[5];
	struct spec in = sample(inputs, countof(inputs)), out;
	struct run_vars vars;
	struct buf text, again;
	struct err err = { 0 };

	(void)state;
	buf_init(&text, SPEC_BYTES_MAX);
	buf_init(&again, SPEC_BYTES_MAX);
	spec_write(&in, &text);
	if (spec_read(&out, text.data, text.bytes, &err))
		fail_msg("%s", err.msg);
	expect_scalars(&in, &out);
	expect_lists(&in, &out);
	expect_partitions(&in, &out);
	spec_write(&out, &again);
	assert_string_equal(text.data, again.data);
	vars = spec_vars(&out);
	assert_ptr_equal(vars.run_id, out.run_id);
	assert_int_equal(vars.n_params, 2);
	spec_release(&out);
	buf_release(&text);
	buf_release(&again);
}

/* The widest window of a wide dataset stays far below the limit: its schema stands once. */
static void
a_window_over_wide_columns_fits_the_launch(void **state)
{
	struct spec_input inputs[DAG_WINDOW_DAYS_MAX];
	struct spec in = sample(inputs, countof(inputs)), out;
	struct column wide[DAG_COLUMNS_MAX];
	struct schema wide_schema = { wide, countof(wide) };
	struct buf text;

	(void)state;
	for (size_t i = 0; i < countof(wide); i++)
		wide[i] = (struct column){ "a_column_of_usual_length", COL_FLOAT64 };
	for (size_t i = 0; i < countof(inputs); i++)
		inputs[i].schema = wide_schema;
	buf_init(&text, SPEC_BYTES_MAX);
	spec_write(&in, &text);
	assert_false(text.full);
	assert_true(text.bytes < SPEC_BYTES_MAX / 2);
	assert_int_equal(spec_read(&out, text.data, text.bytes, NULL), ERR_NONE);
	expect_partitions(&in, &out);
	spec_release(&out);
	buf_release(&text);
}

static void
a_damaged_spec_is_refused(void **state)
{
	static const struct {
		const char *name, *from, *to;
	} cases[] = {
		{ "another protocol", "\"proto\":1", "\"proto\":2" },
		{ "attempt 0", "\"attempt\":9", "\"attempt\":0" },
		{ "short token", "\"token\":\"0", "\"token\":\"" },
		{ "no dag", "\"dag\":\"b\",", "" },
		{ "unknown run type", "backfill", "refill" },
		{ "negative epoch", "\"epoch\":2", "\"epoch\":-2" },
		{ "unknown format", "jsonl", "json" },
		{ "unknown column type", "timestamp", "time" },
		{ "odd columns", "\"columns\":[", "\"columns\":[\"x\"," },
		{ "dataset out of range", "\"dataset\":0", "\"dataset\":99" },
		{ "dataset -1", "\"dataset\":0", "\"dataset\":-1" },
		{ "digest too short", "\"digest\":\"d", "\"digest\":\"" },
		{ "argument is a number", "\"argv\":[", "\"argv\":[7," },
		{ "no program", "\"argv\":[\"prog\",\"an \\\"argument\\\"\\n\",\"\"]",
		  "\"argv\":[]" },
		{ "two values", "\"from_env\":null", "\"from_env\":\"X\"" },
		{ "left of no type", "\"type\":\"bool\"", "\"type\":\"int\"" },
		{ "history of -1 rows", "\"rows\":0", "\"rows\":-1" },
		{ "partial is text", "\"partial\":true", "\"partial\":\"true\"" },
	};
	struct spec_input inputs[2];
	struct spec in = sample(inputs, countof(inputs)), out;
	struct buf text;

	(void)state;
	buf_init(&text, SPEC_BYTES_MAX);
	spec_write(&in, &text);
	for (size_t i = 0; i < countof(cases); i++) {
		const char *at = strstr(text.data, cases[i].from);
		struct err err = { 0 };
		struct buf bad;

		if (!at)
			fail_msg("'%s' is not in %s", cases[i].from, text.data);
		buf_init(&bad, SPEC_BYTES_MAX);
		buf_add(&bad, text.data, (size_t)(at - text.data));
		buf_text(&bad, cases[i].to);
		buf_text(&bad, at + strlen(cases[i].from));
		if (spec_read(&out, bad.data, bad.bytes, &err) != ERR_INPUT)
			fail_msg("%s was accepted", cases[i].name);
		assert_true(err.msg[0] != '\0');
		buf_release(&bad);
	}
	buf_release(&text);
}

static void
a_spec_is_limited_to_the_byte(void **state)
{
	struct spec_input inputs[1];
	struct spec in = sample(inputs, 1), out;
	struct buf text;

	(void)state;
	buf_init(&text, 2 * SPEC_BYTES_MAX);
	spec_write(&in, &text);
	while (text.bytes < SPEC_BYTES_MAX)
		buf_char(&text, ' ');
	assert_int_equal(spec_read(&out, text.data, text.bytes, NULL), ERR_NONE);
	spec_release(&out);
	buf_char(&text, ' ');
	assert_int_equal(spec_read(&out, text.data, text.bytes, NULL), ERR_LIMIT);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_spec_goes_round_with_every_member),
		cmocka_unit_test(a_window_over_wide_columns_fits_the_launch),
		cmocka_unit_test(a_damaged_spec_is_refused),
		cmocka_unit_test(a_spec_is_limited_to_the_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
