/* http.c - one question over HTTP, with a bound on everything. */
#include "worker/net/http.h"

#include "core/base/clock.h"
#include "core/base/dyn.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "core/time/civil.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SLOW_US (20 * SECOND_US)
#define CONNECT_US (10 * SECOND_US)
#define RETRY_AFTER_MAX_US (24 * HOUR_US)

enum { SLOW_BYTES = 10, SPAN_ROOM = 64 };

/* What is used of libcurl. */
struct curl {
	__typeof__(&curl_easy_init) init;
	__typeof__(&curl_easy_cleanup) cleanup;
	CURLcode (*set)(CURL *handle, CURLoption option, ...);
	CURLcode (*get)(CURL *handle, CURLINFO info, ...);
	__typeof__(&curl_easy_perform) perform;
	__typeof__(&curl_easy_strerror) says;
	__typeof__(&curl_slist_append) append;
	__typeof__(&curl_slist_free_all) free_list;
	__typeof__(&curl_getdate) date;
};

static const struct dyn_symbol curl_symbols[] = {
	{ "curl_easy_init", offsetof(struct curl, init) },
	{ "curl_easy_cleanup", offsetof(struct curl, cleanup) },
	{ "curl_easy_setopt", offsetof(struct curl, set) },
	{ "curl_easy_getinfo", offsetof(struct curl, get) },
	{ "curl_easy_perform", offsetof(struct curl, perform) },
	{ "curl_easy_strerror", offsetof(struct curl, says) },
	{ "curl_slist_append", offsetof(struct curl, append) },
	{ "curl_slist_free_all", offsetof(struct curl, free_list) },
	{ "curl_getdate", offsetof(struct curl, date) },
};
static const struct dyn curl_library = {
	.library = "libcurl-gnutls.so.4",
	.package = "libcurl3-gnutls",
	.symbols = curl_symbols,
	.n_symbols = countof(curl_symbols),
};

/* ---- addresses ---- */

/* An address taken apart; all of it is in the text. */
struct url_parts {
	bool secure;
	const char *host; /* and port, without user and password */
	size_t host_bytes;
	const char *path; /* up to query or fragment */
	size_t path_bytes;
};

/* False: it begins with neither http:// nor https://, or has no host. */
static bool
take_apart(const char *url, struct url_parts *out)
{
	size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
			: strncasecmp(url, "http://", 7) == 0 ? 7
							      : 0;
	const char *rest = url + scheme;
	size_t authority = strcspn(rest, "/?#\\");
	const char *at = memrchr(rest, '@', authority);

	if (!scheme)
		return false;
	*out = (struct url_parts){ .secure = scheme == 8, .host = at ? at + 1 : rest };
	out->host_bytes = authority - (size_t)(out->host - rest);
	out->path = rest + authority;
	out->path_bytes = strcspn(out->path, "?#");
	return out->host_bytes > 0;
}

void
http_name(const char *url, struct buf *out)
{
	struct url_parts p;

	if (!take_apart(url, &p)) {
		buf_add(out, url, strcspn(url, ":?#@"));
		buf_text(out, ":...");
		return;
	}
	buf_format(out, "%s://%.*s%.*s", p.secure ? "https" : "http", (int)p.host_bytes, p.host,
		   (int)p.path_bytes, p.path);
}

static bool
same_host(const struct url_parts *a, const struct url_parts *b)
{
	return a->host_bytes == b->host_bytes && !strncasecmp(a->host, b->host, a->host_bytes);
}

/* ---- one exchange ---- */

/* A question on its way. */
struct http_exchange {
	struct curl curl;
	CURL *handle;
	const struct http_ask *ask;
	struct http_answer *answer;
	struct curl_slist *headers;
	size_t header_bytes;
	bool too_many_headers, too_long;
	bool whole; /* its headers have come to their end */
	char why[CURL_ERROR_SIZE];
	int64_t end_us; /* of the whole question, by clock_run_us() */
};

/* Seconds, or a date; what is neither, or beyond all reason, is no answer or a day. */
static int64_t
read_retry_after(const struct http_exchange *x, const char *value)
{
	size_t digits = strspn(value, "0123456789");
	int64_t after_us;
	time_t date;

	if (digits && !value[digits])
		return digits > 6 ? RETRY_AFTER_MAX_US : strtoll(value, NULL, 10) * SECOND_US;
	date = digits ? -1 : x->curl.date(value, NULL);
	if (date < 0)
		return 0;
	after_us = (int64_t)date * SECOND_US - clock_wall_us();
	return after_us < 0 ? 0 : after_us;
}

