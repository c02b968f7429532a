/* test_message.c - frames and the control socket. */
#include "core/wire/message.h"

#include "tests/fixture/lab.h"

#include <arpa/inet.h>
#include <sys/un.h>

static void
a_frame_is_ready_when_its_last_byte_came(void **state)
{
	json_t *value = json_pack("{s:i, s:s}", "proto", 1, "command", "why");
	const char *body = NULL;
	size_t bytes, used;
	struct buf text;

	(void)state;
	buf_init(&text, MESSAGE_BYTES_MAX);
	frame_write(value, &text);
	frame_write(value, &text);
	json_decref(value);
	for (size_t n = 0; n < text.bytes / 2; n++)
		assert_int_equal(frame_peek(text.data, n, &body, &bytes, &used), FRAME_MORE);
	assert_int_equal(frame_peek(text.data, text.bytes, &body, &bytes, &used), FRAME_READY);
	assert_int_equal(used, text.bytes / 2);
	assert_int_equal(bytes, used - FRAME_HEAD_BYTES);
	assert_memory_equal(body, "{\"proto\":1,\"command\":\"why\"}", bytes);
	buf_release(&text);
}

static void
a_frame_over_the_limit_is_bad_at_once(void **state)
{
	static const struct {
		uint32_t size;
		enum frame_status status;
	} cases[] = { { MESSAGE_BYTES_MAX, FRAME_MORE },
		      { MESSAGE_BYTES_MAX + 1, FRAME_BAD },
		      { UINT32_MAX, FRAME_BAD } };
	const char *body;
	size_t bytes, used;
	struct buf text;
	json_t *value;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		uint32_t head = htonl(cases[i].size);

		assert_int_equal(
		    frame_peek((const char *)&head, sizeof(head), &body, &bytes, &used),
		    cases[i].status);
	}
	/* What does not fit leaves no half frame behind. */
	buf_init(&text, 16);
	value = json_pack("{s:s}", "key", "a text of more than sixteen bytes");
	buf_text(&text, "before");
	frame_write(value, &text);
	assert_true(text.full);
	assert_string_equal(text.data, "before");
	json_decref(value);
	buf_release(&text);
}

/* What the other side does with a connection. */
enum manner { ANSWER, IN_PIECES, CLOSE, SILENT, GARBAGE, HUGE_ANSWER };

static void
serve(int listen_fd, enum manner manner)
{
	static const char reply[] = "\0\0\0\x0B{\"ok\":true}", bad[] = "\0\0\0\x03{\"o";
	static const char huge[] = "\xFF\xFF\xFF\xFF";
	struct pollfd p = { .fd = listen_fd, .events = POLLIN };
	char chunk[256];
	int fd;

	(void)poll(&p, 1, 10000);
	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (recv(fd, chunk, sizeof(chunk), 0) <= 0)
		_exit(1);
	if (manner == ANSWER)
		(void)!write(fd, reply, sizeof(reply) - 1);
	for (size_t i = 0; manner == IN_PIECES && i < sizeof(reply) - 1; i++)
		(void)!write(fd, reply + i, 1);
	if (manner == GARBAGE)
		(void)!write(fd, bad, sizeof(bad) - 1);
	if (manner == HUGE_ANSWER)
		(void)!write(fd, huge, sizeof(huge) - 1);
	if (manner != CLOSE)
		(void)recv(fd, chunk, sizeof(chunk), 0); /* until the client has gone */
	_exit(0);
}

static const struct call {
	const char *name;
	enum manner manner;
	int64_t timeout_us;
	enum err_code code;
} calls[] = {
	{ "an answer", ANSWER, 0, ERR_NONE },
	{ "an answer byte by byte", IN_PIECES, 5 * SECOND_US, ERR_NONE },
	{ "closed", CLOSE, 0, ERR_BUSY },
	{ "silent", SILENT, SECOND_US / 20, ERR_BUSY },
	{ "no JSON", GARBAGE, 0, ERR_INPUT },
	{ "too long", HUGE_ANSWER, 0, ERR_LIMIT },
};

