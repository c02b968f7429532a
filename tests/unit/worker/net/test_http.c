/* test_http.c - one question over HTTP, and servers that misbehave. */
#include "worker/net/http.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/time/civil.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* ---- servers: each serves one connection after the other, in a process of its own ---- */

/* What a server does with a connection whose request it has read. */
typedef void serve_fn(int fd, const char *request, int port);

struct server {
	pid_t pid;
	int port;
};

/* False: nobody reads any more. */
static bool
say(int fd, const char *text)
{
	return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

static void
nap(int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	(void)nanosleep(&t, NULL);
}

static void
serve_all(int listener, int port, serve_fn *serve)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		char request[8192];
		size_t n = 0;
		ssize_t got = 1;

		while (fd >= 0 && got > 0 && n < sizeof(request) - 1) {
			got = read(fd, request + n, sizeof(request) - 1 - n);
			n += got > 0 ? (size_t)got : 0;
			request[n] = '\0';
			if (strstr(request, "\r\n\r\n") || request[0] == 0x16) /* of TLS */
				break;
		}
		if (fd < 0)
			_exit(1);
		serve(fd, request, port);
		(void)close(fd);
	}
}

static struct server
server_start(serve_fn *serve)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t bytes = sizeof(at);
	struct server s;

	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &bytes), 0);
	s.port = ntohs(at.sin_port);
	s.pid = fork();
	if (s.pid == 0) {
		(void)alarm(60); /* whatever becomes of the test */
		serve_all(listener, s.port, serve);
	}
	(void)close(listener);
	assert_true(s.pid > 0);
	return s;
}

static void
server_stop(struct server *s)
{
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
}

/* ---- ways to misbehave ---- */

static void
slow_bytes(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
	while (say(fd, "x"))
		nap(300);
}

static void
slow_header(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 200 OK\r\nX: ");
	while (say(fd, "x"))
		nap(300);
}

static void
silence(int fd, const char *request, int port)
{
	char byte;

	(void)request, (void)port;
	while (read(fd, &byte, 1) > 0)
		;
}

static void
endless_headers(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 200 OK\r\n");
	while (say(fd, "X-More: and more and more and more and more\r\n"))
		;
}

static void
endless_continue(int fd, const char *request, int port)
{
	(void)request, (void)port;
	while (say(fd, "HTTP/1.1 100 Continue\r\n\r\n"))
		;
}

static void
endless_body(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 200 OK\r\n\r\n");
	while (say(fd, "more and more and more and more and more and more and more and more\n"))
		;
}

static void
redirect_loop(int fd, const char *request, int port)
{
	char text[200];

	(void)request;
	(void)snprintf(text, sizeof(text),
		       "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\n"
		       "Content-Length: 0\r\n\r\n",
		       port);
	(void)say(fd, text);
}

static void
redirect_file(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
		      "Content-Length: 0\r\n\r\n");
}

static void
redirect_scheme(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 301 Moved\r\nLocation: gopher://127.0.0.1/x\r\n"
		      "Content-Length: 0\r\n\r\n");
}

static void
too_short(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort");
}

static void
negative_length(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nshort");
}

static void
nothing(int fd, const char *request, int port)
{
	(void)fd, (void)request, (void)port;
}

static void
half_headers(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 200 OK\r\nContent-Le");
}

static void
garbage_status(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "\x01\x02 I am no server\r\n\r\n");
}

static void
garbage_chunks(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\nwhat\r\n");
}

static void
endless_chunk(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		      "7fffffffffffffff\r\n");
	while (say(fd, "more and more and more and more and more and more and more and more\n"))
		;
}

/* Half a megabyte of zeros, packed; asked for or not, nobody unpacks it. */
static void
bomb(int fd, const char *request, int port)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
				   "Content-Length: 10\r\n\r\n";

	(void)request, (void)port;
	(void)say(fd, head);
	(void)send(fd, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10, MSG_NOSIGNAL);
}