/* One line of the headers; each answer of a redirect begins anew with its status line. */
static size_t
take_header(char *data, size_t size, size_t n, void *arg)
{
	static const char name[] = "retry-after:";
	struct http_exchange *x = arg;
	size_t bytes = size * n;
	char value[64];

	x->header_bytes += bytes;
	if (x->header_bytes > HTTP_HEADER_BYTES_MAX) {
		x->too_many_headers = true;
		return 0;
	}
	x->whole = bytes <= 2; /* the empty line */
	if (bytes < sizeof(name) || strncasecmp(data, name, sizeof(name) - 1) != 0)
		return bytes;
	data += sizeof(name) - 1;
	n = bytes - (sizeof(name) - 1);
	for (; n && (*data == ' ' || *data == '\t'); n--)
		data++;
	while (n && strchr(" \t\r\n", data[n - 1]))
		n--;
	if (n >= sizeof(value))
		return bytes;
	memcpy(value, data, n);
	value[n] = '\0';
	x->answer->retry_after_us = read_retry_after(x, value);
	if (x->answer->retry_after_us > RETRY_AFTER_MAX_US)
		x->answer->retry_after_us = RETRY_AFTER_MAX_US;
	return bytes;
}

static size_t
take_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;

	buf_add(&x->answer->body, data, size * n);
	x->too_long = x->answer->body.full;
	return x->too_long ? 0 : size * n;
}

/* Everything that is the same for each exchange.  Options that are refused are bugs of ours. */
static void
set_up(struct http_exchange *x)
{
	const struct curl *c = &x->curl;
	int64_t slow_us = x->ask->slow_us ? x->ask->slow_us : SLOW_US;

	for (size_t i = 0; i < x->ask->n_headers; i++)
		x->headers = c->append(x->headers, x->ask->headers[i]);
	(void)c->set(x->handle, CURLOPT_ERRORBUFFER, x->why);
	(void)c->set(x->handle, CURLOPT_NOSIGNAL, 1L);
	(void)c->set(x->handle, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)c->set(x->handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)c->set(x->handle, CURLOPT_USERAGENT, "tidemill");
	(void)c->set(x->handle, CURLOPT_NOBODY, x->ask->head ? 1L : 0L);
	(void)c->set(x->handle, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
	(void)c->set(x->handle, CURLOPT_LOW_SPEED_TIME,
		     (long)((slow_us + SECOND_US - 1) / SECOND_US));
	(void)c->set(x->handle, CURLOPT_HEADERFUNCTION, take_header);
	(void)c->set(x->handle, CURLOPT_HEADERDATA, x);
	(void)c->set(x->handle, CURLOPT_WRITEFUNCTION, take_body);
	(void)c->set(x->handle, CURLOPT_WRITEDATA, x);
}

/* What a person can do about it. */
static const char *
next_of(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return "; is the name right, and does this machine know it (getent hosts)?";
	case CURLE_COULDNT_CONNECT:
		return "; does it run, and may this machine reach it?";
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return "; its certificate is not one that this machine trusts: renew it, or add "
		       "its authority (update-ca-certificates)";
	case CURLE_SSL_CONNECT_ERROR:
		return "; does it speak TLS on that port?";
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_RECV_ERROR:
		return "; what answers there is no HTTP server in order";
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
		return "; the server ended in the middle of its answer";
	default:
		return "";
	}
}

static enum err_code
exchange_error(const struct http_exchange *x, const char *url, CURLcode code, struct err *err)
{
	const char *why = *x->why ? x->why : x->curl.says(code);
	enum err_code said = ERR_SYSTEM;
	struct buf name;

	buf_init(&name, HTTP_URL_BYTES_MAX);
	http_name(url, &name);
	if (x->too_many_headers)
		said = err_set(err, ERR_LIMIT, "%s: its headers are longer than %s", name.data,
			       SIZE_TEXT(HTTP_HEADER_BYTES_MAX));
	else if (x->too_long)
		said = err_set(err, ERR_LIMIT, "%s: its answer is longer than %s", name.data,
			       SIZE_TEXT(HTTP_BODY_BYTES_MAX));
	else
		(void)err_set(err, said, "%s: %s%s", name.data, why, next_of(code));
	buf_release(&name);
	return said;
}