/* In a directory whose path is far longer than a socket address holds. */
static void
a_call_ends_with_a_reply_or_the_reason(void **state)
{
	char parent[64] = "/tmp/tidemill-message-XXXXXX", dir[512], path[600];
	json_t *request = json_pack("{s:i}", "proto", 1), *reply = NULL;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(parent));
	(void)snprintf(dir, sizeof(dir), "%s/%0200d", parent, 1);
	(void)snprintf(path, sizeof(path), "%s/.tidemill", dir);
	assert_int_equal(mkdir(dir, 0700) | mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/.tidemill/control.sock", dir);
	for (size_t i = 0; i < countof(calls); i++) {
		int listen_fd, fd, status;
		struct err err = { 0 };
		pid_t pid;

		print_message("  %s\n", calls[i].name);
		/* The one before left its socket: stale, and replaced. */
		assert_int_equal(control_listen(dir, &listen_fd, &err), ERR_NONE);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		pid = fork();
		if (pid == 0)
			serve(listen_fd, calls[i].manner);
		(void)close(listen_fd);
		assert_int_equal(control_connect(dir, &fd, &err), ERR_NONE);
		assert_int_equal(control_call(fd, request, &reply, calls[i].timeout_us, &err),
				 calls[i].code);
		if (!calls[i].code) {
			assert_true(json_get_bool(reply, "ok", false));
			json_decref(reply);
		}
		(void)close(fd);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(control_connect(dir, &fd, &err), ERR_BUSY);
	}
	json_decref(request);
	(void)nftw(parent, lab_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
where_nobody_listens_is_not_found(void **state)
{
	char dir[64] = "/tmp/tidemill-message-XXXXXX", path[128];
	struct err err;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(control_connect(dir, &fd, &err), ERR_NOT_FOUND);
	(void)snprintf(path, sizeof(path), "%s/.tidemill", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(control_connect(dir, &fd, &err), ERR_NOT_FOUND);
	(void)nftw(dir, lab_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
tokens_are_random_hexadecimal_digits(void **state)
{
	char a[TOKEN_CHARS + 1], b[TOKEN_CHARS + 1];

	(void)state;
	assert_int_equal(random_token(a, NULL), ERR_NONE);
	assert_int_equal(random_token(b, NULL), ERR_NONE);
	assert_int_equal(strspn(a, "0123456789abcdef"), TOKEN_CHARS);
	assert_int_equal(strlen(a), TOKEN_CHARS);
	assert_string_not_equal(a, b);
}

/* What Jansson would refuse to make a string of. */
static void
text_that_is_not_utf8_is_replaced(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8C\x8A",
		  "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8C\x8A" },
		{ "a\xFFz", "a\xEF\xBF\xBDz" },
		{ "cut \xE2\x82", "cut \xEF\xBF\xBD\xEF\xBF\xBD" },
		{ "\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD" },
		{ "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
		{ "\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		json_t *value = json_text_new(cases[i].in);

		assert_string_equal(json_string_value(value), cases[i].out);
		json_decref(value);
	}
	assert_true(json_is_null(json_text_new(NULL)));
}

static void
json_is_read_strictly_and_asked_with_defaults(void **state)
{
	static const char *const bad[] = { "", "{", "{} {}", "{\"a\":1,\"a\":2}", "\xFF", "nul" };
	json_t *value;
	struct err err;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		assert_int_equal(json_read(&value, bad[i], strlen(bad[i]), "x", &err), ERR_INPUT);
		assert_int_equal(strncmp(err.msg, "read x: line ", 13), 0);
	}
	assert_int_equal(json_read(&value, "{\"a\":\"t\",\"b\":7,\"c\":true}", 24, "x", &err),
			 ERR_NONE);
	assert_string_equal(json_get_text(value, "a", "-"), "t");
	assert_string_equal(json_get_text(value, "b", "-"), "-");
	assert_int_equal(json_get_int(value, "b", -1), 7);
	assert_int_equal(json_get_int(value, "a", -1), -1);
	assert_true(json_get_bool(value, "c", false));
	assert_true(json_get_bool(value, "b", true));
	json_decref(value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_is_ready_when_its_last_byte_came),
		cmocka_unit_test(a_frame_over_the_limit_is_bad_at_once),
		cmocka_unit_test(a_call_ends_with_a_reply_or_the_reason),
		cmocka_unit_test(where_nobody_listens_is_not_found),
		cmocka_unit_test(tokens_are_random_hexadecimal_digits),
		cmocka_unit_test(text_that_is_not_utf8_is_replaced),
		cmocka_unit_test(json_is_read_strictly_and_asked_with_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
