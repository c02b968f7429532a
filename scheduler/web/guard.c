/* guard.c - what the HTTP library lets through and a proxy may read differently. */
#include "scheduler/web/guard.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The characters of a header name (RFC 9110, "token"), but for letters and digits. */
static bool
is_token(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		char c = text[i];
		bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		if (!plain && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return bytes > 0;
}

static bool
has_control(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
			return true;
	return false;
}

static bool
is_digits(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return bytes > 0;
}

static bool
is_text(const char *text, size_t bytes, const char *literal)
{
	return bytes == strlen(literal) && !strncasecmp(text, literal, bytes);
}

static const char *
look(struct guard *g, const char *name, size_t name_bytes, const char *value, size_t value_bytes)
{
	if (!is_token(name, name_bytes))
		return "a header name has a character that it cannot have";
	if (has_control(value, value_bytes))
		return "a header has a control character";
	if (is_text(name, name_bytes, "host"))
		g->n_host++;
	if (is_text(name, name_bytes, "content-length")) {
		g->n_length++;
		if (!is_digits(value, value_bytes))
			return "Content-Length is not a number";
	}
	if (is_text(name, name_bytes, "transfer-encoding")) {
		g->n_coding++;
		if (!is_text(value, value_bytes, "chunked"))
			return "Transfer-Encoding is not chunked";
	}
	return NULL;
}

void
guard_header(struct guard *g, const char *name, size_t name_bytes, const char *value,
	     size_t value_bytes)
{
	static const char between[] = ": \r\n";
	const char *wrong = look(g, name, name_bytes, value ? value : "", value ? value_bytes : 0);

	g->bytes += name_bytes + value_bytes + sizeof(between) - 1;
	if (!g->wrong)
		g->wrong = wrong;
}

const char *
guard_verdict(const struct guard *g)
{
	if (g->wrong)
		return g->wrong;
	if (g->n_host != 1)
		return "there has to be one Host header";
	if (g->n_length > 1 || g->n_coding > 1 || (g->n_length && g->n_coding))
		return "the length of the request is said twice";
	return NULL;
}

bool
guard_target(const char *target)
{
	if (*target != '/')
		return false;
	for (const char *p = target; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '#')
			return false;
	return true;
}

bool
guard_host(const char *host, const char *name, int port)
{
	size_t bytes = strlen(name);
	char suffix[16];

	if (strncasecmp(host, name, bytes) != 0)
		return false;
	host += bytes;
	if (*host == '.')
		host++;
	(void)snprintf(suffix, sizeof(suffix), ":%d", port);
	return !strcmp(host, suffix) || (port == 80 && !*host);
}

/* The ":PORT" of a host, or the end of its text. */
static const char *
port_of(const char *host)
{
	const char *end = strchr(host, ']');

	end = strchr(end ? end : host, ':');
	return end ? end : host + strlen(host);
}

bool
guard_allowed(const char *host, const char *allowed)
{
	const char *port = port_of(host), *wanted = port_of(allowed);
	size_t bytes = (size_t)(port - host);

	if (bytes && host[bytes - 1] == '.')
		bytes--;
	if (bytes != (size_t)(wanted - allowed) || strncasecmp(host, allowed, bytes) != 0)
		return false;
	if (*wanted)
		return !strcmp(port, wanted);
	return !*port || is_digits(port + 1, strlen(port + 1));
}
