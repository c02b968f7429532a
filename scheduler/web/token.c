/* token.c - who may see the status page. */
#include "scheduler/web/token.h"

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/wire/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
token_equal(const char *a, const char *b)
{
	size_t n = strlen(a);
	volatile unsigned char differ = 0; /* volatile: the loop may not end early */

	if (n != strlen(b) || n == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

static enum err_code
make_secret(char secret[DIGEST_CHARS + 1], struct err *err)
{
	char half[TOKEN_CHARS + 1];

	for (size_t at = 0; at < DIGEST_CHARS; at += TOKEN_CHARS) {
		enum err_code code = random_token(half, err);

		if (code)
			return code;
		memcpy(secret + at, half, TOKEN_CHARS + 1);
	}
	return ERR_NONE;
}

/*
 * Written under another name first: nobody ever reads half a token, and of two
 * first starts one wins while the other takes the winner's.
 */
static enum err_code
make(const char *path, struct err *err)
{
	char secret[DIGEST_CHARS + 1], *draft = mem_format("%s.%ld", path, (long)getpid());
	enum err_code code = make_secret(secret, err);
	int fd = -1;

	if (!code) {
		(void)unlink(draft); /* of an earlier process with our number */
		fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	}
	if (!code && (fd < 0 || write(fd, secret, DIGEST_CHARS) != DIGEST_CHARS))
		code = err_errno(err, "write the token file '%s'", draft);
	if (!code && link(draft, path) && errno != EEXIST)
		code = err_errno(err, "make the token file '%s'", path);
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(draft);
	}
	free(draft);
	return code;
}

static bool
is_hexadecimal(const char *text)
{
	return strlen(text) == DIGEST_CHARS &&
	       strspn(text, "0123456789abcdefABCDEF") == DIGEST_CHARS;
}

static enum err_code
take(struct tokens *out, const char *path, int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_errno(err, "look at the token file '%s'", path);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
		return err_set(err, ERR_INPUT,
			       "the token file '%s' is somebody else's or others may read it: "
			       "remove it and start again",
			       path);
	if (read(fd, out->secret, DIGEST_CHARS) != DIGEST_CHARS || !is_hexadecimal(out->secret))
		return err_set(err, ERR_INPUT,
			       "the token file '%s' does not begin with %d hexadecimal digits: "
			       "remove it and start again",
			       path, DIGEST_CHARS);
	return ERR_NONE;
}

static void
derive_cookie(struct tokens *t)
{
	static const char purpose[] = "tidemill session cookie 1:";
	struct digest d;

	digest_init(&d);
	digest_add(&d, purpose, sizeof(purpose) - 1);
	digest_add(&d, t->secret, strlen(t->secret));
	digest_end(&d, t->cookie);
}

enum err_code
tokens_open(struct tokens *out, const char *project_dir, struct err *err)
{
	char *dir = mem_format("%s/.tidemill", project_dir), *path = mem_format("%s/token", dir);
	enum err_code code = ERR_NONE;
	int fd = -1;

	*out = (struct tokens){ 0 };
	if (mkdir(dir, 0700) && errno != EEXIST)
		code = err_errno(err, "make '%s'", dir);
	if (!code && access(path, F_OK))
		code = make(path, err);
	if (code)
		goto out;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		code = err_errno(err, "open the token file '%s'", path);
	else
		code = take(out, path, fd, err);
	if (!code)
		code = random_token(out->login, err);
	if (!code)
		derive_cookie(out);
out:
	if (fd >= 0)
		(void)close(fd);
	if (code)
		*out = (struct tokens){ 0 };
	free(path);
	free(dir);
	return code;
}
