/* test_guard.c - requests that two programs could read in two ways. */
#include "scheduler/web/guard.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static void
refuses_headers_that_two_programs_read_differently(void **state)
{
	static const struct {
		const char *name;
		const char *headers[4][2];
		bool fine;
	} cases[] = {
		{ "one host", { { "Host", "a" } }, true },
		{ "a length", { { "host", "a" }, { "Content-Length", "12" } }, true },
		{ "chunks", { { "HOST", "a" }, { "transfer-encoding", "Chunked" } }, true },
		{ "an empty value", { { "Host", "a" }, { "X", "" } }, true },
		{ "a tab and Latin-1", { { "Host", "a" }, { "X", "a\tb\xe9" } }, true },
		{ "no host", { { "X", "a" } }, false },
		{ "two hosts", { { "Host", "a" }, { "host", "a" } }, false },
		{ "two lengths",
		  { { "Host", "a" }, { "Content-Length", "1" }, { "Content-Length", "1" } },
		  false },
		{ "two codings",
		  { { "Host", "a" },
		    { "Transfer-Encoding", "chunked" },
		    { "Transfer-Encoding", "chunked" } },
		  false },
		{ "length and coding",
		  { { "Host", "a" },
		    { "Content-Length", "1" },
		    { "Transfer-Encoding", "chunked" } },
		  false },
		{ "another coding", { { "Host", "a" }, { "Transfer-Encoding", "gzip" } }, false },
		{ "a list of codings",
		  { { "Host", "a" }, { "Transfer-Encoding", "gzip, chunked" } },
		  false },
		{ "no coding", { { "Host", "a" }, { "Transfer-Encoding", "" } }, false },
		{ "a sign", { { "Host", "a" }, { "Content-Length", "+1" } }, false },
		{ "a list of lengths", { { "Host", "a" }, { "Content-Length", "1, 1" } }, false },
		{ "no length", { { "Host", "a" }, { "Content-Length", "" } }, false },
		{ "a space in a name", { { "Host", "a" }, { "X ", "a" } }, false },
		{ "a name that looks like the length",
		  { { "Host", "a" }, { "Content-Length ", "1" } },
		  false },
		{ "no name", { { "Host", "a" }, { "", "a" } }, false },
		{ "a byte over 127 in a name", { { "Host", "a" }, { "X\xe9", "a" } }, false },
		{ "a line end", { { "Host", "a" }, { "X", "a\rb" } }, false },
		{ "a control character", { { "Host", "a" }, { "X", "a\x01" } }, false },
		{ "delete", { { "Host", "a\x7f" } }, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct guard g = { 0 };

		for (size_t j = 0; j < 4 && cases[i].headers[j][0]; j++)
			guard_header(&g, cases[i].headers[j][0], strlen(cases[i].headers[j][0]),
				     cases[i].headers[j][1], strlen(cases[i].headers[j][1]));
		if (!guard_verdict(&g) != cases[i].fine)
			fail_msg("%s: %s", cases[i].name,
				 guard_verdict(&g) ? guard_verdict(&g) : "let through");
	}
}

static void
sees_a_nul(void **state)
{
	struct guard g = { 0 };

	(void)state;
	guard_header(&g, "Host", 4, "a", 1);
	guard_header(&g, "X", 1, NULL, 0);
	assert_null(guard_verdict(&g));
	guard_header(&g, "X", 1, "a\0b", 3);
	assert_non_null(guard_verdict(&g));
	g = (struct guard){ 0 };
	guard_header(&g, "Host", 4, "a", 1);
	guard_header(&g, "X\0Y", 3, "a", 1);
	assert_non_null(guard_verdict(&g));
}

static void
takes_only_plain_paths_as_targets(void **state)
{
	static const struct {
		const char *target;
		bool fine;
	} cases[] = {
		{ "/", true },
		{ "/dags/a%20b?x=1&y=~", true },
		{ "//evil.example/", true }, /* a path like any other; no row matches it */
		{ "", false },
		{ "*", false },
		{ "http://evil.example/", false },
		{ "evil.example:80", false },
		{ "/a b", false },
		{ "/a\tb", false },
		{ "/a#b", false },
		{ "/\xc3\xa9", false },
		{ "/\x7f", false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		if (guard_target(cases[i].target) != cases[i].fine)
			fail_msg("'%s'", cases[i].target);
}

static void
a_host_is_a_name_with_our_port(void **state)
{
	static const struct {
		const char *host;
		int port;
		bool fine;
	} cases[] = {
		{ "localhost:8080", 8080, true },
		{ "LocalHost:8080", 8080, true },
		{ "localhost.:8080", 8080, true },
		{ "localhost", 80, true },
		{ "localhost:80", 80, true },
		{ "localhost.", 80, true },
		{ "localhost", 8080, false },
		{ "localhost:808", 8080, false },
		{ "localhost:80800", 8080, false },
		{ "localhost:08080", 8080, false },
		{ "localhost..:8080", 8080, false },
		{ "localhost:8080.", 8080, false },
		{ "localhost:8080 ", 8080, false },
		{ "localhost.evil.example:8080", 8080, false },
		{ "localhostx:8080", 8080, false },
		{ "evil.example:8080", 8080, false },
		{ "user@localhost:8080", 8080, false },
		{ ":8080", 8080, false },
		{ "", 80, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		if (guard_host(cases[i].host, "localhost", cases[i].port) != cases[i].fine)
			fail_msg("'%s' on %d", cases[i].host, cases[i].port);
}

static void
an_allowed_host_is_that_name_with_any_port_or_the_one_it_says(void **state)
{
	static const struct {
		const char *host, *allowed;
		bool fine;
	} cases[] = {
		{ "tm.example", "tm.example", true },
		{ "TM.example.", "tm.example", true },
		{ "tm.example:8443", "tm.example", true },
		{ "tm.example.:443", "tm.example", true },
		{ "tm.example:8443", "tm.example:8443", true },
		{ "[fd00::1]:80", "[fd00::1]", true },
		{ "[FD00::1]", "[fd00::1]", true },
		{ "[fd00::1]:80", "[fd00::1]:80", true },
		{ "tm.example", "tm.example:8443", false },
		{ "tm.example:844", "tm.example:8443", false },
		{ "tm.example:", "tm.example", false },
		{ "tm.example:x", "tm.example", false },
		{ "tm.example:80:80", "tm.example", false },
		{ "tm.example.evil", "tm.example", false },
		{ "evil.tm.example", "tm.example", false },
		{ "tm.exampl", "tm.example", false },
		{ "user@tm.example", "tm.example", false },
		{ "[fd00::1]x", "[fd00::1]", false },
		{ "[fd00::12]", "[fd00::1]", false },
		{ "", "tm.example", false },
		{ ".", "tm.example", false },
		{ ":80", "tm.example", false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		if (guard_allowed(cases[i].host, cases[i].allowed) != cases[i].fine)
			fail_msg("'%s' for '%s'", cases[i].host, cases[i].allowed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_headers_that_two_programs_read_differently),
		cmocka_unit_test(sees_a_nul),
		cmocka_unit_test(takes_only_plain_paths_as_targets),
		cmocka_unit_test(a_host_is_a_name_with_our_port),
		cmocka_unit_test(an_allowed_host_is_that_name_with_any_port_or_the_one_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
