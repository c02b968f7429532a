/* token.c - who may see the status page. */
#include "scheduler/token.h"

#include "core/hash.h"
#include "core/mem.h"
#include "core/message.h"

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
	volatile unsigned char differ = 0;

	if (n != strlen(b) || n == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

/* O_EXCL: of two first starts one writes, the other reads. */
static enum err_code
make(const char *path, struct err *err)
{
	char secret[DIGEST_CHARS + 1], one[TOKEN_CHARS + 1], two[TOKEN_CHARS + 1];
	enum err_code code = random_token(one, err);
	int fd;

	if (!code)
		code = random_token(two, err);
	if (code)
		return code;
	memcpy(secret, one, TOKEN_CHARS);
	memcpy(secret + TOKEN_CHARS, two, TOKEN_CHARS);
	secret[DIGEST_CHARS] = '\0';
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno == EEXIST ? ERR_NONE
				       : err_errno(err, "make the token file '%s'", path);
	if (write(fd, secret, DIGEST_CHARS) != DIGEST_CHARS)
		code = err_errno(err, "write the token file '%s'", path);
	(void)close(fd);
	return code;
}

static enum err_code
take(struct tokens *out, const char *path, int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_errno(err, "look at the token file '%s'", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return err_set(err, ERR_INPUT,
			       "the token file '%s' is somebody else's or others may read it: "
			       "remove it and start again",
			       path);
	if (read(fd, out->secret, DIGEST_CHARS) != DIGEST_CHARS)
		return err_set(err, ERR_INPUT,
			       "the token file '%s' is too short: remove it and start again", path);
	out->secret[DIGEST_CHARS] = '\0';
	return ERR_NONE;
}

enum err_code
tokens_open(struct tokens *out, const char *project_dir, struct err *err)
{
	static const char purpose[] = "tidemill session cookie 1:";
	char *dir = mem_format("%s/.tidemill", project_dir), *path = mem_format("%s/token", dir);
	enum err_code code = ERR_NONE;
	struct digest d;
	int fd;

	*out = (struct tokens){ 0 };
	if (mkdir(dir, 0700) && errno != EEXIST)
		code = err_errno(err, "make '%s'", dir);
	if (!code && access(path, F_OK))
		code = make(path, err);
	fd = code ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (!code && fd < 0)
		code = err_errno(err, "open the token file '%s'", path);
	if (!code)
		code = take(out, path, fd, err);
	if (!code)
		code = random_token(out->login, err);
	digest_init(&d);
	digest_add(&d, purpose, sizeof(purpose) - 1);
	digest_add(&d, out->secret, strlen(out->secret));
	digest_end(&d, out->cookie);
	if (fd >= 0)
		(void)close(fd);
	free(path);
	free(dir);
	return code;
}
