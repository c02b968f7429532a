/* test_slice.c - what a slice takes along of the constants of its file. */
#include "core/op/ingest.h"
#include "tests/fixture/dagfile.h"

/* Together the constants of this file are longer than a slice may be. */
static void
a_slice_has_the_constants_that_it_names_and_no_others(void **state)
{
	static const char file[] =
	    "dag: a\nstart_date: 2026-05-01\nschedule: {cron: '0 2 * * *', except: long}\n"
	    "datasets: {raw: {path: raw, columns: {id: int64, at: timestamp}}}\n"
	    "tasks:\n"
	    "  i: {operator: ingest, from: {path: \"{{ var.p }}/{{ ds }}\", format: csv},\n"
	    "      event_time: at, output: raw}\n"
	    "  c: {operator: command, run: [x, \"{{ var.long }}\"]}\n";
	static char days[128 << 10], text[CONSTANT_BYTES_MAX + 1];
	const struct constant items[] = { { .name = "var.p", .value = "in" },
					  { .name = "var.long", .value = text },
					  { .name = "calendar.long", .value = days } };
	const struct constants all = { .items = items, .n = countof(items) };
	struct buf slice;
	const struct op_ingest *ingest;
	struct diags diags;
	struct dag *dag;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	for (size_t at = 0; at + 23 < sizeof(days); at += 23)
		(void)snprintf(days + at, sizeof(days) - at, "2026-12-24..2027-01-01 ");
	diags_init(&diags);
	dag = dagfile_resolve("a.yaml", file, strlen(file), &all, &diags);
	if (!dag)
		fail_msg("%s", render(&diags));
	buf_init(&slice, 1000);
	dagfile_slice(dag, 0, &slice);
	assert_non_null(strstr(slice.data, "\n# resolved: {\"var.p\":\"in\"}\n"));
	dag_unref(dag);
	dag = dagfile_read_slice(slice.data, slice.bytes, &diags);
	assert_non_null(dag);
	ingest = dag->tasks[0].params;
	assert_string_equal("in/{{ ds }}", ingest->from_path);
	dag_unref(dag);
	buf_release(&slice);
	diags_release(&diags);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slice_has_the_constants_that_it_names_and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
