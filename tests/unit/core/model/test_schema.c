/* test_schema.c - names of types and formats, and the schemas that the program knows. */
#include "core/model/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
types_and_formats_have_stable_names(void **state)
{
	(void)state;
	for (int i = 0; i < COL_TYPE_COUNT; i++)
		assert_int_equal(i, col_type_of(col_type_name((enum col_type)i)));
	for (int i = 0; i < FORMAT_COUNT; i++)
		assert_int_equal(i, format_of(format_name((enum format)i)));
	assert_int_equal(-1, col_type_of("integer"));
	assert_int_equal(-1, format_of("orc"));
	assert_int_equal(FORMAT_PARQUET, format_of("parquet"));
}

static void
a_column_is_found_by_its_exact_name(void **state)
{
	(void)state;
	assert_int_equal(6, schema_find(&schema_events, "timestamp"));
	assert_int_equal(-1, schema_find(&schema_events, "Timestamp"));
}

static void
equal_means_same_names_types_and_order(void **state)
{
	struct schema shorter = { schema_events.columns, schema_events.count - 1 };
	static const struct column renamed[] = { { "a", COL_INT64 } };
	static const struct column typed[] = { { "b", COL_INT32 } };
	static const struct column same[] = { { "b", COL_INT64 } };
	const struct schema one = { same, 1 }, two = { renamed, 1 }, three = { typed, 1 };

	(void)state;
	assert_true(schema_equal(&schema_events, &schema_events));
	assert_false(schema_equal(&schema_events, &shorter));
	assert_false(schema_equal(&schema_quarantine, &schema_ingest_extra));
	assert_false(schema_equal(&one, &two));
	assert_false(schema_equal(&one, &three));
}

/* What other people's files and queries rely on. */
static void
fixed_schemas_have_the_documented_columns(void **state)
{
	static const struct {
		const char *name;
		const struct schema *schema;
		const char *columns;
	} cases[] = {
		{ "events", &schema_events,
		  "event_id int64, event_type string, feature_name string, tenant_id int64, "
		  "user_id int64, project_key string, timestamp timestamp, properties json" },
		{ "quarantine", &schema_quarantine,
		  "source_file string, row int64, reason string, detail string, raw string" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct schema *s = cases[i].schema;
		char got[600] = "";

		for (size_t c = 0; c < s->count; c++) {
			size_t used = strlen(got);

			(void)snprintf(got + used, sizeof(got) - used, "%s%s %s", c ? ", " : "",
				       s->columns[c].name, col_type_name(s->columns[c].type));
		}
		if (strcmp(got, cases[i].columns) != 0)
			fail_msg("%s: %s", cases[i].name, got);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_and_formats_have_stable_names),
		cmocka_unit_test(a_column_is_found_by_its_exact_name),
		cmocka_unit_test(equal_means_same_names_types_and_order),
		cmocka_unit_test(fixed_schemas_have_the_documented_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
