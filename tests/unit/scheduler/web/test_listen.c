/* test_listen.c - the page listens on this machine's own addresses and nowhere else. */
#include "scheduler/web/listen.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
port_0_takes_any_free_one(void **state)
{
	struct listener l;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(listener_open(&l, "localhost:0", &err), ERR_NONE);
	assert_string_equal(l.host, "127.0.0.1");
	assert_in_range(l.port, 1, 65535);
	assert_true(l.fd >= 0);
	(void)close(l.fd);
}

static void
refuses_what_is_no_address_of_this_machine(void **state)
{
	static const struct {
		const char *address, *says;
	} rows[] = {
		{ "", "is not ADDRESS:PORT" },
		{ "127.0.0.1", "is not ADDRESS:PORT" },
		{ "127.0.0.1:", "is not ADDRESS:PORT" },
		{ "127.0.0.1:65536", "is not ADDRESS:PORT" },
		{ "127.0.0.1:80x", "is not ADDRESS:PORT" },
		{ "127.0.0.1:-1", "is not ADDRESS:PORT" },
		{ "0.0.0.0:0", "is not of this machine alone" },
		{ "10.0.0.1:0", "is not of this machine alone" },
		{ "example.org:0", "is not of this machine alone" },
		{ "[::]:0", "is not of this machine alone" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct listener l;
		struct err err = { 0 };

		if (listener_open(&l, rows[i].address, &err) != ERR_INPUT || l.fd != -1 ||
		    !strstr(err.msg, rows[i].says))
			fail_msg("'%s': %s", rows[i].address, err.msg);
	}
}

static void
the_loopback_address_of_ipv6_is_ours_too(void **state)
{
	struct listener l;
	struct err err = { 0 };

	(void)state;
	if (listener_open(&l, "[::1]:0", &err) == ERR_SYSTEM) {
		print_message("not tested: %s\n", err.msg); /* a machine without IPv6 */
	} else {
		assert_string_equal(l.host, "[::1]");
		assert_in_range(l.port, 1, 65535);
	}
	if (l.fd >= 0)
		(void)close(l.fd);
}

static void
a_port_that_is_taken_is_said(void **state)
{
	struct listener first, second;
	struct err err = { 0 };
	char address[32];

	(void)state;
	assert_int_equal(listener_open(&first, "127.0.0.1:0", &err), ERR_NONE);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%d", first.port);
	assert_int_equal(listener_open(&second, address, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, "another program does already"));
	(void)close(first.fd);
	(void)close(second.fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(port_0_takes_any_free_one),
		cmocka_unit_test(refuses_what_is_no_address_of_this_machine),
		cmocka_unit_test(the_loopback_address_of_ipv6_is_ours_too),
		cmocka_unit_test(a_port_that_is_taken_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
