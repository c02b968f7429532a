/* listen.c - the address of this machine that the page listens on. */
#include "scheduler/web/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* "127.0.0.1:8080" taken apart: an address of this machine alone, and a port. */
static enum err_code
read_address(struct listener *l, const char *text, struct sockaddr_in *out, struct err *err)
{
	const char *colon = strrchr(text, ':');
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
	long port = digits && digits < 6 && !colon[1 + digits] ? strtol(colon + 1, NULL, 10) : -1;

	if (port < 0 || port > 65535 || (size_t)(colon - text) >= sizeof(l->host))
		return err_set(err, ERR_INPUT, "listen address '%s' is not ADDRESS:PORT", text);
	(void)snprintf(l->host, sizeof(l->host), "%.*s", (int)(colon - text), text);
	if (!strcmp(l->host, "localhost"))
		(void)snprintf(l->host, sizeof(l->host), "127.0.0.1");
	*out = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	if (inet_pton(AF_INET, l->host, &out->sin_addr) != 1 ||
	    (ntohl(out->sin_addr.s_addr) >> 24) != 127)
		return err_set(err, ERR_INPUT,
			       "listen address '%s' is not of this machine alone (127.0.0.1): "
			       "put a TLS proxy in front to reach the page from elsewhere",
			       text);
	return ERR_NONE;
}

enum err_code
listener_open(struct listener *l, const char *text, struct err *err)
{
	struct sockaddr_in a = { 0 };
	socklen_t bytes = sizeof(a);
	enum err_code code = read_address(l, text, &a, err);
	int on = 1;

	l->fd = -1;
	if (code)
		return code;
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return err_errno(err, "listen on %s", text);
	(void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(l->fd, (struct sockaddr *)&a, sizeof(a)) || listen(l->fd, 64) ||
	    getsockname(l->fd, (struct sockaddr *)&a, &bytes))
		return errno == EADDRINUSE
			   ? err_set(err, ERR_SYSTEM,
				     "listen on %s: another program does already; choose "
				     "another port with --listen, 0 takes any free one",
				     text)
			   : err_errno(err, "listen on %s", text);
	l->port = ntohs(a.sin_port);
	return ERR_NONE;
}
