/* test_machine.c - what the machine has. */
#include "core/project/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
the_machine_has_processors_and_memory(void **state)
{
	(void)state;
	assert_in_range(machine_cpus(), 1, 10000);
	assert_in_range(machine_memory(), INT64_C(1) << 24, INT64_C(1) << 50);
}

static void
a_path_is_on_a_file_system(void **state)
{
	struct machine_files files;

	(void)state;
	assert_true(machine_look("/proc", &files));
	assert_string_equal(files.type, "proc");
	assert_true(machine_look("/tmp", &files));
	assert_true(files.total_bytes > 0 && files.free_bytes <= files.total_bytes);
	assert_false(machine_look("/no/such/path", &files));
	assert_true(files.total_bytes == 0 && !files.type[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_machine_has_processors_and_memory),
		cmocka_unit_test(a_path_is_on_a_file_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
