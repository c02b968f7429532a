/*
 * left.h - what the program of a task left for others and for its next try, read when it has ended.
 */
#ifndef WORKER_PROCESS_LEFT_H
#define WORKER_PROCESS_LEFT_H

#include "core/wire/spec.h"
#include "worker/process/mask.h"

/*
 * Read and check it by what the task declares; the object that is kept is appended.  Nothing is
 * read, and nothing appended, of a task that declares nothing.  ERR_INPUT, ERR_LIMIT: it is not
 * what was declared, or has a secret that `mask` knows (NULL: there are none), and the sentence
 * says what to write; ERR_SYSTEM: it cannot be read.
 */
enum err_code left_read(const struct spec *spec, struct mask *mask, struct buf *out,
			struct err *err) MUST_CHECK;

/*
 * Make the file that $TIDEMILL_STATE names, with what the try before left, or with nothing to speak
 * of; what stands there goes.  Nothing is made for a task that keeps no state.
 */
enum err_code state_place(const struct spec *spec, struct err *err) MUST_CHECK;

/*
 * Read and check what stands there now; an object that is another than before is appended as
 * compact JSON.  ERR_INPUT, ERR_LIMIT: it cannot be kept, for a secret that `mask` knows among
 * others, and the sentence says why; ERR_SYSTEM: it cannot be read.
 */
enum err_code state_read(const struct spec *spec, struct mask *mask, struct buf *out,
			 struct err *err) MUST_CHECK;

#endif
