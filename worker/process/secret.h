/*
 * secret.h - the value behind a reference, read just before a program begins.
 *
 * A secret is in no file of ours, in no message between processes and in no database:
 * all of them have the reference.  What the worker has read it tells its shim, through a
 * pipe, so that the log is masked (mask.h).
 */
#ifndef WORKER_PROCESS_SECRET_H
#define WORKER_PROCESS_SECRET_H

#include "core/wire/spec.h"
#include "worker/process/mask.h"

enum {
	SECRET_BYTES_MAX = 64 << 10,
	SECRETS_BYTES_MAX = 1 << 20, /* of a task, of those that have to be told */
	SECRET_SECONDS_MAX = 30,
};

/* Is it a reference, and not a value, and what is behind it nobody's to see? */
bool secret_is(const struct spec_env *e);

/* Can it be read without a file or a program, which may never answer?  By the shim too then. */
bool secret_is_at_hand(const struct spec_env *e);

/* Are there references that are not at hand? */
bool secrets_have_to_be_told(const struct spec *spec);

/* Is there what a reference that is at hand is taken from?  ERR_INPUT names what is not. */
enum err_code secret_check(const struct spec_env *e, struct err *err) MUST_CHECK;

/*
 * Read it into *out (appended), without its last newline.  A file is read relative to the
 * project directory, and nobody but its owner may have access to it; a program runs there,
 * in this process's environment, SECRET_SECONDS_MAX at most.  ERR_INPUT says what is wrong,
 * never with a part of the value.
 */
enum err_code secret_read(const struct spec *spec, const struct spec_env *e, struct buf *out,
			  struct err *err) MUST_CHECK;

/* Tell the other end of a pipe secrets, each as its name and its value, both with a NUL behind. */
void secrets_tell(int fd, const struct buf *secrets);

/*
 * Has all come that secrets_tell() wrote?  Then *at and *bytes are where the secrets stand
 * in what was read.
 */
bool secrets_are_told(const struct buf *read, const char **at, size_t *bytes);

/* Mask secrets as they were told; names of those that are too short are appended to *not. */
void secrets_mask(struct mask *m, const char *secrets, size_t bytes, struct buf * not );

/* Mask those that are at hand. */
void secrets_mask_at_hand(struct mask *m, const struct spec *spec, struct buf * not );

#endif
