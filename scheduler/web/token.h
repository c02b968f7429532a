/*
 * token.h - who may see the status page.
 *
 * One secret per project, DIR/.tidemill/token, 0600, made at the first start.
 * API clients send it as a bearer token; a browser gets a cookie that is made
 * from it, by the one-time login address or the login form.
 */
#ifndef SCHEDULER_WEB_TOKEN_H
#define SCHEDULER_WEB_TOKEN_H

#include "core/base/err.h"

struct tokens {
	char secret[DIGEST_CHARS + 1]; /* what the file holds */
	char cookie[DIGEST_CHARS + 1]; /* what a browser keeps; does not tell the secret */
	char login[TOKEN_CHARS + 1];   /* one-time code; "" once it was used */
};

/*
 * Read the file or make it.  ERR_INPUT: others can read it, somebody else owns
 * it, or it is not 64 hexadecimal digits.  On failure *out is all zero, which
 * no request matches.
 */
enum err_code tokens_open(struct tokens *out, const char *project_dir, struct err *err) MUST_CHECK;

/* Equal, and not empty?  Takes the same time wherever they differ. */
bool token_equal(const char *a, const char *b);

#endif
