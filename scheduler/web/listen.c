/* listen.c - the address of this machine that the page listens on. */
#include "scheduler/web/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* An address of this machine alone, IPv4 or IPv6; the size of what it became, 0: it is none. */
static socklen_t
loopback(const char *host, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (!strcmp(host, "[::1]")) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		v6->sin6_addr = in6addr_loopback;
		return sizeof(*v6);
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons(port);
	if (inet_pton(AF_INET, host, &v4->sin_addr) != 1 ||
	    (ntohl(v4->sin_addr.s_addr) >> 24) != 127)
		return 0;
	return sizeof(*v4);
}

/* "127.0.0.1:8080" or "[::1]:8080" taken apart. */
static enum err_code
read_address(struct listener *l, const char *text, struct sockaddr_storage *out, socklen_t *bytes,
	     struct err *err)
{
	const char *colon = strrchr(text, ':');
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
	long port = digits && digits < 6 && !colon[1 + digits] ? strtol(colon + 1, NULL, 10) : -1;

	if (port < 0 || port > 65535 || (size_t)(colon - text) >= sizeof(l->host))
		return err_set(err, ERR_INPUT,
			       "listen address '%s' is not ADDRESS:PORT, such as 127.0.0.1:8080",
			       text);
	(void)snprintf(l->host, sizeof(l->host), "%.*s", (int)(colon - text), text);
	if (!strcmp(l->host, "localhost"))
		(void)snprintf(l->host, sizeof(l->host), "127.0.0.1");
	*bytes = loopback(l->host, (uint16_t)port, out);
	if (!*bytes)
		return err_set(err, ERR_INPUT,
			       "listen address '%s' is not of this machine alone (127.0.0.1 or "
			       "[::1]): put a TLS proxy in front to reach the page from elsewhere, "
			       "docs/OPERATIONS.md says how",
			       text);
	return ERR_NONE;
}

enum err_code
listener_open(struct listener *l, const char *text, struct err *err)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage room;
	} a = { .room = { 0 } };
	socklen_t bytes = 0;
	enum err_code code = read_address(l, text, &a.room, &bytes, err);
	int on = 1;

	l->fd = -1;
	if (code)
		return code;
	l->fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return err_errno(err, "listen on %s", text);
	(void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(l->fd, &a.any, bytes) || listen(l->fd, SOMAXCONN) ||
	    getsockname(l->fd, &a.any, &bytes))
		return errno == EADDRINUSE
			   ? err_set(err, ERR_SYSTEM,
				     "listen on %s: another program does already; choose "
				     "another port with --listen, 0 takes any free one",
				     text)
			   : err_errno(err, "listen on %s", text);
	l->port = ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
	return ERR_NONE;
}