static void
fine(int fd, const char *request, int port)
{
	(void)request, (void)port;
	(void)say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/* ---- asking ---- */

static enum err_code
ask_at(const char *url, int64_t slow_us, struct http_answer *out, struct err *err)
{
	return http_ask(
	    &(struct http_ask){ .url = url, .timeout_us = 2 * SECOND_US, .slow_us = slow_us }, out,
	    err);
}

static const struct {
	const char *name;
	serve_fn *serve;
	const char *scheme;
	enum err_code want;
	const char *says; /* a part of the error */
} ways[] = {
	{ "slow bytes", slow_bytes, "http", ERR_SYSTEM, "too slow" },
	{ "a slow header", slow_header, "http", ERR_SYSTEM, "too slow" },
	{ "no answer", silence, "http", ERR_SYSTEM, "timed out" },
	{ "endless headers", endless_headers, "http", ERR_LIMIT, "headers are longer" },
	{ "endless 100s", endless_continue, "http", ERR_LIMIT, "headers are longer" },
	{ "endless body", endless_body, "http", ERR_LIMIT, "its answer is longer" },
	{ "endless chunk", endless_chunk, "http", ERR_LIMIT, "its answer is longer" },
	{ "redirect loop", redirect_loop, "http", ERR_LIMIT, "more than 5 redirects" },
	{ "redirect to a file", redirect_file, "http", ERR_LIMIT, "neither http nor https" },
	{ "redirect to gopher", redirect_scheme, "http", ERR_LIMIT, "neither http nor https" },
	{ "too short", too_short, "http", ERR_SYSTEM, "in the middle of its answer" },
	{ "negative length", negative_length, "http", ERR_SYSTEM, "" },
	{ "nothing", nothing, "http", ERR_SYSTEM, "Empty reply" },
	{ "half of the headers", half_headers, "http", ERR_SYSTEM, "in the middle of its answer" },
	{ "garbage for a status", garbage_status, "http", ERR_SYSTEM, "no HTTP server" },
	{ "garbage for chunks", garbage_chunks, "http", ERR_SYSTEM, "" },
	{ "no TLS", fine, "https", ERR_SYSTEM, "TLS" },
};

static void
a_server_that_misbehaves_is_an_error_in_bounded_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(ways); i++) {
		struct server s = server_start(ways[i].serve);
		int64_t begin_us = clock_run_us();
		struct http_answer answer;
		struct err err = { 0 };
		enum err_code code;
		char url[100];

		(void)snprintf(url, sizeof(url), "%s://us:pw9@127.0.0.1:%d/a?token=pw9",
			       ways[i].scheme, s.port);
		code = ask_at(url, ways[i].serve == silence ? 0 : SECOND_US, &answer, &err);
		if (code != ways[i].want || !strstr(err.msg, ways[i].says))
			fail_msg("%s: %d %s", ways[i].name, code, err.msg);
		if (strstr(err.msg, "pw9") || !strstr(err.msg, "://127.0.0.1:"))
			fail_msg("%s: %s", ways[i].name, err.msg);
		if (clock_run_us() - begin_us > 6 * SECOND_US)
			fail_msg("%s: took %lld us", ways[i].name,
				 (long long)(clock_run_us() - begin_us));
		http_answer_release(&answer);
		server_stop(&s);
	}
}