/* One request, and its answer. */
static enum err_code
exchange(struct http_exchange *x, const char *url, bool headers, struct err *err)
{
	const struct curl *c = &x->curl;
	int64_t left_us = x->end_us - clock_run_us();
	long ms = left_us > 0 ? (long)((left_us + 999) / 1000) : 1, status = 0;
	CURLcode code;

	buf_reset(&x->answer->body);
	x->answer->retry_after_us = 0;
	x->header_bytes = 0;
	x->whole = false;
	x->why[0] = '\0';
	(void)c->set(x->handle, CURLOPT_URL, url);
	(void)c->set(x->handle, CURLOPT_TIMEOUT_MS, ms);
	(void)c->set(x->handle, CURLOPT_CONNECTTIMEOUT_MS,
		     ms < CONNECT_US / 1000 ? ms : (long)(CONNECT_US / 1000));
	(void)c->set(x->handle, CURLOPT_HTTPHEADER, headers ? x->headers : NULL);
	code = c->perform(x->handle);
	if (!code && !x->whole)
		code = CURLE_PARTIAL_FILE;
	if (code)
		return exchange_error(x, url, code, err);
	(void)c->get(x->handle, CURLINFO_RESPONSE_CODE, &status);
	x->answer->status = (int)status;
	return ERR_NONE;
}

/* May it go on there?  What it leads to is named, not shown. */
static enum err_code
check_redirect(const char *from, const char *to, int n, struct err *err)
{
	struct url_parts a, b;
	const char *why = NULL;
	struct buf name;

	if (n > HTTP_REDIRECTS_MAX)
		why = "it leads on and on: more than 5 redirects";
	else if (!take_apart(to, &b))
		why = "it leads to what is neither http nor https";
	else if (take_apart(from, &a) && a.secure && !b.secure)
		why = "it leads from https to http, where everybody could read along";
	if (!why)
		return ERR_NONE;
	buf_init(&name, HTTP_URL_BYTES_MAX);
	http_name(from, &name);
	(void)err_set(err, ERR_LIMIT, "%s: %s; name the address that it should lead to", name.data,
		      why);
	buf_release(&name);
	return ERR_LIMIT;
}

/* Ask there, and wherever that leads. */
static enum err_code
follow(struct http_exchange *x, struct err *err)
{
	char *url = mem_str(x->ask->url), *next;
	enum err_code code = ERR_NONE;
	struct url_parts first, here;
	bool is_url = take_apart(x->ask->url, &first);

	assert(is_url); /* who begins an exchange has looked */
	for (int n = 1; !code; n++) {
		bool known = take_apart(url, &here) && same_host(&first, &here) &&
			     (here.secure || !first.secure);

		code = exchange(x, url, known, err);
		next = NULL;
		if (!code)
			(void)x->curl.get(x->handle, CURLINFO_REDIRECT_URL, &next);
		if (!next)
			break;
		code = check_redirect(url, next, n, err);
		next = mem_str(next);
		free(url);
		url = next;
	}
	free(url);
	return code;
}

enum err_code
http_ask(const struct http_ask *ask, struct http_answer *out, struct err *err)
{
	struct http_exchange x = { .ask = ask, .answer = out };
	struct url_parts place;
	enum err_code code;
	struct buf name;

	*out = (struct http_answer){ 0 };
	buf_init(&out->body, HTTP_BODY_BYTES_MAX);
	if (!take_apart(ask->url, &place) || strlen(ask->url) > HTTP_URL_BYTES_MAX) {
		buf_init(&name, HTTP_URL_BYTES_MAX);
		http_name(ask->url, &name);
		code = err_set(err, ERR_INPUT,
			       "%s: it is no address that begins with http:// or "
			       "https:// and names a server",
			       name.data);
		buf_release(&name);
		return code;
	}
	code = dyn_load(&curl_library, &x.curl, err);
	if (code)
		return code;
	x.end_us = clock_run_us() + ask->timeout_us;
	x.handle = x.curl.init();
	if (!x.handle)
		return err_set(err, ERR_SYSTEM, "ask over HTTP: libcurl has no room to begin");
	set_up(&x);
	code = follow(&x, err);
	x.curl.cleanup(x.handle);
	x.curl.free_list(x.headers);
	return code;
}

void
http_answer_release(struct http_answer *answer)
{
	buf_release(&answer->body);
}

void
http_libraries(struct library_list *list)
{
	struct curl curl;
	struct err err;

	/* Whose version is that of its headers, or newer: the name says that it is there. */
	if (dyn_load(&curl_library, &curl, &err))
		library_add(list, "libcurl", "missing");
	else
		library_add(list, "libcurl", curl_library.library);
}
