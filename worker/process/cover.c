/* cover.c - the log of an attempt, without the secrets of its task. */
#include "worker/process/cover.h"

#include "worker/process/secret.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { NAMES_BYTES_MAX = 200 };

void
cover_init(struct cover *c, int pipe_fd)
{
	c->pipe_fd = pipe_fd;
	buf_init(&c->read, SIZE_MAX);
}

/* Say in the log which secrets would be seen there. */
static void
note(struct drain *d, const struct buf *names)
{
	if (names->bytes)
		drain_note(d, "not masked, for they are shorter than %d bytes: %s", MASK_BYTES_MIN,
			   names->data);
}

void
cover_begin(const struct spec *spec, struct drain *d)
{
	struct buf not ;

	for (size_t i = 0; i < spec->n_env && !d->mask; i++)
		if (secret_is(&spec->env[i]))
			d->mask = mask_new();
	if (!d->mask)
		return;
	buf_init(&not, NAMES_BYTES_MAX);
	secrets_mask_at_hand(d->mask, spec, &not );
	note(d, &not );
	buf_release(&not );
}

/* All that will be told was. */
static void
take(struct drain *d, const char *secrets, size_t bytes)
{
	struct buf not ;

	buf_init(&not, NAMES_BYTES_MAX);
	secrets_mask(d->mask, secrets, bytes, &not );
	note(d, &not );
	buf_release(&not );
}

void
cover_read(struct cover *c, struct drain *d)
{
	const char *at = NULL;
	size_t bytes = 0;
	char chunk[4096];
	ssize_t n = read(c->pipe_fd, chunk, sizeof(chunk));
	bool told;

	if (n > 0)
		buf_add(&c->read, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	told = secrets_are_told(&c->read, &at, &bytes);
	if (!told && (n > 0 || (n < 0 && errno == EINTR)))
		return;
	if (told)
		take(d, at, bytes);
	explicit_bzero(c->read.data, c->read.bytes);
	buf_release(&c->read);
	(void)close(c->pipe_fd);
	c->pipe_fd = -1;
}