static void
what_is_packed_stays_packed(void **state)
{
	struct server s = server_start(bomb);
	struct http_answer answer;
	struct err err;
	char url[100];

	(void)state;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", s.port);
	if (ask_at(url, 0, &answer, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.body.bytes, 10);
	http_answer_release(&answer);
	server_stop(&s);
}

/* ---- Retry-After ---- */

/* The path says what the header has. */
static void
retry_after(int fd, const char *request, int port)
{
	char text[400], value[200], date[64];
	time_t then = time(NULL) + 90;
	struct tm tm;

	(void)port;
	(void)sscanf(request, "GET /%199s", value);
	(void)gmtime_r(&then, &tm);
	(void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (!strcmp(value, "date"))
		(void)snprintf(value, sizeof(value), "%s", date);
	if (!strcmp(value, "past"))
		(void)snprintf(value, sizeof(value), "Mon, 01 Jan 2001 00:00:00 GMT");
	(void)snprintf(text, sizeof(text),
		       "HTTP/1.1 503 Busy\r\nretry-after:  %s \r\nContent-Length: 0\r\n\r\n",
		       value);
	(void)say(fd, text);
}

static void
retry_after_is_a_time_from_now_and_at_most_a_day(void **state)
{
	static const struct {
		const char *value;
		int64_t low_us, high_us;
	} cases[] = {
		{ "120", 120 * SECOND_US, 120 * SECOND_US },
		{ "0", 0, 0 },
		{ "date", 80 * SECOND_US, 91 * SECOND_US },
		{ "past", 0, 0 },
		{ "99999999999999999999999", 24 * HOUR_US, 24 * HOUR_US },
		{ "86401", 24 * HOUR_US, 24 * HOUR_US },
		{ "-5", 0, 0 },
		{ "soon", 0, 0 },
		{ "1e9", 0, 0 },
	};
	struct server s = server_start(retry_after);

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct http_answer answer;
		struct err err;
		char url[200];

		(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/%s", s.port, cases[i].value);
		if (ask_at(url, 0, &answer, &err))
			fail_msg("%s: %s", cases[i].value, err.msg);
		assert_int_equal(answer.status, 503);
		if (answer.retry_after_us < cases[i].low_us ||
		    answer.retry_after_us > cases[i].high_us)
			fail_msg("%s: %lld", cases[i].value, (long long)answer.retry_after_us);
		http_answer_release(&answer);
	}
	server_stop(&s);
}

/* ---- what is sent ---- */

/* Leads to the same server under another name; who brings the header there is told 400. */
static void
other_host(int fd, const char *request, int port)
{
	bool told = strstr(request, "X-Key: hush") != NULL;
	char text[300];

	if (strncmp(request, "HEAD /end", 9) == 0) {
		(void)say(fd, told ? "HTTP/1.1 400 Told\r\nContent-Length: 0\r\n\r\n"
				   : "HTTP/1.1 204 Fine\r\n\r\n");
		return;
	}
	(void)snprintf(text, sizeof(text),
		       "HTTP/1.1 %d Go\r\nLocation: http://localhost:%d/end\r\n"
		       "Content-Length: 0\r\n\r\n",
		       told ? 307 : 500, port);
	(void)say(fd, text);
}

static void
headers_go_to_the_server_that_was_named_alone(void **state)
{
	static const char *const headers[] = { "X-Key: hush" };
	struct server s = server_start(other_host);
	struct http_answer answer;
	struct err err;
	char url[100];

	(void)state;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/begin", s.port);
	if (http_ask(&(struct http_ask){ .head = true,
					 .url = url,
					 .headers = headers,
					 .n_headers = 1,
					 .timeout_us = 5 * SECOND_US },
		     &answer, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(answer.status, 204);
	http_answer_release(&answer);
	server_stop(&s);
}

/* ---- addresses ---- */

static void
an_address_that_cannot_be_asked_is_told_without_its_secrets(void **state)
{
	static const char *const urls[] = {
		"",        "127.0.0.1/pw9", "ftp://us:pw9@127.0.0.1/", "file:///etc/pw9",
		"http://", "http:///pw9",   "javascript:pw9",          "https://us:pw9@/x",
	};

	(void)state;
	for (size_t i = 0; i < countof(urls); i++) {
		struct http_answer answer;
		struct err err = { 0 };

		if (ask_at(urls[i], 0, &answer, &err) != ERR_INPUT)
			fail_msg("%s: %s", urls[i], err.msg);
		if (strstr(err.msg, "us:pw9"))
			fail_msg("%s", err.msg);
		http_answer_release(&answer);
	}
}

static void
nobody_there_says_so(void **state)
{
	struct server s = server_start(fine);
	struct http_answer answer;
	struct err err = { 0 };
	char url[100];

	(void)state;
	server_stop(&s);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", s.port);
	assert_int_equal(ask_at(url, 0, &answer, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, "does it run"));
	http_answer_release(&answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_that_misbehaves_is_an_error_in_bounded_time),
		cmocka_unit_test(what_is_packed_stays_packed),
		cmocka_unit_test(retry_after_is_a_time_from_now_and_at_most_a_day),
		cmocka_unit_test(headers_go_to_the_server_that_was_named_alone),
		cmocka_unit_test(an_address_that_cannot_be_asked_is_told_without_its_secrets),
		cmocka_unit_test(nobody_there_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
